"""The swim lanes of a finding's history.txt, read back from their grid (properties/history).

    (12 earlier events)
              us  p0                              c0
        --------  ------------------------------  ------
           0.000  > send 64B never
    >>>    3.250  < ok p0#3 [3.2us]               |
    (3 later events)
"""

import dataclasses
import re

POINTER = ">>> "
NOTE = re.compile(r"^\((\d+ (?:earlier|later) events)\)$")
RULE = re.compile(r"^ +-+(?:  -+)*$")


@dataclasses.dataclass
class Row:
    time: str
    cells: list
    marked: bool


@dataclasses.dataclass
class Picture:
    unit: str
    lanes: list
    rows: list
    earlier: str = ""
    later: str = ""

    @property
    def marked_row(self):
        return next((i for i, row in enumerate(self.rows) if row.marked), None)


def columns(line):
    """Where the time and each lane begin and end, from the line of dashes."""
    spans = [match.span() for match in re.finditer("-+", line)]
    return spans[0], spans[1:]


def parse(text):
    """The picture, or None where the text is none."""
    lines = text.splitlines()
    rule = next((i for i, line in enumerate(lines) if RULE.match(line)), None)
    if not rule:
        return None
    (_, time_end), spans = columns(lines[rule])
    header = lines[rule - 1]
    picture = Picture(header[:time_end].strip(), [header[a:b].strip() for a, b in spans], [])
    for line in lines[:rule - 1] + lines[rule + 1:]:
        note = NOTE.match(line)
        if note and "earlier" in note[1]:
            picture.earlier = note[1]
        elif note:
            picture.later = note[1]
        elif line.strip():
            picture.rows.append(row_of(line, time_end, spans))
    return picture if picture.lanes and picture.rows else None


def row_of(line, time_end, spans):
    marked = line.startswith(POINTER)
    start = len(POINTER) if marked else 0
    # The last lane's cell may be longer than its column says.
    ends = [end for _, end in spans[:-1]] + [None]
    cells = [line[begin:end].strip() for (begin, _), end in zip(spans, ends)]
    return Row(line[start:time_end].strip(), cells, marked)


@dataclasses.dataclass
class Call:
    """A call of one actor, from the row in which it begins to the one in which it ends."""

    lane: int
    first: int
    last: int
    begun: str  # "send 64B never"; empty where the picture begins later
    ended: str  # "ok p0#3 [3.2us]"; empty where it never ended
    marked: bool

    @property
    def outcome(self):
        """ok, error, killed or open: how it is drawn."""
        if not self.ended:
            return "open"
        if self.ended.startswith("KILLED"):
            return "killed"
        return "ok" if re.match(r"ok\b", self.ended) else "error"


def calls(picture):
    """All of them, lane by lane."""
    return [call for lane in range(len(picture.lanes)) for call in lane_calls(picture, lane)]


def lane_calls(picture, lane):
    open_call, is_first = None, True
    for index, row in enumerate(picture.rows):
        sign, _, words = row.cells[lane].partition(" ")
        # A row is marked for the lane in which it says something.
        marked = row.marked and sign in ("*", "<", ">", "x")
        if sign == ">":
            if open_call:
                yield open_call
            open_call = Call(lane, index, index, words, "", marked)
        elif sign == "*":
            begun, _, ended = words.partition(": ")
            yield Call(lane, index, index, begun, ended, marked)
        elif sign in ("<", "x", "?"):
            # The first call may have begun before the first row; then it has no beginning here.
            began = 0 if is_first and sign == "<" else index
            call = open_call or Call(lane, began, index, "", "", False)
            call.last, call.marked = index, call.marked or marked
            call.ended = words if sign != "?" else ""
            yield call
            open_call = None
        elif sign == "|" and open_call:
            open_call.last = index
        is_first = is_first and sign in ("", "|")
    if open_call:
        yield open_call
