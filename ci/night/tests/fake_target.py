#!/usr/bin/env python3
"""Speaks libFuzzer's interface and does what its first argument says, well or badly.

Its "coverage" is the set of bytes of an input: one feature for each byte value. An input that holds
the word BUG breaks a rule in the mode "buggy".
"""

import hashlib
import json
import os
import pathlib
import sys
import time

REPORT = """\
==1==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x{0:012x} at pc 0x1
    #0 0x1 in ipc_hammer::Overrun(int) /w/overrun.cc:{0}:1
    #1 0x2 in LLVMFuzzerTestOneInput /w/fuzz.cc:1:1
"""


def name_of(content):
    return hashlib.sha1(content).hexdigest()


def read_all(folders):
    paths = [path for folder in folders for path in sorted(pathlib.Path(folder).rglob("*"))]
    return [path.read_bytes() for path in paths if path.is_file()]


def write_finding(content):
    folder = pathlib.Path(os.environ["IPC_HAMMER_FINDINGS"])
    path = folder / f"fake-no-loss-{name_of(content)[:8]}"
    path.mkdir(parents=True, exist_ok=True)
    reason = f"message {len(content)} of actor 0 was lost"
    meta = {"format": 1, "rule": "no-loss", "reason": reason, "kind": "", "mode": "sequential"}
    meta |= {"case": "", "target": pathlib.Path(os.environ["FAKE_NAME"]).name, "config": "fuzz"}
    (path / "input.bin").write_bytes(content)
    (path / "log.txt").write_text("")
    (path / "meta.json").write_text(json.dumps(meta))
    print(f"rule no-loss is broken: {reason}")
    print(f"replay: ci/repro {path}", flush=True)
    sys.exit(77)


def crash(content, flags):
    path = flags["artifact_prefix"] + "crash-" + name_of(content)
    pathlib.Path(path).write_bytes(content)
    print(REPORT.format(len(content)))
    print(f"artifact_prefix='{flags['artifact_prefix']}'; Test unit written to {path}")
    sys.exit(77)


def execute(mode, content, flags):
    if b"BUG" in content and mode == "buggy":
        write_finding(content)
    if b"BUG" in content and mode == "crashing":
        crash(content, flags)


def note_features(path, folders):
    """As libFuzzer notes how far a merge has gone."""
    inputs = [path for folder in folders for path in sorted(pathlib.Path(folder).iterdir())]
    lines = [str(len(inputs)), "0", *map(str, inputs)]
    for number, name in enumerate(inputs):
        features = sorted(set(name.read_bytes()))
        lines += [f"STARTED {number} 9", " ".join(map(str, ["FT", number, *features]))]
    pathlib.Path(path).write_text("\n".join(lines) + "\n")


def note_merge():
    """For the test, which ones there were."""
    with open(os.environ["FAKE_MARK"] + ".merges", "a", encoding="utf-8") as file:
        file.write(os.environ["FAKE_NAME"] + "\n")


def merge(mode, folders, flags):
    note_merge()
    if mode == "hangs_in_merge":
        time.sleep(3600)
    out = pathlib.Path(folders[0])
    note_features(flags["merge_control_file"], folders)
    covered, count = set().union(*map(set, read_all(folders[:1]))), 0
    for content in sorted(read_all(folders[1:]), key=len):
        if set(content) - covered:
            covered |= set(content)
            count += 1
            # A full disk leaves a copy without its end.
            (out / name_of(content)).write_bytes(content[:-1] if mode == "cuts_copies" else content)
            if mode == "waits_in_merge":
                mark = pathlib.Path(os.environ["FAKE_MARK"])
                mark.with_suffix(".part").write_text(str(os.getpid()))
                os.replace(mark.with_suffix(".part"), mark)
                time.sleep(3600)
    print(f"MERGE-OUTER: {count} new files with {len(covered)} new features added; 0 new coverage edges")


def minimise(mode, path, flags):
    content = pathlib.Path(path).read_bytes()
    if b"BUG" in content and mode == "crashing":
        pathlib.Path(flags["exact_artifact_path"]).write_bytes(b"BUG")


def fuzz(mode, folders, flags):
    corpus = read_all(folders)
    covered = set().union(*map(set, corpus))
    print(f"#{len(corpus)}\tINITED cov: {len(covered)} ft: {len(covered)} corp: {len(corpus)}/9b")
    seed = int(flags["seed"])
    for number in range(0 if mode == "idle" else 5):
        content = bytes([97 + (seed + number) % 26])
        (pathlib.Path(folders[0]) / name_of(content)).write_bytes(content)
        covered |= set(content)
    print(f"#100\tNEW    cov: {len(covered)} ft: {len(covered)} corp: {len(corpus) + 5}/9b lim: 4")
    sys.stdout.flush()
    execute(mode, f"{seed} BUG".encode(), flags)
    print("stat::number_of_executed_units: 100\n3 of 100 executions rejected", flush=True)


def main():
    mode, arguments = sys.argv[1], sys.argv[2:]
    flags = dict(word[1:].split("=", 1) for word in arguments if word.startswith("-"))
    paths = [word for word in arguments if not word.startswith("-")]
    if mode == "dies_at_start":
        print("==1==Shadow memory range interleaves with an existing memory mapping.")
        sys.exit(1)
    if mode == "hangs":
        time.sleep(3600)
    if mode == "prints_garbage":
        sys.stdout.buffer.write(bytes(range(256)) * 8192 + b"#\n#9\tNEW cov: x\nreplay: ci/repro\n")
        return
    if {"merge", "set_cover_merge"} & set(flags):
        merge(mode, paths, flags)
    elif "minimize_crash" in flags:
        minimise(mode, paths[0], flags)
    elif os.path.isfile(paths[0]):
        execute(mode, pathlib.Path(paths[0]).read_bytes(), flags)
    else:
        fuzz(mode, paths, flags)


main()
