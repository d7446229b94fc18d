"""Which findings are taken for one bug, and which are not."""

import unittest

from night import bugs, crashes

FULL = "send of 0 bytes failed with would_block while 0 messages (0 bytes) of its direction were queued"
SWAPPED = "message 4 of actor 0 was received before message 3 of actor 0"
NO_ROOM = (
    "Capacity.{}: capacity_cases.cc:{}: Expected equality of these values: "
    'Said(bench.Send(Soon())) Which is: "timed_out" "ok"'
)
CORRUPT = (
    "Capacity.{}: capacity_cases.cc:{}: Expected equality of these values: "
    'Said(bench.Receive()) Which is: "corrupt" "ok"'
)
MODE = (
    "Private.TheModeIsTheOneAskedFor: private_cases.cc:40: Expected equality of these values: "
    'Mode(path) Which is: "0644" "0600"'
)


def one_thread(ident, rule, reason, kind="ring", **more):
    return bugs.Evidence(ident, kind, rule, one_thread=crashes.way(reason, ""), **more)


def racing(ident, rule, seen="", kind="ring", **more):
    way = crashes.way(seen, "") if seen else ""
    return bugs.Evidence(ident, kind, rule, one_thread=way, is_racing=True, **more)


def case(ident, rule, reason, kind="ring"):
    call, answer = bugs.seen_by_case(reason)
    return bugs.Evidence(ident, kind, rule, call=call, answer=answer, is_case=True)


def crash(ident, stack, kind="ring", in_transport=True, **more):
    return bugs.Evidence(ident, kind, "no-crash", stack=stack, in_transport=in_transport, **more)


