"""Runs one program to its end: with a limit of time, and no process of it is left."""

import dataclasses
import os
import selectors
import signal
import subprocess
import time

# A log holds the end of what was printed: sanitizer reports come last.
PRINTED_BYTES_MAX = 512 << 10
LINE_BYTES_MAX = 64 << 10
# From SIGTERM to SIGKILL, when its time is over or the night is stopped: it may have something to
# say.
GRACE_SECONDS = 5
POLL_SECONDS = 0.2


@dataclasses.dataclass
class Ended:
    status: int  # as of subprocess: negative is a signal
    seconds: float
    printed: str  # the last of it
    overdue: bool = False  # it was ended because its time was over

    def describe(self):
        if self.overdue:
            return f"did not end in {self.seconds:.0f} s"
        if self.status < 0:
            return f"died of {signal.Signals(-self.status).name}"
        return f"ended with exit status {self.status}"

    def first_line(self):
        """What a program that cannot start says first."""
        lines = [line.strip() for line in self.printed.splitlines()]
        return next((line[:200] for line in lines if line), "")


class _Lines:
    """Cuts what is read into lines, and keeps the end of it."""

    def __init__(self, on_line):
        self._on_line = on_line
        self._rest = b""
        self._kept = bytearray()

    def feed(self, chunk):
        self._kept += chunk
        del self._kept[:-PRINTED_BYTES_MAX]
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        self._rest = self._rest[:LINE_BYTES_MAX]
        for line in lines:
            self._on_line(line.decode(errors="replace"))

    def end(self):
        if self._rest:
            self._on_line(self._rest.decode(errors="replace"))
        return self._kept.decode(errors="replace")


def run(command, seconds_max, stop, on_line=lambda line: None, environment=None, folder=None):
    """Runs until it ends, its time is over, or `stop` (an Event) is set.

    It dies with the thread that runs it (PR_SET_PDEATHSIG), so with a killed night as well.
    OSError if it cannot be started.
    """
    began = time.monotonic()
    process = subprocess.Popen(
        ["setpriv", "--pdeathsig", "KILL", "--", *map(str, command)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **(environment or {})},
        cwd=folder,
        start_new_session=True,
    )
    lines = _Lines(on_line)
    try:
        overdue = _follow(process, lines, began + seconds_max, stop)
    finally:
        _kill_group(process)
        process.wait()
        process.stdout.close()
    return Ended(process.returncode, time.monotonic() - began, lines.end(), overdue)


def _follow(process, lines, until, stop):
    """Reads until the process has ended. Returns whether its time was over first."""
    overdue = False
    kill_at = None
    os.set_blocking(process.stdout.fileno(), False)
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while process.poll() is None:
            if selector.select(POLL_SECONDS) and not _read(process, lines):
                selector.unregister(process.stdout)
            now = time.monotonic()
            if kill_at is None and (stop.is_set() or now > until):
                overdue = now > until
                process.terminate()
                kill_at = now + GRACE_SECONDS
            if kill_at is not None and now > kill_at:
                break
    while _read(process, lines):
        pass
    return overdue


def _read(process, lines):
    """False at the end, or where there is nothing now."""
    chunk = process.stdout.read(1 << 16)
    if chunk:
        lines.feed(chunk)
    return bool(chunk)


def _kill_group(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
