"""report.html holds everything, asks for nothing, and can be read aloud."""

import html.parser
import unittest

import sample
from fixture import ReportTest
from report_pages.page import page
from report_pages.report import read_report

VOID = {"meta", "link", "br", "img", "rect", "line", "path", "circle", "polyline"}


class Reader(html.parser.HTMLParser):
    """Checks that elements nest, and keeps what the tests ask about."""

    def __init__(self):
        super().__init__()
        self.open = []
        self.elements = []
        self.text = []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> within {self.open[-3:]}"
        self.open.pop()

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("script", "style"):
            self.text.append(data)

    def all(self, *tags):
        return [attributes for tag, attributes in self.elements if tag in tags]


class PageTest(ReportTest):
    def setUp(self):
        super().setUp()
        self.written = 0

    def report(self, **changes):
        # Each time in a folder of its own: findings are written anew.
        self.written += 1
        folder = self.folder / str(self.written)
        folder.mkdir()
        return read_report(sample.write(folder, **changes))

    def read(self, **changes):
        reader = Reader()
        reader.feed(page(self.report(**changes), self.root))
        reader.close()
        self.assertEqual(reader.open, [])
        return reader

    def test_every_link_leads_somewhere_in_the_page(self):
        reader = self.read()
        ids = [attributes["id"] for _, attributes in reader.elements if "id" in attributes]
        self.assertEqual(len(ids), len(set(ids)))
        links = reader.all("a")
        self.assertGreater(len(links), 8)
        for link in links:
            self.assertTrue(link["href"].startswith("#"), link)
            self.assertIn(link["href"][1:], ids)
        for _, attributes in reader.elements:
            for ident in attributes.get("aria-labelledby", "").split():
                self.assertIn(ident, ids)

    def test_nothing_is_asked_of_anybody(self):
        for _, attributes in self.read().elements:
            self.assertNotIn("src", attributes)
            self.assertFalse(any(name.startswith("on") or name == "style" for name in attributes))
        links = [link["href"] for link in self.read().all("link")]
        self.assertEqual(links, ["data:,"])

    def test_what_a_finding_printed_stays_text(self):
        reader = self.read()
        self.assertEqual(len(reader.all("script")), 1)
        self.assertEqual(reader.all("img"), [])
        self.assertTrue(any("<img src=x onerror=alert(1)>" in text for text in reader.text))
        self.assertFalse(any("\u202e" in text or "\x1b" in text for text in reader.text))

    def test_what_is_too_long_is_clipped_in_the_middle(self):
        report = self.report()
        report.findings[0].files["log.txt"] = "begin" + "x" * 300_000 + "end"
        made = page(report, self.root)
        self.assertLess(len(made), 300_000)
        self.assertIn("begin", made)
        self.assertIn("xend", made)
        self.assertIn("characters left out", made)

    def test_tables_say_what_they_are(self):
        reader = self.read()
        self.assertEqual(len(reader.all("table")), len(reader.all("caption")))
        for heading in reader.all("th"):
            self.assertIn(heading.get("scope"), ("row", "col"))

    def test_pictures_have_words_or_are_decoration(self):
        for svg in self.read().all("svg"):
            self.assertTrue(svg.get("aria-hidden") == "true" or "aria-labelledby" in svg)

    def test_headings_leave_no_level_out(self):
        levels = [int(tag[1]) for tag, _ in self.read().elements
                  if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit()]
        self.assertEqual(levels.count(1), 1)
        for before, after in zip(levels, levels[1:]):
            self.assertLessEqual(after, before + 1)

    def text_of(self, **changes):
        return " ".join(self.read(**changes).text)

    def test_the_summary_counts(self):
        text = self.text_of()
        self.assertIn("4 findings", text)
        self.assertIn("1 new, 1 seen before, 1 gone", text)
        self.assertIn("31 of 62", text)
        self.assertIn("66.7 %", text)  # two of three lines
        self.assertIn("failed in 3 of 20 runs", text)
        self.assertNotIn("stopped before", text)
        self.assertIn("stopped before", self.text_of(stopped=True))

    def test_the_summary_speaks_of_what_the_report_tells(self):
        self.assertIn("rules kept", self.text_of())
        only_broken = self.text_of(rules=[{"kind": "pipe", "rule": "no-loss", "verdict": "broken"}])
        self.assertIn("rules broken", only_broken)
        self.assertNotIn("rules kept", only_broken)
        self.assertNotIn("rules kept", self.text_of(rules=[]))

    def test_no_finding_is_said_as_well(self):
        text = self.text_of(findings=[])
        self.assertIn("no finding", text)
        self.assertIn("Nothing was found.", text)
        self.assertIn("nothing was run", self.text_of(findings=[], cells=[], targets=[]))

    def test_a_cell_says_its_verdict_in_words(self):
        reader = self.read()
        text = "".join(reader.text)
        for words in ("broken", "kept", "not judged", "not promised", "not run"):
            self.assertIn(words, text)
        self.assertIn("12.3k", text)

    def test_work_has_its_speed(self):
        text = self.text_of()
        self.assertIn("1k, 500 messages, 250/s", text)
        self.assertIn("31 of 62, 500/s", text)

    def test_what_is_not_told_is_not_called_not_promised(self):
        rules = [{"kind": "pipe", "rule": "no-loss", "verdict": "broken"}]
        text = self.text_of(rules=rules, findings=[])
        self.assertIn("not told", text)
        self.assertEqual(text.count("not promised"), 1)  # in the legend

    def test_the_source_has_its_counts(self):
        text = "".join(self.read().text)
        self.assertIn("    2 +      5  int Send() {", text)
        self.assertIn("    3 -      0    return 1;", text)

    def test_a_source_outside_of_the_tree_is_not_read(self):
        (self.root.parent / "outside.cc").write_text("a secret")
        self.assertNotIn("a secret", "".join(self.read().text))

    def test_a_case_is_not_kept_again(self):
        # Of three findings with a folder one is a case's; one was seen in another way as well.
        self.assertEqual(self.text_of().count("ci/keep "), 2)
        self.assertEqual(self.text_of().count("ci/repro "), 7)

    def test_another_rule_that_a_bug_breaks_leads_to_it(self):
        reader = self.read()
        text = "".join(reader.text)
        self.assertIn("pipe: no-loss, deadline", text)
        self.assertIn("deadline (threads): too late ", text)
        self.assertIn("findings/pipe-deadline-5", text)
        links = [link["href"] for link in reader.all("a")]
        # Of its two cells in the table of rules.
        self.assertGreaterEqual(links.count("#finding-pipe-no-loss-1"), 2)

    def test_commands_are_those_of_the_tree(self):
        self.assertIn("--gdb", self.text_of())
        self.assertIn("ci/keep", self.text_of())
        (self.root / "ci/keep").unlink()
        (self.root / "ci/repro").write_text("")
        self.assertNotIn("--gdb", self.text_of())
        self.assertNotIn("ci/keep", self.text_of())

    def test_damaged_parts_are_passed_over(self):
        damaged = [3, "x", None, {}, [], {"kind": 3, "verdict": [], "executions": "many"}]
        for key in ("cells", "rules", "findings", "targets", "trend"):
            for value in (damaged, None, "x", {"a": 1}):
                with self.subTest(key=key, value=value):
                    self.read(**{key: value})
        for value in (None, 5, {"files": damaged, "targets": damaged},
                      {"files": [{"path": "transports/pipe/pipe.cc", "counts": ["x", None, {}]}]}):
            self.read(coverage=value)
        self.read(machine=[], started=5, seconds="long", commit=None, seed={})
        self.read(targets=[{"target": "t", "growth": [[1], [float("nan"), 2], "x", [2, 3], [1, 9]]}])


if __name__ == "__main__":
    unittest.main()
