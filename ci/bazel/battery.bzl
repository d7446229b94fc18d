"""One macro gives a transport kind the whole battery, the project's own kinds and anybody else's."""

load("@rules_cc//cc:defs.bzl", "cc_binary", "cc_test")
load("//ci/bazel:hammered_kinds.bzl", "hammered_kinds")
load("//fuzz:fuzz_test.bzl", "ipc_hammer_fuzz_test")

# ci/repro knows the kinds of its own workspace only.
_IS_ELSEWHERE = Label("//ci:BUILD").workspace_name != ""

def ipc_hammer_battery(name, kind, headers, deps, tags = [], visibility = None):
    """Makes every test, fuzz target and tool that hammers one kind.

    Args:
      name: prefix of the targets, by custom the kind's name.
      kind: C++ expression of type ipc_hammer::TransportKind, as seen from namespace ipc_hammer.
      headers: the headers that declare what the expression uses.
      deps: the libraries of those headers.
      tags: of every target.
      visibility: of the targets.

    Makes:
      <name>_test: conformance cases, RapidCheck properties and stress runs, by the kind's traits.
      <name>_program_fuzz: replays the seed programs under `bazel test`, fuzzes with --config=fuzz.
      <name>_hammer: the command `hammer` for this kind alone (run, replay, show ...).
    """
    hammered_kinds(
        name = name + "_hammered_kinds",
        headers = headers,
        kind = kind,
        tags = tags,
        replay = "bazel run --config=asan //%s:%s_hammer -- replay" % (native.package_name(), name) if _IS_ELSEWHERE else "",
        deps = deps,
    )
    cc_test(
        name = name + "_test",
        size = "medium",
        # Its own sandbox does more: as root it has a second user in it, whom Bazel's would take away.
        tags = tags + ["no-sandbox"],
        visibility = visibility,
        deps = [
            ":" + name + "_hammered_kinds",
            str(Label("//properties/battery:property_tests")),
            str(Label("//properties/conformance:conformance_tests")),
            str(Label("//stress/battery:stress_tests")),
        ],
    )
    ipc_hammer_fuzz_test(
        name = name + "_program_fuzz",
        corpus = [str(Label("//fuzz:program_corpus"))],
        regressions = [str(Label("//fuzz:program_regressions"))],
        tags = tags,
        visibility = visibility,
        deps = [
            ":" + name + "_hammered_kinds",
            str(Label("//fuzz:program_fuzz_main")),
        ],
    )
    cc_binary(
        name = name + "_hammer",
        testonly = True,
        # A tool for one kind is built when it is wanted, not with all that is tested.
        tags = tags + ["manual"],
        visibility = visibility,
        deps = [
            ":" + name + "_hammered_kinds",
            str(Label("//stress/cli:main")),
        ],
    )
