"""The report: report.json with the texts of the findings that it names."""

import dataclasses
import json
import pathlib

from report_pages import command, markup, values

FORMAT = 1
FILES = ("meta.json", "program.txt", "history.txt", "census.txt", "log.txt")
# A finding's writer keeps its texts below this as well.
TEXT_BYTES_MAX = 2 << 20


class Unusable(command.Refusal):
    """Why there is nothing to make a page of."""


@dataclasses.dataclass
class Finding:
    """What report.json says about a finding, and what its folder holds."""

    entry: dict
    folder: pathlib.Path | None
    files: dict
    missing: str  # why the folder could not be read; empty if it was
    anchor: str = ""  # its id in the page, no other's

    def __post_init__(self):
        try:
            meta = json.loads(self.files.get("meta.json", "{}"))
        except ValueError:
            meta = {}
        self.meta = meta if isinstance(meta, dict) else {}

    def say(self, key):
        """What the report says, else what meta.json says."""
        return values.text(self.entry, key) or values.text(self.meta, key)

    def file(self, name):
        return self.files.get(name, "").strip("\n")

    @property
    def ident(self):
        return self.say("id") or pathlib.PurePath(values.text(self.entry, "path")).name

    @property
    def subject(self):
        """The kind, or the fuzz target where there is no kind."""
        return self.say("kind") or self.say("target") or "unknown"

    @property
    def rule(self):
        return self.say("rule") or "unknown"

    @property
    def same_bug(self):
        """What a night took for the same bug: entries like its own."""
        return values.entries(self.entry, "same_bug")

    @property
    def broken(self):
        """All that the bug breaks: (kind or target, rule), its own first."""
        more = [(values.text(one, "kind") or values.text(one, "target") or self.subject,
                 values.text(one, "rule") or "unknown") for one in self.same_bug]
        return list(dict.fromkeys([(self.subject, self.rule), *more]))

    @property
    def is_gone(self):
        return values.text(self.entry, "state") == "gone"


@dataclasses.dataclass
class Report:
    document: dict
    folder: pathlib.Path  # what the findings' paths are relative to
    findings: list

    def entries(self, key):
        return values.entries(self.document, key)

    def command_path(self, finding, root):
        """The finding's folder as a user in the tree would type it."""
        return self.typed(finding.folder, root) if finding.folder is not None else ""

    def typed(self, folder, root):
        folder = folder.resolve()
        return str(folder.relative_to(root) if folder.is_relative_to(root) else folder)

    @property
    def present_findings(self):
        return [finding for finding in self.findings if not finding.is_gone]


def read_json(path):
    """A JSON object, or Unusable."""
    try:
        document = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise Unusable(f"{path}: no JSON: {error}") from error
    if not isinstance(document, dict):
        raise Unusable(f"{path}: not a JSON object")
    return document


def read_report(path):
    document = read_json(path)
    if document.get("format") != FORMAT:
        raise Unusable(f"{path}: format {document.get('format')!r}, this reads {FORMAT}")
    folder = pathlib.Path(path).resolve().parent
    findings = [read_finding(folder, entry) for entry in values.entries(document, "findings")]
    name_anchors(findings)
    return Report(document, folder, findings)


def name_anchors(findings):
    """By their names, so that a link stays good; by their numbers where that says nothing."""
    taken = set()
    for index, finding in enumerate(findings):
        name = markup.anchor("finding", finding.ident or index)
        finding.anchor = name if name not in taken else f"{name}.{index}"
        taken.add(finding.anchor)


def read_finding(report_folder, entry):
    name = values.text(entry, "path")
    if not name:
        return Finding(entry, None, {}, "it was not written")
    folder = report_folder / name
    files, missing = {}, ""
    for file in FILES:
        try:
            with open(folder / file, "rb") as opened:
                files[file] = opened.read(TEXT_BYTES_MAX).decode("utf-8", "replace")
        except FileNotFoundError:
            # A case has no program, a target without a kind neither.
            if file == "meta.json":
                missing = "its folder is not there"
        except (OSError, ValueError) as error:
            missing = f"its folder cannot be read: {getattr(error, 'strerror', error)}"
    return Finding(entry, folder, files, missing)
