"""What paths are taken for, on the tree's own kinds and targets and on made-up ones."""

import json
import pathlib
import tempfile
import unittest

import replayable

CATALOGUE = replayable.Catalogue(
    ["pipe", "shm_posix"],
    {"pipe_program_fuzz": ("//stress/kinds:pipe_program_fuzz", "fuzz/regressions/program"),
     "shm_posix_program_fuzz": ("//stress/kinds:shm_posix_program_fuzz", "fuzz/regressions/program"),
     "framing_fuzz": ("//fuzz:framing_fuzz", "fuzz/regressions/framing")})
TEXT = "# found on a Monday\n\nipc_hammer program 1\nkind pipe\ncapacity 4\np0 send 1 now\n"
META = {"format": 1, "rule": "no-loss", "reason": "r", "kind": "pipe", "mode": "threads", "case": "",
        "target": "", "config": "tsan"}
CRASH = "crash-da39a3ee5e6b4b0d3255bfef95601890afd80709"


class Paths(unittest.TestCase):

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = pathlib.Path(self.folder.name)

    def write(self, name, content=b"\x03\x00\x10"):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def write_finding(self, name="finding", **changes):
        meta = {**META, **changes}
        if meta["mode"] != "conformance":
            self.write(f"{name}/program.txt", TEXT)
            self.write(f"{name}/input.bin")
        return self.write(f"{name}/meta.json", json.dumps(meta)).parent

    def recognise(self, path, **given):
        return replayable.recognise(path, CATALOGUE, **given)

    def assert_unusable(self, path, message, **given):
        with self.assertRaises(replayable.Unusable) as caught:
            self.recognise(path, **given)
        self.assertIn(message, str(caught.exception))
        self.assertNotIn("\n", str(caught.exception))


class Findings(Paths):

    def test_program_keeps_its_mode_and_configuration(self):
        found = self.recognise(self.write_finding())
        self.assertEqual((found.what, found.kind, found.mode, found.config, found.label),
                         ("program", "pipe", "threads", "tsan", "//stress/kinds:pipe_hammer"))

    def test_mode_that_is_asked_for_wins(self):
        self.assertEqual(self.recognise(self.write_finding(), mode="relatives").mode, "relatives")

    def test_case_needs_no_program(self):
        found = self.recognise(self.write_finding(mode="conformance", case="Close.X", config="asan"))
        self.assertEqual((found.what, found.mode), ("case", "conformance"))

    def test_finding_of_another_fuzz_target_is_its_input(self):
        found = self.recognise(self.write_finding(kind="", target="framing_fuzz", mode="sequential",
                                                  config="fuzz"))
        self.assertEqual((found.what, found.label, found.regressions, found.config),
                         ("input", "//fuzz:framing_fuzz", "fuzz/regressions/framing", "fuzz"))

    def test_a_text_of_it_is_replayed_as_it_was_found(self):
        found = self.recognise(self.write_finding() / "program.txt")
        self.assertEqual((found.what, found.mode, found.config), ("program", "threads", "tsan"))

    def test_its_bytes_belong_to_its_kind(self):
        found = self.recognise(self.write_finding() / "input.bin")
        self.assertEqual((found.what, found.target), ("input", "pipe_program_fuzz"))

    def test_damaged_ones_are_refused(self):
        empty = self.root / "empty"
        empty.mkdir()
        self.assert_unusable(empty, "meta.json: No such file")
        self.assert_unusable(self.write("torn/meta.json", "{").parent, "damaged finding: meta.json: ")
        self.assert_unusable(self.write("list/meta.json", "[]").parent, "not a JSON object")
        self.assert_unusable(self.write("binary/meta.json", b"\xff\xfe").parent, "damaged finding")
        self.assert_unusable(self.write_finding("a", mode="fast"), "unknown mode 'fast'")
        self.assert_unusable(self.write_finding("b", mode=3), "unknown mode ''")
        self.assert_unusable(self.write_finding("c", config="msan"), "unknown config 'msan'")
        self.assert_unusable(self.write_finding("d", kind="pip"), "did you mean 'pipe'")
        self.assert_unusable(self.write_finding("e", kind="", target="frame_fuzz"),
                             "did you mean 'framing_fuzz'")
        self.assert_unusable(self.write_finding("f", kind=""), "neither kind nor target")

    def test_missing_files_are_named(self):
        for name in ["program.txt", "input.bin"]:
            finding = self.write_finding(name + ".d")
            (finding / name).unlink()
            self.assert_unusable(finding, f"{name}: No such file or directory")

    def test_folder_in_place_of_a_file_is_unreadable(self):
        finding = self.write_finding()
        (finding / "program.txt").unlink()
        (finding / "program.txt").mkdir()
        self.assert_unusable(finding, "program.txt: Is a directory")

    def test_kind_that_contradicts_is_refused(self):
        self.assert_unusable(self.write_finding(), "of pipe, not of shm_posix", kind="shm_posix")


