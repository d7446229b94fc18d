"""Speaks the hammer's command line for two kinds, one of them in one process only."""

import json
import pathlib
import sys

KINDS = [{"name": "near", "reach": "threads"}, {"name": "far", "reach": "strangers"}]


def write_finding(folder, mode, program):
    path = pathlib.Path(folder, f"far-order-{len(program)}")
    path.mkdir(parents=True)
    meta = {"format": 1, "rule": "order", "reason": "message 3 came before message 2", "kind": "far"}
    meta |= {"mode": mode, "case": "", "target": "", "config": "fuzz"}
    (path / "program.txt").write_text(program)
    (path / "log.txt").write_text("")
    (path / "meta.json").write_text(json.dumps(meta))


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
        rounds = "31/62" if mode == "conformance" else "1.5k"
        print("KIND MODE      ROUNDS  ROUNDS/S  MESSAGES  MESSAGES/S  BYTES/S  VERDICT")
        print(f"{kind} {mode}  {rounds}  9/s  2.1M  9/s  9/s  {'1 finding' if is_bad else 'ok'}")
        return 1 if is_bad else 0
    elif verb == "minimise":
        write_finding(options["--findings"], "strangers", "simple\n")
    elif verb == "replay":
        print(f"failed in {7 if behaviour == 'buggy' else 0} of {options['--runs']} runs (strangers)")
        return 1 if behaviour == "buggy" else 0
    return 0


sys.exit(main())
