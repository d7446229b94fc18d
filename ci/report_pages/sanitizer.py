"""A sanitizer's report cut down to the frames that are somebody's here, and where they are."""

import dataclasses
import re

STARTS = re.compile(r"ERROR: (?:Address|Leak|Memory)Sanitizer|ERROR: libFuzzer"
                    r"|WARNING: ThreadSanitizer|: runtime error: |SUMMARY: \w*Sanitizer")
ENDS = re.compile(r"^(?:SUMMARY: |Shadow bytes around|MS: )")
FRAME = re.compile(r"^\s+#\d+ ")
PLACE = re.compile(r"(?:^|[\s/(\"])((?:transports|properties|fuzz|stress)/[\w./+-]+\.(?:cc|h))"
                   r":(\d+)(?::(\d+))?")
# A conformance case names the file of a failed expectation without its folder.
EXPECTATION = re.compile(r"^(\w+_cases\.cc):(\d+): ", re.MULTILINE)
CASES = "properties/conformance/"
# Between the frames: who freed it, who wrote it, which thread that is.
HEADING = re.compile(r"^(?!.*Register values).*(?::|located .*|Direct leak .*|Indirect leak .*)$")
LINES_MAX = 60
# What judges and runs: a frame of it says less than one of what is judged.
HARNESS = ("properties/", "stress/", "fuzz/")
# What leads to every program and every case, and says nothing where a transport is further in.
CALLERS = ("stress/", "fuzz/")
# Of a frame: the number of the program counter, and the folder in which Bazel compiles.
NOISE = re.compile(r"(?<=\d )0x[0-9a-f]+ in |/proc/self/cwd/(?:\./)?| \(BuildId: [0-9a-f]+\)")


@dataclasses.dataclass(frozen=True)
class Place:
    path: str  # relative to the tree
    line: int
    column: int  # 0: not known


def shorten(log):
    """The lines that matter; empty where no sanitizer reported."""
    lines = log.splitlines()
    start = next((i for i, line in enumerate(lines) if STARTS.search(line)), None)
    if start is None:
        return ""
    kept, stack = [], []
    for line in lines[start:]:
        if FRAME.match(line):
            stack.append(line)
            continue
        kept += frames_that_matter(stack)
        stack = []
        if STARTS.search(line) or HEADING.match(line) or PLACE.search(line):
            kept.append(NOISE.sub("", line))
        if ENDS.match(line) or len(kept) >= LINES_MAX:
            break
    return "\n".join((kept + frames_that_matter(stack))[:LINES_MAX])


def places_in(line):
    """Of a frame its own place, which comes last: a template's name may have one as well."""
    found = list(PLACE.finditer(line))
    return found[-1:] if FRAME.match(line) else found


def frames_that_matter(stack):
    """The first, which says what noticed, and those of the tree down to the transport's caller."""
    kept, in_transport = [], False
    for number, line in enumerate(stack):
        place = next(iter(places_in(line)), None)
        is_caller = place is not None and place[1].startswith(CALLERS)
        in_transport = in_transport or (place is not None and not place[1].startswith(HARNESS))
        if number == 0 or (place is not None and not (is_caller and in_transport)):
            kept.append(NOISE.sub("", line))
    left_out = len(stack) - len(kept)
    return kept + ([f"    ({left_out} more frames)"] if left_out else [])


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
