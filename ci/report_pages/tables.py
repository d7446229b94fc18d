"""Tables that can be read aloud: a caption, and a scope for every heading."""

from report_pages.markup import esc, tag


def cell(*content, **pairs):
    return tag("td", *content, **pairs)


def number_cell(content):
    return tag("td", content, class_="number")


def heading(name, **pairs):
    return tag("th", esc(name), scope="col", **pairs)


def row(name_markup, cells):
    return tag("tr", tag("th", name_markup, scope="row"), *cells)


def table(ident, caption, headings, rows, **pairs):
    """In a group of its own that scrolls sideways, by keyboard too, where the page is narrow."""
    head = tag("thead", tag("tr", *headings))
    body = tag("table", tag("caption", esc(caption), id=f"{ident}-caption"), head,
               tag("tbody", *rows), **pairs)
    return tag("div", body, class_="scroll", role="group", tabindex="0",
               aria_labelledby=f"{ident}-caption")
