"""Programs that once failed, as tests."""

# As often as ci/repro tries by default; one thread does the same each time.
_RUNS = {
    "relatives": 20,
    "sequential": 1,
    "strangers": 20,
    "threads": 20,
}

def regressions(programs):
    """Makes one test for each program: no run of it breaks a rule.

    Args:
      programs: paths <mode>/<name>.txt below this package; the kind is in the program.

    Makes <name>_<mode>_test each.
    """
    for program in programs:
        mode, file = program.split("/")
        native.sh_test(
            name = "%s_%s_test" % (file[:-len(".txt")], mode),
            size = "medium",
            srcs = ["replay.sh"],
            args = [
                "$(rootpath //stress:hammer)",
                "$(rootpath %s)" % program,
                mode,
                str(_RUNS[mode]),
            ],
            data = [
                program,
                "//stress:hammer",
            ],
            # Its own sandbox does more.
            tags = ["no-sandbox"],
        )
