"""What ci/coverage makes of llvm-cov's exports."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import fixture  # noqa: F401  (finds ci)
import coverage_of_targets as coverage

SCRIPT = pathlib.Path(coverage.__file__)

LCOV = """\
SF:/proc/self/cwd/transports/pipe/pipe.cc
FN:2,Send
DA:2,5
DA:3,0
DA:5,1200
end_of_record
SF:properties/model/model.cc
DA:1,7
end_of_record
SF:transports/queue/posix_mq.cc
DA:1,1
end_of_record
"""


class CoverageTest(unittest.TestCase):
    def test_a_line_without_code_has_no_count(self):
        self.assertEqual(coverage.line_counts(LCOV), {
            "transports/pipe/pipe.cc": [None, 5, 0, None, 1200],
            "transports/queue/posix_mq.cc": [1],
        })

    def test_names_are_those_of_the_tree(self):
        for given, wanted in (("transports/pipe/pipe.cc", "transports/pipe/pipe.cc"),
                              ("/x/y/transports/a.h", "transports/a.h"),
                              ("/usr/include/fmt/core.h", ""), ("properties/a.h", "")):
            self.assertEqual(coverage.name_in_tree(given), wanted)

    def test_a_total_is_the_sum(self):
        one = {"lines": 10, "lines_covered": 4, "regions": 6, "regions_covered": 3}
        self.assertEqual(coverage.total([one, one]),
                         {"lines": 20, "lines_covered": 8, "regions": 12, "regions_covered": 6})
        self.assertEqual(coverage.percent(one, "lines"), "40.0 %")

    def test_seeds_regressions_and_the_grown_corpus_are_replayed(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            wanted = []
            for name in ("pipe_fuzz.runfiles/ipc_hammer/fuzz/corpus/program/a",
                         "pipe_fuzz.runfiles/ipc_hammer/fuzz/regressions/program/b",
                         "corpora/pipe_fuzz/c"):
                path = folder / name
                path.parent.mkdir(parents=True)
                path.write_text("")
                wanted.append(path)
            (folder / "corpora/pipe_fuzz/.half").write_text("")
            self.assertEqual(coverage.inputs_of(folder / "pipe_fuzz", str(folder / "corpora")), wanted)
            self.assertEqual(coverage.inputs_of(folder / "pipe_fuzz", ""), wanted[:2])

    def test_regions_are_those_of_the_tree(self):
        def file(name, count):
            return {"filename": name, "summary": {"regions": {"count": count, "covered": 2}}}
        document = {"data": [{"files": [file("/x/transports/a.h", 4), file("/usr/b.h", 9)]}]}
        self.assertEqual(coverage.region_counts(document), {"transports/a.h": (4, 2)})


# Stands for a fuzz target: one branch for inputs that begin with x, and death for those with !.
TARGET = """\
#include <cstdio>
#include <cstdlib>
#include <fstream>
int Handle(char first) {
  if (first == 'x') {
    return 1;
  }
  if (first == '!') std::abort();
  return 0;
}
int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) Handle(static_cast<char>(std::ifstream(argv[i]).get()));
}
"""


class TargetTest(unittest.TestCase):
    """With the compiler and the tools that a coverage build has."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.root = pathlib.Path(temporary.name)
        source = self.root / "transports/handle.cc"
        source.parent.mkdir()
        source.write_text(TARGET)
        self.out = self.root / "coverage.json"

    def build(self, name):
        subprocess.run(["clang++-19", "-fprofile-instr-generate", "-fcoverage-mapping", "-o",
                        self.root / name, "transports/handle.cc"], cwd=self.root, check=True)
        return self.root / name

    def give(self, target, *inputs):
        folder = self.root / "corpora" / target
        folder.mkdir(parents=True)
        for index, content in enumerate(inputs):
            (folder / str(index)).write_text(content)

    def measure(self, *binaries):
        return subprocess.run([sys.executable, SCRIPT, "--root", self.root, "--corpora",
                               self.root / "corpora", "--out", self.out, *binaries],
                              capture_output=True, text=True, timeout=120, check=False)

    def test_what_the_inputs_came_to_is_counted(self):
        self.give("one_fuzz", "a", "b")
        self.give("two_fuzz", "x")
        said = self.measure(self.build("one_fuzz"), self.build("two_fuzz"))
        self.assertEqual((said.returncode, said.stderr), (0, ""), said.stdout)
        document = json.loads(self.out.read_text())
        [file] = document["files"]
        self.assertEqual(file["path"], "transports/handle.cc")
        self.assertEqual(file["counts"][4:7], [3, 1, 1])  # the branch, by the second target alone
        self.assertIsNone(file["counts"][0])
        lines = {target["target"]: target["lines_covered"] for target in document["targets"]}
        self.assertGreater(file["lines_covered"], max(lines.values()))
        self.assertGreater(file["regions"], file["regions_covered"])

    def test_an_input_that_kills_is_said_and_the_others_count(self):
        self.give("dying_fuzz", "a", "!", "x", "b")
        self.give("dead_fuzz", "!")
        said = self.measure(self.build("dying_fuzz"), self.build("dead_fuzz"))
        self.assertEqual(said.returncode, 1)
        self.assertIn("dying_fuzz: failed on 1 of 4 inputs\n", said.stdout)
        self.assertIn("dead_fuzz: failed on 1 of 1 inputs\n", said.stdout)
        document = json.loads(self.out.read_text())
        self.assertEqual([target["target"] for target in document["targets"]], ["dying_fuzz"])
        self.assertEqual(document["files"][0]["counts"][4], 3)  # all but the deadly one

    def test_no_profile_at_all_is_refused(self):
        self.give("dying_fuzz", "!")
        said = self.measure(self.build("dying_fuzz"))
        self.assertEqual(said.returncode, 2)
        self.assertEqual(said.stderr, "ci/coverage: no target left a profile\n")
        self.assertFalse(self.out.exists())

    def test_a_target_without_inputs_is_said(self):
        said = self.measure(self.build("idle_fuzz"), self.build("other_fuzz"))
        self.assertEqual(said.returncode, 2)


if __name__ == "__main__":
    unittest.main()
