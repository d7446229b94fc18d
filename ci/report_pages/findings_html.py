"""The findings: each opens, with its picture, its texts and the commands that lead on."""

import shlex

from report_pages import lanes, lanes_svg, sanitizer, values
from report_pages.markup import clipped, esc, plural, tag

# The whole text is in the finding's folder.
CHARACTERS_MAX = 100_000
STATES = {"new": "new", "known": "seen before", "gone": "gone"}


def pre(content, label):
    """A block that scrolls, by keyboard too."""
    shown = esc(clipped(content, CHARACTERS_MAX))
    return tag("pre", tag("code", shown), tabindex="0", role="group", aria_label=label)


def folded(title, content):
    return tag("details", tag("summary", esc(title)), content)


def commands(report, finding, root):
    """Markup for what to do next; none where there is no folder."""
    if finding.folder is None or finding.missing:
        return ""
    path = shlex.quote(report.command_path(finding, root))
    offered = [("ci/repro", "see it again", f"ci/repro {path}"),
               ("ci/repro", "in the debugger", f"ci/repro {path} --gdb"),
               ("ci/repro", "make its program simpler",
                f"bazel run --config=asan //stress:hammer -- minimise {path}"),
               ("ci/keep", "keep it as a regression", f"ci/keep {path}")]
    if finding.say("case"):
        # A case is a test already.
        offered = [item for item in offered if item[0] != "ci/keep"]
    if "program.txt" not in finding.files:
        offered = [item for item in offered if "minimise" not in item[2]]
    if "--gdb" not in script_text(root / "ci/repro"):
        offered = [item for item in offered if "--gdb" not in item[2]]
    lines = [line for script, name, command in offered if (root / script).is_file()
             for line in (tag("dt", esc(name)), tag("dd", tag("code", esc(command))))]
    return tag("h4", "Commands") + tag("dl", *lines, class_="commands")


def script_text(path):
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""


def facts(finding):
    pairs = [("kind", finding.say("kind")), ("rule", finding.rule),
             ("found by", finding.say("producer")), ("mode", finding.say("mode")),
             ("case", finding.say("case")), ("fuzz target", finding.say("target")),
             ("scenario", finding.say("scenario")), ("configuration", finding.say("config")),
             ("commit", finding.say("commit")), ("seed", seed_of(finding)),
             ("against the night before", STATES.get(finding.say("state"), "")),
             ("group", finding.say("group")), ("first seen", finding.say("first_seen")),
             ("inputs that hit it", count(finding, "inputs")), ("on replay", replays(finding))]
    lines = [tag("div", tag("dt", esc(name)), tag("dd", esc(value)))
             for name, value in pairs if value]
    return tag("dl", *lines, class_="facts")


def seed_of(finding):
    seed = values.number(finding.meta, "seed", None)
    return "" if seed is None or finding.say("case") else str(seed)


def count(finding, key):
    number = values.number(finding.entry, key, None)
    return "" if number is None else str(number)


def replays(finding):
    failed = values.number(finding.entry, "failed", None)
    runs = values.number(finding.entry, "runs", None)
    return "" if failed is None or not runs else f"failed in {failed} of {plural(runs, 'run')}"


def history(finding, ident):
    text = finding.file("history.txt")
    if not text:
        return ""
    picture = lanes.parse(text)
    if picture is None:
        return tag("h4", "History") + tag("p", "No event was recorded.")
    drawn = lanes_svg.draw(picture, ident, finding.rule, finding.say("reason"))
    around = " and ".join(note for note in (picture.earlier, picture.later) if note)
    notes = f"; {around} are not shown" if around else ""
    legend = (f"A box is a call, time goes downwards ({picture.unit}){notes}. "
              "\N{CHECK MARK} it did what was asked, ! it returned an error, "
              "\N{BALLOT X} its actor was killed, \N{HORIZONTAL ELLIPSIS} it never ended.")
    figure = tag("figure", tag("div", drawn, class_="picture", tabindex="0", role="group",
                               aria_label=f"History of {finding.ident}"),
                 tag("figcaption", esc(legend)))
    return tag("h4", "History") + figure + folded("as text", pre(text, "History as text"))


def report_of_sanitizer(finding):
    log = finding.file("log.txt")
    if not log:
        return ""
    brief = sanitizer.shorten(log)
    if not brief:
        return tag("h4", "What was printed") + pre(log, "What was printed")
    return (tag("h4", "Sanitizer report, the frames that matter") + pre(brief, "Sanitizer report")
            + folded("all that was printed", pre(log, "All that was printed")))


def texts(finding):
    parts = []
    if finding.file("census.txt"):
        parts.append(tag("h4", "Census: what was left behind")
                     + pre(finding.file("census.txt"), "Census difference"))
    parts.append(report_of_sanitizer(finding))
    if finding.file("program.txt"):
        parts.append(folded("the program", pre(finding.file("program.txt"), "Program")))
    return "".join(parts)


def same_bug(report, finding, root):
    """The other ways in which the bug was seen, each with the command that shows it again."""
    items = []
    for one in finding.same_bug:
        how = values.text(one, "case") or values.text(one, "mode") or values.text(one, "target")
        said = tag("div", esc(f"{values.text(one, 'rule')} ({how}): {values.text(one, 'reason')}"))
        path = values.text(one, "path")
        command = ""
        if path and (root / "ci/repro").is_file():
            typed = shlex.quote(report.typed(report.folder / path, root))
            command = tag("div", tag("code", esc(f"ci/repro {typed}")))
        items.append(tag("li", said, command))
    if not items:
        return ""
    return tag("h4", "The same bug, seen otherwise") + tag("ul", *items, class_="same-bug")


def finding_section(report, finding, root):
    ident = finding.anchor
    state = finding.say("state")
    badge = tag("span", esc(STATES[state]), class_=f"badge {state}") if state in STATES else ""
    more = [rule for _, rule in finding.broken if rule != finding.rule]
    rules = ", ".join(dict.fromkeys([finding.rule, *more]))
    summary = tag("summary", tag("h3", esc(f"{finding.subject}: {rules}")), badge,
                  tag("span", esc(finding.say("reason")), class_="reason"))
    missing = ""
    if finding.missing:
        missing = tag("p", esc(f"Its texts are not shown: {finding.missing}."), class_="note")
    return tag("details", summary,
               tag("div", facts(finding), missing, same_bug(report, finding, root),
                   history(finding, ident), texts(finding),
                   commands(report, finding, root), class_="body"),
               id=ident, class_="finding gone" if finding.is_gone else "finding")


def findings_section(report, root):
    if not report.findings:
        return tag("p", "Nothing was found.")
    buttons = tag("p", tag("button", "Open all findings", type="button", id="open-all"),
                  " ", tag("button", "Close all findings", type="button", id="close-all"),
                  class_="scripted", hidden="")
    return buttons + "".join(finding_section(report, finding, root) for finding in report.findings)
