"""Speaks the hammer's command line for two kinds, one of them in one process only."""

import json
import pathlib
import sys

RULES = {"promised": ["order", "no-race"], "of_any_program": ["order"]}
KINDS = [
    {"name": "near", "reach": "threads", "rules": RULES},
    {"name": "far", "reach": "strangers", "rules": RULES},
]


REASONS = {
    "order": "message 3 came before message 2",
    "no-hang": "nobody has moved for 10.0 s",
    "capacity": "send said would_block although there was room",
}
# What else goes wrong beside "order", where the hammer finds more: in which mode, by which program.
# One thread sees "order" in the second as well.
MORE = {
    "sequential": ("order", "one\n"),
    "threads": ("no-hang", "one, and another\n"),
    "relatives": ("capacity", "two\n"),
}


def write_finding(folder, mode, program, rule="order"):
    path = pathlib.Path(folder, f"far-{rule}-{len(program)}")
    path.mkdir(parents=True)
    meta = {"format": 1, "rule": rule, "reason": REASONS[rule], "kind": "far"}
    meta |= {"mode": mode, "case": "", "target": "", "config": "fuzz"}
    (path / "program.txt").write_text(program)
    (path / "log.txt").write_text("")
    (path / "meta.json").write_text(json.dumps(meta))


def replay_one_of_more(behaviour, folder, options):
    """Mended is what one thread sees, and nothing else."""
    meta = json.loads(pathlib.Path(folder, "meta.json").read_text())
    mode = options.get("--mode", meta["mode"])
    rule = meta["rule"]
    if mode == "sequential":
        rule = "order" if rule in ("order", "no-hang") and behaviour == "many" else ""
    print("recorded: " + REASONS[meta["rule"]])
    if behaviour == "mended_and_slow" and mode != "sequential":
        return 2  # its runs take longer than there is time
    if rule:
        print(f"{rule}: {REASONS[rule]}")
    print(f"failed in {1 if rule else 0} of 1 run ({mode})")
    return 1 if rule else 0


def main():
    behaviour, verb, *rest = sys.argv[1:]
    if behaviour == "dies_at_start":
        print("no memory")
        return 1
    options = dict(zip(rest, rest[1:]))
    if verb == "list":
        print(json.dumps(KINDS))
    elif verb == "run":
        kind, mode = rest[0], options["--mode"]
        is_bad = behaviour == "buggy" and mode == "strangers"
        if is_bad:
            write_finding(options["--findings"], mode, "complicated\n")
        if behaviour == "many" and kind == "far" and mode in MORE:
            is_bad = True
            write_finding(options["--findings"], mode, MORE[mode][1], MORE[mode][0])
        cell = {"kind": kind, "executions": 1500, "messages": 2_100_000}
        if mode == "conformance":
            cell |= {"executions": 31, "planned": 62}
        judged = [
            {"kind": kind, "rule": "order", "verdict": "kept", "executions": cell["executions"]},
            {"kind": kind, "rule": "private", "verdict": "not_promised", "executions": 0},
        ]
        report = pathlib.Path(options["--json"])
        report.write_text(json.dumps({"cells": [cell], "rules": judged}))
        return 1 if is_bad else 0
    elif verb == "minimise" and behaviour == "many":
        return 1
    elif verb == "replay" and behaviour in ("many", "half_mended", "mended_and_slow"):
        return replay_one_of_more(behaviour, rest[0], options)
    elif verb == "minimise":
        write_finding(options["--findings"], "strangers", "simple\n")
    elif verb == "replay":
        runs = options.get("--runs", "1")
        failed = 7 if behaviour == "buggy" and runs != "1" else 0
        print(f"failed in {failed} of {runs} runs (strangers)")
        return 1 if behaviour == "buggy" else 0
    return 0


sys.exit(main())