class Texts(Paths):

    def test_text_is_told_below_its_comments(self):
        found = self.recognise(self.write("p", TEXT))
        self.assertEqual((found.what, found.kind, found.mode, found.config),
                         ("program", "pipe", "sequential", "asan"))

    def test_text_must_name_a_known_kind(self):
        self.assert_unusable(self.write("p", TEXT.replace("kind pipe\n", "")), "without a line 'kind")
        self.assert_unusable(self.write("q", TEXT.replace("pipe", "piep")), "did you mean 'pipe'")
        self.assert_unusable(self.write("r", TEXT), "of pipe, not of shm_posix", kind="shm_posix")


class Inputs(Paths):

    def test_name_and_folders_tell_the_target(self):
        for name in [f"pipe_program_fuzz-{CRASH}", f"pipe_program_fuzz/{CRASH}",
                     f"night/pipe_program_fuzz/crashes/{CRASH}", f"pipe/{CRASH}"]:
            with self.subTest(name):
                found = self.recognise(self.write(name))
                self.assertEqual((found.what, found.kind, found.target, found.config),
                                 ("input", "pipe", "pipe_program_fuzz", "fuzz"))
        self.assertEqual(self.recognise(self.write("regressions/framing/x")).target, "framing_fuzz")
        self.assertEqual(self.recognise(self.write(f"tsan/framing_fuzz/{CRASH}")).config, "tsan")

    def test_name_wins_over_folder(self):
        found = self.recognise(self.write(f"framing_fuzz/pipe_program_fuzz-{CRASH}"))
        self.assertEqual(found.target, "pipe_program_fuzz")

    def test_every_kind_of_artifact_is_known(self):
        for artifact in ["leak-1a", "timeout-1a", "oom-1a", "slow-unit-1a"]:
            self.assertEqual(self.recognise(self.write(f"framing_fuzz-{artifact}")).target, "framing_fuzz")

    def test_bytes_of_nobody_are_unknown(self):
        found = self.recognise(self.write(CRASH))
        self.assertEqual((found.what, found.label), ("unknown", ""))
        self.assertEqual(self.recognise(self.write("regressions/program/x")).what, "unknown")

    def test_what_the_user_says_wins(self):
        path = self.write(f"framing_fuzz/{CRASH}")
        self.assertEqual(self.recognise(path, kind="shm_posix").target, "shm_posix_program_fuzz")
        path = self.write(CRASH)
        self.assertEqual(self.recognise(path, target="framing_fuzz").label, "//fuzz:framing_fuzz")

    def test_threads_are_the_hammers(self):
        found = self.recognise(self.write(f"pipe_program_fuzz-{CRASH}"), mode="threads")
        self.assertEqual((found.what, found.mode, found.label),
                         ("program", "threads", "//stress/kinds:pipe_hammer"))

    def test_wrong_names_are_refused(self):
        path = self.write(CRASH)
        self.assert_unusable(path, "did you mean 'pipe'", kind="pipes")
        self.assert_unusable(path, "unknown fuzz target 'x'", target="x")
        self.assert_unusable(path, "unknown mode 'thread': did you mean 'threads'", mode="thread")

    def test_nothing_is_no_input_unless_a_fuzzer_named_it(self):
        self.assert_unusable(self.write("input", b""), "is empty")
        self.assertEqual(self.recognise(self.write(CRASH, b"")).what, "unknown")
        self.assertEqual(self.recognise(self.write("x", b""), kind="pipe").what, "input")

    def test_missing_path(self):
        self.assert_unusable(self.root / "nowhere", "No such file or directory")


class Tree(unittest.TestCase):

    def test_build_files_name_kinds_and_targets(self):
        catalogue = replayable.Catalogue.of_tree(replayable.ROOT)
        self.assertIn("unix_stream_pair_framed", catalogue.kinds)
        self.assertEqual(catalogue.targets["codec_fuzz"], ("//fuzz:codec_fuzz", "fuzz/regressions/codec"))
        self.assertEqual(catalogue.targets["tcp_program_fuzz"],
                         ("//stress/kinds:tcp_program_fuzz", "fuzz/regressions/program"))

    def test_build_file_that_cannot_be_read_is_said(self):
        with self.assertRaises(replayable.Unusable):
            replayable.Catalogue.of_tree(pathlib.Path("/nowhere"))
