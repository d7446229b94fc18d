"""The two large tables: kinds x rules, and kinds x producers."""

from report_pages import values
from report_pages.markup import esc, grouped, plural, short, tag
from report_pages.tables import cell, heading, row, table

# What a verdict looks like, and what it is called: never by colour alone.
RULE_VERDICTS = {
    "kept": ("\N{CHECK MARK}", "kept"),
    "broken": ("\N{BALLOT X}", "broken"),
    "not_judged": ("\N{EN DASH}", "not judged"),
    "not_promised": ("\N{MIDDLE DOT}", "not promised"),
}
CELL_VERDICTS = {
    "ok": ("\N{CHECK MARK}", "ok"),
    "findings": ("\N{BALLOT X}", "findings"),
    "not_run": ("\N{EN DASH}", "not run"),
}
UNKNOWN = ("?", "unknown")


def verdict(sign, name, class_, *more):
    return tag("span", tag("span", sign, aria_hidden="true"), " ",
               tag("span", esc(name), class_="aloud"), *more, class_=f"verdict {class_}")


def finding_link(report, kind, rule, content):
    for finding in report.present_findings:
        if (kind, rule) in finding.broken:
            return tag("a", content, href=f"#{finding.anchor}")
    return content


def rule_cell(report, kind, rule, entry):
    if entry is None:
        return cell(tag("span", "not told", class_="aloud"))
    name = values.text(entry, "verdict")
    sign, words = RULE_VERDICTS.get(name, UNKNOWN)
    executions = values.number(entry, "executions")
    shows_work = name in ("kept", "broken") and executions
    work = [" ", tag("span", esc(short(executions)), title=plural(executions, "execution"))]
    content = verdict(sign, words, name if name in RULE_VERDICTS else "unknown",
                      *(work if shows_work else []))
    if name == "broken":
        content = finding_link(report, kind, rule, content)
    return cell(content, class_=name if name in RULE_VERDICTS else None)


def distinct(items):
    return list(dict.fromkeys(item for item in items if item))


def rules_matrix(report, rules):
    by_place = {(values.text(entry, "kind"), values.text(entry, "rule")): entry
                for entry in report.entries("rules")}
    kinds = distinct([*(kind for kind, _ in by_place),
                      *(values.text(entry, "kind") for entry in report.entries("cells"))])
    if not by_place:
        return tag("p", "No rule was judged, or the report does not say so.")
    headings = [heading("kind")] + [
        tag("th", tag("span", esc(rule.name)), scope="col", class_="upright", title=rule.holds)
        for rule in rules]
    rows = [row(esc(kind), [rule_cell(report, kind, rule.name, by_place.get((kind, rule.name)))
                            for rule in rules]) for kind in kinds]
    legend = tag("ul", *[
        tag("li", verdict(sign, "", name), esc(words + meaning))
        for (name, (sign, words)), meaning in zip(RULE_VERDICTS.items(), [
            ", after so many programs, rounds and cases that judged it",
            ": the link leads to a finding",
            ": the kind is held to it, and nothing that judges it was executed",
            ": the kind is not held to it; an empty cell: the report does not tell"])],
        class_="legend")
    return legend + table("rules-table", "Kinds x rules", headings, rows, class_="matrix")


def producer_key(entry):
    return values.text(entry, "producer"), values.text(entry, "config")


def producer_cell(entry):
    if entry is None:
        return cell(tag("span", "-", class_="quiet"))
    name = values.text(entry, "verdict")
    sign, words = CELL_VERDICTS.get(name, UNKNOWN)
    if name == "findings":
        words = plural(values.number(entry, "findings"), "finding")
    seen = tag("span", tag("span", sign, aria_hidden="true"), " ", esc(words),
               class_=f"verdict {name if name in CELL_VERDICTS else 'unknown'}")
    reason = values.text(entry, "reason") if name == "not_run" else ""
    return cell(tag("div", work_of(entry)), tag("div", seen, title=reason or None))


def work_of(entry):
    """ "31 of 62, 15/s", "10.5k, 5.02k/s", "3, 730 messages, 3.67k/s"."""
    executions = values.number(entry, "executions")
    seconds = values.number(entry, "seconds")
    planned, cases = values.number(entry, "planned"), values.number(entry, "cases", None)
    done = (f"{grouped(executions if cases is None else cases)} of {grouped(planned)}" if planned
            else short(executions))
    messages = values.number(entry, "messages")
    sent = f", {short(messages)} messages" if messages else ""
    rate = (messages or executions) / seconds if seconds > 0 else 0
    return esc(done + sent + (f", {short(float(rate))}/s" if rate else ""))


def producers_table(report):
    entries = {}
    for entry in report.entries("cells"):
        entries[values.text(entry, "kind"), producer_key(entry)] = entry
    if not entries:
        return tag("p", "Nothing was hammered, or the report does not say so.")
    kinds, columns = distinct(k for k, _ in entries), distinct(key for _, key in entries)
    headings = [heading("kind")] + [
        heading(f"{producer} ({config})" if config else producer) for producer, config in columns]
    rows = [row(esc(kind), [producer_cell(entries.get((kind, key))) for key in columns])
            for kind in kinds]
    return table("producers-table", "Kinds x producers: what was executed, and how fast", headings,
                 rows) + reasons(entries)


def reasons(entries):
    """Why something was not run, each reason once."""
    by_reason = {}
    for (kind, (producer, _)), entry in entries.items():
        reason = values.text(entry, "reason")
        if values.text(entry, "verdict") == "not_run" and reason:
            by_reason.setdefault(reason, []).append(f"{kind} {producer}")
    if not by_reason:
        return ""
    items = [tag("li", esc(f"not run: {', '.join(labels)}: {reason}"))
             for reason, labels in by_reason.items()]
    return tag("ul", *items)
