#!/usr/bin/env python3
"""Proves that the judges are not blind: runs an ordinary hammer with one seeded fault after another
and asks each time whether it ended with exit status 1.

Prints a line for each fault and kind with the rules that were named, the seconds until the exit
status (the longest of the runs) and how often the fault had fired (the fewest). Exit status 0: every
fault was caught in every run, and no run without one raised an alarm; 1 otherwise; 2: not usable.
"""

import argparse
import collections
import dataclasses
import fnmatch
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import time

FINDING = re.compile(r"^FINDING \S+ \S+: ([a-z-]+): ")
PLACES = ("head", "middle", "tail")
COUNTS = struct.Struct("=3Q")  # processes, operations, fired: Counts of fault.h
FOUND = 1  # the hammer's exit status with findings
# A hammer that does not end by itself is ended: a fault may break it as well.
PATIENCE_SECONDS = 60
HUNG = "hung"


@dataclasses.dataclass
class Fault:
    name: str
    kinds: dict[str, int]  # each with how rarely it fires: at one of so many operations

    def variant(self, run):
        """What the library calls it: the place of a flip goes round from run to run."""
        is_flip = self.name.endswith(".flip")
        return f"{self.name}_{PLACES[run % len(PLACES)]}" if is_flip else self.name


@dataclasses.dataclass
class Run:
    status: int | str
    seconds: float
    processes: int
    fired: int
    rules: list[str]
    printed: str

    def verdict(self, within):
        if self.status not in (0, FOUND):
            return f"status {self.status}"
        if self.fired == 0:
            return "not fired"
        if self.status == 0:
            return "missed"
        return "caught" if self.seconds <= within else "late"


def read_faults(path):
    faults = []
    for line in path.read_text().splitlines():
        words = line.split()
        if words and not words[0].startswith("#"):
            faults.append(Fault(words[0], dict(rates(words[2:], int(words[1])))))
    return faults


def rates(kinds, every):
    """ "pipe" or, where the kind has a rate of its own, "zmq_ipc/100"."""
    for kind in kinds:
        name, _, own = kind.partition("/")
        yield name, int(own or every)


