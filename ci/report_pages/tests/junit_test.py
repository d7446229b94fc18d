"""junit.xml as CI systems read it."""

import unittest
import xml.etree.ElementTree as ElementTree

from fixture import ReportTest
from report_pages.junit import junit


class JunitTest(ReportTest):
    def setUp(self):
        super().setUp()
        self.whole = ElementTree.fromstring(junit(self.report(), self.root).encode())

    def case(self, subject, name):
        found = [case for case in self.whole.iter("testcase")
                 if case.get("classname") == subject and case.get("name") == name]
        self.assertEqual(len(found), 1, (subject, name))
        return found[0]

    def test_a_broken_rule_is_one_failed_case(self):
        failure = self.case("pipe", "no-loss").find("failure")
        message = failure.get("message")
        self.assertTrue(message.startswith("new: p0#0 is lost: "), message)
        self.assertTrue(message.endswith(" (and 1 more)"), message)
        self.assertIn("replay: ci/repro ", failure.text)
        self.assertIn("timed_out", failure.text)

    def test_a_bug_fails_each_rule_that_it_breaks(self):
        failure = self.case("pipe", "deadline").find("failure")
        self.assertTrue(failure.get("message").startswith("new: p0#0 is lost: "))

    def test_kept_passes_and_not_judged_is_skipped(self):
        self.assertEqual(list(self.case("fifo", "no-loss")), [])
        self.assertIsNotNone(self.case("pipe", "no-race").find("skipped"))

    def test_what_is_not_promised_and_what_is_gone_is_no_case(self):
        names = [(case.get("classname"), case.get("name")) for case in self.whole.iter("testcase")]
        self.assertNotIn(("fifo", "no-race"), names)
        self.assertNotIn(("pipe", "order"), names)

    def test_a_finding_without_an_entry_is_not_lost(self):
        failure = self.case("fifo", "unknown").find("failure")
        self.assertEqual(failure.get("message"), "finding not written: full")

    def test_what_was_not_run_says_why(self):
        skipped = self.case("fifo_program_fuzz", "fifo_program_fuzz (tsan)").find("skipped")
        self.assertEqual(skipped.get("message"), "died at start")

    def test_counts_are_those_of_the_cases(self):
        for suite in self.whole.iter("testsuite"):
            self.assertEqual(int(suite.get("tests")), len(suite.findall("testcase")))
            self.assertEqual(int(suite.get("failures")), len(suite.findall("testcase/failure")))
            self.assertEqual(int(suite.get("skipped")), len(suite.findall("testcase/skipped")))
        self.assertEqual(int(self.whole.get("failures")), len(list(self.whole.iter("failure"))))


if __name__ == "__main__":
    unittest.main()
