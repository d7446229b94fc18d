import unittest

from night import schedule


def play(units, growth, slices, seconds=10):
    """Seconds that each unit was given; growth is a function of name and turn."""
    plan = schedule.Schedule(units)
    given = dict.fromkeys(units, 0)
    for turn in range(slices):
        name = plan.take()
        given[name] += seconds
        plan.give_back(name, seconds, growth(name, turn))
    return given


class Fairness(unittest.TestCase):
    def test_without_growth_all_have_the_same(self):
        given = play(["a", "b", "c"], lambda name, turn: 0, 30)
        self.assertEqual(given, {"a": 100, "b": 100, "c": 100})

    def test_everybody_runs_before_anybody_runs_again(self):
        plan = schedule.Schedule(["a", "b", "c"])
        order = []
        for _ in range(3):
            name = plan.take()
            order.append(name)
            plan.give_back(name, 10, 1000 if name == "a" else 0)
        self.assertEqual(order, ["a", "b", "c"])

    def test_what_grows_gets_more(self):
        given = play(["grows", "still", "silent"], lambda name, turn: 50 * (name == "grows"), 300)
        self.assertGreater(given["grows"], 1.8 * given["still"])

    def test_nobody_is_starved_by_one_that_grows_for_ever(self):
        names = [f"t{i}" for i in range(10)]
        given = play(names, lambda name, turn: 10_000 * (name == "t0"), 1000)
        # The floor: half of the time, spread evenly.
        for name in names:
            self.assertGreaterEqual(given[name], 0.9 * schedule.FLOOR * 10_000 / len(names))

    def test_growth_that_has_ended_is_forgotten(self):
        names = ["early", "late"]
        plan = schedule.Schedule(names)
        given = dict.fromkeys(names, 0)
        for turn in range(400):
            name = plan.take()
            if turn >= 200:
                given[name] += 10
            grows = "early" if turn < 100 else "late"
            plan.give_back(name, 10, 100 * (name == grows))
        self.assertGreater(given["late"], 2 * given["early"])

    def test_credit_is_only_moved(self):
        plan = schedule.Schedule(["a", "b", "c"])
        for turn in range(50):
            name = plan.take()
            plan.give_back(name, 3 + turn % 5, turn % 7)
        self.assertAlmostEqual(sum(plan._credit.values()), 0, places=6)

    def test_the_same_growth_gives_the_same_order(self):
        def order():
            plan = schedule.Schedule(["a", "b", "c", "d"])
            names = []
            for turn in range(40):
                names.append(plan.take())
                plan.give_back(names[-1], 10, len(names[-1]) * turn % 3)
            return names

        self.assertEqual(order(), order())


class SideBySide(unittest.TestCase):
    def test_what_runs_is_not_taken_twice(self):
        plan = schedule.Schedule(["a", "b"])
        self.assertEqual({plan.take(), plan.take()}, {"a", "b"})
        self.assertIsNone(plan.take())

    def test_what_was_dropped_is_not_taken_again(self):
        plan = schedule.Schedule(["a", "b"])
        plan.drop(plan.take())
        self.assertEqual(plan.take(), "b")
        plan.give_back("b", 10, 5)
        self.assertEqual(plan.take(), "b")
        self.assertEqual(plan.shares(), {"b": 1})

    def test_nothing_left(self):
        plan = schedule.Schedule(["a"])
        plan.drop(plan.take())
        self.assertIsNone(plan.take())


class Missed(unittest.TestCase):
    def test_nights_in_a_row_up_to_the_last(self):
        past = [["a", "b", "c"], ["b"], ["a", "b"]]
        counts = [schedule.nights_missed(past, name) for name in "abcd"]
        self.assertEqual(counts, [1, 3, 0, 0])
        self.assertEqual(schedule.nights_missed([], "a"), 0)


class Slices(unittest.TestCase):
    def test_two_turns_for_each_within_the_limits(self):
        self.assertEqual(schedule.slice_seconds(1600, 80, 5, 60), 10)
        self.assertEqual(schedule.slice_seconds(100, 80, 5, 60), 5)
        self.assertEqual(schedule.slice_seconds(100_000, 80, 5, 60), 60)
        self.assertEqual(schedule.slice_seconds(100, 0, 5, 60), 50)


class Pruning(unittest.TestCase):
    def test_who_has_the_most_new_inputs_is_first(self):
        sizes = {"never": 30, "large": 900, "grown": 500, "as it was": 70, "smaller": 5, "empty": 0}
        pruned = {"large": 890, "grown": 440, "as it was": 70, "smaller": 7}
        self.assertEqual(
            schedule.most_to_prune(sizes, pruned), ["grown", "never", "large", "smaller"]
        )


if __name__ == "__main__":
    unittest.main()
