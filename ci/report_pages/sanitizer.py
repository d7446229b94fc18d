"""A sanitizer's report cut down to the frames that are somebody's here, and where they are."""

import dataclasses
import re

import sanitizer_report

STARTS = re.compile(r"ERROR: (?:Address|Leak|Memory)Sanitizer|ERROR: libFuzzer"
                    r"|WARNING: ThreadSanitizer|: runtime error: |SUMMARY: \w*Sanitizer")
ENDS = re.compile(r"^SUMMARY: ")
FRAME = re.compile(r"^\s+#\d+ ")
PLACE = re.compile(r"(?:^|[\s/(\"])((?:transports|properties|fuzz|stress)/[\w./+-]+\.(?:cc|h))"
                   r":(\d+)(?::(\d+))?")
# A conformance case names the file of a failed expectation without its folder.
EXPECTATION = re.compile(r"^(\w+_cases\.cc):(\d+): ", re.MULTILINE)
CASES = "properties/conformance/cases/"
LINES_MAX = 60
# What judges and runs: a frame of it says less than one of what is judged.
HARNESS = ("properties/", "stress/", "fuzz/")


@dataclasses.dataclass(frozen=True)
class Place:
    path: str  # relative to the tree
    line: int
    column: int  # 0: not known


def shorten(log):
    """The lines that matter, as ci/repro shows them; empty where no sanitizer reported."""
    lines = log.splitlines()
    start = next((i for i, line in enumerate(lines) if STARTS.search(line)), None)
    if start is None:
        return ""
    kept = []
    for line in sanitizer_report.shorten(lines[start:]):
        if len(kept) == LINES_MAX:
            break
        kept.append(line)
        if ENDS.match(line):
            break
    return "\n".join(kept)


def places_in(line):
    """Of a frame its own place, which comes last: a template's name may have one as well."""
    found = list(PLACE.finditer(line))
    return found[-1:] if FRAME.match(line) else found


def places(log, root):
    """The places in files of the tree, in the order of the report, each once."""
    found = {}
    named = [match.groups() for line in log.splitlines() for match in places_in(line)]
    named += [(CASES + match[1], match[2], None) for match in EXPECTATION.finditer(log)]
    for path, line, column in named:
        line, column = int(line), int(column or 0)
        if line > 0 and ".." not in path and (root / path).is_file():
            found.setdefault(Place(path, line, column))
    return list(found)


def blamed(log, root):
    """The place to look at first: the first that is not the harness's, else the first, or None."""
    all_places = places(log, root)
    own = [place for place in all_places if not place.path.startswith(HARNESS)]
    return next(iter(own or all_places), None)
