"""One night from its lock to its report."""

import datetime
import errno
import functools
import os
import random
import shutil
import sys
import threading
import time

from night import (
    bugs,
    compare,
    corpus,
    files,
    findings,
    fuzzing,
    report,
    schedule,
    stress,
    targets,
    triage,
    workers,
)

# Parts of the time: the findings of the nights before are played again in the first, the last is
# for what was found tonight and for merging. What is between is shared by fuzzing and stress.
REPLAY_PART = 0.15
END_PART = 0.2
STRESS_PART = 0.3
# A finding is not called gone for want of time.
REPLAY_SECONDS_MIN = 10
# And a new one is played again even where that takes a short night longer than it was to be.
LOOK_SECONDS_MIN = 30
# As it is with merges, until all are done: what is not pruned makes each slice of the next night
# slower.
MERGE_SECONDS_MIN = 30
# So much time each of the others has at least, whatever came before it took.
PHASE_SECONDS_MIN = 10
HAMMER_SECONDS_MIN = 2

FUZZ_SLICE_SECONDS = (5, 60)
STRESS_SLICE_SECONDS = (2, 30)
PROGRESS_SECONDS = 60


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def say(text):
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # Nobody listens any more: the report is what counts.
        sys.stdout = open(os.devnull, "w", encoding="utf-8")


