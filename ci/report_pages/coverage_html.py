"""What fuzzing comes to: coverage of transports/ by file, with the source, and by target."""

from report_pages import values
from report_pages.charts import share_bar
from report_pages.markup import anchor, esc, grouped, percent, short, tag
from report_pages.tables import cell, heading, number_cell, row, table


def share_cells(entry):
    for key in ("lines", "regions"):
        part, whole = values.number(entry, f"{key}_covered"), values.number(entry, key)
        yield number_cell(f"{grouped(part)} of {grouped(whole)}")
        yield cell(share_bar(part, whole) + " " + esc(percent(part, whole)), class_="number")


def source_lines(root, path):
    """None where the tree has no such file, or the name leads out of it."""
    file = root / path
    try:
        if not file.resolve().is_relative_to(root):
            return None
        return file.read_text(encoding="utf-8", errors="replace").splitlines()
    except (OSError, ValueError):
        return None


def annotated(counts, lines):
    """A line each: its number, how often it was executed, its text. The sign says it as well."""
    for index, line in enumerate(lines):
        count = counts[index] if index < len(counts) else None
        is_code = isinstance(count, (int, float)) and not isinstance(count, bool)
        sign = " " if not is_code else "+" if count else "-"
        shown = short(count) if is_code else ""
        class_ = "" if not is_code else ' class="hit"' if count else ' class="miss"'
        yield f"<span{class_}>{index + 1:5} {sign}{shown:>7}  {esc(line)}\n</span>"


def source_view(file, root):
    path = values.text(file, "path")
    counts = file.get("counts")
    lines = source_lines(root, path)
    if lines is None or not isinstance(counts, list):
        return ""
    changed = ""
    # Counts end with the last line of code; more of them than lines are another file's.
    if len(counts) > len(lines) + 1:
        changed = tag("p", "The file has been changed since: the counts may be beside their lines.",
                      class_="note")
    code = tag("pre", tag("code", *annotated(counts, lines)), tabindex="0", role="group",
               aria_label=f"Source of {path}", class_="source")
    return tag("details", tag("summary", esc(path), " ",
                              tag("span", esc(percent(values.number(file, "lines_covered"),
                                                      values.number(file, "lines"))),
                                  class_="note")),
               changed, code, id=anchor("source", path))


def files_table(files, linked):
    def name(file):
        path = values.text(file, "path")
        link = f"#{anchor('source', path)}"
        return tag("a", esc(path), href=link) if path in linked else esc(path)
    headings = [heading("file"), heading("lines"), heading("of all lines"), heading("regions"),
                heading("of all regions")]
    total = {key: sum(values.number(file, key) for file in files)
             for key in ("lines", "lines_covered", "regions", "regions_covered")}
    rows = [row(name(file), share_cells(file)) for file in files]
    return table("coverage-table", "Coverage by file", headings,
                 [row("all files", share_cells(total)), *rows])


def targets_table(targets):
    headings = [heading("target"), heading("lines"), heading("of all lines"), heading("regions"),
                heading("of all regions")]
    return table("target-coverage-table", "Coverage by fuzz target, of what it links", headings,
                 [row(esc(values.text(target, "target")), share_cells(target))
                  for target in targets])


def coverage_section(report, root):
    coverage = values.mapping(report.document, "coverage")
    files = [file for file in values.entries(coverage, "files") if values.text(file, "path")]
    targets = values.entries(coverage, "targets")
    parts = []
    views = {values.text(file, "path"): source_view(file, root) for file in files}
    if files:
        parts.append(files_table(files, {path for path, view in views.items() if view}))
    if targets:
        parts.append(targets_table(targets))
    if any(views.values()):
        parts.append(tag("h3", "Source"))
        parts.append(tag("p", "+ was executed so often, - never; other lines are no code."))
        parts += views.values()
    return "".join(parts)
