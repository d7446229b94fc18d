"""A sanitizer's report is cut down to what matters."""

import pathlib
import tempfile
import unittest

import fixture  # noqa: F401  (finds the package)
import sample
from report_pages import sanitizer

TSAN = """\
==================
WARNING: ThreadSanitizer: data race (pid=9)
  Write of size 4 at 0x7b by thread T2:
    #0 Add /proc/self/cwd/transports/loopback/loopback.cc:31:5 (exe+0x1)
    #1 std::thread::_State_impl<>::_M_run() /usr/include/c++/12/bits/std_thread.h:210:13
  Previous read of size 4 at 0x7b by thread T1:
    #0 Take /proc/self/cwd/transports/loopback/loopback.cc:44:9 (exe+0x2)
SUMMARY: ThreadSanitizer: data race transports/loopback/loopback.cc:31:5 in Add
==================
"""


class SanitizerTest(unittest.TestCase):
    def test_what_ci_repro_shows_stays(self):
        brief = sanitizer.shorten("closed twice?\n" + sample.ASAN).splitlines()
        self.assertEqual(brief, [
            "==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000010 at pc 0x1",
            "READ of size 4 at 0x602000000010 thread T0",
            "    #1 ipc_hammer::Pipe::Send() transports/pipe/pipe.cc:62:15",
            "    #2 ipc_hammer::Bench::Send() properties/conformance/bench.cc:72:27",
            "    #3 ipc_hammer::JobMain() stress/jobs/job_main.cc:80:55",
            "0x602000000010 is located 0 bytes inside of 4-byte region",
            "freed by thread T0 here:",
            "    #1 ipc_hammer::Pipe::Close() transports/pipe/pipe.cc:80:3",
            "",
            "SUMMARY: AddressSanitizer: heap-use-after-free transports/pipe/pipe.cc:62:15 in Send",
        ])

    def test_a_long_report_is_cut(self):
        stack = "".join(f"    #{i} 0x1 in F{i}() /w/a.cc:{i}:1\n" for i in range(500))
        brief = sanitizer.shorten("==7==ERROR: AddressSanitizer: stack-overflow\n" + stack)
        self.assertEqual(len(brief.splitlines()), sanitizer.LINES_MAX)

    def test_both_sides_of_a_race_stay(self):
        brief = sanitizer.shorten(TSAN)
        self.assertIn("Write of size 4", brief)
        self.assertIn("Previous read of size 4", brief)
        self.assertIn("loopback.cc:31:5", brief)
        self.assertIn("loopback.cc:44:9", brief)
        self.assertNotIn("std_thread.h", brief)

    def test_a_crash_of_the_harness_keeps_its_frames(self):
        log = "==1==ERROR: AddressSanitizer: SEGV\n    #0 0x1 in Main stress/jobs/job_main.cc:8:5\n"
        self.assertIn("stress/jobs/job_main.cc:8:5", sanitizer.shorten(log))

    def test_what_is_no_report_is_left_alone(self):
        self.assertEqual(sanitizer.shorten("closed twice?\n"), "")

    def test_the_first_place_in_a_transport_is_blamed(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            sample.tree(root)
            self.assertEqual(sanitizer.blamed(sample.ASAN, root),
                             sanitizer.Place("transports/pipe/pipe.cc", 62, 15))
            # Not in this tree: an old report, or another's.
            self.assertIsNone(sanitizer.blamed(TSAN, root))
            self.assertIsNone(sanitizer.blamed("transports/../pipe.cc:1:1", root))

    def test_a_failed_expectation_names_its_case(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            cases = root / "properties/conformance/cases"
            cases.mkdir(parents=True)
            (cases / "close_cases.cc").write_text("")
            self.assertEqual(sanitizer.blamed("close_cases.cc:73: Expected equality", root),
                             sanitizer.Place("properties/conformance/cases/close_cases.cc", 73, 0))

    def test_the_place_of_a_frame_comes_last(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            sample.tree(root)
            log = ("    #0 0x1 in Repeat<(lambda at transports/pipe/pipe.cc:7:5)> "
                   "/proc/self/cwd/transports/pipe/pipe.cc:9:1\n")
            self.assertEqual(sanitizer.blamed(log, root).line, 9)


if __name__ == "__main__":
    unittest.main()
