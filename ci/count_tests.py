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


class Count:
    """Passed and skipped cases, and the names of those that failed."""

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
        if case.find("failure") is not None or case.find("error") is not None:
            suite = case.get("classname")
            name = case.get("name")
            count.failed.append(f"{target} {suite + '.' if suite else ''}{name}")
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
            shard.failed.append(f"{target} ({result.get('status', 'no status')})")
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
            found.failed.append(f"{target} (not built, or not run)")
        count.add(found)
    status = int((folder / f"{config}.status").read_text())
    if status not in (0, NO_TESTS_FOUND) and not count.failed:
        count.failed.append(f"bazel (exit status {status})")
    count.failed = [f"{config} {name}" for name in count.failed]
    return count


def count_checks(path):
    """The checks beside Bazel's."""
    count = Count()
    for line in path.read_text().splitlines() if path.exists() else []:
        verdict, name = line.split(" ", 1)
        if verdict == "passed":
            count.passed += 1
        else:
            count.failed.append(name)
    return count


def main():
    folder = pathlib.Path(sys.argv[1])
    total = count_checks(folder / "checks")
    for status in sorted(folder.glob("*.status")):
        total.add(count_config(folder, status.stem))
    for name in total.failed:
        print(f"FAILED {name}")
    skipped = f", {total.skipped} skipped" if total.skipped else ""
    print(f"{total.passed} passed, {len(total.failed)} failed{skipped}")
    sys.exit(1 if total.failed or not total.passed else 0)


main()
