"""usage: python3 -m night.rates --seconds N --binaries FOLDER

What ci/fuzz_rates calls: fuzzes one target after the other and prints how fast each was.
"""

import argparse
import pathlib
import signal
import sys
import tempfile
import threading
import time

from night import libfuzzer, process, targets

# To start, to run the seeds and to end.
PATIENCE_SECONDS = 60


class Rate:
    """Executions over time, from when the seeds were through to the last that was told."""

    def __init__(self):
        self.output = libfuzzer.Output()
        self._first = None
        self._last = None

    def read(self, line):
        self.output.read(line)
        if line.startswith("#") and "INITED" in line:
            self._first = time.monotonic(), self.output.executions
        self._last = time.monotonic(), self.output.executions

    def per_second(self):
        """None where nothing was measured."""
        if self._first is None or self._last[0] <= self._first[0]:
            return None
        return (self._last[1] - self._first[1]) / (self._last[0] - self._first[0])


def measure(target, seconds, stop):
    """How it ended, and its Rate."""
    rate = Rate()
    with tempfile.TemporaryDirectory() as folder:
        new = pathlib.Path(folder, "new")
        new.mkdir()
        ended = process.run(
            [target.binary, f"-max_total_time={seconds}", "-seed=1", "-print_final_stats=1"]
            + ["-reload=0", f"-artifact_prefix={folder}/", new, *target.seed_folders()],
            seconds + PATIENCE_SECONDS,
            stop,
            rate.read,
            {**target.environment, "IPC_HAMMER_FINDINGS": f"{folder}/findings"},
        )
    return ended, rate


def row(target, ended, rate):
    """A line of the table, and whether the target ran to its end."""
    per_second = rate.per_second()
    if ended.status != 0 or ended.overdue or per_second is None:
        return f"| {target.name} | - | - | {ended.describe()} |", False
    rejected = "-" if rate.output.rejected is None else rate.output.rejected[0]
    return f"| {target.name} | {per_second:,.0f} | {rate.output.executions:,} | {rejected} |", True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, required=True)
    parser.add_argument("--binaries", required=True)
    options = parser.parse_args()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    print("| target | executions a second | executions | rejected |\n|---|---|---|---|", flush=True)
    all_ran = True
    for target in targets.discover(options.binaries, "fuzz"):
        ended, rate = measure(target, options.seconds, stop)
        if stop.is_set():
            return 128 + signal.SIGINT
        line, ran = row(target, ended, rate)
        print(line, flush=True)
        all_ran = all_ran and ran
    return 0 if all_ran else 1


if __name__ == "__main__":
    sys.exit(main())
