"""Which findings are one bug. Pure.

A finding is one way to see a bug, and one bug may break several rules in several modes. Findings
are taken for one

  - whose reports, of whatever kind, end in the same error in the same functions of a transport;
  - whose programs go wrong in the same way when one thread plays them: where nothing races, a
    program shows what it shows each time, and a race or a hang that it shows besides cannot be told
    from that;
  - whose programs are the same, once they are made simple, and nothing goes wrong in one thread;
  - that leave the same behind;
  - that are cases of the same rule and saw the same instead of what they expected.

A case whose plain call failed has not come to its point: it is put to the bug of its kind that one
thread shows at that call, or that makes calls wait in vain as it did; and one that expected
something else, to the bug that breaks its rule in one thread. What is taken for a part of a
bug that is gone, and fails still, is a bug of its own from then on.
"""

import dataclasses
import re

from night import compare

# "Close.Twice: close_cases.cc:7: Expected ...": which case, and where.
PLACE_OF_CASE = re.compile(r"^\S+: \w+\.cc:\d+: ")
IN_VAIN = re.compile(r"\b(?:would_block|timed_out)\b")
# `Said(bench.Send(Soon())) Which is: "timed_out" "ok"`: what a case says of a call that had to
# work.
PLAIN_CALL = re.compile(r'Said\((?:\w+(?:\.|->))*(\w+)\(.*\) Which is: "(\w+)" "ok"')

# What a case says of plain use after something special (properties/conformance/scene.h, GoesOn).
GOES_ON = re.compile(r'GoesOn\(\) Which is: "(?:(send|receive): (\w+)|(\d+) are accepted of (\d+))')


@dataclasses.dataclass(frozen=True)
class Evidence:
    """What is known of a finding."""

    ident: str
    subject: str  # its kind, or its target
    rule: str
    is_gone: bool = False  # it was played again and did not fail
    stack: str = ""  # the error and the functions in which its report ends
    in_transport: bool = False  # the innermost of them is a transport's
    one_thread: str = ""  # what goes wrong when one thread plays it; empty: nothing, or not known
    program: str = ""  # its text, without the seed; empty where it has none
    call: str = ""  # of a case: the plain call that failed
    answer: str = ""  # what it said, or which other expectation failed
    left_behind: str = ""
    is_case: bool = False
    is_racing: bool = False

    def rank(self):
        """What is easiest to understand stands for the bug."""
        return self.is_gone, self.is_case, self.is_racing, len(self.program), self.ident

    def links(self):
        """Two findings that share one of these are one bug."""
        if self.stack and self.in_transport:
            yield "stack", self.stack
        elif self.stack:
            yield "stack", self.subject, self.stack
        if self.one_thread:
            yield "one thread", self.subject, self.one_thread
        elif self.program:
            yield "program", self.subject, self.program
        if self.left_behind:
            yield "left behind", self.subject, self.left_behind
        if self.is_case and self.answer:
            yield "case", self.subject, self.rule, self.call, self.answer


def seen_by_case(reason):
    """The plain call that a case wanted to work, and what it said; or an empty text and whatever
    else the case expected and saw."""
    if found := PLAIN_CALL.search(reason):
        return found[1].lower(), found[2]
    if found := GOES_ON.search(reason):
        if found[1]:
            return found[1], found[2]
        # The one after the last that was accepted would have had to wait.
        return "send", "would_block" if int(found[3]) < int(found[4]) else "accepted"
    expectation = PLACE_OF_CASE.sub("", reason)
    return "", re.sub(r"\d+", "N", expectation) if expectation != reason else ""


def call_in(one_thread):
    """At which call one thread sees it; empty where that is neither of the two."""
    if one_thread.startswith("send"):
        return "send"
    return "receive" if re.search(r"\breceived?\b|\bpayload\b", one_thread) else ""


def joined(evidence):
    """The bugs: lists of Evidence, in each the one that stands for it first."""
    groups = []
    for one in sorted(evidence, key=Evidence.rank):
        mine = [group for group in groups if _share_link(group, one)]
        merged = [member for group in mine for member in group] + [one]
        groups = [group for group in groups if group not in mine] + [merged]
    for group in groups:
        group.sort(key=Evidence.rank)
    return _with_cases(sorted(groups, key=lambda group: group[0].rank()))


def _share_link(group, one):
    links = set(one.links())
    return any(not links.isdisjoint(member.links()) for member in group)


def _with_cases(groups):
    """A group of cases goes to one other group, never between two of them."""
    bugs = [group for group in groups if not all(one.is_case for one in group)]
    for cases in (group for group in groups if group not in bugs):
        # The first of them; bugs that make calls wait come before those at the same call.
        ways = (_waits_too, _is_at_the_call, _breaks_their_rule)
        explained = [bug for shows in ways for bug in bugs if shows(bug, cases)]
        if explained:
            explained[0].extend(cases)
        else:
            bugs.append(cases)
    return bugs


def _shown(bug, cases):
    """What one thread shows of a bug that is there, in the kind of these cases."""
    kind = cases[0].subject
    there = (one for one in bug if one.subject == kind and not one.is_case and not one.is_gone)
    return [one.one_thread for one in there if one.one_thread]


def _waits_too(bug, cases):
    """Who waits in vain, waits for the other side: which of the calls it is says nothing."""
    waited = all(case.call and IN_VAIN.search(case.answer) for case in cases)
    return waited and any(IN_VAIN.search(way) for way in _shown(bug, cases))


def _is_at_the_call(bug, cases):
    calls = {call_in(way) for way in _shown(bug, cases)}
    return all(case.call and case.call in calls for case in cases)


def _breaks_their_rule(bug, cases):
    """What no call tells: another expectation of a rule that one thread breaks already."""
    rules = {one.rule for one in bug if one.one_thread and not one.is_racing and not one.is_gone}
    return bool(_shown(bug, cases)) and all(
        case.answer and not case.call and case.rule in rules for case in cases
    )


@dataclasses.dataclass(frozen=True)
class Bug:
    """What a night reports as one."""

    state: str  # as of compare
    ident: str  # of the finding that stands for it
    others: tuple = ()  # the other findings of it that still fail


def of_night(evidence, reported, unplayed=()):
    """The bugs of a night, given those that the night before reported: ids of what stood for them.

    unplayed: ids of what nobody met tonight, and what could not be played again. Of them alone
    nothing new is made.
    """
    bugs = []
    for group in joined(evidence):
        there = [one.ident for one in group if not one.is_gone]
        known = [one.ident for one in group if one.ident in reported]
        gone = [ident for ident in known if ident not in there]
        if not set(there) - set(unplayed) and (gone or not known):
            # Whether the rest is gone as well is not known.
            bugs += [Bug(compare.GONE, ident) for ident in gone[:1]]
            continue
        # Who stood for it stays.
        there.sort(key=lambda ident: ident not in known)
        bugs.append(Bug(compare.KNOWN if known else compare.NEW, there[0], tuple(there[1:])))
    return sorted(bugs, key=lambda bug: bug.ident)
