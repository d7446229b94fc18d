"""A night against the one before. Pure."""

NEW, KNOWN, GONE = "new", "known", "gone"


def states(before, hit, replayed):
    """What has become of each finding.

    before: the ids that the last finished night reported as new or known.
    hit: the ids that tonight's work found.
    replayed: id -> (failed, runs) of those that were played again on tonight's build.

    A finding is gone only if it was played again and did not fail; without a run it stays what it
    was.
    """
    result = {}
    for ident in sorted(set(before) | set(hit) | set(replayed)):
        failed, runs = replayed.get(ident, (0, 0))
        if ident not in hit and runs > 0 and failed == 0:
            result[ident] = GONE
        else:
            result[ident] = KNOWN if ident in before else NEW
    return result


def exit_status(found, fail_on):
    """1 if there is what `fail_on` ("new" or "any") names."""
    bad = {NEW} if fail_on == "new" else {NEW, KNOWN}
    return 1 if bad & set(found) else 0
