"""Known defects of libraries: each has to be found as long as the library has it."""

load("//ci/bazel:hammered_kinds.bzl", "hammered_kinds")
load("//stress/planted_bugs:finder_test.bzl", "finder_test")

def expected_finding(name, thread, rule, kind, headers, deps, arguments = [], seconds = 4):
    """Makes <name>_test, which fails when the finding no longer appears.

    Then the library is mended: take the finding out, and let the kind declare what it keeps now.

    Args:
      name: of the finding.
      thread: where the library's maintainers discuss the defect.
      rule: that the finding must name.
      kind: C++ expression of the kind, with what it claims.
      headers: that the expression needs.
      deps: libraries of those headers.
      arguments: more words for the hammer.
      seconds: of one run of the hammer.
    """
    if not thread.startswith("https://"):
        fail("expected_finding %s: no thread says that it is one" % name)
    hammered_kinds(
        name = name + "_kinds",
        headers = headers + ["stress/expected_findings/claims.h"],
        kind = kind,
        tags = ["not_tsan"],
        deps = deps + [":claims"],
    )
    finder_test(name, ":" + name + "_kinds", rule, arguments = arguments, seconds = seconds)
