#!/usr/bin/env python3
"""Shortens the reports of sanitizers to the frames that matter.

usage: sanitizer_report.py <LOG

A frame is left out if it belongs to a sanitizer's runtime, to libFuzzer, to GoogleTest, to the C++
library's internals or to a program's start; the addresses and the picture of the shadow memory go as
well. The numbers of the frames stay, so that a gap is seen. A stack of which nothing would be left
stays as it is, and so does every line that is no part of a report.
"""

import re
import signal
import sys

FRAME = re.compile(r"^(?P<indent>\s+)#(?P<number>\d+) (?:0x[0-9a-f]+ (?:in )?)?(?P<what>\S.*)$")
# What follows a frame's source: the binary, where in it, and its build.
MODULE = re.compile(r" \(\S+\+0x[0-9a-f]+\)(?: \(BuildId: [0-9a-f]+\))?$| \(BuildId: [0-9a-f]+\)$")
# Bazel compiles in a folder that stands for the repository's root.
COMPILED_IN = re.compile(r" (?:/proc/self/cwd|\S*/execroot/\w+)/")

DYNAMIC_EXTENT = ", 18446744073709551615ul"  # what every std::span says of its size

# Where a frame's source or binary is.
FOREIGN_PLACES = re.compile(
    r" \S*(?:/include/c\+\+/|/compiler-rt/|/sysdeps/|/csu/|/nptl/|/googletest/)"
    r"| (?:\.\./)*(?:csu|nptl|sysdeps)/"
    r"|\(\S*(?:libstdc\+\+|libc\+\+)[.\w]*\+0x")
# What a frame's function is called, without its result, arguments and parameters of templates.
FOREIGN_FUNCTIONS = re.compile(
    r"^(?:__(?:asan|ubsan|tsan|lsan|sanitizer|interceptor|interception)\w*|___?interceptor_\w*"
    r"|operator (?:new|delete)(?:\[\])?|malloc|calloc|realloc|free|posix_memalign|aligned_alloc"
    r"|mem(?:cpy|move|set|cmp)"
    r"|abort|raise|__pthread_kill\w*|pthread_kill|pthread_create|asan_thread_start|__libc_start_\w+|_start|start_thread|clone3?)$"
    r"|^(?:__asan|__ubsan|__tsan|__lsan|__sanitizer|__interception|fuzzer|testing|std|__gnu_cxx)::")
OPERATOR_SIGN = re.compile(r"operator(?:<=>|<<=?|>>=?|<=?|>=?|->\*?)")
SOURCE = re.compile(r" \S+?(?::\d+){1,2}$")

SHADOW_BEGINS = re.compile(r"^Shadow bytes around the buggy address:")
ABORTS = re.compile(r"^==\d+==ABORTING")
# What libFuzzer says about itself, and not about the input.
CHATTER = re.compile(r"^INFO: (?:Running with|Seed:|Loaded \d+|-max_len|seed corpus|found LLVM|\d+ Extra)"
                     r"|^NOTE: libFuzzer has|^      Combine libFuzzer|^MS: \d"
                     r"|^\S+: Running \d+ inputs|^artifact_prefix=|^Base64: "
                     r"|^\*\*\*(?:$| NOTE: fuzzing was not|       executed the target)")
REGISTERS = re.compile(r"^==\d+==Register values:$|^(?: ?r\w{1,2} = 0x[0-9a-f]{16} *)+$")
BYTES = re.compile(r"^(?:0x[0-9a-f]{1,2},)+$")  # of the input; the next line has them once more


def function_name(what):
    """ "void acme::Use<int>(int) /a.cc:1:2 (a+0x1)" is "acme::Use"."""
    name = SOURCE.sub("", MODULE.sub("", what)).replace("(anonymous namespace)", "{anonymous}")
    name = OPERATOR_SIGN.sub("operator", name)
    while (simpler := re.sub(r"<[^<>]*>", "", name)) != name:
        name = simpler
    name = name.split("(")[0].strip()
    found = re.search(r"(?:operator )?\S+$", name)
    return found[0] if found else ""


def is_foreign(what):
    """Whether a frame says nothing about the tested code."""
    name = function_name(what)
    is_main_of_library = name == "main" and not SOURCE.search(MODULE.sub("", what))
    is_nameless = not re.search(r"[A-Za-z_]", re.sub(r"0x[0-9a-f]+", "", MODULE.sub("", what)))
    return (is_nameless or is_main_of_library or bool(FOREIGN_FUNCTIONS.search(name)) or
            bool(FOREIGN_PLACES.search(what)))


def shown(frame):
    what = MODULE.sub("", frame["what"]) or frame["what"]
    return f"{frame['indent']}#{frame['number']} {plain(what)}"


def plain(text):
    """With paths from the root of the repository."""
    text = COMPILED_IN.sub(" ", text)
    return re.sub(r" \./(?=\w)", " ", text).replace(DYNAMIC_EXTENT, "")


def shorten_stack(frames):
    """The lines of one stack, given as matches of FRAME."""
    kept = [frame for frame in frames if not is_foreign(frame["what"])] or frames
    return [shown(frame) for frame in kept]


def shorten(lines):
    """Yields the lines that matter, as they come; lines have no newline."""
    frames = []
    in_shadow = False
    after_bytes = False
    for line in lines:
        frame = FRAME.match(line)
        if frame:
            frames.append(frame)
            continue
        yield from shorten_stack(frames)
        frames = []
        if after_bytes or BYTES.match(line):
            after_bytes = not after_bytes
        elif SHADOW_BEGINS.match(line):
            in_shadow = True
        elif ABORTS.match(line):
            in_shadow = False
        elif not (in_shadow or CHATTER.match(line) or REGISTERS.match(line)):
            yield plain(line) if line.startswith("SUMMARY: ") else line
    yield from shorten_stack(frames)


def main():
    # Ctrl-C ends the program whose output this is; what it prints at its end is still wanted.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.stdin.reconfigure(errors="surrogateescape")
    sys.stdout.reconfigure(errors="surrogateescape")
    for line in shorten(line.rstrip("\n") for line in sys.stdin):
        print(line, flush=True)


if __name__ == "__main__":
    main()
