"""Three nights with real targets: a bug is planted in a kind before the second and taken out before
the third.

Arguments: the kind's fuzz target, the same with the bug, the hammer, the same with the bug.
"""

import os
import pathlib
import sys
import unittest

import nights

CLEAN_FUZZ, BUGGY_FUZZ, CLEAN_HAMMER, BUGGY_HAMMER = map(os.path.abspath, sys.argv[1:5])
TARGET = pathlib.Path(CLEAN_FUZZ).name
KIND = TARGET.removesuffix("_program_fuzz")


class PlantedBug(nights.NightTest):
    def link(self, **names):
        for name, path in names.items():
            (self.binaries / name).unlink(missing_ok=True)
            (self.binaries / name).symlink_to(path)

    def real_night(self, stressed, minutes="0.2"):
        return self.night("--patience", "60", "--kinds", stressed, minutes=minutes)

    def test_it_is_new_and_then_gone(self):
        self.link(**{TARGET: CLEAN_FUZZ}, hammer=CLEAN_HAMMER)
        first = self.real_night(KIND)
        self.assertEqual(first.returncode, 0, first)
        self.assertEqual(self.findings(), {})
        [target] = self.report()["targets"]
        self.assertEqual((target["target"], target["verdict"]), (TARGET, "ok"))
        self.assertGreater(target["executions"], 100)
        # Every byte string is a program, and the machine refuses none of their channels.
        self.assertEqual(target["rejected"], 0)
        self.assertGreaterEqual(target["rejected_of"], target["executions"])
        worked = {(cell["producer"], cell["verdict"]) for cell in self.report()["cells"]}
        self.assertIn(("stress", "ok"), worked)

        self.link(**{TARGET: BUGGY_FUZZ}, hammer=BUGGY_HAMMER)
        second = self.real_night(KIND, minutes="0.4")
        self.assertEqual(second.returncode, 1, second)
        # Whatever else it breaks, and whoever sees it: a hang, a case that has no room to begin.
        [bug] = self.report()["findings"]
        self.assertEqual((bug["state"], bug["rule"]), ("new", "capacity"), second)
        # One thread plays it: it fails each time.
        self.assertEqual(bug["failed"], bug["runs"], second)
        self.assertGreater(bug["inputs"], 1, second)
        program = (self.state / bug["path"] / "program.txt").read_text()
        self.assertIn(KIND, program)

        self.link(**{TARGET: CLEAN_FUZZ}, hammer=CLEAN_HAMMER)
        third = self.real_night("none")
        self.assertEqual(third.returncode, 0, third)
        self.assertEqual(self.findings(), {bug["id"]: "gone"}, third)


if __name__ == "__main__":
    unittest.main()