class Joined(unittest.TestCase):
    def groups(self, *evidence):
        """As sets of ids; whatever the order in which they come."""
        found = [[one.ident for one in group] for group in bugs.joined(evidence)]
        turned = [[one.ident for one in group] for group in bugs.joined(evidence[::-1])]
        self.assertEqual(found, turned)
        return found

    def test_what_one_thread_shows_of_each(self):
        self.assertEqual(
            self.groups(
                racing("hang", "no-hang", FULL.replace("0 bytes", "135 bytes")),
                racing("late", "capacity", FULL),
                one_thread("full", "capacity", FULL),
                racing("killed", "survive-kill", FULL),
            ),
            [["full", "hang", "killed", "late"]],
        )

    def test_what_came_of_it_and_its_numbers_do_not_matter(self):
        later = SWAPPED.replace("4", "11").replace("actor 0", "actor 2") + "; the latter never came"
        self.assertEqual(
            self.groups(one_thread("a", "order", SWAPPED), one_thread("b", "no-loss", later)),
            [["a", "b"]],
        )

    def test_another_way_to_go_wrong_is_another_bug(self):
        self.assertEqual(
            self.groups(
                one_thread("full", "capacity", FULL),
                one_thread("swapped", "order", SWAPPED),
                racing("hang", "no-hang", SWAPPED),
                racing("other hang", "no-hang"),
            ),
            [["full"], ["swapped", "hang"], ["other hang"]],
        )

    def test_another_kind_is_another_bug(self):
        self.assertEqual(
            self.groups(one_thread("a", "order", SWAPPED), one_thread("b", "order", SWAPPED, "pipe")),
            [["a"], ["b"]],
        )

    def test_the_same_program(self):
        self.assertEqual(
            self.groups(
                racing("a", "no-loss", program="p0 send 1 now\n"),
                racing("b", "deadline", program="p0 send 1 now\n"),
                racing("c", "deadline", program="p0 send 2 now\n"),
                racing("d", "deadline"),
                racing("e", "no-loss"),
            ),
            [["d"], ["e"], ["a", "b"], ["c"]],
        )

    def test_the_same_program_of_which_one_thread_sees_something_else(self):
        self.assertEqual(
            self.groups(
                racing("a", "no-loss", FULL, program="p0 send 1 now\n"),
                racing("b", "deadline", SWAPPED, program="p0 send 1 now\n"),
            ),
            [["a"], ["b"]],
        )

    def test_a_case_that_came_to_a_standstill_at_the_same_call(self):
        self.assertEqual(
            self.groups(
                case("stuck", "no-leak", NO_ROOM.format("A", 32)),
                one_thread("full", "capacity", FULL),
                one_thread("swapped", "order", SWAPPED),
                case("mode", "private", MODE),
                case("elsewhere", "capacity", NO_ROOM.format("A", 32), kind="pipe"),
                case("torn", "capacity", CORRUPT.format("B", 1)),
            ),
            [["full", "stuck"], ["swapped", "torn"], ["elsewhere"], ["mode"]],
        )

    def test_a_case_that_waited_in_vain_for_the_other_side(self):
        nothing_came = CORRUPT.format("A", 1).replace("corrupt", "timed_out")
        self.assertEqual(
            self.groups(
                one_thread("swapped", "order", SWAPPED),
                one_thread("full", "capacity", FULL),
                case("nothing came", "deadline", nothing_came),
                case("torn", "capacity", CORRUPT.format("B", 1)),
            ),
            [["full", "nothing came"], ["swapped", "torn"]],
        )
        self.assertEqual(
            self.groups(
                one_thread("full", "capacity", FULL), case("torn", "capacity", CORRUPT.format("B", 1))
            ),
            [["full"], ["torn"]],
        )

    def test_what_a_case_says_of_plain_use_afterwards(self):
        said = (
            "SurviveKill.A: idle_death_cases.cc:73: Expected equality of these values: "
            'scene.GoesOn() Which is: "{}" ""'
        )
        for text, call, answer in [
            ("3 are accepted of 4", "send", "would_block"),
            ("5 are accepted of 4", "send", "accepted"),
            ("receive: corrupt: ring counts", "receive", "corrupt"),
            ("send: timed_out: futex: Connection timed out", "send", "timed_out"),
        ]:
            with self.subTest(text):
                self.assertEqual(bugs.seen_by_case(said.format(text)), (call, answer))
        other = bugs.seen_by_case(said.format("another message than the one just sent"))
        self.assertEqual(other[0], "")
        self.assertIn("another message", other[1])

    def test_another_expectation_of_a_rule_that_one_thread_breaks(self):
        counts = (
            "Capacity.Exactly: capacity_cases.cc:34: Expected equality of these values: "
            "Accepted(bench, capacity) Which is: 0 capacity Which is: 1 of 1"
        )
        self.assertEqual(
            self.groups(
                one_thread("full", "capacity", FULL),
                case("counts", "capacity", counts),
                case("mode", "private", MODE),
            ),
            [["full", "counts"], ["mode"]],
        )
        self.assertEqual(
            self.groups(racing("late", "capacity"), case("counts", "capacity", counts)),
            [["late"], ["counts"]],
        )

    def test_cases_never_join_two_bugs(self):
        self.assertEqual(
            self.groups(
                one_thread("full", "capacity", FULL),
                one_thread("no send at all", "close", "send failed with peer_closed"),
                case("stuck", "no-leak", NO_ROOM.format("A", 32)),
            ),
            [["full", "stuck"], ["no send at all"]],
        )

    def test_cases_of_one_rule_that_meet_the_same_answer(self):
        self.assertEqual(
            self.groups(
                case("a", "capacity", CORRUPT.format("A", 1)),
                case("b", "capacity", CORRUPT.format("B", 9)),
                case("c", "survive-kill", CORRUPT.format("C", 2)),
                case("d", "capacity", NO_ROOM.format("D", 3)),
                case("e", "private", MODE),
                case("f", "private", MODE.replace("TheMode", "UnderAnyUmaskTheMode")),
                case("g", "private", MODE.replace("Mode(path)", "Owner(path)")),
                case("h", "private", "Private.DiesOfIt: the process ended with SIGPIPE"),
                case("i", "private", "Private.DiesOfIt: the process ended with SIGPIPE"),
            ),
            [["a", "b"], ["c"], ["d"], ["e", "f"], ["g"], ["h"], ["i"]],
        )

    def test_functions_of_a_transport_are_the_same_bug_in_every_kind(self):
        self.assertEqual(
            self.groups(
                crash("a", "SEGV < Ring::Push < Send"),
                crash("b", "SEGV < Ring::Push < Send", kind="shm_file"),
                crash("c", "SEGV < Ring::Pop < Receive"),
                crash("d", "heap-use-after-free < Ring::Push < Send"),
            ),
            [["a", "b"], ["c"], ["d"]],
        )
        self.assertEqual(
            self.groups(
                crash("a", "SEGV < Runner::Play", in_transport=False),
                crash("b", "SEGV < Runner::Play", kind="shm_file", in_transport=False),
            ),
            [["a"], ["b"]],
        )

    def test_the_same_left_behind(self):
        left = crashes.left_behind("", "+1 descriptor 8: anon_inode:[eventfd]\n+1 name\n")
        said = crashes.left_behind("A.B: left behind: +1 descriptor 9: anon_inode:[eventfd]", "")
        other = crashes.left_behind("the program left behind: +1 shm name 'x'", "")
        self.assertEqual(
            self.groups(
                bugs.Evidence("a", "ring", "no-leak", left_behind=left),
                bugs.Evidence("b", "ring", "no-leak", left_behind=said, is_case=True),
                bugs.Evidence("c", "ring", "no-leak", left_behind=other, is_case=True),
            ),
            [["a", "b"], ["c"]],
        )


