"""A report with one of everything, made anew for each test."""

import json
import pathlib

# Text that would run, were it not taken for text.
HOSTILE = "</script><img src=x onerror=alert(1)>\x1b[31m\u202e&\"'"

HISTORY = """\
(2 earlier events)
          us  p0                      c0
    --------  ----------------------  --------------------
       0.000  > send 64B never
       1.500  |                       > receive never
       2.250  < ok p0#0 [2.2us]       |
>>>    3.000                          < timed_out [1.5us]
       4.000  * send 1B now: ok [10ns]
       4.500                          > receive never
       5.000  x KILLED                |
                                      ? never ended
(1 later events)
"""

ASAN = """\
==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000010 at pc 0x1
READ of size 4 at 0x602000000010 thread T0
    #0 0x55d0 in memcpy /build/llvm/lib/asan/interceptors.cpp:9:1
    #1 0x55d1 in ipc_hammer::Pipe::Send() /proc/self/cwd/transports/pipe/pipe.cc:62:15
    #2 0x55d2 in ipc_hammer::Bench::Send() /proc/self/cwd/properties/conformance/bench.cc:72:27
    #3 0x55d3 in ipc_hammer::JobMain() /proc/self/cwd/stress/jobs/job_main.cc:80:55
    #4 0x55d4 in __libc_start_main csu/libc-start.c:360:3
0x602000000010 is located 0 bytes inside of 4-byte region
freed by thread T0 here:
    #0 0x55e0 in free (/tmp/hammer+0xb0) (BuildId: db00)
    #1 0x55e1 in ipc_hammer::Pipe::Close() /proc/self/cwd/transports/pipe/pipe.cc:80:3

==7==Register values:
rax = 0x0000000000000000
SUMMARY: AddressSanitizer: heap-use-after-free transports/pipe/pipe.cc:62:15 in Send
Shadow bytes around the buggy address:
  0x0c047fff8000: fa fa 00 00
"""


def tree(root):
    """The few files of the tree that the pages look at."""
    files = {
        "transports/pipe/pipe.cc": "// a pipe\nint Send() {\n  return 1;\n}\n" + "\n" * 100,
        "properties/rules/rule.cc":
            'RuleInfo{Rule::kNoLoss, "no-loss", "what was sent "\n    "arrives"},\n'
            'RuleInfo{\n    Rule::kNoCrash, "no-crash", "nobody dies"},\n'
            'RuleInfo{Rule::kNoRace, "no-race", "no race"},\n',
        "ci/repro": "  --gdb) gdb=yes ;;\n",
        "ci/keep": "",
    }
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


def finding(folder, name, files=None, **meta):
    """Writes a finding's folder and returns its entry."""
    path = folder / "findings" / name
    path.mkdir(parents=True)
    whole = {"format": 1, "seed": 5, "commit": "abc", "scenario": "", "case": "", "target": "",
             "config": "asan", **meta}
    (path / "meta.json").write_text(json.dumps(whole))
    for file, content in (files or {}).items():
        (path / file).write_text(content)
    keys = ("kind", "rule", "reason", "mode", "case")
    told = {key: meta[key] for key in keys if key in meta}
    return {"path": f"findings/{name}", "id": name, **told}


def findings(folder):
    return [
        {**finding(folder, "pipe-no-loss-1", {"history.txt": HISTORY, "program.txt": "kind pipe\n",
                                              "census.txt": "+1 descriptor 8: pipe"},
                   kind="pipe", rule="no-loss", mode="threads",
                   reason="p0#0 is lost: it was sent, and nobody got it before it was empty"),
         "state": "new", "failed": 3, "runs": 20, "inputs": 12,
         "same_bug": [{"path": "findings/pipe-deadline-5", "id": "pipe-deadline-5", "kind": "pipe",
                       "rule": "deadline", "mode": "threads", "reason": "too late " + HOSTILE}]},
        {**finding(folder, "pipe-no-crash-2", {"log.txt": ASAN}, kind="pipe", rule="no-crash",
                   reason="use after free", mode="conformance", case="Close.CloseTwice"),
         "state": "known"},
        {**finding(folder, "pipe-no-loss-3", {"history.txt": HISTORY.replace("64B", HOSTILE),
                                              "log.txt": HOSTILE, "census.txt": HOSTILE},
                   kind="pipe", rule="no-loss", reason=HOSTILE, mode="sequential"),
         "group": HOSTILE},
        {"path": "findings/pipe-order-4", "id": "pipe-order-4", "kind": "pipe", "rule": "order",
         "reason": "was fixed", "state": "gone"},
        {"path": "", "id": "", "kind": "fifo", "rule": "", "reason": "finding not written: full"},
    ]