def hammer(options, kind, seed, fault=None, variant=None):
    """One run of the hammer with the library loaded; without a fault it is clean."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR")) as folder:
        counts = pathlib.Path(folder, "counts")
        counts.write_bytes(bytes(COUNTS.size))
        environment = dict(
            os.environ, LD_PRELOAD=options.library, IPC_HAMMER_SEEDED_COUNTS=str(counts)
        )
        if fault is not None:
            environment["IPC_HAMMER_SEEDED_FAULT"] = variant
            environment["IPC_HAMMER_SEEDED_EVERY"] = str(fault.kinds[kind])
        command = [options.hammer, "run", kind, "--seed", str(seed), "--first", "any"]
        command += ["--seconds", str(options.seconds), "--findings", f"{folder}/findings"]
        begin = time.monotonic()
        status, printed = run_patiently(command, environment)
        seconds = time.monotonic() - begin
        processes, _, fired = COUNTS.unpack(counts.read_bytes())
    matches = map(FINDING.match, printed.splitlines())
    rules = [match.group(1) for match in matches if match]
    return Run(status, seconds, processes, fired, rules, printed)


def run_patiently(command, environment):
    """Its exit status, or HUNG, and what it has printed."""
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        try:
            printed, _ = process.communicate(timeout=PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()  # its jobs die with it
            printed, _ = process.communicate()
            return HUNG, printed
        return process.returncode, printed


def show_trouble(what, run):
    print(f"--- {what}: status {run.status}, fired {run.fired} times", file=sys.stderr)
    print(run.printed, file=sys.stderr, flush=True)


def matches_any(name, patterns):
    return not patterns or any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def chosen_pairs(faults, options):
    pairs = []
    for fault in faults:
        kinds = [kind for kind in fault.kinds if matches_any(kind, options.kind)]
        if matches_any(fault.name, options.fault):
            pairs += [(fault, kind) for kind in kinds[: 1 if options.one_kind else None]]
    # Bazel's shards: each has its part of them.
    shards = int(os.environ.get("TEST_TOTAL_SHARDS", "1"))
    if "TEST_SHARD_STATUS_FILE" in os.environ:
        pathlib.Path(os.environ["TEST_SHARD_STATUS_FILE"]).touch()
    return pairs[int(os.environ.get("TEST_SHARD_INDEX", "0")) :: shards]


def worst_verdict(verdicts):
    """Of several runs the one that is not "caught", with how many were."""
    bad = [verdict for verdict in verdicts if verdict != "caught"]
    caught = len(verdicts) - len(bad)
    return "caught" if not bad else f"{bad[0]}, caught {caught} of {len(verdicts)}"


@dataclasses.dataclass
class Row:
    """All runs of one fault on one kind."""

    fault: str
    kind: str
    rules: list[str]  # the first that each run named
    seconds: float  # the longest
    fired: int  # the fewest
    verdict: str

    def __str__(self):
        rules = " ".join(self.rules) or "-"
        head = f"{self.fault:<24}{self.kind:<28}{rules:<36}"
        return f"{head}{self.seconds:>8.1f}{self.fired:>9}  {self.verdict}"


def play(index, fault, kind, options):
    runs = []
    for seed in range(options.seed, options.seed + options.runs):
        variant = fault.variant(seed if options.runs > 1 else index)
        runs.append(hammer(options, kind, seed, fault, variant))
        if runs[-1].verdict(options.within) != "caught":
            show_trouble(f"{variant} on {kind}, seed {seed}", runs[-1])
    return Row(
        fault.name,
        kind,
        list(dict.fromkeys(run.rules[0] for run in runs if run.rules)),
        max(run.seconds for run in runs),
        min(run.fired for run in runs),
        worst_verdict([run.verdict(options.within) for run in runs]),
    )


def play_faults(pairs, options):
    """Prints the table as it comes. Returns its rows."""
    rows = []
    print(f"{'FAULT':<24}{'KIND':<28}{'RULES':<36}{'SECONDS':>8}{'FIRED':>9}  VERDICT")
    for index, (fault, kind) in enumerate(pairs):
        rows.append(play(index, fault, kind, options))
        print(rows[-1], flush=True)
    return rows


def missed_faults(rows):
    """Those that were not caught in every run on every kind."""
    return list(dict.fromkeys(row.fault for row in rows if row.verdict != "caught"))


def print_summary(rows, options):
    """The table again, with a row for each sort of fault, as Markdown."""
    missed = missed_faults(rows)
    print("\n| fault | mechanisms | kinds | rules named | seconds | caught |")
    print("|---|---|---|---|---|---|")
    for effect in dict.fromkeys(row.fault.partition(".")[2] for row in rows):
        these = [row for row in rows if row.fault.partition(".")[2] == effect]
        faults = list(dict.fromkeys(row.fault for row in these))
        named = collections.Counter(rule for row in these for rule in row.rules)
        rules = ", ".join(rule for rule, _ in named.most_common())
        mechanisms = ", ".join(fault.partition(".")[0] for fault in faults)
        caught = sum(fault not in missed for fault in faults)
        print(
            f"| {effect} | {mechanisms} | {len(these)} | {rules} "
            f"| {max(row.seconds for row in these):.1f} | {caught} of {len(faults)} |"
        )
    count = len({row.fault for row in rows})
    print(
        f"\ntotal: {count} faults, on {len(rows)} kinds in all, {options.runs} runs of each: "
        f"{count - len(missed)} caught in every run, {len(missed)} not"
    )
    for name in missed:
        print(f"not caught in every run: {name}")


def play_clean(kinds, options):
    """Returns the number of alarms without a reason."""
    alarms = 0
    for kind in kinds:
        for seed in range(options.seed, options.seed + options.clean):
            run = hammer(options, kind, seed)
            if run.status == 0 and run.processes > 1 and run.fired == 0:
                continue
            alarms += 1
            show_trouble(f"clean run of {kind}, seed {seed}, {run.processes} processes", run)
    runs = options.clean * len(kinds)
    print(f"clean runs: {runs} of {len(kinds)} kinds, {alarms} alarms", flush=True)
    return alarms


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--hammer", required=True, help="the binary")
    parser.add_argument("--library", required=True, help="libseeded_faults.so")
    parser.add_argument("--faults", required=True, type=pathlib.Path, help="faults.txt")
    parser.add_argument("--fault", action="append", default=[], help="only such (glob)")
    parser.add_argument("--kind", action="append", default=[], help="only on such (glob)")
    parser.add_argument("--one-kind", action="store_true", help="each fault on its first kind")
    parser.add_argument("--runs", type=int, default=3, help="of each fault and kind (default: 3)")
    parser.add_argument("--seed", type=int, default=1, help="the first (default: 1)")
    parser.add_argument("--seconds", type=float, default=4, help="of a run, at most (default: 4)")
    parser.add_argument(
        "--within", type=float, default=5, help="seconds until the exit status (default: 5)"
    )
    parser.add_argument("--clean", type=int, default=0, help="runs without a fault, of each kind")
    parser.add_argument("--only-clean", action="store_true", help="none with a fault")
    options = parser.parse_args()
    options.hammer = os.path.abspath(options.hammer)
    options.library = os.path.abspath(options.library)
    return options


def main():
    options = parse()
    pairs = chosen_pairs(read_faults(options.faults), options)
    if not pairs:
        sys.exit("judges.py: no such fault, or not on such a kind")
    kinds = list(dict.fromkeys(kind for _, kind in pairs))
    rows = [] if options.only_clean else play_faults(pairs, options)
    if rows:
        print_summary(rows, options)
    alarms = play_clean(kinds, options) if options.clean else 0
    sys.exit(1 if missed_faults(rows) or alarms else 0)


if __name__ == "__main__":
    main()
