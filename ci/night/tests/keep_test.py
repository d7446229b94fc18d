"""What is offered to the tree."""

import hashlib
import subprocess
import sys
import unittest

import nights


class Keep(nights.NightTest):
    def setUp(self):
        super().setUp()
        self.target("works")
        self.into = self.folder / "corpus"
        seeds = self.binaries / "fake_fuzz.runfiles/ipc_hammer/fuzz/corpus/letters"
        seeds.mkdir(parents=True)
        (seeds / "first").write_bytes(b"abc")
        self.assertEqual(self.night().returncode, 0)
        # Whatever the night has found besides: these are the ones that count.
        for path in (self.state / "corpus/fake_fuzz").iterdir():
            path.unlink()
        for content in (b"ab", b"ca", b"dd", b"xyz", b"a?"):
            (self.state / "corpus/fake_fuzz" / hashlib.sha1(content).hexdigest()).write_bytes(content)

    def keep(self, *arguments, state=None):
        return subprocess.run(
            [sys.executable, "-m", "night.keep", "--state", state or self.state, "--into", self.into]
            + ["--binaries", self.binaries, *arguments],
            env=self.environment(), capture_output=True, text=True, check=False,
            timeout=nights.NIGHT_SECONDS_MAX)

    def kept(self):
        return sorted(path.read_bytes() for path in (self.into / "letters").iterdir())

    def test_only_what_adds_to_the_seeds(self):
        ended = self.keep()
        self.assertEqual(ended.returncode, 0, ended)
        self.assertEqual(self.kept(), [b"a?", b"dd", b"xyz"])
        self.assertIn("fake_fuzz: 3 inputs that add coverage", ended.stdout)
        self.assertEqual(len(list((self.state / "corpus/fake_fuzz").iterdir())), 5)

    def test_what_was_kept_before_is_not_kept_again(self):
        self.keep("--at-most", "2")
        self.assertEqual(len(self.kept()), 2)
        ended = self.keep()
        self.assertIn("fake_fuzz: 1 inputs", ended.stdout)
        self.assertEqual(self.kept(), [b"a?", b"dd", b"xyz"])
        self.assertIn("fake_fuzz: 0 inputs", self.keep().stdout)

    def test_the_most_coverage_comes_first(self):
        self.keep("--at-most", "1")
        self.assertEqual(self.kept(), [b"xyz"])

    def test_no_state(self):
        ended = self.keep(state=self.folder / "nothing")
        self.assertEqual(ended.returncode, 2)
        self.assertOneLine(ended.stderr, "there is no state of nights")

    def test_a_merge_that_fails_keeps_nothing(self):
        self.target("dies_at_start")
        ended = self.keep()
        self.assertEqual(ended.returncode, 2)
        self.assertIn("fake_fuzz: not looked at: the merge ended with exit status 1", ended.stdout)
        self.assertFalse(self.into.exists())


if __name__ == "__main__":
    unittest.main()
