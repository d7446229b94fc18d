import unittest

from night import compare, crashes

ASAN = """\
=================================================================
==4711==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000010 at pc 0x55d bp 0x7f sp 0x7e
READ of size 4 at 0x602000000010 thread T0
    #0 0x55d0c1 in __asan_memcpy (/bin/pipe_program_fuzz+0x1)
    #1 0x55d0c2 in std::vector<int, std::allocator<int> >::at(unsigned long) /usr/include/c++/12/bits/stl_vector.h:1
    #2 0x55d0c3 in ipc_hammer::(anonymous namespace)::Ring<int>::Push(std::span<char>) const /w/ring.cc:{line}:3
    #3 0x55d0c4 in ipc_hammer::Send(ipc_hammer::Endpoint&, int) /w/send.cc:7:1
    #4 0x55d0c5 in LLVMFuzzerTestOneInput /w/program_fuzz.cc:9:1

freed by thread T0 here:
    #0 0x55d0c6 in free (/bin/pipe_program_fuzz+0x2)
    #1 0x55d0c7 in ipc_hammer::Elsewhere() /w/else.cc:1:1
"""
TSAN = """\
WARNING: ThreadSanitizer: data race (pid=77)
  Write of size 8 at 0x7b by thread T1 (mutexes: write M1):
    #0 memcpy <null> (shm_fuzz+0x9) (BuildId: 12ab)
    #1 ipc_hammer::Ring::Push(int) /w/ring.cc:12:3 (shm_fuzz+0x8) (BuildId: 12ab)
"""


class Stacks(unittest.TestCase):
    def test_asan_frames_are_ours_and_of_the_first_stack(self):
        self.assertEqual(
            crashes.frames(ASAN.replace("{line}", "12")),
            ["ipc_hammer::{anonymous}::Ring::Push", "ipc_hammer::Send"],
        )

    def test_tsan_frames(self):
        self.assertEqual(crashes.frames(TSAN), ["ipc_hammer::Ring::Push"])

    def test_a_log_without_a_stack(self):
        self.assertEqual(crashes.frames("INFO: nothing\n#12 NEW cov: 5 ft: 6\n"), [])


class Groups(unittest.TestCase):
    def group(self, line="12", pid="4711", where="0x602000000010"):
        log = ASAN.replace("{line}", line).replace("4711", pid).replace("0x602000000010", where)
        return crashes.group("pipe", "no-crash", log.splitlines()[1], log)

    def test_lines_addresses_and_processes_do_not_matter(self):
        self.assertEqual(self.group(), self.group("99", "1", "0xdeadbeef0000"))

    def test_another_function_is_another_bug(self):
        log = ASAN.replace("Push", "Pop")
        other = crashes.group("pipe", "no-crash", log.splitlines()[1], log)
        self.assertNotEqual(self.group(), other)

    def test_another_error_in_the_same_place_is_another_bug(self):
        log = ASAN.replace("heap-use-after-free", "heap-buffer-overflow")
        other = crashes.group("pipe", "no-crash", log.splitlines()[1], log)
        self.assertNotEqual(self.group(), other)

    def test_numbers_in_a_reason_do_not_matter(self):
        one = crashes.group("pipe", "no-loss", "message 3 of actor 0 was lost: #1 .. #4, #9", "")
        two = crashes.group("pipe", "no-loss", "message 12 of actor 7 was lost: #2", "")
        self.assertEqual(one, two)

    def test_paths_and_how_often_do_not_matter(self):
        one = crashes.normalised("cannot open /dev/shm/ring.7: no room (and 199 more)")
        self.assertEqual(one, crashes.normalised("cannot open /tmp/a-b/ring: no room"))
        self.assertNotEqual(one, crashes.normalised("cannot open /tmp/a-b/ring: no memory"))

    def test_leaks_are_told_apart_by_what_is_left(self):
        reason = "the channel left something behind"
        one = crashes.group("pipe", "no-leak", reason, "", "+1 descriptor 8: pipe:[77]\n")
        self.assertEqual(one, crashes.group("pipe", "no-leak", reason, "", "+1 descriptor 9: pipe:[1]"))
        said = "the program left behind: +1 descriptor 3: pipe:[5]"
        self.assertEqual(one, crashes.group("pipe", "no-leak", said, ""))
        self.assertNotEqual(one, crashes.group("pipe", "no-leak", reason, "", "+1 FIFO x"))

    def test_a_property_that_a_target_states(self):
        log = "does not hold: a message fits\n==9==ERROR: libFuzzer: deadly signal\n" \
            "    #0 0x1 in abort\n    #1 0x2 in ipc_hammer::Require(bool, char const*) /w/r.h:3:1\n"
        reason = "==9==ERROR: libFuzzer: deadly signal"
        self.assertEqual(crashes.stack(reason, log), "a message fits < ipc_hammer::Require")
        other = crashes.stack(reason, log.replace("fits", "is whole"))
        self.assertNotEqual(crashes.stack(reason, log), other)

    def test_whose_function_it_is(self):
        log = ASAN.replace("{line}", "12")
        self.assertFalse(crashes.is_in_transport(log))
        self.assertTrue(crashes.is_in_transport(log.replace("/w/ring", "/w/transports/ring/ring")))
        # Further out is not it.
        self.assertFalse(crashes.is_in_transport(log.replace("/w/send", "/w/transports/send")))
        self.assertFalse(crashes.is_in_transport(""))

    def test_another_rule_another_kind_another_reason(self):
        groups = {
            crashes.group("pipe", "no-loss", "message 3 was lost", ""),
            crashes.group("fifo", "no-loss", "message 3 was lost", ""),
            crashes.group("pipe", "order", "message 3 was lost", ""),
            crashes.group("pipe", "no-loss", "message 3 was doubled", ""),
        }
        self.assertEqual(len(groups), 4)

    def test_identity_is_a_folder_name(self):
        name = crashes.identity("pipe", "no-loss", "pipe no-loss: message N was lost")
        self.assertRegex(name, r"^pipe-no-loss-[0-9a-f]{8}$")


class States(unittest.TestCase):
    def test_every_state(self):
        self.assertEqual(
            compare.states(
                before={"back", "fixed", "still", "unplayed"},
                hit={"back", "fresh"},
                replayed={"fixed": (0, 5), "still": (1, 20), "back": (0, 5)},
            ),
            {
                "back": "known",
                "fixed": "gone",
                "fresh": "new",
                "still": "known",
                "unplayed": "known",
            },
        )

    def test_exit_status(self):
        for found, fail_on, status in [
            (["new"], "new", 1),
            (["known", "gone"], "new", 0),
            (["known"], "any", 1),
            (["gone"], "any", 0),
            ([], "any", 0),
        ]:
            with self.subTest(found=found, fail_on=fail_on):
                self.assertEqual(compare.exit_status(found, fail_on), status)


if __name__ == "__main__":
    unittest.main()
