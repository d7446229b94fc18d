"""ci/report: report.html, report.json, junit.xml and results.sarif from a report.json."""

import argparse
import json
import os
import pathlib
import sys

from report_pages import values
from report_pages.command import REFUSED, conclude
from report_pages.files import write_whole
from report_pages.junit import junit
from report_pages.page import page
from report_pages.report import read_json, read_report
from report_pages.sarif import sarif

class Parser(argparse.ArgumentParser):
    """Refuses in one line."""

    def error(self, message):
        self.exit(REFUSED, f"{self.prog}: {message} (see {self.prog} --help)\n")


def arguments():
    parser = Parser(prog="ci/report", description=__doc__)
    parser.add_argument("report", metavar="REPORT.json",
                        help="of ci/hammer, ci/nightly or hammer campaign --json")
    parser.add_argument("--out", metavar="FOLDER",
                        help="where the pages are written (default: beside REPORT.json)")
    parser.add_argument("--coverage", metavar="COVERAGE.json", help="of ci/coverage")
    parser.add_argument("--root", default=pathlib.Path(__file__).absolute().parents[2],
                        help=argparse.SUPPRESS)
    return parser.parse_args()


def moved(entry, folder, out):
    """A finding's entry whose paths start at another folder."""
    entry = dict(entry)
    if path := values.text(entry, "path"):
        entry["path"] = os.path.relpath(folder / path, out)
    if others := values.entries(entry, "same_bug"):
        entry["same_bug"] = [moved(other, folder, out) for other in others]
    return entry


def relocated(report, out):
    """The document as it is beside the pages: the findings' paths start there."""
    findings = [moved(finding.entry, report.folder, out) for finding in report.findings]
    return {**report.document, "findings": findings}


def make_pages(options):
    report = read_report(options.report)
    if options.coverage:
        coverage = read_json(options.coverage)
        # A whole report has it under this name, ci/coverage writes it by itself.
        report.document["coverage"] = values.mapping(coverage, "coverage") or coverage
    root = pathlib.Path(options.root).resolve()
    out = pathlib.Path(options.out) if options.out else report.folder
    out.mkdir(parents=True, exist_ok=True)
    out = out.resolve()
    is_elsewhere = out != report.folder
    report.document = relocated(report, out)
    for finding, entry in zip(report.findings, report.document["findings"]):
        finding.entry = entry
    pages = {"report.html": page(report, root), "junit.xml": junit(report, root),
             "results.sarif": sarif(report, root)}
    is_same_file = not is_elsewhere and pathlib.Path(options.report).name == "report.json"
    if options.coverage or not is_same_file:
        pages["report.json"] = json.dumps(report.document, indent=1, ensure_ascii=False) + "\n"
    for name, content in pages.items():
        # What JSON may hold and UTF-8 may not.
        write_whole(out / name, content.encode("utf-8", "replace").decode("utf-8"))
    return out / "report.html"


def main():
    options = arguments()

    def work():
        print(f"report: {make_pages(options)}")
        return 0

    return conclude("ci/report", options.out or options.report, work)


if __name__ == "__main__":
    sys.exit(main())