def document(folder):
    cell = {"config": "fuzz", "reason": "", "messages": 0, "bytes": 0, "seconds": 2.0,
            "findings": 0, "verdict": "ok", "executions": 1000}
    return {
        "format": 1, "made_by": "campaign", "started": "2026-11-28T07:20:00Z", "seconds": 61.2,
        "stopped": False, "commit": "abc", "seed": 123,
        "machine": {"processors": 2, "kernel": "6.18.0", "model": "a <processor>"},
        "cells": [
            {**cell, "kind": "pipe", "producer": "cases", "cases": 31, "planned": 62,
             "verdict": "findings", "findings": 2},
            {**cell, "kind": "pipe", "producer": "stress", "messages": 500},
            {**cell, "kind": "fifo", "producer": "cases", "verdict": "not_run", "executions": 0,
             "reason": HOSTILE},
        ],
        "rules": [
            {"kind": "pipe", "rule": "no-loss", "verdict": "broken", "executions": 12345},
            {"kind": "pipe", "rule": "no-crash", "verdict": "broken", "executions": 10},
            {"kind": "pipe", "rule": "no-race", "verdict": "not_judged", "executions": 0},
            {"kind": "pipe", "rule": "deadline", "verdict": "broken", "executions": 9},
            {"kind": "fifo", "rule": "no-loss", "verdict": "kept", "executions": 77},
            {"kind": "fifo", "rule": "no-race", "verdict": "not_promised", "executions": 0},
            # More than a page is wide.
            *[{"kind": "pipe", "rule": f"of-another-tree-{i}", "verdict": "kept", "executions": i}
              for i in range(30)],
        ],
        "findings": findings(folder),
        "targets": [
            {"target": "pipe_program_fuzz", "config": "fuzz", "verdict": "ok", "reason": "",
             "executions": 10500, "seconds": 60.0, "executions_per_second": 175.0, "edges": 2400,
             "features": 9100, "corpus_inputs": 312, "corpus_bytes": 40100, "rejected": 0,
             "growth": [[0.5, 1000, 2000, 20], [30.0, 2300, 8000, 300], [60.0, 2400, 9100, 312]]},
            {"target": "fifo_program_fuzz", "config": "tsan", "verdict": "not_run",
             "reason": "died at start", "executions": 0, "growth": []},
        ],
        "coverage": {
            "files": [{"path": "transports/pipe/pipe.cc", "lines": 3, "lines_covered": 2,
                       "regions": 4, "regions_covered": 1, "counts": [None, 5, 0, 5]},
                      {"path": "../outside.cc", "lines": 1, "lines_covered": 1, "regions": 1,
                       "regions_covered": 1, "counts": [1]}],
            "targets": [{"target": "pipe_program_fuzz", "lines": 3, "lines_covered": 2,
                         "regions": 4, "regions_covered": 1}]},
        "trend": [{"started": f"2026-11-2{i}T01:00:00Z", "seconds": 600, "commit": "abc",
                   "executions": 1000 * i, "edges": 30 + i, "corpus_inputs": i, "findings": i % 2,
                   "new": 0, "gone": 0} for i in range(3)],
    }


def write(folder, **changes):
    """Writes report.json with its findings and returns its path."""
    folder = pathlib.Path(folder)
    path = folder / "report.json"
    path.write_text(json.dumps({**document(folder), **changes}), encoding="utf-8")
    return path
