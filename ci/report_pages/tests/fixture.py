"""ReportTest: a folder with the sample report, and a tree that it speaks of."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parents[2]))

import sample  # noqa: E402
from report_pages.report import read_report  # noqa: E402


class ReportTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name).resolve() / "report"
        self.root = pathlib.Path(temporary.name).resolve() / "tree"
        self.folder.mkdir()
        sample.tree(self.root)

    def report(self, **changes):
        return read_report(sample.write(self.folder, **changes))
