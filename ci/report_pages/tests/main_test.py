"""ci/report as a user meets it: what it writes, and how it refuses."""

import json
import os
import pathlib
import resource
import signal
import subprocess
import unittest

import sample
from fixture import ReportTest

SCRIPT = pathlib.Path(__file__).absolute().parents[2] / "report"
PAGES = ["junit.xml", "report.html", "report.json", "results.sarif"]


class MainTest(ReportTest):
    def ask(self, *arguments, **options):
        return subprocess.run([SCRIPT, *map(str, arguments), f"--root={self.root}"],
                              capture_output=True, text=True, timeout=60, cwd=self.folder.parent,
                              **options)

    def names(self, folder):
        return sorted(path.name for path in folder.iterdir())

    def refused(self, said, *words):
        self.assertEqual(said.returncode, 2, said.stderr)
        self.assertEqual(said.stdout, "")
        self.assertEqual(said.stderr.count("\n"), 1, said.stderr)
        for word in ("ci/report: ", *words):
            self.assertIn(word, said.stderr)

    def test_pages_stand_beside_the_report(self):
        path = sample.write(self.folder)
        before = path.read_bytes()
        said = self.ask(path)
        self.assertEqual((said.returncode, said.stderr), (0, ""))
        self.assertEqual(said.stdout, f"report: {self.folder}/report.html\n")
        self.assertEqual(self.names(self.folder), ["findings", *PAGES])
        self.assertEqual(path.read_bytes(), before)

    def test_elsewhere_the_paths_of_findings_still_lead_to_them(self):
        out = self.folder.parent / "a new" / "folder"
        self.assertEqual(self.ask(sample.write(self.folder), "--out", out).returncode, 0)
        self.assertEqual(self.names(out), PAGES)
        moved = json.loads((out / "report.json").read_text())["findings"][0]
        self.assertTrue((out / moved["path"] / "meta.json").exists())
        other = (out / moved["same_bug"][0]["path"]).resolve()
        self.assertEqual(other, self.folder.resolve() / "findings/pipe-deadline-5")

    def test_coverage_is_merged_in(self):
        path = sample.write(self.folder, coverage=None)
        coverage = self.folder / "coverage.json"
        coverage.write_text(json.dumps({"files": [{"path": "transports/pipe/pipe.cc", "lines": 4,
                                                   "lines_covered": 1, "counts": [1]}]}))
        self.assertEqual(self.ask(path, "--coverage", coverage).returncode, 0)
        self.assertEqual(json.loads(path.read_text())["coverage"]["files"][0]["lines"], 4)
        self.assertIn("25.0 %", (self.folder / "report.html").read_text())

    def test_what_is_no_report_is_refused(self):
        for content, word in (("", "no JSON"), ("[1]", "not a JSON object"), ("{}", "format None"),
                              ('{"format": 2}', "format 2"), ('{"format": 1', "no JSON"),
                              ("[" * 100_000, "no JSON"), ("\udcff", "no JSON")):
            path = self.folder / "report.json"
            path.write_text(content, errors="surrogateescape")
            with self.subTest(content=content[:20]):
                self.refused(self.ask(path), "report.json", word)
                self.assertEqual(self.names(self.folder), ["report.json"])

    def test_a_wrong_command_line_is_refused(self):
        self.refused(self.ask(), "REPORT.json")
        self.refused(self.ask("a.json", "--bogus"), "--bogus")

    def test_a_file_that_is_not_there_is_named(self):
        self.refused(self.ask("none.json"), "none.json: No such file or directory")
        path = sample.write(self.folder)
        self.refused(self.ask(path, "--coverage", "none.json"), "none.json: No such file")

    def test_a_folder_that_cannot_be_made_is_named(self):
        (self.folder / "file").write_text("")
        self.refused(self.ask(sample.write(self.folder), "--out", self.folder / "file"), "file: ")

    def test_a_full_disk_leaves_what_was_there(self):
        path = sample.write(self.folder)
        (self.folder / "report.html").write_text("earlier")
        before = path.read_bytes()

        def small_files():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

        self.refused(self.ask(path, preexec_fn=small_files), "File too large")
        self.assertEqual((self.folder / "report.html").read_text(), "earlier")
        self.assertEqual(path.read_bytes(), before)
        self.assertEqual([name for name in self.names(self.folder) if name.startswith(".")], [])

    def test_nothing_is_written_into_the_tree(self):
        package = SCRIPT.parent / "report_pages"
        before = sorted(os.listdir(package))
        self.ask(sample.write(self.folder))
        self.assertEqual(sorted(os.listdir(package)), before)


if __name__ == "__main__":
    unittest.main()
