"""Executions a second, of targets that only speak libFuzzer's interface."""

import subprocess
import sys

import nights


class Rates(nights.NightTest):
    def rates(self):
        return subprocess.run(
            [sys.executable, "-m", "night.rates", "--seconds", "1", "--binaries", self.binaries],
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=nights.NIGHT_SECONDS_MAX,
            check=False,
        )

    def test_each_target_is_a_line(self):
        self.target("works", "one_fuzz")
        self.target("works", "other_fuzz")
        ended = self.rates()
        self.assertEqual(ended.returncode, 0, ended)
        head, _, one, other = ended.stdout.splitlines()
        self.assertEqual(head, "| target | executions a second | executions | rejected |")
        self.assertRegex(one, r"^\| one_fuzz \| [1-9][\d,]* \| 100 \| 3 \|$")
        self.assertRegex(other, r"^\| other_fuzz \| ")

    def test_one_that_does_not_run_to_its_end_has_no_rate(self):
        self.target("buggy", "buggy_fuzz")
        self.target("dies_at_start", "dead_fuzz")
        self.target("works", "one_fuzz")
        ended = self.rates()
        self.assertEqual(ended.returncode, 1, ended)
        lines = ended.stdout.splitlines()[2:]
        self.assertEqual(lines[0], "| buggy_fuzz | - | - | ended with exit status 77 |")
        self.assertEqual(lines[1], "| dead_fuzz | - | - | ended with exit status 1 |")
        self.assertRegex(lines[2], r"^\| one_fuzz \| [1-9]")


if __name__ == "__main__":
    nights.unittest.main()
