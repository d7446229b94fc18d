"""The table of planted bugs x producers: the seconds until a producer names the rule of a bug.

usage: planted_bugs_table.py FOLDER [--labels hammer|fuzz] [--hammers BIN] [--fuzzers BIN]
                             [--seeds N] [--seconds S] [--markdown] [BUG...]

FOLDER is stress/planted_bugs, whose BUILD file lists the bugs. With --labels the Bazel targets that
the table needs, one a line, and nothing is run. A cell is the median of the seeds that found the
bug, "2/5" behind it where not each did, "-" where none did, "n/a" where the producer cannot play
the kind; in parentheses is the time to another rule's finding, where the bug's was not named.
"""

import argparse
import json
import os
import pathlib
import queue
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

MODES = {"cases": "conformance", "sequential": "sequential", "threads": "threads",
         "relatives": "relatives", "strangers": "strangers"}
PRODUCERS = [*MODES, "fuzz"]
# What a run may take beyond its seconds: a hang is told ten seconds after it has begun.
OVERTIME_S = 30

# What libFuzzer and the sanitizers say of an input that ended the process; the first that fits.
DEATHS = [("libFuzzer: timeout", "no-hang"), ("detected memory leaks", "no-leak"),
          ("ERROR: ", "no-crash")]


class Bug:
    """One planted bug as its BUILD file declares it."""

    def __init__(self, folder, name, rule, finder="hammer", **_):
        self.name = name
        self.rule = rule
        self.finder = finder
        first_line = (folder / "patches" / f"{name}.patch").read_text().splitlines()[0]
        self.bug_class = first_line.split(":")[0]

    def target(self, producer):
        if producer != "fuzz":
            return f"{self.name}_hammer"
        return f"{self.name}_{'planted_fuzz' if self.finder == 'hammer' else self.finder}"


def read_bugs(folder):
    """The bugs in the order of the BUILD file, which is Python as far as it goes."""
    bugs = []
    others = ["load", "canary", "exports_files", "finder_test", "sh_test"]
    ignored = dict.fromkeys(others, lambda *_, **__: None)
    build = (folder / "BUILD").read_text()
    exec(build, {**ignored, "planted_bug": lambda **bug: bugs.append(Bug(folder, **bug))})
    return bugs


class Run:
    """One run of a producer on a bug: `named_s` until its rule was named, `other_s` until another
    was; None where that did not happen."""

    def __init__(self):
        self.named_s = None
        self.other_s = None
        self.cannot = False

    def note(self, rule, wanted, seconds):
        if rule == wanted:
            self.named_s = seconds
        elif self.other_s is None:
            self.other_s = seconds


def lines_of(process, until):
    """Its lines as they come; ends with the process, or ends it at that time or when left."""
    lines = queue.Queue()

    def read():
        for line in process.stdout:
            lines.put(line)
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    try:
        while (left := until - time.monotonic()) > 0:
            try:
                line = lines.get(timeout=left)
            except queue.Empty:
                return
            if line is None:
                return
            yield line
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def start(command, **environment):
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            errors="replace", env={**os.environ, **environment})


def rule_of(finding):
    try:
        return json.loads((pathlib.Path(finding) / "meta.json").read_text())["rule"]
    except (OSError, ValueError, KeyError):
        return ""


def hammer(bug, producer, options, seed, folder):
    run = Run()
    began = time.monotonic()
    process = start([f"{options.hammers}/{bug.target(producer)}", "run", "all", "--mode",
                     MODES[producer], "--first", bug.rule, "--seconds", str(options.seconds),
                     "--seed", str(seed), "--findings", folder], IPC_HAMMER_CASE_PATIENCE="10")
    for line in lines_of(process, began + options.seconds + OVERTIME_S):
        found = re.match(r"(?:\x1b\[[0-9;]*m)*FINDING\S* .*?: (\S+): ", line)
        if found:
            run.note(found[1], bug.rule, time.monotonic() - began)
        if run.named_s is not None:
            break
        run.cannot = run.cannot or "cannot share a channel in this mode" in line
    return run


