"""JUnit XML, as CI systems show it: kinds x rules, kinds x producers, fuzz targets."""

import xml.etree.ElementTree as ElementTree

from report_pages import values
from report_pages.markup import clean, clipped

CHARACTERS_MAX = 20_000  # of each text of a finding; CI systems refuse large files
NEW_OR_OLD = {"new": "new: ", "known": "seen before: ", "gone": ""}


class Suite:
    """A <testsuite> whose counts follow from its cases."""

    def __init__(self, name):
        self.element = ElementTree.Element("testsuite", name=name)
        self.counts = dict.fromkeys(("tests", "failures", "skipped"), 0)

    def add(self, subject, name, seconds=0.0):
        self.counts["tests"] += 1
        return ElementTree.SubElement(self.element, "testcase", classname=clean(subject),
                                      name=clean(name), time=f"{seconds:.3f}")

    def fail(self, case, message, text=""):
        self.counts["failures"] += 1
        ElementTree.SubElement(case, "failure", message=clean(message)).text = clean(text)

    def skip(self, case, message):
        self.counts["skipped"] += 1
        ElementTree.SubElement(case, "skipped", message=clean(message))

    def finish(self):
        for key, count in self.counts.items():
            self.element.set(key, str(count))
        self.element.set("errors", "0")
        return self.element


def explained(report, finding, root):
    """All that a person without the page can use."""
    folder = report.command_path(finding, root)
    parts = [f"replay: ci/repro {folder}" if folder else "", finding.file("history.txt"),
             finding.file("census.txt"), finding.file("log.txt")]
    return "\n\n".join(clipped(part, CHARACTERS_MAX) for part in parts if part)


def message_of(finding):
    return NEW_OR_OLD.get(finding.say("state"), "") + finding.say("reason")


def rules_suite(report, root):
    suite = Suite("kinds x rules")
    by_place = {}
    for finding in report.present_findings:
        for place in finding.broken:
            by_place.setdefault(place, []).append(finding)
    for entry in report.entries("rules"):
        kind, rule = values.text(entry, "kind"), values.text(entry, "rule")
        verdict = values.text(entry, "verdict")
        found = by_place.pop((kind, rule), [])
        if verdict == "not_promised" and not found:
            continue
        case = suite.add(kind, rule)
        if found:
            add_findings(report, suite, case, found, root)
        elif verdict == "broken":
            suite.fail(case, "the rule was broken")
        elif verdict != "kept":
            suite.skip(case, "nothing that judges it was executed")
    # What no entry speaks of: a fuzz target without a kind, a finding that could not be read.
    for (subject, rule), found in by_place.items():
        add_findings(report, suite, suite.add(subject, rule), found, root)
    return suite.finish()


def add_findings(report, suite, case, found, root):
    """One failed case, however many findings say so."""
    message = message_of(found[0]) + (f" (and {len(found) - 1} more)" if len(found) > 1 else "")
    suite.fail(case, message, "\n\n".join(explained(report, finding, root) for finding in found))


def verdict_suite(name, entries, subject_key, name_key):
    suite = Suite(name)
    for entry in entries:
        config = values.text(entry, "config")
        label = values.text(entry, name_key) + (f" ({config})" if config else "")
        case = suite.add(values.text(entry, subject_key), label, values.number(entry, "seconds"))
        verdict = values.text(entry, "verdict")
        if verdict == "findings":
            suite.fail(case, f"{values.number(entry, 'findings') or 'some'} findings")
        elif verdict != "ok":
            suite.skip(case, values.text(entry, "reason") or "not run")
    return suite.finish()


def junit(report, root):
    whole = ElementTree.Element("testsuites", name="ipc_hammer",
                                time=f"{values.number(report.document, 'seconds'):.3f}")
    whole.append(rules_suite(report, root))
    whole.append(verdict_suite("kinds x producers", report.entries("cells"), "kind", "producer"))
    whole.append(verdict_suite("fuzz targets", report.entries("targets"), "target", "target"))
    for key in ("tests", "failures", "skipped"):
        whole.set(key, str(sum(int(suite.get(key)) for suite in whole)))
    ElementTree.indent(whole)
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    return f"{head}\n{ElementTree.tostring(whole, 'unicode')}\n"
