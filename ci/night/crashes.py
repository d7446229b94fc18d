"""What two failures have in common, whatever input hit them. Pure."""

import hashlib
import re

import sanitizer_report

FRAMES_MAX = 3
# How a target ends that states a property (fuzz/require.h).
STATED = re.compile(r"^does not hold: (.+)$", re.M)


def frames(log):
    """The functions of the first stack of a report that has some of ours, innermost first."""
    return [sanitizer_report.function_name(frame) for frame in own_frames(log)][:FRAMES_MAX]


def own_frames(log):
    """The same with their places, and all of them."""
    own = []
    for line in log.splitlines():
        # Indented, which libFuzzer's own lines ("#12 NEW cov: ...") are not.
        found = sanitizer_report.FRAME.match(line)
        if not found and own:
            break
        if found and is_own(found["what"]):
            own.append(found["what"])
    return own


def is_own(what):
    """Whether a frame says where the bug is: every input comes by way of the target's entry."""
    is_entry = sanitizer_report.function_name(what).startswith("LLVMFuzzer")
    return not is_entry and not sanitizer_report.is_foreign(what)


def is_in_transport(log):
    """Whether the innermost of the functions is a transport's."""
    return any("transports/" in frame for frame in own_frames(log)[:1])


def normalised(reason):
    """The reason without what differs from run to run: addresses, process ids, bytes, numbers,
    paths and how often it was seen."""
    text = re.sub(r"==\d+==\s*", "", reason)
    text = re.sub(r" \(and \d+ more\)", "", text)
    text = re.sub(r"(?<![\w.])/[\w.@+/-]+", "PATH", text)
    text = re.sub(r"\b[0-9a-f]{8,}\b|0x[0-9a-f]+", "X", text)
    text = re.sub(r"'[^']*'|\"[^\"]*\"", "''", text)
    text = re.sub(r"\d+", "N", text)
    # "#3 .. #5, #9" is a list of one or more.
    text = re.sub(r"#?N(?:(?:, | \.\. )#?N)+", "#N", text)
    return re.sub(r"\s+", " ", text).strip()


def kind_of_error(reason, log=""):
    """Of a sanitizer's line the words that name the error: "heap-use-after-free". Of a target that
    ended itself, the property that did not hold."""
    if stated := STATED.search(log):
        return normalised(stated[1])
    found = re.search(r"(?:Sanitizer|libFuzzer): ([a-zA-Z -]+?)(?: on | \(|:|$)", reason)
    return found[1].strip() if found else normalised(reason)


def group(subject, rule, reason, log, census=""):
    """What makes a finding: the text that all failures that are counted with it share."""
    left = left_behind(reason, census)
    what = f"left behind: {left}" if left else normalised(reason)
    return f"{subject} {rule}: {stack(reason, log) or what}"


def stack(reason, log):
    """The error and where it was; empty where nothing was printed that has one of our functions."""
    names = frames(log)
    return " < ".join([kind_of_error(reason, log), *names]) if names else ""


def way(reason, log):
    """How something goes wrong, whatever rule that breaks: what follows a semicolon is what came of
    it ("...; the latter never came")."""
    return stack(reason, log) or normalised(reason.partition(";")[0])


def left_behind(reason, census):
    """What was left, of a finding that leaves something; empty for any other."""
    named = re.search(r"left behind: (.+)", reason)
    text = named[1] if named else census.strip().partition("\n")[0]
    return normalised(text)


def identity(subject, rule, group_text):
    """The name of the bug's folder."""
    return f"{subject}-{rule}-{hashlib.sha1(group_text.encode()).hexdigest()[:8]}"
