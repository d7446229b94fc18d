"""The picture of swim lanes as SVG: one column for each actor, time downwards."""

import textwrap

from report_pages import lanes
from report_pages.markup import esc, plural

ROW = 24
CHARACTER = 6.8  # of the 11 px monospaced type below
TIME_WIDTH = 84
HEAD = 34
PADDING = 8
GAP = 14
LANE_MIN = 90
REASON_MIN = 360
# Not by colour alone: each outcome has a shape of its own in front of its words.
SIGNS = {"ok": "\N{CHECK MARK}", "error": "!", "killed": "\N{BALLOT X}",
         "open": "\N{HORIZONTAL ELLIPSIS}"}


def label(call):
    """What is written into the box of a call: a line where it begins, another where it ends."""
    ending = f"{SIGNS[call.outcome]} {call.ended or 'never ended'}"
    if call.first == call.last:
        return [(call.first, f"{call.begun}  {ending}".strip())]
    lines = [(call.first, call.begun)] if call.begun else []
    return [*lines, (call.last, ending)]


def widths(picture, calls):
    characters = [len(name) for name in picture.lanes]
    for call in calls:
        longest = max(len(words) for _, words in label(call))
        characters[call.lane] = max(characters[call.lane], longest)
    return [max(LANE_MIN, round(count * CHARACTER) + 2 * PADDING) for count in characters]


def reason_lines(rule, reason, width):
    return textwrap.wrap(f"\N{BALLOT X} {rule}: {reason}", int((width - 2 * PADDING) / CHARACTER))


class Drawing:
    """The marked row is followed by the broken rule, so what comes later is lower. A rule that no
    event shows to be broken, a hang or a leak, stands at the end."""

    def __init__(self, picture, rule, reason):
        self.picture = picture
        self.calls = lanes.calls(picture)
        lane_widths = widths(picture, self.calls)
        self.left = [TIME_WIDTH + GAP]
        for width in lane_widths:
            self.left.append(self.left[-1] + width + GAP)
        self.lane_widths = lane_widths
        self.reason_width = max(REASON_MIN, self.left[-1] - self.left[0] - GAP)
        self.width = self.left[0] + self.reason_width + GAP
        self.mark = picture.marked_row
        self.reason_row = len(picture.rows) - 1 if self.mark is None else self.mark
        self.reason = reason_lines(rule, reason, self.reason_width)
        self.reason_height = ROW * len(self.reason) + PADDING
        self.height = HEAD + ROW * len(picture.rows) + self.reason_height + PADDING

    def top(self, row):
        return HEAD + ROW * row + (self.reason_height if row > self.reason_row else 0)

    def parts(self):
        yield from self.heads()
        for index, row in enumerate(self.picture.rows):
            yield (f'<text class="time" x="{TIME_WIDTH}" y="{self.top(index) + 16}">'
                   f'{esc(row.time)}</text>')
        for call in self.calls:
            yield from self.call(call)
        yield from self.broken_rule()

    def heads(self):
        yield f'<text class="time" x="{TIME_WIDTH}" y="20">{esc(self.picture.unit)}</text>'
        for index, name in enumerate(self.picture.lanes):
            middle = self.left[index] + self.lane_widths[index] / 2
            yield (f'<line class="lane" x1="{middle}" x2="{middle}" y1="{HEAD - 6}" '
                   f'y2="{self.height}"/>')
            yield f'<text class="actor" x="{middle}" y="20">{esc(name)}</text>'

    def call(self, call):
        top, bottom = self.top(call.first) + 2, self.top(call.last) + ROW - 2
        marked = " marked" if call.marked else ""
        yield (f'<rect class="call {call.outcome}{marked}" x="{self.left[call.lane]}" y="{top}" '
               f'width="{self.lane_widths[call.lane]}" height="{bottom - top}" rx="4"/>')
        for row, words in label(call):
            yield (f'<text class="{call.outcome}" x="{self.left[call.lane] + PADDING}" '
                   f'y="{self.top(row) + 16}">{esc(words)}</text>')

    def broken_rule(self):
        top = self.top(self.reason_row) + ROW
        if self.mark is not None:
            yield f'<path class="pointer" d="M2 {top - 19} h14 v-5 l10 12 l-10 12 v-5 h-14 z"/>'
        yield (f'<rect class="reason" x="{TIME_WIDTH + GAP}" y="{top + 2}" '
               f'width="{self.reason_width}" height="{self.reason_height - 4}" rx="4"/>')
        for index, line in enumerate(self.reason):
            yield (f'<text class="reason" x="{TIME_WIDTH + GAP + PADDING}" '
                   f'y="{top + 20 + ROW * index}">{esc(line)}</text>')


def draw(picture, ident, rule, reason):
    """An <svg> that can be read aloud: its title and description say what is in it."""
    drawing = Drawing(picture, rule, reason)
    mark = drawing.mark
    where = "after it" if mark is None else f"in row {mark + 1} of {len(picture.rows)}"
    described = (f"{plural(len(picture.lanes), 'actor')}: {', '.join(picture.lanes)}; "
                 f"{plural(len(drawing.calls), 'call')}; the rule {rule} is broken {where}: "
                 f"{reason}. The same as text follows.")
    body = "".join(drawing.parts())
    return (f'<svg class="lanes" role="img" aria-labelledby="{ident}-t {ident}-d" '
            f'width="{drawing.width:.0f}" height="{drawing.height:.0f}" '
            f'viewBox="0 0 {drawing.width:.0f} {drawing.height:.0f}" '
            f'data-mark="{drawing.top(drawing.reason_row)}">'
            f'<title id="{ident}-t">Swim lanes of the history</title>'
            f'<desc id="{ident}-d">{esc(described)}</desc>{body}</svg>')
