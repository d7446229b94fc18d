"""One bug is one finding: what two failures have in common, whatever input hit it. Pure."""

import hashlib
import re

FRAMES_MAX = 3
# "#1 0x55d0 in ipc_hammer::Push(int) /path/ring.cc:12:3" and, of ThreadSanitizer, without the
# address and "in". Indented, which libFuzzer's own lines ("#12 NEW cov: ...") are not.
FRAME = re.compile(r"^\s+#\d+ (?:0x[0-9a-f]+ in )?(.+)$")
# What stands at the end of a frame: a place in a file, a module, a build id.
PLACE = re.compile(r"\s+(?:\(.*\)|<null>|/\S+|\S+:\d+(?::\d+)?)\s*$")
# Of the runtimes and of the C and C++ library: not where the bug is.
FOREIGN = re.compile(
    r"^(?:__(?:asan|tsan|ubsan|lsan|sanitizer|interceptor|libc)\w*|___interceptor_\w+|fuzzer::.*"
    r"|(?:\w+ )?std::.*|operator (?:new|delete).*|LLVMFuzzer\w+|main|_start|abort|raise|gsignal"
    r"|mem(?:cpy|move|set|cmp)|malloc|free|calloc|realloc)\b"
)


def frames(log):
    """The functions of the first stack of a report that has some of ours, innermost first."""
    names = []
    for line in log.splitlines():
        found = FRAME.match(line)
        if not found:
            if names:
                break
            continue
        name = function(found[1])
        if name and not FOREIGN.match(name):
            names.append(name)
    return names[:FRAMES_MAX]


def function(frame):
    """The function's name without its arguments, template arguments and place."""
    name = frame
    while (shorter := PLACE.sub("", name)) != name:
        name = shorter
    name = name.replace("(anonymous namespace)", "anonymous")
    while (shorter := re.sub(r"<[^<>]*>|\([^()]*\)", "", name)) != name:
        name = shorter
    return re.sub(r"\s*\bconst$", "", name).strip()


def normalised(reason):
    """The reason without what differs from run to run: addresses, process ids, bytes, numbers."""
    text = re.sub(r"==\d+==\s*", "", reason)
    text = re.sub(r"\b[0-9a-f]{8,}\b|0x[0-9a-f]+", "X", text)
    text = re.sub(r"'[^']*'|\"[^\"]*\"", "''", text)
    text = re.sub(r"\d+", "N", text)
    # "#3 .. #5, #9" is a list of one or more.
    text = re.sub(r"#?N(?:(?:, | \.\. )#?N)+", "#N", text)
    return re.sub(r"\s+", " ", text).strip()


def kind_of_error(reason):
    """Of a sanitizer's line the words that name the error: "heap-use-after-free"."""
    found = re.search(r"(?:Sanitizer|libFuzzer): ([a-zA-Z -]+?)(?: on | \(|:|$)", reason)
    return found[1].strip() if found else normalised(reason)


def group(subject, rule, reason, log):
    """What makes a bug: the text that all its failures share."""
    stack = frames(log)
    what = " < ".join([kind_of_error(reason), *stack]) if stack else normalised(reason)
    return f"{subject} {rule}: {what}"


def identity(subject, rule, group_text):
    """The name of the bug's folder."""
    return f"{subject}-{rule}-{hashlib.sha1(group_text.encode()).hexdigest()[:8]}"
