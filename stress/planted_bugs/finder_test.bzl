"""A test that passes only when a finder names the rule that a kind breaks."""

load("@rules_cc//cc:defs.bzl", "cc_binary")

# What looks for the bug: what the finder's binary is made of.
_FINDERS = {
    "framing_fuzz": struct(
        srcs = ["//fuzz:framing_fuzz.cc"],
        linkopts = ["-fsanitize=fuzzer"],
        corpus = ["//fuzz:framing_corpus"],
        deps = [
            "//fuzz:fuzz_target",
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

def finder_test(name, kinds, rule, finder = "hammer", arguments = [], seconds = 4, found = True):
    """Makes <name>_test, where it is found, and the finder's binary <name>_<finder>.

    Args:
      name: of the bug.
      kinds: label of the library that defines HammeredKinds().
      rule: that the finding must name; "none": nothing may be found.
      finder: "hammer" (programs, stress and cases), or the name of a fuzz target.
      arguments: more words for the hammer (--case where only cases can show the bug); for a fuzz
        target, the text that its report must hold.
      seconds: of one run of the hammer; a hang is told after ten.
      found: False where no finder finds it; then there is no test to pass.
    """
    binary = name + "_" + finder
    made_of = _FINDERS[finder]
    cc_binary(
        name = binary,
        testonly = True,
        srcs = made_of.srcs,
        linkopts = made_of.linkopts,
        tags = ["not_tsan"],
        visibility = ["//stress:__subpackages__"],
        deps = [kinds] + made_of.deps,
    )
    if not found:
        return
    corpus = ["$(locations %s)" % label for label in made_of.corpus]
    native.sh_test(
        name = name + "_test",
        size = "medium",
        srcs = ["//stress/planted_bugs:find_bug.sh"],
        args = ["$(location :%s)" % binary, finder, rule, str(seconds)] +
               ["'%s'" % argument for argument in arguments] + corpus,
        data = [":" + binary] + made_of.corpus,
        # What has to be found breaks a rule; it is no race between threads, and once is enough.
        tags = ["not_tsan"],
    )
