"""Whole nights with fake targets: what is kept, what is told, and what survives."""

import fcntl
import hashlib
import json
import os
import pathlib
import re
import select
import shutil
import signal
import subprocess
import time
import unittest

import nights

# From a process's death to that of what it has started, on a busy machine.
SIGNAL_SECONDS_MAX = 20


def name_of(content):
    return hashlib.sha1(content).hexdigest()


class TwoNights(nights.NightTest):
    def test_a_bug_is_new_then_known_then_gone(self):
        self.target("works")
        self.assertEqual(self.night().returncode, 0)
        self.assertEqual(self.findings(), {})

        self.target("buggy")
        second = self.night()
        self.assertEqual(second.returncode, 1, second)
        [(ident, state)] = self.findings().items()
        self.assertEqual(state, "new")
        self.assertRegex(second.stdout, rf"replay: ci/repro {self.state}/findings/{ident}")

        third = self.night()
        self.assertEqual(third.returncode, 0, third)
        self.assertEqual(self.findings(), {ident: "known"})
        self.assertEqual(self.night("--fail-on", "any").returncode, 1)

        self.target("works")
        fourth = self.night("--fail-on", "any")
        self.assertEqual(fourth.returncode, 0, fourth)
        self.assertEqual(self.findings(), {ident: "gone"})
        self.assertIn("did not fail in 5 runs", fourth.stdout)
        self.assertEqual([night["new"] for night in self.report()["trend"]], [0, 1, 0, 0, 0])
        self.assertEqual([night["gone"] for night in self.report()["trend"]], [0, 0, 0, 0, 1])

        self.assertEqual(self.night().returncode, 0)
        self.assertEqual(self.findings(), {})

        self.target("buggy")
        self.assertEqual(self.night().returncode, 1)
        self.assertEqual(self.findings(), {ident: "new"})

    def test_many_inputs_are_one_finding(self):
        self.target("buggy")
        self.target("crashing", "crashing_fuzz")
        self.night(minutes="0.15")
        found = {entry["target"]: entry for entry in self.report()["findings"]}
        self.assertEqual(sorted(found), ["crashing_fuzz", "fake_fuzz"])
        for entry in found.values():
            self.assertGreater(entry["inputs"], 1, entry)
            self.assertEqual((entry["failed"], entry["runs"]), (5, 5), entry)
        self.assertEqual(found["crashing_fuzz"]["rule"], "no-crash")
        self.assertIn("Overrun", found["crashing_fuzz"]["group"])
        smallest = self.state / found["crashing_fuzz"]["path"] / "input.bin"
        self.assertEqual(smallest.read_bytes(), b"BUG")

    def test_the_corpus_grows_and_is_pruned(self):
        self.target("works")
        corpus = self.state / "corpus" / "fake_fuzz"
        self.night()
        first = self.corpus()
        self.assertGreater(len(first), 4)
        long = b"abcdefghijklmnopqrstuvwxyz"
        (corpus / "added by hand").write_bytes(long)
        (corpus / "another one").write_bytes(b"!")
        (corpus / "that adds nothing").write_bytes(b"!!")
        self.assertEqual(self.night().returncode, 0)
        self.assertIn(name_of(b"!"), self.corpus())
        self.assertNotIn(name_of(b"!!"), self.corpus())
        # Whatever one byte covers, a longer input adds only what is left.
        covered = set().union(*((corpus / name).read_bytes() for name in self.corpus()))
        self.assertEqual(covered, set(long + b"!"))
        sizes = [night["corpus_inputs"] for night in self.report()["trend"]]
        self.assertEqual(sizes, [len(first), len(self.corpus())])
        target = self.report()["targets"][0]
        self.assertGreater(len(target["growth"]), 1)
        self.assertEqual(target["edges"], target["growth"][-1][1])
        self.assertGreaterEqual(target["executions"], 100)
        self.assertEqual(target["rejected_of"], target["executions"])
        self.assertEqual(target["rejected"], target["executions"] * 3 // 100)


class Merges(nights.NightTest):
    def merges(self):
        """Which there were since the last time."""
        path = self.mark.with_name(self.mark.name + ".merges")
        names = path.read_text().split() if path.exists() else []
        path.unlink(missing_ok=True)
        return names

    def add(self, name, content):
        (self.state / "corpus" / name / name_of(content)).write_bytes(content)

    def test_a_corpus_that_has_not_changed_is_not_merged_again(self):
        for name in ("one_fuzz", "other_fuzz"):
            self.target("works", name)
        self.night()
        self.assertEqual(sorted(self.merges()), ["one_fuzz", "other_fuzz"])
        for name in ("one_fuzz", "other_fuzz"):
            self.target("idle", name)
        self.add("other_fuzz", b"!")
        self.night()
        self.assertEqual(self.merges(), ["other_fuzz"])
        self.night()
        self.assertEqual(self.merges(), [])

    def test_one_that_hangs_leaves_the_others_their_time(self):
        self.target("works", "one_fuzz")
        self.target("hangs_in_merge", "hanging_fuzz")
        (self.state / "corpus" / "hanging_fuzz").mkdir(parents=True)
        for number in range(60):
            self.add("hanging_fuzz", b"%d" % number)
        ended = self.night("--jobs", "1", minutes="0.02")
        self.assertEqual(self.merges(), ["hanging_fuzz", "one_fuzz"], ended)
        self.assertRegex(ended.stdout, r"hanging_fuzz: not pruned: the merge did not end in \d+ s")
        self.assertNotIn("one_fuzz: not pruned", ended.stdout)
        # It is the first of the next night as well: it is still the one with the most to prune.
        self.target("works", "hanging_fuzz")
        self.night("--jobs", "1")
        self.assertEqual(self.merges()[0], "hanging_fuzz")


class Stress(nights.NightTest):
    """With a hammer that only speaks its command line."""

    def hammer(self, mode):
        path = self.binaries / "hammer"
        path.write_text(f'#!/bin/sh\nexec python3 "{nights.HERE}/fake_hammer.py" {mode} "$@"\n')
        path.chmod(0o700)

    def cells(self):
        return {(c["kind"], c["producer"]): c for c in self.report()["cells"]}

    def test_every_kind_in_every_mode_that_it_has(self):
        self.hammer("works")
        ended = self.night(minutes="0.2")
        self.assertEqual(ended.returncode, 0, ended)
        cells = self.cells()
        self.assertEqual(
            sorted(cells),
            [(kind, producer) for kind in ("far", "near")
             for producer in ("cases", "rapidcheck", "stress")],
        )
        self.assertEqual({cell["verdict"] for cell in cells.values()}, {"ok"})
        # One run is 1.5k rounds of each of its modes; of "far" there are three.
        self.assertEqual(cells["far", "stress"]["executions"] % 1500, 0)
        self.assertGreaterEqual(cells["far", "stress"]["executions"], 4500)
        self.assertEqual(cells["far", "cases"]["planned"], 62)
        rules = {(r["kind"], r["rule"]): r for r in self.report()["rules"]}
        done = sum(cells["far", producer]["executions"] for kind, producer in cells if kind == "far")
        self.assertEqual(rules["far", "order"]["verdict"], "kept")
        self.assertEqual(rules["far", "order"]["executions"], done)
        self.assertEqual(rules["far", "no-race"]["verdict"], "not_judged")
        self.assertEqual(rules["far", "private"]["verdict"], "not_promised")

    def test_under_tsan_threads_only(self):
        self.hammer("works")
        ended = self.night(f"--binaries=tsan={self.binaries}", minutes="0.2")
        tsan = [cell for cell in self.report()["cells"] if cell["config"] == "tsan"]
        self.assertEqual({cell["producer"] for cell in tsan}, {"stress"}, ended)

    def test_its_findings_are_made_simple_and_counted(self):
        self.hammer("buggy")
        ended = self.night("--kinds", "far", minutes="0.2")
        self.assertEqual(ended.returncode, 1, ended)
        [entry] = self.report()["findings"]
        self.assertEqual((entry["failed"], entry["runs"], entry["state"]), (7, 20, "new"))
        program = self.state / entry["path"] / "program.txt"
        self.assertEqual(program.read_text(), "simple\n")
        self.assertTrue((self.state / entry["path"] / "night.json").exists())
        self.assertEqual(self.cells()["far", "stress"]["verdict"], "findings")

        self.hammer("works")
        self.night("--kinds", "far")
        self.assertEqual(set(self.findings().values()), {"gone"})

    def test_what_one_thread_shows_in_both_is_one_bug(self):
        self.hammer("many")
        ended = self.night("--kinds", "far", minutes="0.2")
        self.assertEqual(ended.returncode, 1, ended)
        entries = {entry["rule"]: entry for entry in self.report()["findings"]}
        self.assertEqual(sorted(entries), ["capacity", "order"], ended)
        self.assertEqual(entries["order"]["rules"], ["order", "no-hang"])
        [hang] = entries["order"]["same_bug"]
        self.assertEqual((hang["rule"], hang["mode"]), ("no-hang", "threads"))
        self.assertEqual(entries["capacity"]["same_bug"], [])
        broken = {(entry["kind"], entry["rule"]) for entry in self.report()["rules"]
                  if entry["verdict"] == "broken"}
        self.assertEqual(broken, {("far", rule) for rule in ("capacity", "no-hang", "order")})
        self.assertEqual(self.cells()["far", "stress"]["findings"], 2)
        self.assertIn("  the same: no-hang: nobody has moved for 10.0 s", ended.stdout)

        # The same night again: nothing of it is new.
        again = self.night("--kinds", "far", minutes="0.2")
        self.assertEqual(again.returncode, 0, again)
        self.assertEqual(set(self.findings().values()), {"known"})

        # What could not be played again is nothing new, and is played again the next time.
        shutil.copytree(self.state, self.folder / "copy")
        self.hammer("mended_and_slow")
        slow = self.night("--kinds", "far", minutes="0.1")
        self.assertEqual(slow.returncode, 0, slow)
        states = {entry["rule"]: entry["state"] for entry in self.report()["findings"]}
        self.assertEqual(states, {"order": "gone", "capacity": "known"}, slow)
        night = json.loads(max((self.state / "nights").iterdir()).read_text())
        self.assertEqual(list(night["same_bug"]), [hang["id"]])
        shutil.rmtree(self.state)
        (self.folder / "copy").rename(self.state)

        # One of the two was another bug after all.
        self.hammer("half_mended")
        third = self.night("--kinds", "far", minutes="0.2")
        self.assertEqual(third.returncode, 1, third)
        states = {entry["rule"]: entry["state"] for entry in self.report()["findings"]}
        self.assertEqual(states, {"order": "gone", "no-hang": "new", "capacity": "known"}, third)

    def test_one_that_cannot_start(self):
        self.target("works")
        self.hammer("dies_at_start")
        ended = self.night()
        self.assertEqual(ended.returncode, 0, ended)
        self.assertIn("hammer fuzz: not run: ended with exit status 1: no memory", ended.stdout)


class BadTargets(nights.NightTest):
    def test_one_that_dies_at_start_is_said_and_the_rest_goes_on(self):
        self.target("works")
        self.target("dies_at_start", "dead_fuzz")
        ended = self.night()
        self.assertEqual(ended.returncode, 0, ended)
        said = [line for line in ended.stdout.splitlines() if line.startswith("dead_fuzz fuzz: not run")]
        self.assertEqual(len(said), 1, ended.stdout)
        self.assertIn("exit status 1: ==1==Shadow memory", said[0])
        verdicts = {entry["target"]: entry["verdict"] for entry in self.report()["targets"]}
        self.assertEqual(verdicts, {"dead_fuzz": "not_run", "fake_fuzz": "ok"})

    def test_one_that_is_missing(self):
        self.target("works")
        (self.binaries / "missing_fuzz").symlink_to("/nonexistent/missing_fuzz")
        ended = self.night()
        self.assertEqual(ended.returncode, 0, ended)
        self.assertIn("missing_fuzz fuzz: not run: ", ended.stdout)

    def test_one_that_hangs_is_ended(self):
        self.target("works")
        self.target("hangs", "hanging_fuzz")
        ended = self.night()
        self.assertEqual(ended.returncode, 0, ended)
        self.assertRegex(ended.stdout, r"hanging_fuzz fuzz: not run: did not end in \d+ s")

    def test_one_that_prints_garbage(self):
        self.target("works")
        self.target("prints_garbage", "garbage_fuzz")
        ended = self.night()
        self.assertEqual(ended.returncode, 0, ended)
        verdicts = {entry["target"]: entry["verdict"] for entry in self.report()["targets"]}
        self.assertEqual(verdicts["fake_fuzz"], "ok")

    def test_nothing_ran(self):
        self.target("dies_at_start")
        self.assertEqual(self.night().returncode, 2)


class DamagedState(nights.NightTest):
    def test_damaged_inputs_are_set_aside(self):
        self.target("works")
        self.night()
        corpus = self.state / "corpus" / "fake_fuzz"
        (corpus / name_of(b"whole")).write_bytes(b"wh")
        (corpus / "folder").mkdir()
        with open(corpus / "large", "wb") as file:
            file.truncate(2 << 20)
        ended = self.night()
        self.assertEqual(ended.returncode, 0, ended)
        lines = [line for line in ended.stdout.splitlines() if "; set aside as " in line]
        self.assertEqual(len(lines), 3, ended.stdout)
        aside = self.state / "set_aside" / "fake_fuzz"
        self.assertEqual((aside / name_of(b"whole")).read_bytes(), b"wh")
        self.assertTrue((aside / "folder").is_dir())
        self.assertEqual((aside / "large").stat().st_size, 2 << 20)

    def test_a_merge_with_cut_copies_is_not_believed(self):
        self.target("cuts_copies")
        (self.state / "corpus" / "fake_fuzz").mkdir(parents=True)
        inputs = {name_of(text): text for text in (b"ab", b"abc", b"cd")}
        for name, text in inputs.items():
            (self.state / "corpus" / "fake_fuzz" / name).write_bytes(text)
        ended = self.night()
        self.assertIn("not pruned: the merge wrote a damaged copy", ended.stdout)
        self.assertLessEqual(set(inputs), set(self.corpus()))

    def test_damaged_night_and_finding(self):
        self.target("buggy")
        self.night()
        [ident] = self.findings()
        (next((self.state / "nights").iterdir())).write_text("{")
        (self.state / "findings" / ident / "night.json").write_text("[]")
        ended = self.night()
        self.assertIn("damaged, passed over", ended.stdout)
        self.assertEqual(self.findings(), {ident: "new"})


class FailedJob(nights.NightTest):
    def test_what_it_leaves_is_set_aside(self):
        self.target("works")
        self.night()
        left = self.state / "work" / "fuzz.fuzz.fake_fuzz"
        # No finding, so that it cannot be taken in.
        (left / "findings" / "strange").mkdir(parents=True)
        (left / "findings" / "strange" / "meta.json").write_text("{")
        ended = self.night()
        self.assertEqual(ended.returncode, 0, ended)
        aside = self.state / "set_aside/work/fuzz.fuzz.fake_fuzz/findings/strange/meta.json"
        self.assertEqual(aside.read_text(), "{")


class OneAtATime(nights.NightTest):
    def test_two_nights_at_once(self):
        self.target("works")
        self.night()
        before = (self.state / "report.json").read_bytes()
        with open(self.state / "lock", "rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for verb in ("check", "run"):
                ended = self.night(verb=verb)
                self.assertEqual(ended.returncode, 2)
                self.assertOneLine(ended.stderr, "another night is at work on it")
        self.assertEqual((self.state / "report.json").read_bytes(), before)

    def test_another_version(self):
        self.state.mkdir()
        (self.state / "format").write_text("ipc_hammer night 99\n")
        for verb in ("check", "run"):
            ended = self.night(verb=verb)
            self.assertEqual(ended.returncode, 2)
            self.assertOneLine(ended.stderr, "of another version ('ipc_hammer night 99'")
        self.assertEqual([path.name for path in self.state.iterdir()], ["format"])

    def test_a_folder_with_something_else(self):
        self.state.mkdir()
        (self.state / "thesis.txt").write_text("not to be touched")
        ended = self.night()
        self.assertEqual(ended.returncode, 2)
        self.assertOneLine(ended.stderr, "holds something else")
        self.assertEqual([path.name for path in self.state.iterdir()], ["thesis.txt"])

    def test_bad_arguments(self):
        for arguments in (["--minutes", "0"], ["--minutes", "nan"], ["--jobs", "0"], ["--colour"],
                          ["--fail-on", "all"], ["--state", "/proc/nothing/here"]):
            with self.subTest(arguments=arguments):
                ended = self.night(*arguments)
                self.assertEqual(ended.returncode, 2, ended)
                self.assertOneLine(ended.stderr, "ci/nightly: ")


class Stopped(nights.NightTest):
    def wait_for(self, happened, process):
        """By looking: what is waited for is another program's doing."""
        until = time.monotonic() + nights.NIGHT_SECONDS_MAX
        while not happened():
            self.assertIsNone(process.poll(), "the night ended too soon")
            self.assertLess(time.monotonic(), until)
            time.sleep(0.02)

    def open_process(self, number):
        """A descriptor of a process that is not ours to wait for; it is ended with the test."""
        descriptor = os.pidfd_open(number)
        self.addCleanup(os.close, descriptor)
        self.addCleanup(self.end_process, descriptor)
        return descriptor

    def end_process(self, descriptor):
        try:
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def ends(self, descriptor):
        """Whether the process does so by itself."""
        return bool(select.select([descriptor], [], [], SIGNAL_SECONDS_MAX)[0])

    def test_an_interrupted_night_ends_with_its_report(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number=number):
                self.target("works")
                self.target("hangs", "hanging_fuzz")
                process = self.start(minutes="5")
                self.wait_for(lambda: (self.state / "work" / "fuzz.fuzz.hanging_fuzz").exists(), process)
                process.send_signal(number)
                stdout, stderr = process.communicate(timeout=nights.NIGHT_SECONDS_MAX)
                self.assertEqual(process.returncode, 130, stdout + stderr)
                self.assertEqual(stderr, "")
                self.assertIn("stopped: 0 new", stdout.splitlines()[-1])
                self.assertTrue(self.report()["stopped"])

    def test_a_replay_that_was_stopped_says_nothing(self):
        self.target("buggy")
        self.night()
        [ident] = self.findings()
        self.target("hangs")
        process = self.start(minutes="5")
        self.wait_for(lambda: list((self.state / "work").glob("play.*")), process)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=nights.NIGHT_SECONDS_MAX)
        self.assertEqual(process.returncode, 130)
        self.assertEqual(self.findings(), {ident: "known"})

    def test_a_night_killed_in_a_merge_loses_nothing(self):
        self.target("works")
        self.night()
        self.target("waits_in_merge")
        corpus = self.state / "corpus" / "fake_fuzz"
        (corpus / name_of(b"abc")).write_bytes(b"abc")
        process = self.start()
        self.wait_for(self.mark.exists, process)
        before = self.corpus()
        merge = self.open_process(int(self.mark.read_text()))
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.assertTrue(self.ends(merge), "the merge outlives its night")
        self.assertEqual(self.corpus(), before)
        self.assertIn(name_of(b"abc"), before)

        self.target("works")
        ended = self.night()
        self.assertEqual(ended.returncode, 0, ended)
        covered = set().union(*((corpus / name).read_bytes() for name in self.corpus()))
        self.assertLessEqual({ord("a"), ord("b"), ord("c")}, covered)
        self.assertEqual(list((self.state / "work").glob("merge.*/merged/*.part")), [])

    def test_what_a_killed_night_had_found_is_taken_in(self):
        self.target("works")
        self.night()
        left = self.state / "work" / "fuzz.fuzz.fake_fuzz"
        (left / "new").mkdir(parents=True)
        (left / "new" / "cut off").write_bytes(b"#new")
        (left / "crash-0123").write_bytes(b"crash")
        finding = left / "findings" / "fake-no-loss-1"
        finding.mkdir(parents=True)
        (finding / "meta.json").write_text('{"rule": "no-loss", "reason": "r", "target": "fake_fuzz"}')
        (finding / "input.bin").write_bytes(b"1 BUG")
        self.target("buggy")
        ended = self.night()
        self.assertIn("took in 1 inputs of a night that was cut off", ended.stdout)
        self.assertIn(ord("#"), set().union(*((self.state / "corpus/fake_fuzz" / n).read_bytes()
                                              for n in self.corpus())))
        self.assertEqual((self.state / "set_aside/fake_fuzz/crash-0123").read_bytes(), b"crash")
        self.assertIn("fake_fuzz-no-loss", " ".join(self.findings()))
        self.assertEqual(set(self.findings().values()), {"new"})


class FullDisk(nights.NightTest):
    """In a mount namespace of its own, with a small file system."""

    def test_a_full_disk_is_one_line_and_the_night_goes_on(self):
        probe = ["unshare", "--mount", "--map-root-user"]
        if os.geteuid() == 0:
            probe.pop()
        if subprocess.run([*probe, "mount", "-t", "tmpfs", "none", self.folder],
                          capture_output=True, check=False).returncode != 0:
            self.skipTest("no mount namespace here")
        self.target("works")
        self.state.mkdir()
        filled = f"mount -t tmpfs -o size=256k none {self.state} && " \
            f"{{ {' '.join(self.command('--minutes', '0.02'))} && " \
            f"head -c 1m /dev/zero > {self.state}/set_aside/ballast; " \
            f"cp -r {self.state}/corpus {self.folder}/before; " \
            f"{' '.join(self.command())}; s=$?; cp -r {self.state}/corpus {self.folder}/after; exit $s; }}"
        ended = subprocess.run([*probe, "sh", "-c", filled], env=self.environment(), text=True,
                               capture_output=True, check=False, timeout=nights.NIGHT_SECONDS_MAX)
        lines = [line for line in ended.stderr.splitlines() if line.startswith("ci/nightly: ")]
        self.assertEqual(ended.returncode, 2, ended)
        self.assertRegex("\n".join(lines), "No space left on device")
        self.assertIn("no report: ", "\n".join(lines))
        self.assertNotIn("Traceback", ended.stderr)
        self.assertRegex(ended.stdout.splitlines()[-1], r"^night: 0 new")
        before = {path.name for path in (self.folder / "before/fake_fuzz").iterdir()}
        after = pathlib.Path(self.folder, "after/fake_fuzz")
        self.assertLessEqual(before, {path.name for path in after.iterdir()})
        for path in after.iterdir():
            if path.name in before:
                self.assertEqual(re.fullmatch("[0-9a-f]{40}", path.name)[0], name_of(path.read_bytes()))


if __name__ == "__main__":
    unittest.main()
