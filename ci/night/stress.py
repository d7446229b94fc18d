"""The hammer's part of the night: each kind in each mode that it has."""

import collections
import dataclasses
import json
import pathlib
import re
import shutil

from night import files, process, targets

MODES = {"relatives": 1, "strangers": 2}  # from which reach on
REACHES = ["threads", "relatives", "strangers"]
# What the modes are as producers of programs.
PRODUCERS = {"sequential": "rapidcheck", "conformance": "cases"}
LIST_SECONDS_MAX = 60


@dataclasses.dataclass
class Work:
    """One kind in one mode and configuration, and what was done with it tonight."""

    config: str
    kind: str
    mode: str
    executions: int = 0
    planned: int = 0
    messages: int = 0
    judged: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    seconds: float = 0.0
    findings: set = dataclasses.field(default_factory=set)
    reason: str = ""
    is_dead: bool = False  # as of fuzzing.Work

    @property
    def key(self):
        return f"{self.kind} {self.mode} {self.config}"

    @property
    def producer(self):
        return PRODUCERS.get(self.mode, "stress")

    def verdict(self):
        if self.findings:
            return "findings"
        return "ok" if self.executions else "not_run"


class Unlisted(Exception):
    """Why the hammer's kinds are not known."""


@dataclasses.dataclass(frozen=True)
class Kind:
    """What the hammer says of one."""

    name: str
    reach: int
    promised: tuple  # the rules that it is held to
    of_any_program: tuple  # those of them that each fuzz execution is judged by


def kinds_of(hammer, stop):
    """Unlisted if it does not say."""
    try:
        ended = process.run([hammer, "list", "--json"], LIST_SECONDS_MAX, stop)
        return [
            Kind(
                kind["name"],
                REACHES.index(kind["reach"]),
                tuple(kind["rules"]["promised"]),
                tuple(kind["rules"]["of_any_program"]),
            )
            for kind in json.loads(ended.printed)
        ]
    except OSError as error:
        raise Unlisted(error.strerror) from error
    except (ValueError, TypeError, KeyError) as error:
        raise Unlisted(f"{ended.describe()}: {ended.first_line()}") from error


def units(config, kinds):
    """What there is to do. Races between threads are what ThreadSanitizer adds to it."""
    for kind, reach in ((kind.name, kind.reach) for kind in kinds):
        if config == "tsan":
            yield Work(config, kind, "threads")
            continue
        for mode in ["threads", *(mode for mode, least in MODES.items() if reach >= least)]:
            yield Work(config, kind, mode)
        yield Work(config, kind, "sequential")
        yield Work(config, kind, "conformance")


def read_report(path):
    """What a run of the hammer did: executions, planned ones and messages, and how many judged each
    rule. None if it wrote nothing that can be read."""
    try:
        report = files.read_json(path)
        [cell] = report["cells"]
        counts = [int(cell[key]) for key in ("executions", "messages")]
        judged = {entry["rule"]: int(entry["executions"]) for entry in report["rules"]}
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return counts[0], int(cell.get("planned", 0)), counts[1], judged


class Stress:
    def __init__(self, state, found, hammers, stop, patience_seconds, say):
        self._state = state
        self._found = found
        self._hammers = hammers
        self._stop = stop
        self._patience_seconds = patience_seconds
        self._say = say

    def slice(self, work, seconds, seeds):
        folder = self._state.work_folder(f"stress.{work.config}.{work.kind}.{work.mode}")
        ended = process.run(
            [self._hammers[work.config], "run", work.kind, "--mode", work.mode]
            + ["--seconds", f"{seconds:.1f}", "--seed", str(next(seeds))]
            + ["--findings", str(folder / "findings"), "--json", str(folder / "report.json")],
            seconds + self._patience_seconds,
            self._stop,
            environment=targets.environment(),
        )
        work.seconds += ended.seconds
        if done := read_report(folder / "report.json"):
            work.executions += done[0]
            work.planned = done[1]
            work.messages += done[2]
            work.judged.update(done[3])
        for source in files.subfolders(folder / "findings"):
            if not source.name.startswith("."):
                self._take_finding(work, source)
        if not work.executions and not work.findings and not self._stop.is_set():
            # A short slice on a busy machine may have been over too soon: it has its turn again.
            work.reason = _reason(ended)
        shutil.rmtree(folder, ignore_errors=True)

    def _take_finding(self, work, source):
        ident, is_first = self._found.adopt(source)
        work.findings.add(ident)
        if is_first:
            meta = self._found.meta(ident)
            self._say(f"FINDING {work.key}: {meta['rule']}: {meta['reason']}")


def _reason(ended):
    found = re.search(r"^not run: .*?: (.*)$", ended.printed, re.M)
    return found[1] if found else f"{ended.describe()}: {ended.first_line()}"


def hammer_of(folder):
    """The hammer among the binaries of a configuration; None if it is not there."""
    path = pathlib.Path(folder, "hammer")
    return path.resolve() if path.exists() else None
