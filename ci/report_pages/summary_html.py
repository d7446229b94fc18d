"""The summary: what a person wants to know who reads nothing else."""

from report_pages import values
from report_pages.markup import duration, esc, grouped, percent, plural, tag


def card(name, value, note=""):
    return tag("div", tag("dt", esc(name)), tag("dd", tag("span", esc(value), class_="figure"),
                                                tag("span", esc(note), class_="note")))


def counts(entries):
    found = {}
    for entry in entries:
        name = values.text(entry, "verdict")
        found[name] = found.get(name, 0) + 1
    return found


def findings_card(report):
    states = [values.text(finding.entry, "state") for finding in report.findings]
    note = ", ".join(f"{states.count(state)} {word}" for state, word in
                     (("new", "new"), ("known", "seen before"), ("gone", "gone"))
                     if states.count(state))
    return card("findings", grouped(len(report.present_findings)), note)


def cards(report):
    cells, rules = report.entries("cells"), counts(report.entries("rules"))
    verdicts = counts(cells)
    yield findings_card(report)
    # A night tells what was broken, and counts no work behind the rest.
    if "kept" in rules or "not_judged" in rules:
        yield card("rules kept", grouped(rules.get("kept", 0)),
                   f"{rules.get('broken', 0)} broken, {rules.get('not_judged', 0)} not judged, "
                   "of all kinds")
    elif "broken" in rules:
        yield card("rules broken", grouped(rules["broken"]), "of all kinds")
    if cells:
        yield card("kinds x producers", f"{verdicts.get('ok', 0)} ok",
                   f"{verdicts.get('findings', 0)} with findings, "
                   f"{verdicts.get('not_run', 0)} not run")
    executions = sum(values.number(entry, "executions") for entry in cells)
    executions += sum(values.number(entry, "executions") for entry in report.entries("targets")
                      if not cells)
    messages = sum(values.number(entry, "messages") for entry in cells)
    yield card("executions", grouped(executions), plural(messages, "message") if messages else "")
    files = values.entries(values.mapping(report.document, "coverage"), "files")
    if files:
        lines = sum(values.number(file, "lines") for file in files)
        covered = sum(values.number(file, "lines_covered") for file in files)
        yield card("coverage of transports/", percent(covered, lines),
                   f"{grouped(covered)} of {grouped(lines)} lines")


def verdict_line(report):
    found = len(report.present_findings)
    if found:
        words, class_ = f"\N{BALLOT X} {plural(found, 'finding')}", "broken"
    elif any(values.text(entry, "verdict") == "ok" for entry in
             report.entries("cells") + report.entries("targets")):
        words, class_ = "\N{CHECK MARK} no finding", "kept"
    else:
        words, class_ = "\N{EN DASH} nothing was run", "not_judged"
    stopped = ", stopped before its time was over" if report.document.get("stopped") is True else ""
    return tag("p", tag("strong", esc(words), class_=f"verdict {class_}"), esc(stopped),
               class_="headline")


def origin(report):
    document, machine = report.document, values.mapping(report.document, "machine")
    processors = values.number(machine, "processors")
    hardware = " x ".join(word for word in (str(processors) if processors else "",
                                            values.text(machine, "model")) if word)
    kernel = values.text(machine, "kernel")
    pairs = [("made by", values.text(document, "made_by")),
             ("started", values.text(document, "started")),
             ("took", duration(values.number(document, "seconds"))),
             ("commit", values.text(document, "commit")),
             ("seed", str(values.number(document, "seed", ""))),
             ("machine", ", ".join(word for word in (hardware,
                                                     f"Linux {kernel}" if kernel else "") if word))]
    return tag("dl", *[tag("div", tag("dt", esc(name)), tag("dd", esc(value)))
                       for name, value in pairs if value], class_="facts")


def summary_section(report):
    return verdict_line(report) + tag("dl", *cards(report), class_="cards") + origin(report)