class OfNight(unittest.TestCase):
    def states(self, reported, *evidence):
        return {
            bug.ident: (bug.state, *bug.others) for bug in bugs.of_night(evidence, set(reported))
        }

    def test_new_known_and_gone(self):
        full = one_thread("full", "capacity", FULL)
        hang = racing("hang", "no-hang", FULL)
        self.assertEqual(self.states([], full, hang), {"full": ("new", "hang")})
        self.assertEqual(self.states(["full"], full, hang), {"full": ("known", "hang")})
        # What stood for the bug stays, and what is found of it later is nothing new.
        self.assertEqual(self.states(["hang"], full, hang), {"hang": ("known", "full")})
        gone = one_thread("full", "capacity", FULL, is_gone=True)
        self.assertEqual(self.states(["full"], gone), {"full": ("gone",)})
        self.assertEqual(self.states([], gone), {})

    def test_what_still_fails_when_its_bug_is_gone_is_new(self):
        gone = one_thread("full", "capacity", FULL, is_gone=True)
        self.assertEqual(
            self.states(
                ["full"], gone, racing("hang", "no-hang"), case("a", "no-leak", NO_ROOM.format("A", 1))
            ),
            {"full": ("gone",), "hang": ("new",), "a": ("new",)},
        )

    def test_what_could_not_be_played_again_is_nothing_new(self):
        gone = one_thread("full", "capacity", FULL, is_gone=True)
        hang, other = racing("hang", "no-hang"), racing("other", "no-loss")
        found = bugs.of_night([gone, hang, other], {"full"}, {"hang"})
        self.assertEqual({bug.ident: bug.state for bug in found}, {"full": "gone", "other": "new"})
        # Nor does it keep the bug alive of which it was taken for a part.
        part = racing("hang", "no-hang", FULL)
        self.assertEqual(bugs.of_night([gone, part], {"full"}, {"hang"}), [bugs.Bug("gone", "full")])
        self.assertEqual(
            bugs.of_night([gone, part], {"full"}), [bugs.Bug("known", "hang")]
        )
        [still] = bugs.of_night([hang], {"hang"}, {"hang"})
        self.assertEqual(still.state, "known")

    def test_what_fails_seldom_takes_nothing_with_it(self):
        gone = racing("a", "no-loss", program="p0 send 1 now\n", is_gone=True)
        still = racing("b", "deadline", program="p0 send 1 now\n")
        self.assertEqual(self.states(["a"], gone, still), {"b": ("known",)})


if __name__ == "__main__":
    unittest.main()
