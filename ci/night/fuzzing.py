"""A target's work of one night: slices of fuzzing, and what they found."""

import shutil
import time

from night import corpus, files, findings, libfuzzer, process

# An execution takes well below a millisecond; libFuzzer's own limit would be 20 minutes.
TIMEOUT_SECONDS = 10
# A crash ends libFuzzer: the rest of a slice is another run, with another seed.
REST_SECONDS_MIN = 2


class Work:
    """What one target has done tonight. Changed by one slice at a time."""

    def __init__(self, target):
        self.target = target
        self.executions = 0
        # So many executions were rejected, of those in the runs that told it: one that ends with a
        # crash does not.
        self.rejected = 0
        self.counted = 0
        self.seconds = 0.0
        self.edges = 0
        self.features = 0
        self.corpus_inputs = 0
        self.growth = []
        self.findings = set()
        self.reason = ""  # why it did not run, or what else has to be said
        self.is_dead = False

    @property
    def key(self):
        return self.target.key

    def verdict(self):
        if self.findings:
            return "findings"
        return "ok" if self.executions and not self.is_dead else "not_run"


class Fuzzer:
    """Fuzzes slices. Usable by all threads of a night, for different targets."""

    def __init__(self, state, found, hammers, stop, patience_seconds, say):
        self._state = state
        self._found = found
        self._hammers = hammers  # configuration -> the hammer, which knows programs
        self._stop = stop
        self._patience_seconds = patience_seconds
        self._say = say

    def slice(self, work, seconds, seeds):
        """Fuzzes for that long. Returns how many features it was the first to reach."""
        best = work.features
        until = time.monotonic() + seconds
        gained = 0
        while True:
            left = until - time.monotonic()
            first, last, crashed = self._run(work, max(1, left), next(seeds))
            gained += max(0, last - max(best, first))
            best = max(best, last)
            left = until - time.monotonic()
            if not crashed or left < REST_SECONDS_MIN or self._stop.is_set():
                return gained

    def _run(self, work, seconds, seed):
        """One run of libFuzzer: features at its start and end, and whether it crashed."""
        target = work.target
        folder = self._state.work_folder(f"fuzz.{target.config}.{target.name}")
        new = folder / "new"
        new.mkdir()
        first_features = []
        began_seconds = work.seconds
        began = time.monotonic()

        def note(output):
            first_features.append(output.features)
            work.edges = max(work.edges, output.edges)
            work.features = max(work.features, output.features)
            work.corpus_inputs = output.corpus_inputs
            point = [work.edges, work.features, output.corpus_inputs]
            if not work.growth or work.growth[-1][1:] != point:
                second = round(began_seconds + time.monotonic() - began, 1)
                work.growth.append([second, *point])

        output = libfuzzer.Output(note)
        ended = process.run(
            [
                target.binary,
                f"-max_total_time={max(1, int(seconds))}",
                f"-timeout={TIMEOUT_SECONDS}",
                f"-seed={seed}",
                f"-artifact_prefix={folder}/",
                "-print_final_stats=1",
                "-reload=0",
                new,
                self._state.corpus(target.name),
                *target.seed_folders(),
            ],
            seconds + self._patience_seconds,
            self._stop,
            output.read,
            {**target.environment, "IPC_HAMMER_FINDINGS": str(folder / "findings")},
        )
        work.executions += output.executions
        if output.rejected:
            work.rejected += output.rejected[0]
            work.counted += output.rejected[1]
        work.seconds += ended.seconds
        corpus.take_in(new, self._state.corpus(target.name))
        crashed = self._take_findings(work, folder, ended, output)
        if output.refused and not work.reason:
            work.reason = output.refused
            self._say(f"{target.key}: {output.refused}")
        shutil.rmtree(folder, ignore_errors=True)
        return (first_features or [0])[0], output.features, crashed

    def _take_findings(self, work, folder, ended, output):
        """Whether there was one; a target that died without is dead for the night."""
        sources = files.subfolders(folder / "findings")
        if not sources and output.artifact and ended.status != 0:
            sources = [self._write_death(work.target, folder, ended, output)]
        for source in sources:
            if source.name.startswith("."):
                continue  # cut off while it was written
            ident, is_first = self._found.adopt(source, work.target.name)
            work.findings.add(ident)
            if is_first:
                meta = self._found.meta(ident)
                self._say(f"FINDING {work.key}: {meta['rule']}: {meta['reason']}")
        if ended.status != 0 and not sources and not self._stop.is_set():
            work.is_dead = True
            work.reason = ended.describe()
            if line := ended.first_line():
                work.reason += f": {line}"
            self._say(f"{work.key}: not run: {work.reason}")
        return bool(sources)

    def _write_death(self, target, folder, ended, output):
        artifact = folder / output.artifact.rpartition("/")[2]
        rule, reason = libfuzzer.death(ended.printed, f"the process {ended.describe()}")
        (folder / "findings").mkdir(exist_ok=True)
        source = folder / "findings" / "died"
        findings.write_raw(
            source,
            target=target,
            rule=rule,
            reason=reason,
            content=artifact.read_bytes(),
            log=ended.printed,
            program=self._program(target, artifact),
        )
        return source

    def _program(self, target, artifact):
        """The program that an input means; empty where it means none."""
        hammer = self._hammers.get(target.config)
        if not target.kind or hammer is None:
            return ""
        shown = process.run(
            [hammer, "show", artifact, "--kind", target.kind], self._patience_seconds, self._stop
        )
        return shown.printed if shown.status == 0 else ""
