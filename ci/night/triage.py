"""What is done with a finding: played again to say k of n, and made as simple as can be."""

import pathlib
import re
import shutil

from night import crashes, files, libfuzzer, process, targets

# What depends on timing may need some tries; what one thread plays fails at once or hardly ever.
RUNS_RACING = 20
RUNS_SEQUENTIAL = 5
# Of a hang each run takes the ten seconds after which it is one.
RUNS_HANGING = 2
REPLAY_SECONDS_HANGING = 40
RACING = ("threads", "relatives", "strangers")
SECONDS_FOR_ONE_RUN = 60
TIMEOUT_SECONDS = 10

BROKEN = re.compile(r"^rule (\S+) is broken: ", re.M)
# What the hammer says of a failure, once it has said what was recorded.
TOLD = re.compile(r"^(?!recorded|sandbox)([a-z]+(?:-[a-z]+)*): (.+)$", re.M)
COUNTED = re.compile(r"^failed in (\d+) of (\d+) run", re.M)


def runs_of(meta):
    """How often what depends on timing is played, to see it once."""
    return RUNS_HANGING if meta.get("rule") == "no-hang" else RUNS_RACING


class Triage:
    def __init__(self, state, found, all_targets, hammers, stop, say):
        self._state = state
        self._found = found
        self._targets = {(target.name, target.config): target for target in all_targets}
        self._hammers = hammers
        self._stop = stop
        self._say = say

    def replay(self, ident, seconds_max):
        """(failed, runs) on tonight's build; (0, 0) where it could not be played, which is said."""
        path = self._found.path(ident)
        meta = self._found.meta(ident)
        self.play_in_one_thread(ident)
        target = self._target(ident, meta)
        if target is not None and (path / "input.bin").exists():
            counts = self._replay_input(target, meta, path / "input.bin", seconds_max)
        else:
            counts = self._replay_program(ident, meta, seconds_max)
        if self._stop.is_set():
            return 0, 0
        if counts[1]:
            self._found.set_note(ident, failed=counts[0], runs=counts[1])
        return counts

    def play_in_one_thread(self, ident):
        """Where nothing races, what goes wrong tells which bug it is (bugs.py). For any finding of
        a program whose actors run side by side."""
        meta = self._found.meta(ident)
        hammer = self._hammer(meta)
        if hammer is None or meta.get("mode") not in RACING or self._stop.is_set():
            return
        command = [hammer, "replay", self._found.path(ident), "--mode", "sequential"]
        ended = process.run(
            command, SECONDS_FOR_ONE_RUN, self._stop, environment=targets.environment()
        )
        counted, told = COUNTED.search(ended.printed), TOLD.search(ended.printed)
        if counted and not self._stop.is_set():
            way = crashes.way(told[2], ended.printed) if told and counted[1] != "0" else ""
            self._found.set_note(ident, one_thread=way)

    def _target(self, ident, meta):
        """Of tonight's build; None where no target found it. asan's finding may be played by the
        one with coverage as well."""
        config = "tsan" if meta.get("config") == "tsan" else "fuzz"
        return self._targets.get((self._found.note(ident).get("target"), config))

    def _replay_input(self, target, meta, content, seconds_max):
        failed = runs = 0
        seconds = 0.0
        while runs < RUNS_SEQUENTIAL and not self._stop.is_set() and seconds <= seconds_max:
            ended, rule = self.play(target, content)
            if self._stop.is_set():
                break
            seconds += ended.seconds
            runs += 1
            failed += rule == meta.get("rule")
        # Too few runs without a failure say nothing.
        return (failed, runs) if failed or runs == RUNS_SEQUENTIAL else (0, 0)

    def play(self, target, content, findings_folder=None):
        """One run of one input: how it ended, and the rule that it broke or ""."""
        work = self._state.work_folder(f"play.{target.config}.{content.parent.name}")
        ended = process.run(
            [target.binary, f"-timeout={TIMEOUT_SECONDS}", f"-artifact_prefix={work}/", content],
            SECONDS_FOR_ONE_RUN,
            self._stop,
            environment={
                **target.environment,
                "IPC_HAMMER_FINDINGS": str(findings_folder or work / "findings"),
            },
        )
        shutil.rmtree(work, ignore_errors=True)
        if ended.overdue:
            return ended, "no-hang"
        if ended.status == 0:
            return ended, ""
        if named := BROKEN.search(ended.printed):
            return ended, named[1]
        return ended, libfuzzer.death(ended.printed, "")[0]

    def _replay_program(self, ident, meta, seconds_max):
        hammer = self._hammer(meta)
        if hammer is None:
            self._say(f"{ident}: not played again: there is no hammer of its configuration")
            return 0, 0
        command = [hammer, "replay", self._found.path(ident)]
        if meta.get("mode") not in ("sequential", "conformance"):
            command += ["--runs", str(runs_of(meta))]
        if meta.get("rule") == "no-hang":
            seconds_max = max(seconds_max, REPLAY_SECONDS_HANGING)
        ended = process.run(command, seconds_max, self._stop, environment=targets.environment())
        if counted := COUNTED.search(ended.printed):
            failed, runs = int(counted[1]), int(counted[2])
            # Too few runs without a failure say nothing.
            if failed or not ended.overdue:
                return failed, runs
        if not self._stop.is_set():
            self._say(f"{ident}: not played again: {ended.describe()}: {ended.first_line()}")
        return 0, 0

    def _hammer(self, meta):
        return self._hammers.get("tsan" if meta.get("config") == "tsan" else "fuzz")

    def minimise(self, ident, seconds):
        """Replaces the finding by a simpler one that breaks the same rule, if there is one."""
        meta = self._found.meta(ident)
        if meta.get("case"):
            return  # it is code
        work = self._state.work_folder(f"minimise.{ident}")
        if meta.get("kind"):
            simpler = self._minimise_program(ident, meta, work, seconds)
        else:
            simpler = self._minimise_input(ident, meta, work, seconds)
        if simpler is not None and not self._stop.is_set():
            self._found.replace(ident, simpler)
        shutil.rmtree(work, ignore_errors=True)

    def _minimise_program(self, ident, meta, work, seconds):
        hammer = self._hammer(meta)
        if hammer is None:
            return None
        command = [hammer, "minimise", self._found.path(ident), "--findings", work / "findings"]
        command += ["--seconds", str(max(1, int(seconds)))]
        if meta.get("mode") in RACING:
            command += ["--runs", str(runs_of(meta))]
        process.run(
            command, seconds + SECONDS_FOR_ONE_RUN, self._stop, environment=targets.environment()
        )
        made = files.subfolders(work / "findings")
        target = self._target(ident, meta)
        if made and target is not None:
            # Played by the target that found it: it writes the whole finding, swim lanes and all.
            self.play(target, made[0] / "input.bin", work / "again")
            made = files.subfolders(work / "again")
        rules = [files.read_json(path / "meta.json").get("rule") for path in made]
        return made[0] if rules[:1] == [meta["rule"]] else None

    def _minimise_input(self, ident, meta, work, seconds):
        target = self._target(ident, meta)
        if target is None:
            return None
        original = self._found.path(ident) / "input.bin"
        least = work / "least"
        process.run(
            [target.binary, "-minimize_crash=1", f"-max_total_time={max(1, int(seconds))}"]
            + [f"-timeout={TIMEOUT_SECONDS}", f"-artifact_prefix={work}/"]
            + [f"-exact_artifact_path={least}", original],
            seconds + SECONDS_FOR_ONE_RUN,
            self._stop,
            environment=target.environment,
        )
        if not least.exists() or least.stat().st_size >= original.stat().st_size:
            return None
        ended, rule = self.play(target, least)
        if rule != meta["rule"]:
            return None
        simpler = pathlib.Path(shutil.copytree(self._found.path(ident), work / "simpler"))
        shutil.copy(least, simpler / "input.bin")
        (simpler / "log.txt").write_text(ended.printed)
        return simpler
