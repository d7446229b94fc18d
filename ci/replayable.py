#!/usr/bin/env python3
"""What a path that is to be replayed or kept holds, and with what it is replayed.

usage: replayable.py PATH [--called NAME] [--kind KIND] [--target TARGET] [--mode MODE]

PATH is a finding's folder, one of its files, a program's text or an input of a fuzz target (a crash-*,
leak-*, timeout-*, oom-* of libFuzzer, or one of a corpus). Whatever PATH does not say by itself it says
by the meta.json beside it, by its name (pipe_program_fuzz-crash-1a2b...) or by a folder it lies in.

Prints one line each: kind, mode, configuration, fuzz target, label of the binary that replays it, folder
of the target's regressions, and what it is (case, program, input, unknown). Unknown are bytes that
nothing gives a target; an empty line stands for what there is none of. Exit status 2 and one line on
standard error if it cannot be replayed.
"""

import argparse
import dataclasses
import difflib
import json
import os
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).absolute().parent.parent
TEXT_MARK = b"ipc_hammer program"
# Long enough for the comments before the mark.
HEAD_BYTES = 1 << 16
MODES = ["sequential", "threads", "relatives", "strangers", "conformance"]
CONFIGS = ["asan", "tsan", "fuzz", "plain"]
# What libFuzzer calls what it keeps; a target's name may stand before it.
ARTIFACT = re.compile(r"^(?:(?P<target>\w+)-)?(?:crash|leak|timeout|oom|slow-unit|minimized-from)-")
PROGRAM_FUZZ = "_program_fuzz"


class Unusable(Exception):
    """Says in one line why there is nothing to replay."""


@dataclasses.dataclass
class Replayable:
    what: str
    kind: str = ""
    mode: str = ""
    config: str = "asan"
    target: str = ""
    label: str = ""
    regressions: str = ""


class Catalogue:
    """The kinds and the fuzz targets, from the BUILD files that declare them."""

    def __init__(self, kinds, targets):
        self.kinds = kinds
        self.targets = targets  # name: (label, folder of its regressions)

    @classmethod
    def of_tree(cls, root):
        kinds = [call["name"] for call in calls(root / "stress/kinds/BUILD", "ipc_hammer_battery")]
        targets = {}
        for call in calls(root / "fuzz/BUILD", "ipc_hammer_fuzz_test"):
            pattern = (call.get("regressions") or [""])[0]
            targets[call["name"]] = (f"//fuzz:{call['name']}", f"fuzz/{os.path.dirname(pattern)}")
        for kind in kinds:
            name = kind + PROGRAM_FUZZ
            targets[name] = (f"//stress/kinds:{name}", "fuzz/regressions/program")
        return cls(kinds, targets)

    def check_kind(self, kind):
        if kind not in self.kinds:
            raise Unusable(unknown("kind", kind, self.kinds))

    def check_target(self, target):
        if target not in self.targets:
            raise Unusable(unknown("fuzz target", target, list(self.targets)))

    def target_of_path(self, path):
        """The target after which a file, or a folder it lies in, is named; or ""."""
        named = ARTIFACT.match(path.name)
        for name in [named["target"] if named else "", *(part.name for part in path.parents)]:
            if name in self.targets:
                return name
            if name in self.kinds:
                return name + PROGRAM_FUZZ
        # The other targets keep their corpora and regressions in folders of their own.
        for name, (_, folder) in self.targets.items():
            if path.parent.name == os.path.basename(folder) and not name.endswith(PROGRAM_FUZZ):
                return name
        return ""


def calls(build_file, macro):
    """The arguments of each call of a macro: a BUILD file is Python as far as it goes."""
    found = []

    class Names(dict):
        def __missing__(self, name):
            if name == macro:
                return lambda **arguments: found.append(arguments)
            return lambda *arguments, **_: arguments[0] if name == "glob" else None

    try:
        exec(build_file.read_text(), {}, Names())
    except (OSError, SyntaxError) as error:
        raise Unusable(f"{build_file}: {error}") from error
    return found


def unknown(what, name, known):
    near = difflib.get_close_matches(name, known, 1)
    hint = f": did you mean '{near[0]}'?" if near else f" (known: {', '.join(known)})"
    return f"unknown {what} '{name}'{hint}"


def read_head(path):
    try:
        with path.open("rb") as file:
            return file.read(HEAD_BYTES)
    except OSError as error:
        raise Unusable(error.strerror) from error


def is_text(head):
    """A program's text is told by its first line; comments may come before it."""
    for line in head.split(b"\n"):
        if line and not line.startswith(b"#"):
            return line.startswith(TEXT_MARK)
    return False


