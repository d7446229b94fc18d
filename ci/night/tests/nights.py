"""What the tests of whole nights share: a folder of fake targets, a state folder, and a night."""

import json
import os
import pathlib
import signal
import stat
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(os.path.abspath(__file__)).parent
CI = HERE.parents[1]
FAKE = HERE / "fake_target.py"
# Beyond any night of these tests, on a busy machine as well.
NIGHT_SECONDS_MAX = 120


class NightTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR"))
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.binaries = self.folder / "binaries"
        self.binaries.mkdir()
        self.state = self.folder / "state"
        self.mark = self.folder / "mark"

    def target(self, mode, name="fake_fuzz"):
        """A fake target that behaves in that way, in place of the one that had the name."""
        path = self.binaries / name
        path.unlink(missing_ok=True)
        path.write_text(f'#!/bin/sh\nFAKE_NAME={name} exec python3 "{FAKE}" {mode} "$@"\n')
        path.chmod(stat.S_IRWXU)

    def command(self, *arguments, minutes="0.05", verb="run"):
        return [sys.executable, "-m", "night", verb, "--minutes", minutes, "--state", str(self.state)] + [
            "--seed", "1", "--jobs", "2", "--patience", "2", f"--binaries=fuzz={self.binaries}", *arguments
        ]

    def environment(self):
        return {**os.environ, "PYTHONPATH": str(CI), "FAKE_MARK": str(self.mark)}

    def night(self, *arguments, **named):
        return subprocess.run(
            self.command(*arguments, **named),
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=NIGHT_SECONDS_MAX,
            check=False,
        )

    def start(self, *arguments, **named):
        process = subprocess.Popen(
            self.command(*arguments, **named),
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(self._end, process)
        return process

    def _end(self, process):
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.communicate()

    def report(self):
        return json.loads((self.state / "report.json").read_text())

    def findings(self):
        return {entry["id"]: entry["state"] for entry in self.report()["findings"]}

    def corpus(self, name="fake_fuzz"):
        return sorted(path.name for path in (self.state / "corpus" / name).iterdir())

    def assertOneLine(self, text, expected):
        self.assertEqual(len(text.splitlines()), 1, text)
        self.assertIn(expected, text)
