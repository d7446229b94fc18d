"""Planted bugs: real transports with one small, real bug, and a test that it is found."""

load("@rules_cc//cc:defs.bzl", "cc_binary", "cc_library")
load("//ci/bazel:hammered_kinds.bzl", "hammered_kinds")
load("//fuzz:fuzz_test.bzl", "ipc_hammer_fuzz_test")
load(":finder_test.bzl", "finder_test")

def planted_bug(name, source, library, rule, kind, headers, deps, finder = "hammer", arguments = [], seconds = 4, found = True):
    """Plants patches/<name>.patch and tests that the rule it breaks is named.

    The patched copy of the source is linked whole and first, so that every symbol of the original
    is defined already when the linker comes to the original's library, and that is left out.

    Args:
      name: of the bug and of its patch.
      source: label of the .cc file that the patch changes.
      library: label of the library that the source belongs to.
      rule: that the finding must name.
      kind: C++ expression of the kind to hammer.
      headers: that the expression needs.
      deps: libraries of those headers.
      finder, arguments, seconds, found: as of finder_test.

    Makes <name>_test, where it is found; and for ci/planted_bugs <name>_hammer, and
    <name>_planted_fuzz, which fuzzes programs, if the finder is no other fuzz target.
    """
    native.genrule(
        name = name + "_source",
        srcs = [source, "patches/" + name + ".patch"],
        outs = [name + ".cc"],
        cmd = ("cp -L $(location %s) $@ && chmod u+w $@ && " +
               "patch --quiet --fuzz=0 $@ $(location patches/%s.patch)") % (source, name),
    )
    cc_library(
        name = name,
        testonly = True,
        srcs = [name + ".cc"],
        alwayslink = True,
        tags = ["not_tsan"],
        deps = [library],
    )
    hammered_kinds(
        name = name + "_kinds",
        headers = headers,
        kind = kind,
        tags = ["not_tsan"],
        deps = [":" + name] + deps,
    )
    finder_test(name, ":" + name + "_kinds", rule, finder, arguments, seconds, found)
    if finder == "hammer":
        ipc_hammer_fuzz_test(
            name = name + "_planted_fuzz",
            corpus = ["//fuzz:program_corpus"],
            tags = ["manual", "not_tsan"],
            deps = [":" + name + "_kinds", "//fuzz:program_fuzz_main"],
        )
    else:
        cc_binary(
            name = name + "_hammer",
            testonly = True,
            tags = ["manual", "not_tsan"],
            deps = [":" + name + "_kinds", "//stress/cli:main"],
        )

def canary(name, kind, headers, deps):
    """Makes <name>_test: the same work on the kind as it is, which has to find nothing."""
    hammered_kinds(name = name + "_kinds", headers = headers, kind = kind, deps = deps)
    finder_test(name, ":" + name + "_kinds", "none")
