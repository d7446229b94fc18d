"""Planted bugs: real transports with one small, real bug, and a test that it is found."""

load("@rules_cc//cc:defs.bzl", "cc_binary", "cc_library")
load("//ci/bazel:hammered_kinds.bzl", "hammered_kinds")

# What looks for the bug: what the finder's binary is made of.
_FINDERS = {
    "framing_fuzz": struct(
        srcs = ["//fuzz:framing_fuzz.cc"],
        linkopts = ["-fsanitize=fuzzer"],
        corpus = ["//fuzz:framing_corpus"],
        deps = [
            "//fuzz:require",
            "//transports/framing:frame_encoder",
            "//transports/framing:framed",
        ],
    ),
    "hammer": struct(
        srcs = [],
        linkopts = [],
        corpus = [],
        deps = ["//stress/cli:main"],
    ),
    "hostile_shm_fuzz": struct(
        srcs = ["//fuzz:hostile_shm_fuzz.cc"],
        linkopts = ["-fsanitize=fuzzer"],
        corpus = ["//fuzz:hostile_shm_corpus"],
        deps = [
            "//fuzz:fuzz_target",
            "//fuzz:require",
        ],
    ),
}

def planted_bug(name, source, library, rule, kind, headers, deps, finder = "hammer", arguments = [], seconds = 4):
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
      finder: "hammer" (programs, stress and cases), or the name of a fuzz target.
      arguments: more words for the hammer (--case where only cases can show the bug); for a fuzz
        target, the text that its report must hold.
      seconds: of one run of the hammer; a hang is told after ten.

    Makes <name>_test.
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
    _finder_test(name, name + "_kinds", rule, finder, arguments, seconds)

def canary(name, kind, headers, deps):
    """Makes <name>_test: the same work on the kind as it is, which has to find nothing."""
    hammered_kinds(name = name + "_kinds", headers = headers, kind = kind, deps = deps)
    _finder_test(name, name + "_kinds", "none", "hammer", [], 4)

def _finder_test(name, kinds, rule, finder, arguments, seconds):
    binary = name + "_" + finder
    made_of = _FINDERS[finder]
    cc_binary(
        name = binary,
        testonly = True,
        srcs = made_of.srcs,
        linkopts = made_of.linkopts,
        tags = ["not_tsan"],
        deps = [":" + kinds] + made_of.deps,
    )
    corpus = ["$(locations %s)" % label for label in made_of.corpus]
    native.sh_test(
        name = name + "_test",
        size = "medium",
        srcs = ["find_bug.sh"],
        args = ["$(location :%s)" % binary, finder, rule, str(seconds)] +
               ["'%s'" % argument for argument in arguments] + corpus,
        data = [":" + binary] + made_of.corpus,
        # What has to be found breaks a rule; it is no race between threads, and once is enough.
        tags = ["not_tsan"],
    )