class Night:
    def __init__(self, options, state):
        self._options = options
        self._state = state
        self._started = now()
        self._began = time.monotonic()
        self._seconds = options.minutes * 60
        self.stop = threading.Event()
        self._told = set()
        self._random = random.Random(options.seed)
        self._found = findings.Findings(state.findings, self._started)
        self._hammers = {}
        self._kinds = {}
        self._fuzz = []
        self._stress = []
        self._replayed = {}
        self._past = []
        self._wait_for_replay = set()  # parts of a bug that is gone, not played again tonight
        self._pruned = {}  # target -> how many inputs its last merge left, whichever night did it
        self._mutex = threading.Lock()
        self._workers = workers.Workers(options.jobs, self.stop, self._trouble)

    def run(self):
        """The exit status."""
        say(f"night of {self._started}: seed {self._options.seed}, state {self._state.path}")
        self._past = self._state.past_nights(say)
        self._discover()
        self._recover()
        self._replay_known()
        self._hammer()
        self._look_at_findings()
        self._merge()
        self._workers.close()
        return self._conclude()

    # What an I/O error says is said once: a full disk meets every job.
    def _trouble(self, error):
        text = str(error)
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            text = f"{self._state.path}: {error.strerror}: what is new is not kept"
        with self._mutex:
            if text in self._told:
                return
            self._told.add(text)
        print(f"ci/nightly: {text}", file=sys.stderr, flush=True)

    def _until(self, part):
        """When that part of the night's time is over."""
        return self._began + part * self._seconds

    def _until_at_least(self, part, seconds):
        return max(self._until(part), time.monotonic() + seconds)

    def _left(self):
        return self._until(1) - time.monotonic()

    def _seeds(self):
        while True:
            yield self._random.randrange(1, 1 << 31)

    def _discover(self):
        for config, folder in self._options.binaries:
            self._fuzz += [fuzzing.Work(target) for target in targets.discover(folder, config)]
            if hammer := stress.hammer_of(folder):
                self._hammers[config] = hammer
        for config, hammer in self._hammers.items():
            try:
                kinds = stress.kinds_of(hammer, self.stop)
                self._kinds |= {kind.name: kind for kind in kinds}
                units = stress.units(config, kinds)
                wanted = self._options.kinds
                self._stress += [unit for unit in units if wanted is None or unit.kind in wanted]
            except stress.Unlisted as error:
                say(f"hammer {config}: not run: {error}")

    def _recover(self):
        """Takes in what a killed night has left, and looks through the corpora."""
        self._guard(self._found.recover)
        for folder in files.subfolders(self._state.work):
            self._guard(functools.partial(self._take_over, folder))
        for name in {work.target.name for work in self._fuzz}:
            self._guard(functools.partial(corpus.check, self._state, name, say))

    def _guard(self, step):
        try:
            step()
        except (OSError, ValueError) as error:
            self._trouble(error)

    def _take_over(self, folder):
        # "fuzz.CONFIG.TARGET" and others.
        is_fuzz, _, rest = folder.name.partition(".")
        target_name = rest.partition(".")[2]
        if is_fuzz == "fuzz":
            new = folder / "new"
            if new.is_dir() and (count := corpus.take_in(new, self._state.corpus(target_name))):
                say(f"{target_name}: took in {count} inputs of a night that was cut off")
        if is_fuzz in ("fuzz", "stress"):
            for source in files.subfolders(folder / "findings"):
                if (source / "meta.json").exists() and not source.name.startswith("."):
                    ident, _ = self._found.adopt(source, target_name if is_fuzz == "fuzz" else "")
                    say(f"{ident}: taken in from a night that was cut off")
            for path in sorted(folder.iterdir()):
                if path.is_file():
                    place = self._state.set_aside(path, target_name)
                    say(f"{path.name}: a failing input of a night that was cut off, now {place}")
        shutil.rmtree(folder)

    def _before(self):
        """The ids that the last finished night reported and that are not gone."""
        entries = self._past[-1].get("findings", {}) if self._past else {}
        there = {ident for ident, state in entries.items() if state != compare.GONE}
        return there & set(self._found.ids())

    def _joined_before(self):
        """The ids of those that it took for a part of them."""
        others = self._past[-1].get("same_bug", {}) if self._past else {}
        return set(others) & set(self._found.ids())

    def _pending(self):
        """Found, but the night was cut off before it reported them."""
        reported = set()
        for night in self._past:
            reported |= {*night.get("findings", {}), *night.get("same_bug", {})}
        return set(self._found.ids()) - reported

    def _replay_known(self):
        # What stands for a bug comes before its parts.
        first = self._before() | self._pending()
        known = [ident for ident in self._found.ids() if ident in first]
        known += sorted(self._joined_before() - first)
        self._found.hit.clear()
        self._replay(known, self._until_at_least(REPLAY_PART, PHASE_SECONDS_MIN))

    def _replay(self, idents, until):
        judge = self._triage()

        def replay(ident):
            seconds = max(REPLAY_SECONDS_MIN, until - time.monotonic())
            self._replayed[ident] = judge.replay(ident, seconds)

        self._workers.run_all([functools.partial(replay, ident) for ident in idents], until)

    def _triage(self):
        all_targets = [work.target for work in self._fuzz]
        return triage.Triage(
            self._state, self._found, all_targets, self._hammers, self.stop, self._say_trouble
        )

    def _say_trouble(self, text):
        self._trouble(ValueError(text))

    def _hammer(self):
        """Fuzzing and stress side by side, each with its part of the time."""
        until = self._until_at_least(1 - END_PART, HAMMER_SECONDS_MIN)
        budget = max(0, until - time.monotonic()) * self._options.jobs
        patience = self._options.patience
        arguments = (self._state, self._found, self._hammers, self.stop, patience, say)
        lanes = {}
        if self._fuzz:
            seconds = schedule.slice_seconds(
                budget * (1 - STRESS_PART), len(self._fuzz), *FUZZ_SLICE_SECONDS
            )
            units = {work.key: work for work in self._ordered(self._fuzz)}
            lanes["fuzz"] = (units, seconds, fuzzing.Fuzzer(*arguments).slice)
        if self._stress:
            seconds = schedule.slice_seconds(
                budget * STRESS_PART * 2, len(self._stress), *STRESS_SLICE_SECONDS
            )
            units = {work.key: work for work in self._ordered(self._stress)}
            lanes["stress"] = (units, seconds, stress.Stress(*arguments).slice)
        if lanes:
            self._share(lanes, until)

    def _ordered(self, works):
        """Who has had no time for the most nights is first; the rest as the seed has it."""
        past = [night.get("not_reached", []) for night in self._past]
        works = list(works)
        self._random.shuffle(works)
        return sorted(works, key=lambda work: -schedule.nights_missed(past, work.key))

    def _share(self, lanes, until):
        parts = {"fuzz": 1 - STRESS_PART, "stress": STRESS_PART}
        schedules = {name: schedule.Schedule(units) for name, (units, _, _) in lanes.items()}
        spent = dict.fromkeys(lanes, 0.0)
        seeds = self._seeds()
        told_at = time.monotonic()

        def next_job():
            nonlocal told_at
            if time.monotonic() - told_at >= PROGRESS_SECONDS:
                told_at = time.monotonic()
                self._tell_progress()
            # The lane that is furthest behind its part, if it has a unit that is free.
            for lane in sorted(lanes, key=lambda name: spent[name] / parts[name]):
                with self._mutex:
                    unit = schedules[lane].take()
                if unit is not None:
                    units, seconds, run = lanes[lane]
                    seconds = max(1, min(seconds, until - time.monotonic()))
                    spent[lane] += seconds
                    return functools.partial(one, lane, units[unit], seconds, run)
            return None

        def one(lane, work, seconds, run):
            before = work.seconds
            gained = 0
            try:
                gained = run(work, seconds, seeds_of(seeds, self._mutex)) or 0
            finally:
                with self._mutex:
                    schedules[lane].give_back(work.key, work.seconds - before, gained)
                    if work.is_dead:
                        schedules[lane].drop(work.key)

        self._workers.run(next_job, until)

    def _tell_progress(self):
        works = self._fuzz + self._stress
        begun = sum(work.seconds > 0 for work in works)
        say(
            f"{time.monotonic() - self._began:5.0f}s  {begun}/{len(works)} begun"
            f"  {sum(work.executions for work in self._fuzz)} executions"
            f"  {len(self._found.hit)} findings tonight"
        )

    def _look_at_findings(self):
        """Tonight's: made simple if they are new, and played again."""
        idents = sorted(self._found.hit)
        seen_before = self._before() | self._joined_before()
        if not idents or self.stop.is_set():
            return
        # Half of what is left; the rest is for merging.
        until = time.monotonic() + max(self._left() / 2, LOOK_SECONDS_MIN)
        judge = self._triage()
        # All of them, before the first takes its time: a part of a bug is none of its own.
        for_all = [functools.partial(judge.play_in_one_thread, ident) for ident in idents]
        self._workers.run_all(for_all, until)
        first, others = self._in_order(idents)
        each = max(2, (until - time.monotonic()) * self._options.jobs / len(first) / 2)

        def look(ident):
            # What is a part of another is made simple only where the night has time for it.
            if ident not in seen_before and (ident in first or self._left() > 0):
                judge.minimise(ident, each)
            if not self.stop.is_set():
                self._replayed[ident] = judge.replay(ident, max(REPLAY_SECONDS_MIN, each))

        for some in (first, others):
            self._workers.run_all([functools.partial(look, ident) for ident in some], until)

    def _in_order(self, idents):
        """Those that stand for a bug, and the others that are taken for parts of them."""
        found = bugs.of_night(map(self._found.evidence, idents), self._before())
        return [bug.ident for bug in found], [ident for bug in found for ident in bug.others]

    def _merge(self):
        """By the targets that measure coverage of what people build: those under asan."""
        until = self._until_at_least(1, MERGE_SECONDS_MIN)
        works = [w for w in self._fuzz if w.target.config == "fuzz" and not w.is_dead]
        targets_of = {work.target.name: work.target for work in works}
        sizes = {name: corpus.size(self._state.corpus(name))[0] for name in targets_of}
        pruned = self._past[-1].get("pruned", {}) if self._past else {}
        self._pruned = dict(pruned)
        names = schedule.most_to_prune(sizes, pruned)
        waiting, took = set(names), [0]

        def merge(name):
            left, slowest = until - time.monotonic(), max(took)
            if left < slowest:
                return
            waiting.discard(name)
            # One that hangs leaves the others their time.
            seconds = left / 2 if left > 4 * slowest else left
            began = time.monotonic()
            merged = corpus.merge(self._state, targets_of[name], seconds, self.stop)
            if not isinstance(merged, str):
                took.append(time.monotonic() - began)
                self._pruned[name] = merged.corpus_inputs
            elif not self.stop.is_set():
                say(f"{name}: not pruned: {merged}; all {sizes[name]} inputs are kept")

        self._workers.run_all([functools.partial(merge, name) for name in names], until)
        if waiting and not self.stop.is_set():
            late = [name for name in names if name in waiting]
            say(f"not pruned for want of time: {listed(late)}; first in the next night")

    def _conclude(self):
        stopped = self.stop.is_set()
        reason = "stopped before anything was done" if stopped else "no time was left for it"
        for work in self._fuzz + self._stress:
            if not work.seconds and not work.reason:
                work.reason = reason
        hit = self._found.hit | self._pending()
        gone_again = {i for i in hit - self._found.hit if self._replayed.get(i, (1, 1))[0] == 0}
        known = self._before() | self._joined_before()
        hit -= gone_again
        states = compare.states(known, hit, self._replayed)
        evidence = [self._found.evidence(i, state == compare.GONE) for i, state in states.items()]
        unplayed = {i for i in states if i not in hit and not self._replayed.get(i, (0, 0))[1]}
        found = bugs.of_night(evidence, self._before(), unplayed)
        self._wait_for_replay = unplayed - {i for bug in found for i in (bug.ident, *bug.others)}
        head = {
            "started": self._started,
            "seconds": round(time.monotonic() - self._began, 1),
            "stopped": stopped,
            "commit": self._options.commit,
            "seed": self._options.seed,
        }
        lost = self._write(head, found)
        self._print_closing(found, stopped)
        if stopped:
            return 130
        status = compare.exit_status([bug.state for bug in found], self._options.fail_on)
        ran = any(work.executions for work in self._fuzz + self._stress)
        return status or (2 if lost or not ran else 0)

    def _write(self, head, found):
        """Returns whether the report could not be written."""
        try:
            whole = report.build(
                head,
                self._state,
                self._kinds,
                self._fuzz,
                self._stress,
                self._found,
                found,
                self._past,
            )
            files.write_json(self._state.report, whole)
            not_reached = [w.key for w in self._fuzz + self._stress if not w.seconds]
            past = {
                "trend": whole["trend"][-1],
                "findings": {bug.ident: bug.state for bug in found},
                # What waits is played again in the next night as well.
                "same_bug": {other: bug.ident for bug in found for other in bug.others}
                | dict.fromkeys(self._wait_for_replay, ""),
                "not_reached": not_reached,
                "pruned": self._pruned,
            }
            name = self._started.replace(":", "-")
            files.write_json(self._state.nights / f"{name}.json", past)
        except OSError as error:
            print(f"ci/nightly: no report: {error}", file=sys.stderr, flush=True)
            return True
        return False

    def _print_closing(self, found, stopped):
        for bug in found:
            if bug.state == compare.GONE:
                _, runs = self._replayed[bug.ident]
                say(f"GONE {bug.ident}: did not fail in {runs} runs")
            else:
                self._print_bug(bug)
        self._print_not_run()
        states = [bug.state for bug in found]
        counts = [states.count(name) for name in ("new", "known", "gone")]
        works = self._fuzz + self._stress
        ok = sum(work.verdict() == "ok" for work in works)
        not_run = sum(work.verdict() == "not_run" for work in works)
        say(
            f"{'stopped' if stopped else 'night'}: {counts[0]} new, {counts[1]} known, "
            f"{counts[2]} gone; "
            f"{ok} ok, {not_run} not run; {self._state.report}"
        )

    def _print_bug(self, bug):
        say(f"{bug.state.upper()} {self._described(bug.ident)}")
        say(f"replay: ci/repro {self._found.path(bug.ident)}")
        for ident in bug.others:
            say(f"  the same: {self._described(ident)}: {self._found.path(ident)}")

    def _described(self, ident):
        meta, note = self._found.meta(ident), self._found.note(ident)
        often = ""
        if note.get("runs"):
            often = f" (failed in {note['failed']} of {note['runs']} runs)"
        return f"{meta.get('rule')}: {meta.get('reason')}{often}"

    def _print_not_run(self):
        """One line for each reason."""
        reasons = {}
        for work in self._fuzz + self._stress:
            if work.verdict() == "not_run" and not work.is_dead:
                reasons.setdefault(work.reason or "nothing was executed", []).append(work.key)
        for reason, keys in reasons.items():
            say(f"not run: {listed(keys)}: {reason}")


def listed(names):
    """The first of them, and how many more."""
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def seeds_of(seeds, mutex):
    """The night's seeds, for a job in a thread."""
    while True:
        with mutex:
            seed = next(seeds)
        yield seed
