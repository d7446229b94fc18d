"""SARIF 2.1.0 (docs.oasis-open.org/sarif/sarif/v2.1.0): a result for each finding."""

import datetime
import json

from report_pages import sanitizer, values
from report_pages.markup import clean
from report_pages.rules import rules_of

SCHEMA = ("https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"
          "sarif-schema-2.1.0.json")
BASELINE = {"new": "new", "known": "unchanged", "gone": "absent"}


def descriptor(rule):
    described = {"id": clean(rule.name), "defaultConfiguration": {"level": "error"}}
    if rule.holds:
        described["shortDescription"] = {"text": rule.holds}
    return described


def physical_location(finding, root):
    """Where a sanitizer's stack, or a failed expectation of a case, names a file of the tree."""
    place = sanitizer.blamed(finding.file("log.txt"), root)
    if place is None:
        return {}
    region = {"startLine": place.line}
    if place.column:
        region["startColumn"] = place.column
    return {"physicalLocation": {
        "artifactLocation": {"uri": place.path, "uriBaseId": "SRCROOT"}, "region": region}}


def logical_locations(finding):
    """The kind, and within it what failed: a case, a fuzz target, or programs in some mode."""
    within = finding.say("case") or finding.say("target") or finding.say("mode")
    subject = {"name": clean(finding.subject), "fullyQualifiedName": clean(finding.subject),
               "kind": "module"}
    if not within or within == finding.subject:
        return [subject]
    return [subject, {"name": clean(within), "kind": "function",
                      "fullyQualifiedName": clean(f"{finding.subject}/{within}")}]


def result(report, finding, rule_indices, root):
    reason = finding.say("reason") or f"the rule {finding.rule} is broken"
    made = {
        "ruleId": clean(finding.rule),
        "ruleIndex": rule_indices[finding.rule],
        "level": "error",
        "kind": "fail",
        "message": {"text": clean(f"{finding.subject}: {reason}")},
        "locations": [{**physical_location(finding, root),
                       "logicalLocations": logical_locations(finding)}],
    }
    prints = {"ipcHammerFinding/v1": finding.ident, "ipcHammerGroup/v1": finding.say("group")}
    made["partialFingerprints"] = {key: clean(value) for key, value in prints.items() if value}
    if finding.say("state") in BASELINE:
        made["baselineState"] = BASELINE[finding.say("state")]
    properties = {key: clean(finding.say(key)) for key in ("mode", "config", "scenario")
                  if finding.say(key)}
    folder = report.command_path(finding, root)
    if folder:
        properties["replay"] = clean(f"ci/repro {folder}")
    made["properties"] = properties
    return made


def parsed_time(text):
    try:
        return datetime.datetime.fromisoformat(text)
    except ValueError:
        return None


def invocation(report):
    made = {"executionSuccessful": report.document.get("stopped") is not True}
    started = parsed_time(values.text(report.document, "started"))
    if started is None or started.tzinfo is None:
        return made
    ended = started + datetime.timedelta(seconds=values.number(report.document, "seconds"))
    for key, moment in (("startTimeUtc", started), ("endTimeUtc", ended)):
        utc = moment.astimezone(datetime.timezone.utc)
        made[key] = utc.strftime("%Y-%m-%dT%H:%M:%SZ")
    return made


def sarif(report, root):
    rules = rules_of(report, root)
    indices = {rule.name: index for index, rule in enumerate(rules)}
    driver = {"name": "ipc_hammer", "rules": [descriptor(rule) for rule in rules]}
    commit = values.text(report.document, "commit")
    if commit:
        driver["version"] = clean(commit)
    run = {
        "tool": {"driver": driver},
        "invocations": [invocation(report)],
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "the root of the tree"}}},
        "columnKind": "unicodeCodePoints",
        "results": [result(report, finding, indices, root) for finding in report.findings],
    }
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