def fuzz(bug, options, seed, folder):
    """libFuzzer ends with the first finding: what is another rule's is another chance to go on."""
    run = Run()
    began = time.monotonic()
    until = began + options.seconds
    while run.named_s is None and time.monotonic() < until:
        process = start([f"{options.fuzzers}/{bug.target('fuzz')}", f"-seed={seed}", "-timeout=10",
                         f"-max_total_time={max(1, round(until - time.monotonic()))}",
                         f"-artifact_prefix={folder}/"], IPC_HAMMER_FINDINGS=folder)
        rule = ""
        for line in lines_of(process, until + OVERTIME_S):
            if bug.finder == "hammer":
                rule = rule or next((name for text, name in DEATHS if text in line), "")
                if found := re.search(r"^replay: .* (\S+)$", line):
                    rule = rule_of(found[1])
            elif "Test unit written to " in line:
                rule = bug.rule
        if rule == "":
            break
        run.note(rule, bug.rule, time.monotonic() - began)
        seed += 1000
    return run


def cell(runs):
    named = [run.named_s for run in runs if run.named_s is not None]
    other = [run.other_s for run in runs if run.other_s is not None]
    if named:
        text = f"{statistics.median(named):.1f}"
        return text if len(named) == len(runs) else f"{text} {len(named)}/{len(runs)}"
    if other:
        return f"({statistics.median(other):.1f})"
    if any(run.cannot for run in runs):
        return "n/a"
    return "-" if runs else ""


class Table:
    """What has been measured: for each bug and producer its runs."""

    def __init__(self, bugs, producers):
        self.bugs = bugs
        self.producers = producers
        self.runs = {(bug.name, producer): [] for bug in bugs for producer in producers}

    def rows(self):
        yield ["planted bug", "class", "rule", *self.producers]
        for bug in self.bugs:
            yield [bug.name, bug.bug_class, bug.rule,
                   *(cell(self.runs[bug.name, producer]) for producer in self.producers)]

    def text(self):
        rows = list(self.rows())
        widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        for row in rows:
            left = [text.ljust(width) for text, width in zip(row[:3], widths)]
            right = [text.rjust(width) for text, width in zip(row[3:], widths[3:])]
            print("  ".join(left + right).rstrip())

    def markdown(self):
        for i, row in enumerate(self.rows()):
            print("| " + " | ".join(row) + " |")
            if i == 0:
                print("|" + "---|" * 3 + "---:|" * (len(row) - 3))

    def found_by(self, bug, producers):
        return any(run.named_s is not None for producer in producers
                   for run in self.runs[bug.name, producer])

    def closing(self):
        """Prints how many were found; whether all were."""
        tried = [bug for bug in self.bugs
                 if any(self.runs[bug.name, producer] for producer in self.producers)]
        found = [bug for bug in tried if self.found_by(bug, self.producers)]
        parts = ", ".join(f"{producer} {sum(self.found_by(bug, [producer]) for bug in tried)}"
                          for producer in self.producers)
        print(f"\nfound: {len(found)} of {len(tried)} by any producer ({parts})")
        return len(found) == len(self.bugs)


def measure(table, options):
    for bug in table.bugs:
        for producer in table.producers:
            runs = table.runs[bug.name, producer]
            for seed in range(1, options.seeds + 1):
                with tempfile.TemporaryDirectory() as folder:
                    runs.append(fuzz(bug, options, seed, folder) if producer == "fuzz"
                                else hammer(bug, producer, options, seed, folder))
                if runs[-1].cannot:
                    break
            print(f"{bug.name} {producer}: {cell(runs)}", file=sys.stderr, flush=True)


def parse():
    parser = argparse.ArgumentParser(prog="ci/planted_bugs")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--labels", choices=["hammer", "fuzz"])
    parser.add_argument("--hammers")
    parser.add_argument("--fuzzers")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("bugs", metavar="BUG", nargs="*")
    options = parser.parse_intermixed_args()
    if options.seeds < 1 or options.seconds <= 0:
        parser.error("at least one seed and some time")
    bugs = read_bugs(options.folder)
    unknown = set(options.bugs) - {bug.name for bug in bugs}
    if unknown:
        parser.error(f"no such planted bug: {', '.join(sorted(unknown))}")
    return options, [bug for bug in bugs if not options.bugs or bug.name in options.bugs]


def main():
    options, bugs = parse()
    if options.labels:
        print("\n".join(f"//stress/planted_bugs:{bug.target(options.labels)}" for bug in bugs))
        return 0
    table = Table(bugs, PRODUCERS if options.fuzzers else list(MODES))
    stopped = False
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        measure(table, options)
    except KeyboardInterrupt:
        stopped = True
    if options.markdown:
        table.markdown()
    else:
        table.text()
    all_found = table.closing()
    return 130 if stopped else 0 if all_found else 1


if __name__ == "__main__":
    sys.exit(main())
