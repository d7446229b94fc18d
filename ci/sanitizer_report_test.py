"""What is left of real reports."""

import pathlib
import unittest

import sanitizer_report

REPORTS = pathlib.Path(__file__).parent / "testing" / "reports"


def shortened(name):
    lines = (REPORTS / name).read_text().splitlines()
    return list(sanitizer_report.shorten(lines))


def frames(lines):
    return [line.strip() for line in lines if line.lstrip().startswith("#")]


class RealReports(unittest.TestCase):

    def test_use_after_free_keeps_the_frames_of_all_three_stacks(self):
        lines = shortened("heap_use_after_free.txt")
        self.assertEqual(frames(lines), [
            "#0 acme::Mailbox::Read(int) /home/you/acme/mailbox.cc:5:52",
            "#1 operator() /home/you/acme/uaf.cc:6:48",
            "#6 Mailbox_ReadsWhatWasDropped_Test::TestBody() /home/you/acme/uaf.cc:8:3",
            "#1 acme::Mailbox::Drop(int) /home/you/acme/mailbox.cc:4:30",
            "#2 Mailbox_ReadsWhatWasDropped_Test::TestBody() /home/you/acme/uaf.cc:7:7",
            "#1 acme::Mailbox::Put(int, std::__cxx11::basic_string<char, std::char_traits<char>, "
            "std::allocator<char>>) /home/you/acme/mailbox.cc:3:63",
            "#2 Mailbox_ReadsWhatWasDropped_Test::TestBody() /home/you/acme/uaf.cc:5:7",
        ])

    def test_shadow_memory_goes_and_the_headings_stay(self):
        lines = shortened("heap_use_after_free.txt")
        self.assertIn("freed by thread T0 here:", lines)
        self.assertTrue(lines[-1].startswith("SUMMARY: AddressSanitizer: heap-use-after-free"))
        self.assertFalse([line for line in lines if "Shadow" in line or "redzone" in line])

    def test_leak_names_who_allocated(self):
        lines = shortened("memory_leak.txt")
        self.assertIn("Direct leak of 40 byte(s) in 1 object(s) allocated from:", lines)
        self.assertEqual([frame.split(" ")[0] for frame in frames(lines)], ["#1", "#2", "#7"])

    def test_undefined_behaviour_keeps_its_message(self):
        lines = shortened("undefined_shift.txt")
        self.assertEqual(frames(lines), [
            "#0 acme::Mailbox::Scale(int) /home/you/acme/mailbox.cc:6:43",
            "#1 Mailbox_ScalesTooFar_Test::TestBody() /home/you/acme/ub.cc:7:3",
        ])
        self.assertTrue(any("runtime error: shift exponent 40" in line for line in lines))

    def test_race_keeps_both_accesses(self):
        lines = shortened("data_race.txt")
        self.assertEqual(frames(lines)[:4], [
            "#0 acme::Mailbox::Read(int) /home/you/acme/mailbox.cc:5:35",
            "#1 operator() /home/you/acme/race.cc:9:95",
        ] * 2)

    def test_stack_without_a_frame_of_interest_stays_whole(self):
        after = shortened("data_race.txt")
        begin = next(i for i, line in enumerate(after) if line.startswith("  Thread T2 (tid="))
        self.assertEqual([line.split()[0] for line in after[begin + 1:begin + 4]], ["#0", "#1", "#2"])

    def test_fuzz_target_says_nothing_of_itself(self):
        lines = shortened("broken_rule.txt")
        self.assertEqual([frame.split()[0] for frame in frames(lines)], ["#7", "#8", "#9"])
        self.assertTrue(any(line.lstrip().startswith("^ no-loss: ") for line in lines))
        self.assertFalse([line for line in lines if line.startswith(("INFO: Seed", "0x4,", "\\004"))])
        self.assertEqual(lines[-1], "SUMMARY: libFuzzer: deadly signal")

    def test_crash_shows_no_registers_and_a_short_summary(self):
        lines = shortened("crash_in_a_send.txt")
        self.assertTrue(frames(lines)[0].endswith(" stress/cli/testing/crashing_kinds.cc:23:46"))
        self.assertFalse([line for line in lines if "rax" in line or "r10 =" in line])
        summary = next(line for line in lines if line.startswith("SUMMARY"))
        self.assertTrue(summary.startswith(
            "SUMMARY: AddressSanitizer: SEGV stress/cli/testing/crashing_kinds.cc:23:46 in "))
        self.assertTrue(lines[-1].endswith("^ no-crash: the process died in this call"))

    def test_case_of_the_harness_keeps_the_transport_and_the_case(self):
        found = frames(shortened("finding_of_a_case.txt"))
        self.assertEqual(found[0], "#0 get transports/sys/file_descriptor.h:35:28")
        self.assertEqual(found[3], "#3 ipc_hammer::StreamConsumer::Send(std::span<std::byte const>, "
                         "unsigned int, ipc_hammer::Deadline) "
                         "transports/socket/stream_consumer.cc:27:32")
        self.assertTrue(any("close_cases.cc:216" in frame for frame in found))
        self.assertFalse([frame for frame in found if "asan_thread_start" in frame])


class Frames(unittest.TestCase):

    def test_functions_are_told_by_name_not_by_arguments(self):
        for what, name in [
            ("void acme::Use<int, std::vector<int>>(std::function<int ()>) /a.cc:1:2", "acme::Use"),
            ("operator new(unsigned long) (/b+0x163a8d) (BuildId: 2faf)", "operator new"),
            ("acme::operator<<(std::ostream&, acme::Id) a.cc:3", "acme::operator"),
            ("acme::(anonymous namespace)::Go() /a.cc:1:2", "acme::{anonymous}::Go"),
            ("__libc_start_main csu/../csu/libc-start.c:360:3", "__libc_start_main"),
            ("pthread_create <null>", "pthread_create"),
            ("<null> <null> (libstdc++.so.6+0xd44a2)", ""),
        ]:
            with self.subTest(what):
                self.assertEqual(sanitizer_report.function_name(what), name)

    def test_whose_frames_are_left_out(self):
        for what in ["std::vector<acme::Message>::push_back(acme::Message&&) (/b+0x1)",
                     "fuzzer::Fuzzer::ExecuteCallback(unsigned char const*, unsigned long) (/b+0x1)",
                     "main (/home/you/acme/uaf+0x1a031f) (BuildId: 0d1d)",
                     "__interceptor_memcpy (/b+0x1)",
                     "__asan::ReportGenericError(unsigned long) asan_rtl.cpp:3"]:
            self.assertTrue(sanitizer_report.is_foreign(what), what)
        for what in ["acme::Use<std::vector<int>>(std::vector<int>&) /home/you/acme/use.cc:3:1",
                     "main /home/you/acme/main.cc:3:1",
                     "testing_ground() /home/you/acme/testing.cc:1:1",
                     "memcpy_all (/home/you/acme/bin+0x1)",
                     "LLVMFuzzerTestOneInput fuzz/program_fuzz.cc:101:28"]:
            self.assertFalse(sanitizer_report.is_foreign(what), what)

    def test_other_text_is_untouched(self):
        lines = ["   12  * send 24B now: ok p0#0 [1ns]", "", "failed in 1 of 1 run (sequential)",
                 "# a comment", "  #hash"]
        self.assertEqual(list(sanitizer_report.shorten(lines)), lines)

    def test_report_that_ends_in_a_stack_is_complete(self):
        self.assertEqual(list(sanitizer_report.shorten(["    #0 0x1 in f() /a.cc:1:2"])),
                         ["    #0 f() /a.cc:1:2"])
