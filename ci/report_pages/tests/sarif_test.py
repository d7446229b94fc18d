"""results.sarif against the schema of SARIF 2.1.0, and what is in it."""

import json
import pathlib
import unittest

import jsonschema
import sample
from fixture import ReportTest
from report_pages.report import read_report
from report_pages.rules import SOURCE, known_rules
from report_pages.sarif import sarif

SCHEMA = pathlib.Path(__file__).parent / "sarif_schema/sarif-2.1.0-rtm.5.json"


class SarifTest(ReportTest):
    def setUp(self):
        super().setUp()
        self.document = json.loads(sarif(self.report(), self.root))
        self.run_ = self.document["runs"][0]

    def problems(self, document):
        schema = json.loads(SCHEMA.read_text())
        validator = jsonschema.validators.validator_for(schema)(
            schema, format_checker=jsonschema.FormatChecker())
        return [error.message for error in validator.iter_errors(document)]

    def result(self, ident):
        return next(result for result in self.run_["results"]
                    if result["partialFingerprints"].get("ipcHammerFinding/v1") == ident)

    def test_it_is_valid(self):
        self.assertEqual(self.problems(self.document), [])

    def test_the_schema_would_say_what_is_not(self):
        for spoil in ({"results": [{"message": {}}]}, {"tool": {}}, {"unknown": 1}):
            spoilt = {**self.document, "runs": [{**self.run_, **spoil}]}
            self.assertNotEqual(self.problems(spoilt), [], spoil)

    def test_an_empty_report_is_valid_too(self):
        document = json.loads(sarif(self.report_of_nothing(), self.root))
        self.assertEqual(self.problems(document), [])
        self.assertEqual(document["runs"][0]["results"], [])

    def report_of_nothing(self):
        path = self.folder / "report.json"
        path.write_text('{"format": 1}')
        return read_report(path)

    def test_rules_have_the_project_s_names(self):
        rules = {rule["id"]: rule for rule in self.run_["tool"]["driver"]["rules"]}
        self.assertEqual(rules["no-loss"]["shortDescription"]["text"], "what was sent arrives")
        for result in self.run_["results"]:
            rule = self.run_["tool"]["driver"]["rules"][result["ruleIndex"]]
            self.assertEqual(rule["id"], result["ruleId"])

    def test_a_stack_gives_a_place(self):
        location = self.result("pipe-no-crash-2")["locations"][0]["physicalLocation"]
        self.assertEqual(location["artifactLocation"]["uri"], "transports/pipe/pipe.cc")
        self.assertEqual(location["region"], {"startLine": 62, "startColumn": 15})
        self.assertNotIn("physicalLocation", self.result("pipe-no-loss-1")["locations"][0])

    def test_kind_and_case_are_logical_places(self):
        names = [place["fullyQualifiedName"] for place in
                 self.result("pipe-no-crash-2")["locations"][0]["logicalLocations"]]
        self.assertEqual(names, ["pipe", "pipe/Close.CloseTwice"])

    def test_the_night_before_is_the_baseline(self):
        states = [self.result(ident).get("baselineState") for ident in
                  ("pipe-no-loss-1", "pipe-no-crash-2", "pipe-no-loss-3", "pipe-order-4")]
        self.assertEqual(states, ["new", "unchanged", None, "absent"])

    def test_times_are_utc(self):
        invocation = self.run_["invocations"][0]
        self.assertEqual(invocation["startTimeUtc"], "2026-11-28T07:20:00Z")
        self.assertEqual(invocation["endTimeUtc"], "2026-11-28T07:21:01Z")

    def test_hostile_words_are_cleaned(self):
        self.assertNotIn("\x1b", json.dumps(self.document, ensure_ascii=False))
        self.assertIn("<img", self.result("pipe-no-loss-3")["message"]["text"])
        self.assertIn("\x1b", sample.HOSTILE)


class TreeTest(unittest.TestCase):
    """The list of rules is read from the tree's own source: its form must stay readable."""

    def test_every_rule_of_the_tree_is_read(self):
        root = pathlib.Path(__file__).absolute().parents[3]
        rules = known_rules(root)
        source = (root / SOURCE).read_text()
        self.assertEqual(len(rules), source.count("Rule::k") - source.count("(Rule::k"))
        self.assertTrue(all(rule.holds for rule in rules))
        self.assertIn("no-loss", [rule.name for rule in rules])


if __name__ == "__main__":
    unittest.main()
