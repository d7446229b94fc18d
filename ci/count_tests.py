"""Counts test cases from what Bazel's test runs left, and says which failed.

usage: count_tests.py FOLDER

FOLDER holds, for each configuration C, C.json (Bazel's build event protocol) and C.status (its exit
status), and `checks` with a line "passed NAME" or "failed NAME" for each further check. Cases are
counted from each target's test.xml; a target that fails without a failing case there, that was not
built or did not run counts as one failed case. The last line printed is "N passed, N failed".
"""

import json
import pathlib
import sys
import urllib.parse
import xml.etree.ElementTree as ElementTree

NO_TESTS_FOUND = 4  # Bazel's exit status


REASON_LINES_MAX = 6
REASON_LINE_MAX = 300  # characters


class Failed:
    """A case that failed, and what it said first."""

    def __init__(self, name, reason=""):
        self.name = name
        lines = [line.rstrip()[:REASON_LINE_MAX] for line in reason.splitlines() if line.strip()]
        self.reason = lines[:REASON_LINES_MAX]


class Count:
    """Passed and skipped cases, and those that failed."""

    def __init__(self):
        self.passed = 0
        self.skipped = 0
        self.failed = []

    def add(self, other):
        self.passed += other.passed
        self.skipped += other.skipped
        self.failed += other.failed


def events(path):
    """The events of a protocol file; a last line that was cut off is passed over."""
    if not path.exists():
        return
    for line in path.read_text(errors="replace").splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            continue


def count_xml(path, target):
    """The cases of one test.xml."""
    count = Count()
    try:
        cases = list(ElementTree.parse(path).iter("testcase"))
    except (OSError, ElementTree.ParseError):
        return count
    for case in cases:
        failures = case.findall("failure") + case.findall("error")
        if failures:
            suite = case.get("classname")
            name = f"{target} {suite + '.' if suite else ''}{case.get('name')}"
            reason = failures[0].text or failures[0].get("message", "")
            count.failed.append(Failed(name, reason))
        elif case.find("skipped") is not None or case.get("status") == "notrun":
            count.skipped += 1
        else:
            count.passed += 1
    return count


def xml_paths(result):
    """Where a testResult event says that its test.xml is."""
    for output in result.get("testActionOutput", []):
        if output.get("name") == "test.xml":
            yield urllib.parse.unquote(urllib.parse.urlparse(output.get("uri", "")).path)


def count_target(target, results):
    """One target's cases over its shards; `results` are the testResult events of its last tries."""
    count = Count()
    for result in results:
        shard = Count()
        for path in xml_paths(result):
            shard.add(count_xml(path, target))
        if result.get("status") not in ("PASSED", "FLAKY") and not shard.failed:
            shard.failed.append(Failed(f"{target} ({result.get('status', 'no status')})"))
        count.add(shard)
    return count


def count_config(folder, config):
    """All targets of one configuration."""
    expected, results = set(), {}
    for event in events(folder / f"{config}.json"):
        ident = event.get("id", {})
        if "targetConfigured" in ident and "testSize" in event.get("configured", {}):
            expected.add(ident["targetConfigured"]["label"])
        if "testResult" in ident and "testResult" in event:
            key = ident["testResult"]
            part = (key.get("run", 1), key.get("shard", 1))
            results.setdefault(key["label"], {})[part] = event["testResult"]
    count = Count()
    for target in sorted(expected | results.keys()):
        found = count_target(target, results.get(target, {}).values())
        if not found.passed and not found.failed and not found.skipped:
            found.failed.append(Failed(f"{target} (not built, or not run)"))
        count.add(found)
    status = int((folder / f"{config}.status").read_text())
    if status not in (0, NO_TESTS_FOUND) and not count.failed:
        count.failed.append(Failed(f"bazel (exit status {status})"))
    for case in count.failed:
        case.name = f"{config} {case.name}"
    return count


def count_checks(path):
    """The checks beside Bazel's."""
    count = Count()
    for line in path.read_text().splitlines() if path.exists() else []:
        verdict, name = line.split(" ", 1)
        if verdict == "passed":
            count.passed += 1
        else:
            count.failed.append(Failed(name))
    return count


def main():
    folder = pathlib.Path(sys.argv[1])
    total = count_checks(folder / "checks")
    for status in sorted(folder.glob("*.status")):
        total.add(count_config(folder, status.stem))
    for case in total.failed:
        print(f"FAILED {case.name}")
        for line in case.reason:
            print(f"FAILED   {line}")
    skipped = f", {total.skipped} skipped" if total.skipped else ""
    print(f"{total.passed} passed, {len(total.failed)} failed{skipped}")
    sys.exit(1 if total.failed or not total.passed else 0)


main()
