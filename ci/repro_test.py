"""ci/repro and ci/keep as a user meets them: the scripts themselves, in a small tree with the toy kinds of
the hammer's own tests. Bazel is a stand-in that builds nothing and notes what it was asked for.

$TOY_HAMMER is the hammer, $CRASHING_FUZZ a fuzz target whose kind dies of long messages.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

CI = pathlib.Path(__file__).absolute().parent
SCRIPTS = ["built.sh", "common.sh", "keep", "replay.gdb", "replayable.py", "replayable.sh", "repro",
           "sanitizer_report.py", "setup"]
KINDS = ["sound", "losing", "dying", "crashing"]
BAZEL = """#!/bin/sh
command=$1
echo "$*" >>"$BAZEL_LOG"
[ -z "$WHILE_BUILDING" ] || echo changed >>"$WHILE_BUILDING"
case $command in
  build) exit "${BUILD_STATUS:-0}" ;;
  info) echo "$BAZEL_BIN" ;;
esac
"""
# What a fuzz target prints that meets a bug; a real report.
CRASHING = """#!/bin/sh
for input; do :; done
echo "INFO: Seed: 1" >&2
echo "Running: $input" >&2
cat '{report}' >&2
exit 1
"""
KILLED = """#!/bin/sh
kill -KILL $$
"""
WAITING = """#!/bin/sh
echo started >"$STARTED"
exec sleep 1000
"""
PROGRAM = """ipc_hammer program 1
kind sound
capacity 4
message_size 64
producers 1
consumers 1
seed 7
p0 send 17 now
c0 receive 0 now
"""


class Tree(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.hammer = pathlib.Path(os.environ["TOY_HAMMER"]).absolute()
        cls.shared = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.shared.cleanup)
        cls.sequential = cls.find("no-loss", "--mode", "sequential", "--rounds", "300")
        cls.racing = cls.find("no-loss", "--mode", "threads", "--scenario", "fan_in", "--rounds", "1")
        cls.case = cls.find("capacity", "--case", "Capacity.ExactlyTheDeclaredNumberIsAccepted",
                            "--rounds", "1")

    @classmethod
    def find(cls, rule, *arguments):
        folder = tempfile.mkdtemp(dir=cls.shared.name)
        subprocess.run([cls.hammer, "run", "losing", "--seed", "1", "--findings", folder, *arguments],
                       check=False, capture_output=True)
        return next(pathlib.Path(folder).glob(f"losing-{rule}-*"))

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name) / "tree"
        self.temporary = pathlib.Path(folder.name) / "tmp"
        self.log = self.root / "bazel.log"
        for made in ["ci", "stress/kinds", "fuzz", "bin/stress/kinds", "bin/fuzz", "path"]:
            (self.root / made).mkdir(parents=True)
        self.temporary.mkdir()
        for script in SCRIPTS:
            shutil.copy(CI / script, self.root / "ci" / script)
        (self.root / "ci/packages.txt").write_text("# none\n")
        batteries = [f"ipc_hammer_battery(name = '{kind}')\n" for kind in KINDS]
        (self.root / "stress/kinds/BUILD").write_text("".join(batteries))
        (self.root / "fuzz/BUILD").write_text("".join(
            f"ipc_hammer_fuzz_test(name = '{name}_fuzz', regressions = glob(['regressions/{name}/*']))\n"
            for name in ["crashing", "killed", "waiting"]))
        for kind in KINDS:
            (self.root / f"bin/stress/kinds/{kind}_hammer").symlink_to(self.hammer)
        (self.root / "bin/stress/hammer").symlink_to(self.hammer)
        fuzzer = pathlib.Path(os.environ["CRASHING_FUZZ"]).absolute()
        (self.root / "bin/stress/kinds/crashing_program_fuzz").symlink_to(fuzzer)
        report = CI / "testing/reports/heap_use_after_free.txt"
        self.make_executable("bin/fuzz/crashing_fuzz", CRASHING.format(report=report))
        self.make_executable("bin/fuzz/killed_fuzz", KILLED)
        self.make_executable("bin/fuzz/waiting_fuzz", WAITING)
        self.make_executable("path/bazel", BAZEL)
        self.environment = {
            **os.environ, "PATH": f"{self.root}/path:{os.environ['PATH']}", "BAZEL_LOG": str(self.log),
            "BAZEL_BIN": str(self.root / "bin"), "TMPDIR": str(self.temporary),
            "HOME": str(self.root), "IPC_HAMMER_COMMIT": "none",
            "STARTED": str(self.root / "started"), "WHILE_BUILDING": "",
            "XDG_CACHE_HOME": str(self.root.parent / "cache")}

    def make_executable(self, name, text):
        path = self.root / name
        path.write_text(text)
        path.chmod(0o755)

    def write(self, name, content):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def run_script(self, script, *arguments, given=b""):
        said = subprocess.run([self.root / "ci" / script, *map(str, arguments)], cwd=self.root,
                              env=self.environment, input=given, capture_output=True, check=False)
        self.assertEqual(list(self.temporary.iterdir()), [], "it leaves something behind")
        # On a slow machine the hammer says how far it is.
        err = re.sub(r"^run \d+ of \d+, \d+ failed\n", "", said.stderr.decode(), flags=re.MULTILINE)
        return said.returncode, said.stdout.decode(), err

    def repro(self, *arguments, given=b""):
        return self.run_script("repro", *arguments, given=given)

    def keep(self, *arguments, given=b""):
        return self.run_script("keep", *arguments, given=given)

    def assert_refused(self, said, message):
        status, out, err = said
        self.assertEqual((status, out, err.count("\n")), (2, "", 1), said)
        self.assertIn(message, err)

    def built(self):
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line for line in lines if line.startswith("build ")]


class Repro(Tree):

    def test_finding_fails_where_the_rule_broke_and_says_what_is_next(self):
        status, out, err = self.repro(self.sequential)
        self.assertEqual(status, 1, out + err)
        marked = [i for i, line in enumerate(out.splitlines()) if line.startswith(">>>")]
        self.assertEqual(len(marked), 1, out)
        self.assertRegex(out.splitlines()[marked[0] + 1], r"^ +\^ no-loss: ")
        self.assertIn("failed in 1 of 1 run (sequential)\nnext:\n", out)
        for command in [f"ci/repro {self.sequential} --gdb", f"-- minimise {self.sequential}",
                        f"ci/keep {self.sequential} --name NAME", f"ci/repro {self.sequential} --full"]:
            self.assertIn(command + "\n", out)

    def test_only_its_kind_is_built_as_it_was_found(self):
        self.repro(self.sequential)
        self.assertEqual(len(self.built()), 1)
        self.assertRegex(self.built()[0], r" --config=\w+ //stress/kinds:losing_hammer$")

    def test_what_a_night_found_under_tsan_is_built_as_the_night_built_it(self):
        finding = self.root / "night/findings" / self.sequential.name
        shutil.copytree(self.sequential, finding)
        meta = json.loads((finding / "meta.json").read_text())
        (finding / "meta.json").write_text(json.dumps(meta | {"config": "tsan"}))
        self.repro(finding)
        self.write("night/format", "ipc_hammer night 1\n")
        self.repro(finding)
        plain, of_night = self.built()
        self.assertIn(" --config=tsan ", plain)
        self.assertIn(" --config=tsan_fuzz ", of_night)

    def test_what_races_is_tried_until_it_fails(self):
        status, out, _ = self.repro(self.racing)
        self.assertEqual(status, 1)
        self.assertIn("failed in 1 of 1 run (threads)\n", out)
        self.assertIn("failed in 2 of 2 runs (threads)\n", self.repro(self.racing, "--runs", "2")[1])
        sound = self.write("p", PROGRAM)
        self.assertIn("failed in 0 of 20 runs (threads)\n", self.repro(sound, "--mode=threads")[1])

    def make_repository(self):
        for command in (["init", "-q"], ["add", "ci"]):
            subprocess.run(["git", *command], cwd=self.root, check=True, env=self.environment)
        (self.root / ".gitignore").write_text("/bazel.log\n/bin/\n")

    def builds_again(self):
        before = len(self.log.read_text())
        status, out, err = self.repro(self.sequential)
        self.assertEqual((status, err), (1, ""), out)
        self.assertIn("failed in 1 of 1 run", out)
        return len(self.log.read_text()) > before

    def test_what_is_built_is_not_built_again_until_something_changes(self):
        self.make_repository()
        self.log.touch()
        self.assertTrue(self.builds_again())
        self.assertFalse(self.builds_again())
        source = self.write("stress/new.cc", "int a;")
        self.assertTrue(self.builds_again())
        self.assertFalse(self.builds_again())
        # The same size and the time of content set back.
        times = source.stat().st_atime_ns, source.stat().st_mtime_ns
        source.write_text("int b;")
        os.utime(source, ns=times)
        self.assertTrue(self.builds_again())
        source.unlink()
        self.assertTrue(self.builds_again())
        # By another build to the same place.
        binary = self.root / "bin/stress/kinds/losing_hammer"
        content, mode = binary.resolve().read_bytes(), binary.stat().st_mode
        binary.unlink()
        binary.write_bytes(content)
        binary.chmod(mode)
        self.assertTrue(self.builds_again())
        self.assertFalse(self.builds_again())
        # What changes while it is built is built the next time.
        self.environment["WHILE_BUILDING"] = str(self.write("stress/another.cc", ""))
        self.assertTrue(self.builds_again())
        self.environment["WHILE_BUILDING"] = ""
        self.assertTrue(self.builds_again())
        self.assertFalse(self.builds_again())

    def test_what_failed_to_build_is_not_taken_for_built(self):
        self.make_repository()
        self.environment["BUILD_STATUS"] = "1"
        self.assert_refused(self.repro(self.sequential), "the build failed")
        del self.environment["BUILD_STATUS"]
        self.assertTrue(self.builds_again())

    def test_without_a_place_to_remember_it_is_built_each_time(self):
        self.make_repository()
        self.log.touch()
        self.environment["XDG_CACHE_HOME"] = "/proc/nowhere"
        self.assertTrue(self.builds_again())
        self.assertTrue(self.builds_again())

    def test_history_is_short_and_full_on_request(self):
        short = self.repro(self.racing)[1]
        self.assertLess(len(short.splitlines()), 60)
        self.assertGreater(len(self.repro(self.racing, "--full")[1].splitlines()), 200)

    def test_case_is_played_again(self):
        status, out, _ = self.repro(self.case)
        self.assertEqual(status, 1)
        self.assertIn("failed in 1 of 1 run (conformance)\n", out)
        self.assertNotIn("ci/keep", out)

    def test_sound_program_does_not_fail(self):
        for said in [self.repro(self.write("p", PROGRAM)), self.repro("-", given=PROGRAM.encode()),
                     self.repro("/dev/stdin", given=PROGRAM.encode())]:
            self.assertEqual(said, (0, "failed in 0 of 1 run (sequential)\n", ""))

    def test_bytes_of_nobody_are_tried_on_every_kind(self):
        status, out, err = self.repro("-", given=(self.sequential / "input.bin").read_bytes())
        self.assertEqual(status, 1, out + err)
        self.assertIn("standard input does not say whose input it is: tried as a program of 5 kinds\n",
                      out)
        self.assertIn("not run: refused\nfails on: losing;", out)
        self.assertIn("^ no-loss: ", out)
        self.assertIn("ci/repro FILE --kind losing --gdb\n", out)

    def test_input_of_a_target_is_run_by_it_and_its_report_shortened(self):
        crash = self.write("crashing_fuzz-crash-1a", b"\1\2")
        status, out, err = self.repro(crash)
        self.assertEqual((status, err), (1, ""))
        self.assertIn(f"Running: {crash}\n", out)
        self.assertIn("#0 acme::Mailbox::Read(int) /home/you/acme/mailbox.cc:5:52\n", out)
        self.assertNotIn("testing::Test::Run", out)
        self.assertIn("failed in 1 of 1 run (crashing_fuzz)\nnext:\n", out)
        self.assertRegex(self.built()[0], r" --config=fuzz //fuzz:crashing_fuzz$")
        full = self.repro(crash, "--full", "--runs=3")[1]
        self.assertIn("testing::Test::Run", full)
        self.assertIn("failed in 3 of 3 runs (crashing_fuzz)\n", full)

    def test_crash_of_a_program_shows_the_call_it_died_in(self):
        # Two messages, of 1 and of 18 bytes.
        crash = self.write("crashing_program_fuzz-crash-1a",
                           bytes([3, 63, 0, 0, 0, 0, 0, 0]) + bytes([0, 0, 1, 0, 0, 0, 0, 0]) +
                           bytes([0, 0, 18, 0, 0, 0, 0, 0]))
        status, out, err = self.repro(crash)
        self.assertEqual((status, err), (1, ""), out)
        self.assertIn("\np0 send 18 now\n", out)
        self.assertRegex(out, r"> send 18B now\n>>> +\? never ended\n +\^ no-crash: ")
        self.assertIn("AddressSanitizer: SEGV", out)
        self.assertIn("CrashingEndpoint::Send", out)
        self.assertIn("bazel run --config=fuzz //stress/kinds:crashing_program_fuzz -- "
                      f"-minimize_crash=1 -max_total_time=60 {crash}\n", out)
        self.assertNotIn("fuzzer::", out)

    def test_target_that_is_killed_has_failed(self):
        status, out, _ = self.repro(self.write("killed_fuzz-oom-1a", b"\1"))
        self.assertEqual(status, 1)
        self.assertIn("failed in 1 of 1 run (killed_fuzz)\n", out)

    def test_target_that_cannot_be_executed_is_no_verdict(self):
        (self.root / "bin/fuzz/killed_fuzz").unlink()
        status, _, err = self.repro(self.write("killed_fuzz-oom-1a", b"\1"))
        self.assertEqual(status, 2)
        self.assertIn("ci/repro: killed_fuzz cannot be executed\n", err)

    def test_bad_input_is_one_line(self):
        crash = self.write("crash-1a", b"\1")
        torn = self.write("torn/meta.json", "{").parent
        half = pathlib.Path(shutil.copytree(self.sequential, self.root / "half"))
        (half / "program.txt").unlink()
        edited = pathlib.Path(shutil.copytree(self.sequential, self.root / "edited"))
        (edited / "program.txt").write_text(PROGRAM)
        for arguments, message in [
            ([], "what is to be replayed?"),
            ([""], "PATH is empty"),
            (["nowhere"], "ci/repro: nowhere: No such file or directory"),
            (["-"], "ci/repro: standard input: is empty"),
            ([torn], "damaged finding: meta.json"),
            ([half], "damaged finding: program.txt: No such file"),
            ([edited], "edited/program.txt: kind 'sound', but meta.json says 'losing'"),
            ([self.write("p", PROGRAM.replace("p0 send", "p0 snd"))], "p: line 8"),
            ([self.write("q", PROGRAM.replace("sound", "sund"))], "did you mean 'sound'"),
            ([self.write("r", PROGRAM), "--kind=losing"], "of sound, not of losing"),
            ([self.write("s", PROGRAM), "--mode=fast"], "unknown mode 'fast'"),
            ([self.write("t", PROGRAM), "--runs=0"], "--runs 0: not a number of runs"),
            ([self.write("u", PROGRAM), "--mode=strangers"], "cannot share a channel"),
            ([crash, "--kind", "soud"], "unknown kind 'soud': did you mean 'sound'?"),
            ([crash, "--target", "crashed_fuzz"], "did you mean 'crashing_fuzz'?"),
            ([crash, "--gdb"], "a debugger needs one of them: give --kind"),
            ([crash, crash], "one path at a time"),
            ([crash, "--kind"], "--kind needs a value"),
            ([crash, "--fast"], "unknown argument '--fast'"),
        ]:
            with self.subTest(arguments):
                self.assert_refused(self.repro(*arguments), message)

    def test_closed_standard_input_is_not_waited_for(self):
        said = subprocess.run(["bash", "-c", 'exec "$0" - <&-', self.root / "ci/repro"],
                              env=self.environment, capture_output=True, check=False, timeout=60)
        self.assertEqual((said.returncode, said.stderr),
                         (2, b"ci/repro: standard input: is closed\n"))

    def test_build_that_fails_is_no_verdict(self):
        self.environment["BUILD_STATUS"] = "1"
        self.assert_refused(self.repro(self.sequential), "ci/repro: the build failed")

    def test_machine_that_refuses_is_no_verdict(self):
        (self.root / "stress/kinds/BUILD").write_text("ipc_hammer_battery(name = 'refused')\n")
        (self.root / "bin/stress/kinds/refused_hammer").symlink_to(self.hammer)
        program = self.write("p", PROGRAM.replace("sound", "refused"))
        self.assert_refused(self.repro(program), "not run: no_space: create")

    def test_gdb_stops_where_the_rule_breaks(self):
        status, out, err = self.repro(self.sequential, "--gdb", given=b"backtrace 3\nkill\nquit\n")
        self.assertEqual(status, 0, out + err)
        self.assertRegex(out, r"hit Breakpoint \d[.\d]*, .*Broken")
        self.assertRegex(out, r"#2 .* ReceiveFailed")
        self.assertIn("--per_file_copt=^transports/", self.built()[-1])

    def test_ctrl_c_ends_it_and_leaves_nothing(self):
        os.mkfifo(self.environment["STARTED"])
        script = subprocess.Popen(
            [self.root / "ci/repro", self.write("waiting_fuzz-timeout-1a", b"\1")], cwd=self.root,
            env=self.environment, start_new_session=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        with open(self.environment["STARTED"]) as started:
            started.read()
        os.killpg(script.pid, signal.SIGINT)
        script.communicate()
        self.assertEqual(script.returncode, 130)
        self.assertEqual(list(self.temporary.iterdir()), [])


class Keep(Tree):

    def test_program_that_bytes_can_say_becomes_an_input(self):
        status, out, err = self.keep(self.sequential, "--name", "forgotten_message")
        self.assertEqual((status, err), (0, ""))
        self.assertIn("kept: fuzz/regressions/program/forgotten_message\n"
                      "run it: bazel test --config=asan //stress/kinds:losing_program_fuzz\n"
                      "it fails at present", out)
        kept = self.root / "fuzz/regressions/program/forgotten_message"
        self.assertEqual(kept.read_bytes(), (self.sequential / "input.bin").read_bytes())
        self.assertEqual([path.name for path in kept.parent.iterdir()], ["forgotten_message"])

    def test_program_that_bytes_cannot_say_stays_a_text(self):
        finding = pathlib.Path(shutil.copytree(self.sequential, self.root / "edited"))
        text = finding / "program.txt"
        text.write_text(text.read_text().replace(" now", " for 7777us", 1))
        out = self.keep(finding, "--name=waits")[1]
        self.assertIn("kept: stress/regressions/sequential/waits.txt\n", out)

    def test_racing_program_becomes_a_text_of_its_mode(self):
        out = self.keep(self.racing, "--name", "race")[1]
        self.assertIn("kept: stress/regressions/threads/race.txt\nrun it: bazel test --config=asan "
                      "//stress/regressions:race_threads_test\n", out)
        kept = (self.root / "stress/regressions/threads/race.txt").read_text()
        self.assertEqual(kept, (self.racing / "program.txt").read_text())

    def test_sound_text_is_kept_and_said_to_pass(self):
        out = self.keep("-", "--name", "fine", given=PROGRAM.encode())[1]
        self.assertIn("kept: stress/regressions/sequential/fine.txt\n", out)
        self.assertIn("it does not fail at present\n", out)

    def test_input_goes_to_its_targets_folder_under_its_own_name(self):
        out = self.keep(self.write("crashing_fuzz-crash-1a", b"\1\2"))[1]
        self.assertIn("kept: fuzz/regressions/crashing/crashing_fuzz_crash_1a\n"
                      "run it: bazel test --config=asan //fuzz:crashing_fuzz\n", out)

    def test_case_is_a_test_already(self):
        status, out, _ = self.keep(self.case)
        self.assertEqual(status, 0)
        self.assertEqual(out, "a conformance case is a test already: bazel test --config=asan "
                         "//stress/kinds:losing_test\n")

    def test_nothing_is_overwritten_nor_kept_twice(self):
        self.keep(self.sequential, "--name", "one")
        self.assert_refused(self.keep(self.sequential, "--name", "two"),
                            "it is kept already: fuzz/regressions/program/one")
        other = self.write("fuzz/regressions/program/mine", b"mine")
        self.keep(self.racing, "--name", "race")
        self.assert_refused(self.keep(self.sequential, "--name", "one"), "it is kept already")
        other = self.write("stress/regressions/threads/mine.txt", b"mine")
        text = self.write("p", PROGRAM)
        self.assert_refused(self.keep(text, "--mode=threads", "--name=mine"),
                            "stress/regressions/threads/mine.txt is there already: give another --name")
        self.assertEqual(other.read_bytes(), b"mine")

    def test_bad_input_is_one_line(self):
        text = self.write("p", PROGRAM)
        crash = self.write("crash-1a", b"\1")
        for arguments, message in [
            ([], "what is to be kept?"),
            (["nowhere"], "ci/keep: nowhere: No such file or directory"),
            ([crash], "crash-1a: whose input is it? Give --kind or --target"),
            ([text, "--name", "a/b"], "'a/b' is no name for a test"),
            ([text, "--name", "../x"], "is no name for a test"),
            ([text, "--name", "With Space"], "is no name for a test"),
            ([text, "--name", "x" * 101], "100 at most"),
            ([self.write("q", PROGRAM.replace("c0", "c9")), "--name=q"], "q: "),
        ]:
            with self.subTest(arguments):
                self.assert_refused(self.keep(*arguments), message)
        self.assert_refused(self.keep("-", given=PROGRAM.encode()), "standard input has no name")
        self.assertFalse((self.root / "stress/regressions").exists())

    def test_folder_that_cannot_be_written_is_one_line(self):
        self.write("stress/regressions", b"a file")
        self.assert_refused(self.keep(self.write("p", PROGRAM)),
                            "ci/keep: stress/regressions/sequential: cannot be made")


if __name__ == "__main__":
    unittest.main()
