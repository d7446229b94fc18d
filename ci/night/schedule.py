"""Who runs next: time is shared by what still makes progress, and nobody is starved.

Pure: no clock, no randomness. Each unit earns credit while others run and pays for what it is
given; the one with the most credit is next. What it earns is its share: half of all time is spread
evenly, which is everybody's floor, and the other half by how fast each unit's coverage grew lately.
Units without growth share by the floor alone.
"""

FLOOR = 0.5
# How much of the old growth counts beside the newest slice's.
MEMORY = 0.5


class Schedule:
    """REQUIRES: names are unique. Their order decides where all have the same credit."""

    def __init__(self, names):
        self._credit = dict.fromkeys(names, 0.0)
        self._growth = dict.fromkeys(names, 0.0)
        self._running = set()
        self._begun = set()

    def take(self):
        """The next unit's name, or None if all are running or dropped."""
        free = [name for name in self._credit if name not in self._running]
        if not free:
            return None
        # Who has had nothing yet goes first: what it can gain is not known.
        name = max(free, key=lambda name: (name not in self._begun, self._credit[name]))
        self._running.add(name)
        self._begun.add(name)
        return name

    def give_back(self, name, seconds, gained):
        """A slice of that many seconds is over; `gained` counts what it reached first."""
        self._running.discard(name)
        if name not in self._credit or seconds <= 0:
            return
        self._growth[name] = MEMORY * self._growth[name] + (1 - MEMORY) * gained / seconds
        for other, share in self.shares().items():
            self._credit[other] += share * seconds
        self._credit[name] -= seconds

    def drop(self, name):
        """It cannot run: it is not asked again, and its time is the others'."""
        self._running.discard(name)
        self._credit.pop(name, None)
        self._growth.pop(name, None)

    def shares(self):
        """Each unit's part of the time to come; their sum is 1."""
        count = len(self._credit)
        total = sum(self._growth.values())
        if total == 0:
            return {name: 1 / count for name in self._credit}
        return {
            name: FLOOR / count + (1 - FLOOR) * growth / total
            for name, growth in self._growth.items()
        }


def nights_missed(past, name):
    """How many nights in a row, up to the last, the name had no time. `past` holds the names that
    had none, for each night, the oldest first."""
    count = 0
    for missed in reversed(past):
        if name not in missed:
            break
        count += 1
    return count


def most_to_prune(sizes, pruned):
    """The names of the corpora that a merge may make smaller, who has the most new inputs first.
    sizes: name -> inputs; pruned: name -> inputs that its last merge left, where there was one."""
    new = {name: abs(size - pruned.get(name, 0)) for name, size in sizes.items()}
    return sorted((name for name in new if new[name]), key=lambda name: (-new[name], name))


def slice_seconds(budget_seconds, units, shortest, longest):
    """So that each of the units has two turns at least, within the two limits."""
    return min(longest, max(shortest, budget_seconds / (2 * max(1, units))))
