"""Fuzz targets: how fast they were, what they reach, how that grew. And the trend over nights."""

from report_pages import values
from report_pages.charts import line_chart
from report_pages.markup import anchor, esc, grouped, short, tag
from report_pages.matrices import CELL_VERDICTS, UNKNOWN
from report_pages.tables import cell, heading, number_cell, row, table


def verdict_cell(entry):
    name = values.text(entry, "verdict")
    sign, words = CELL_VERDICTS.get(name, UNKNOWN)
    reason = values.text(entry, "reason")
    why = tag("div", esc(reason), class_="note") if reason and name != "ok" else ""
    class_ = name if name in CELL_VERDICTS else "unknown"
    return cell(tag("span", tag("span", sign, aria_hidden="true"), " ", esc(words),
                    class_=f"verdict {class_}") + why)


def target_row(entry):
    rejected = values.number(entry, "rejected", None)
    numbers = [grouped(values.number(entry, "executions")),
               short(float(values.number(entry, "executions_per_second"))),
               grouped(values.number(entry, "edges")), grouped(values.number(entry, "features")),
               grouped(values.number(entry, "corpus_inputs")),
               grouped(values.number(entry, "corpus_bytes")),
               "-" if rejected is None else grouped(rejected)]
    return row(esc(values.text(entry, "target")),
               [cell(esc(values.text(entry, "config"))), verdict_cell(entry),
                *[number_cell(esc(number)) for number in numbers]])


def growth(entry):
    """[(seconds, edges)], those that rise in time."""
    points = []
    for item in entry.get("growth") if isinstance(entry.get("growth"), list) else []:
        point = values.numbers(item)[:2]
        if len(point) == 2 and (not points or point[0] >= points[-1][0]):
            points.append(tuple(point))
    return points


def curve(entry, index):
    points = growth(entry)
    name = values.text(entry, "target")
    if len(points) < 2:
        return ""
    config = values.text(entry, "config")
    title = f"{name} ({config})" if config else name
    chart = line_chart(anchor("growth", index), f"Edges that {title} reached", points, "s", "edges")
    return tag("figure", chart, tag("figcaption", esc(title)))


def targets_section(report):
    entries = report.entries("targets")
    if not entries:
        return tag("p", "No target was fuzzed, or the report does not say so.")
    headings = [heading(name) for name in
                ("target", "configuration", "verdict", "executions", "a second", "edges",
                 "features", "inputs in the corpus", "bytes", "rejected")]
    curves = [curve(entry, index) for index, entry in enumerate(entries)]
    drawn = tag("div", *curves, class_="curves") if any(curves) else ""
    grown = tag("h3", "Edges over time") + drawn if drawn else ""
    rows = [target_row(entry) for entry in entries]
    return table("targets-table", "Fuzz targets", headings, rows) + grown


TREND = (("executions", "executions"), ("edges", "edges"),
         ("corpus_inputs", "inputs in the corpus"), ("findings", "findings"))


def night_row(entry):
    numbers = [values.number(entry, key, None) for key in
               ("seconds", "executions", "edges", "corpus_inputs", "findings", "new", "gone")]
    return row(esc(values.text(entry, "started")),
               [cell(esc(values.text(entry, "commit")[:12])),
                *[number_cell("-" if number is None else esc(grouped(number)))
                  for number in numbers]])


def trend_section(report):
    """Empty where there is one night or none: nothing to compare."""
    nights = report.entries("trend")
    if not nights:
        return ""
    headings = [heading(name) for name in ("night", "commit", "seconds", "executions", "edges",
                                           "inputs", "findings", "new", "gone")]
    charts = []
    for key, name in TREND:
        points = [(index + 1, values.number(night, key)) for index, night in enumerate(nights)]
        if len(points) > 1:
            chart = line_chart(f"trend-{key}", f"{name} over the nights", points, "nights", name)
            charts.append(tag("figure", chart, tag("figcaption", esc(name))))
    drawn = tag("div", *charts, class_="curves") if charts else ""
    return drawn + table("trend-table", "Nights, the latest last", headings,
                         [night_row(night) for night in nights])
