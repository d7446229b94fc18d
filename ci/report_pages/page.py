"""report.html: everything in one file that asks for nothing else."""

import base64
import hashlib
import pathlib

from report_pages.coverage_html import coverage_section
from report_pages.findings_html import findings_section
from report_pages.markup import esc, tag
from report_pages.matrices import producers_table, rules_matrix
from report_pages.rules import rules_of
from report_pages.summary_html import summary_section
from report_pages.targets_html import targets_section, trend_section

HERE = pathlib.Path(__file__).parent
# An icon of nothing, so that a browser does not ask a server for one.
ICON = "data:,"


def digest(text):
    """As a Content-Security-Policy names what it lets run (w3.org/TR/CSP3)."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def policy(style, script):
    """Only this style and this script, and nothing from anywhere: what a finding printed stays
    text even where an escape were forgotten."""
    return (f"default-src 'none'; style-src '{digest(style)}'; script-src '{digest(script)}'; "
            "img-src data:; base-uri 'none'; form-action 'none'")


def sections(report, root):
    """(id, name, content); those without content are left out."""
    rules = rules_of(report, root)
    found = [
        ("summary", "Summary", summary_section(report)),
        ("findings", "Findings", findings_section(report, root)),
        ("rules", "Kinds x rules", rules_matrix(report, rules)),
        ("producers", "Kinds x producers", producers_table(report)),
        ("targets", "Fuzz targets", targets_section(report)),
        ("coverage", "Coverage of transports/", coverage_section(report, root)),
        ("trend", "Trend over nights", trend_section(report)),
        ("meanings", "What the rules say", meanings(rules)),
    ]
    return [section for section in found if section[2]]


def meanings(rules):
    described = [rule for rule in rules if rule.holds]
    if not described:
        return ""
    return tag("dl", *[tag("div", tag("dt", esc(rule.name)), tag("dd", esc(rule.holds)))
                       for rule in described], class_="meanings")


def title(report):
    started = report.document.get("started")
    return f"ipc_hammer report, {started}" if isinstance(started, str) else "ipc_hammer report"


def page(report, root):
    style = (HERE / "page.css").read_text(encoding="utf-8")
    script = (HERE / "page.js").read_text(encoding="utf-8")
    shown = sections(report, root)
    links = [tag("li", tag("a", esc(name), href=f"#{ident}")) for ident, name, _ in shown]
    head = "".join([
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy(style, script)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        tag("title", esc(title(report))),
        f'<link rel="icon" href="{ICON}">',
        f"<style>{style}</style>",
    ])
    body = "".join([
        tag("a", "Skip to the summary", href="#summary", class_="skip"),
        tag("header", tag("h1", "ipc_hammer report"),
            tag("button", "Dark", type="button", id="theme", class_="scripted", hidden="")),
        tag("nav", tag("ul", *links), aria_label="Sections"),
        tag("main", *[tag("section", tag("h2", esc(name), id=f"{ident}-heading"), content,
                          id=ident, aria_labelledby=f"{ident}-heading")
                      for ident, name, content in shown]),
        tag("footer", tag("p", "The same as data: report.json, junit.xml and results.sarif "
                               "beside this file.")),
        f"<script>{script}</script>",
    ])
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>{body}</body></html>\n'
