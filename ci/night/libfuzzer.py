"""What libFuzzer and the sanitizers print, read line by line.

Source: https://llvm.org/docs/LibFuzzer.html#output
"""

import re

STATUS = re.compile(r"#(\d+)\s+\w+\s+cov: (\d+) ft: (\d+) corp: (\d+)/")
EXECUTIONS = re.compile(r"(?:#|stat::number_of_executed_units: +)(\d+)")
REJECTED = re.compile(r"(\d+) of (\d+) executions rejected$")
FINDING = re.compile(r"replay: .* (\S+)$")
ARTIFACT = re.compile(r"Test unit written to (\S+)$")
REFUSED = "nothing is tested by such runs"
MERGED = re.compile(r"MERGE-OUTER: (\d+) new files with (\d+) new features added; (\d+) new cov")

# What a process that died says, and the rule that it broke; the most telling first. The same as the
# hammer makes of it (stress/jobs/death.cc).
DEATHS = [
    ("WARNING: ThreadSanitizer: ", "no-race"),
    ("ERROR: AddressSanitizer: ", "no-crash"),
    ("runtime error: ", "no-crash"),
    ("ERROR: LeakSanitizer: ", "no-leak"),
    ("ERROR: libFuzzer: timeout", "no-hang"),
    ("ERROR: libFuzzer: ", "no-crash"),
    ("Sanitizer: ", "no-crash"),
]


class Output:
    """What one run of a target has told so far."""

    def __init__(self, on_status=lambda output: None):
        self._on_status = on_status
        self.executions = 0
        self.edges = 0
        self.features = 0
        self.corpus_inputs = 0
        self.finding = ""
        self.artifact = ""
        self.refused = ""
        self.rejected = None  # of all executions: none where the target did not come to its end
        self.merged = None  # files, features, edges

    def read(self, line):
        if found := EXECUTIONS.match(line):
            self.executions = max(self.executions, int(found[1]))
        if found := STATUS.match(line):
            self.edges = max(self.edges, int(found[2]))
            self.features = max(self.features, int(found[3]))
            self.corpus_inputs = int(found[4])
            self._on_status(self)
        elif found := FINDING.match(line):
            self.finding = found[1]
        # "Test unit written to" follows its prefix's own text on the same line or stands alone.
        elif (found := ARTIFACT.search(line)) and "slow-unit-" not in found[1]:
            self.artifact = found[1]
        elif found := MERGED.match(line):
            self.merged = tuple(map(int, found.groups()))
        elif found := REJECTED.match(line):
            self.rejected = tuple(map(int, found.groups()))
        elif REFUSED in line:
            self.refused = line


def death(printed, fallback):
    """The rule that a dead process broke, and the line of its report that says so."""
    for mark, rule in DEATHS:
        for line in printed.splitlines():
            if mark in line:
                return rule, line.strip()
    return "no-crash", fallback