def read_meta(folder):
    file = folder / "meta.json"
    try:
        meta = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise Unusable(f"no finding, or a damaged one: meta.json: {error.strerror}") from error
    except ValueError as error:
        raise Unusable(f"damaged finding: meta.json: {error}") from error
    if not isinstance(meta, dict):
        raise Unusable("damaged finding: meta.json: not a JSON object")
    texts = {key: value for key, value in meta.items() if isinstance(value, str)}
    for key, known in [("mode", MODES), ("config", CONFIGS)]:
        if texts.get(key) not in known:
            raise Unusable(f"damaged finding: meta.json: {unknown(key, texts.get(key, ''), known)}")
    return texts


def of_finding(folder, catalogue):
    meta = read_meta(folder)
    kind, target = meta.get("kind", ""), meta.get("target", "")
    found = Replayable("program", kind, meta["mode"], meta["config"], target)
    if kind:
        catalogue.check_kind(kind)
        found.what = "case" if meta["mode"] == "conformance" else "program"
        for name in [] if found.what == "case" else ["program.txt", "input.bin"]:
            read_head_of(folder, name)
    elif target:
        catalogue.check_target(target)
        read_head_of(folder, "input.bin")
        found.what = "input"
    else:
        raise Unusable("damaged finding: neither kind nor target")
    return found


def read_head_of(folder, name):
    try:
        return read_head(folder / name)
    except Unusable as error:
        raise Unusable(f"damaged finding: {name}: {error}") from error


def meta_beside(path, name):
    """What the finding says whose file this is; nothing for any other file."""
    if path.name != name or not (path.parent / "meta.json").exists():
        return {}
    return read_meta(path.parent)


def of_text(path, head, catalogue):
    line = re.search(rb"^kind (\S+)$", head, re.MULTILINE)
    if not line:
        raise Unusable("a program's text without a line 'kind KIND'")
    kind = line[1].decode(errors="replace")
    catalogue.check_kind(kind)
    meta = meta_beside(path, "program.txt")
    return Replayable("program", kind, meta.get("mode", ""), meta.get("config", "asan"))


def of_bytes(path, catalogue, kind, target):
    meta = meta_beside(path, "input.bin")
    found = Replayable("input", config=meta.get("config", "fuzz"))
    if kind:
        catalogue.check_kind(kind)
        target = kind + PROGRAM_FUZZ
    elif not target:
        target = meta.get("target", "")
        if target not in catalogue.targets and meta.get("kind"):
            target = meta["kind"] + PROGRAM_FUZZ
        target = target or catalogue.target_of_path(path)
        if "tsan" in (part.name for part in path.parents):
            found.config = "tsan"
    if not target:
        found.what = "unknown"
        return found
    catalogue.check_target(target)
    found.target = target
    if target.endswith(PROGRAM_FUZZ):
        found.kind = target.removesuffix(PROGRAM_FUZZ)
        found.mode = "sequential"
    return found


def of_file(path, catalogue, kind, target):
    head = read_head(path)
    if is_text(head):
        found = of_text(path, head, catalogue)
        if kind and kind != found.kind:
            raise Unusable(f"a program of {found.kind}, not of {kind}")
        return found
    if not head and not kind and not target and not ARTIFACT.match(path.name):
        raise Unusable("is empty")
    return of_bytes(path, catalogue, kind, target)


def recognise(path, catalogue, kind="", target="", mode=""):
    """Returns a Replayable with its label, or raises Unusable."""
    if mode and mode not in MODES:
        raise Unusable(unknown("mode", mode, MODES))
    path = path.absolute()
    if not path.exists():
        raise Unusable("No such file or directory")
    found = of_finding(path, catalogue) if path.is_dir() else of_file(path, catalogue, kind, target)
    if found.kind and kind and kind != found.kind:
        raise Unusable(f"of {found.kind}, not of {kind}")
    # Threads and processes are the hammer's: a fuzz target has one thread.
    if found.what == "input" and found.kind and mode not in ["", "sequential"]:
        found.what = "program"
    found.mode = mode or found.mode or ("" if found.what in ["input", "unknown"] else "sequential")
    if found.target in catalogue.targets:
        found.regressions = catalogue.targets[found.target][1]
    if found.what == "input":
        found.label = catalogue.targets[found.target][0]
    elif found.kind:
        found.label = f"//stress/kinds:{found.kind}_hammer"
    return found


def main():
    parser = argparse.ArgumentParser(usage="replayable.py PATH [--kind KIND] [--target TARGET]")
    parser.add_argument("path", type=pathlib.Path)
    for option in ["--called", "--kind", "--target", "--mode"]:
        parser.add_argument(option, default="")
    given = parser.parse_args()
    try:
        found = recognise(given.path, Catalogue.of_tree(ROOT), given.kind, given.target, given.mode)
    except Unusable as error:
        print(f"{given.called or given.path}: {error}", file=sys.stderr)
        sys.exit(2)
    what, *rest = dataclasses.astuple(found)
    print(*rest, what, sep="\n")


if __name__ == "__main__":
    main()
