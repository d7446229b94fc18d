"""report.json of a night: what was done, what was found, and the trend over the nights."""

import collections
import os
import platform

from night import corpus

FORMAT = 1
# A trend of more nights than this is no picture any more.
TREND_NIGHTS_MAX = 400
# A curve of more points looks the same.
GROWTH_POINTS_MAX = 200


def machine():
    model = ""
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            names = (line for line in file if line.startswith("model name"))
            model = next(names, ":").partition(":")[2].strip()
    except OSError:
        pass
    processors = len(os.sched_getaffinity(0))
    return {"processors": processors, "kernel": platform.release(), "model": model}


def thinned(points):
    """So many of the points, the first and the last among them."""
    step = max(1, -(-len(points) // (GROWTH_POINTS_MAX - 1)))
    return points[::step] + (points[-1:] if (len(points) - 1) % step else [])


def target_entry(work, inputs, size_bytes):
    rate = work.executions / work.seconds if work.seconds else 0
    # Nobody counted: not told.
    rejected = {"rejected": work.rejected, "rejected_of": work.counted} if work.counted else {}
    return rejected | {
        "target": work.target.name,
        "config": work.target.config,
        "verdict": work.verdict(),
        "reason": work.reason,
        "executions": work.executions,
        "seconds": round(work.seconds, 1),
        "executions_per_second": round(rate),
        "edges": work.edges,
        "features": work.features,
        "corpus_inputs": inputs,
        "corpus_bytes": size_bytes,
        "growth": thinned(work.growth),
    }


def fuzz_cell(work, stands_for):
    return {
        "kind": work.target.kind,
        "producer": "fuzz",
        "config": work.target.config,
        "verdict": work.verdict(),
        "reason": work.reason,
        "executions": work.executions,
        "seconds": round(work.seconds, 1),
        "findings": len({stands_for.get(ident, ident) for ident in work.findings}),
    }


def stress_cells(works, stands_for):
    """A kind's modes are one cell of its producer."""
    cells = {}
    for work in works:
        key = (work.kind, work.producer, work.config)
        cells.setdefault(key, []).append(work)
    for (kind, producer, config), members in cells.items():
        verdicts = [work.verdict() for work in members]
        verdict = next(name for name in ("findings", "ok", "not_run") if name in verdicts)
        cell = {
            "kind": kind,
            "producer": producer,
            "config": config,
            "verdict": verdict,
            "reason": "" if verdict != "not_run" else members[0].reason,
            "executions": sum(work.executions for work in members),
            "messages": sum(work.messages for work in members),
            "seconds": round(sum(work.seconds for work in members), 1),
            "findings": len({stands_for.get(i, i) for work in members for i in work.findings}),
        }
        if planned := sum(work.planned for work in members):
            cell["planned"] = planned
        yield cell


def told_of(found, ident):
    """Of one finding."""
    meta, note = found.meta(ident), found.note(ident)
    entry = {"path": f"findings/{ident}", "id": ident, "inputs": len(note.get("inputs", []))}
    for key in ("kind", "rule", "reason", "mode", "target", "case", "config"):
        entry[key] = meta.get(key, "")
    for key in ("failed", "runs"):
        if key in note:
            entry[key] = note[key]
    return entry


def finding_entry(found, bug):
    """Of a bug: of the finding that stands for it, and of the others that are the same."""
    note = found.note(bug.ident)
    others = [told_of(found, ident) for ident in bug.others]
    entry = told_of(found, bug.ident) | {
        "state": bug.state,
        "group": note.get("group", ""),
        "first_seen": note.get("first_seen", ""),
        "same_bug": others,
    }
    entry["inputs"] += sum(other["inputs"] for other in others)
    entry["rules"] = list(dict.fromkeys(one["rule"] for one in (entry, *others)))
    return entry


def judged_by_kind(kinds, fuzz_works, stress_works):
    """kind -> rule -> how many executions judged it."""
    judged = {}
    for work in fuzz_works:
        if kind := kinds.get(work.target.kind):
            counts = judged.setdefault(kind.name, collections.Counter())
            counts.update(dict.fromkeys(kind.of_any_program, work.executions))
    for work in stress_works:
        judged.setdefault(work.kind, collections.Counter()).update(work.judged)
    return judged


def rules(kinds, judged, findings):
    """kind x rule: broken by what is there tonight, kept, not judged or not promised."""
    there = [entry for entry in findings if entry["state"] != "gone"]
    broken = {(one["kind"], one["rule"]) for entry in there for one in (entry, *entry["same_bug"])}
    cells = {}
    for name, counts in judged.items():
        promised = kinds[name].promised if name in kinds else ()
        for rule in [*promised, *(rule for rule in counts if rule not in promised)]:
            said = "kept" if counts[rule] else "not_judged" if rule in promised else "not_promised"
            cells[name, rule] = said, counts[rule]
    for kind, rule in sorted(broken):
        if kind:
            cells[kind, rule] = "broken", cells.get((kind, rule), ("", 0))[1]
    return [
        {"kind": kind, "rule": rule, "verdict": verdict, "executions": executions}
        for (kind, rule), (verdict, executions) in cells.items()
    ]


def trend_entry(head, target_works, findings):
    states = [entry["state"] for entry in findings]
    best = {}
    for work in target_works:
        best[work["target"]] = max(best.get(work["target"], 0), work["edges"])
    inputs = {work["target"]: work["corpus_inputs"] for work in target_works}
    return {
        "started": head["started"],
        "seconds": head["seconds"],
        "commit": head["commit"],
        "executions": sum(work["executions"] for work in target_works),
        "edges": sum(best.values()),
        "corpus_inputs": sum(inputs.values()),
        "findings": len(states) - states.count("gone"),
        "new": states.count("new"),
        "gone": states.count("gone"),
    }


def build(head, state, kinds, fuzz_works, stress_works, found, bugs, past):
    """The whole report. `past` are the nights before, the oldest first."""
    sizes = {}
    for work in fuzz_works:
        sizes[work.target.name] = corpus.size(state.corpus(work.target.name))
    entries = [target_entry(work, *sizes[work.target.name]) for work in fuzz_works]
    findings = [finding_entry(found, bug) for bug in bugs]
    stands_for = {ident: bug.ident for bug in bugs for ident in bug.others}
    trend = [night["trend"] for night in past if isinstance(night.get("trend"), dict)]
    return {
        "format": FORMAT,
        "made_by": "nightly",
        **head,
        "machine": machine(),
        "cells": [fuzz_cell(work, stands_for) for work in fuzz_works if work.target.kind]
        + list(stress_cells(stress_works, stands_for)),
        "rules": rules(kinds, judged_by_kind(kinds, fuzz_works, stress_works), findings),
        "findings": findings,
        "targets": entries,
        "trend": (trend + [trend_entry(head, entries, findings)])[-TREND_NIGHTS_MAX:],
    }
