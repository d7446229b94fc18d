"""How a command ends: what stops it is one line on standard error and an exit status."""

import signal
import sys

REFUSED = 2
INTERRUPTED = 128 + signal.SIGINT


class Refusal(Exception):
    """One line: why it cannot be done."""


def conclude(name, place, work):
    """The exit status: what work() returns, if nothing stops it. `place` is named where the system
    does not say what it refused."""
    try:
        return work()
    except Refusal as error:
        print(f"{name}: {error}", file=sys.stderr)
    except OSError as error:
        print(f"{name}: {error.filename or place}: {error.strerror}", file=sys.stderr)
    except KeyboardInterrupt:
        return INTERRUPTED
    return REFUSED
