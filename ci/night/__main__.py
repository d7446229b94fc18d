"""usage: python3 -m night (check | run) --minutes N --state DIR [--jobs J] [--seed N]
[--fail-on new|any] [--kinds KIND,...] [--binaries CONFIG=FOLDER]...

What ci/nightly calls: `check` before the build, so that what cannot work is said at once.
"""

import argparse
import math
import os
import random
import signal
import sys

from night import state
from night.night import Night

CONFIGS = ("fuzz", "tsan")
# Beyond what a target is asked to run it may take this long: to load, to report, to symbolise.
PATIENCE_SECONDS = 45


class Parser(argparse.ArgumentParser):
    """One line on standard error, status 2."""

    def error(self, message):
        fail(message)


def fail(message):
    print(f"ci/nightly: {message}", file=sys.stderr)
    sys.exit(2)


def minutes(text):
    value = float(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"'{text}' is no time to work")
    return value


def positive(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not at least 1")
    return value


def binaries(text):
    config, _, folder = text.partition("=")
    if config not in CONFIGS or not os.path.isdir(folder):
        raise argparse.ArgumentTypeError(f"'{text}' is not CONFIG=FOLDER")
    return config, folder


def parse(arguments):
    parser = Parser(prog="ci/nightly", allow_abbrev=False)
    parser.add_argument("verb", choices=["check", "run"], help=argparse.SUPPRESS)
    parser.add_argument("--minutes", type=minutes, required=True)
    parser.add_argument("--jobs", type=positive, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--state", required=True)
    parser.add_argument("--fail-on", choices=["new", "any"], default="new")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--binaries", type=binaries, action="append", default=[])
    parser.add_argument("--kinds", type=lambda text: text.split(","))
    parser.add_argument("--patience", type=float, default=PATIENCE_SECONDS)
    options = parser.parse_args(arguments)
    options.commit = os.environ.get("IPC_HAMMER_COMMIT", "unknown")
    return options


def main():
    options = parse(sys.argv[1:])
    folder = state.State(os.path.abspath(options.state))
    try:
        if options.verb == "check":
            folder.check()
            return 0
        folder.open()
    except state.Refused as error:
        fail(error)
    night = Night(options, folder)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: night.stop.set())
    return night.run()


if __name__ == "__main__":
    sys.exit(main())
