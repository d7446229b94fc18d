"""One macro gives a transport kind the whole battery, the project's own kinds and anybody else's."""

load("@rules_cc//cc:defs.bzl", "cc_binary", "cc_library", "cc_test")
load("//fuzz:fuzz_test.bzl", "ipc_hammer_fuzz_test")

_HAMMERED_KINDS = """
#include "properties/hammered_kinds.h"
{includes}

namespace ipc_hammer {{

const std::vector<TransportKind>& HammeredKinds() {{
  static const std::vector<TransportKind> kinds = {{{kind}}};
  return kinds;
}}

}}  // namespace ipc_hammer
"""

def ipc_hammer_battery(name, kind, headers, deps, visibility = None):
    """Makes every test, fuzz target and tool that hammers one kind.

    Args:
      name: prefix of the targets, by custom the kind's name.
      kind: C++ expression of type ipc_hammer::TransportKind, as seen from namespace ipc_hammer.
      headers: the headers that declare what the expression uses.
      deps: the libraries of those headers.
      visibility: of the targets.

    Makes:
      <name>_test: conformance cases, RapidCheck properties and stress runs, by the kind's traits.
      <name>_program_fuzz: replays the seed programs under `bazel test`, fuzzes with --config=fuzz.
      <name>_hammer: the command `hammer` for this kind alone (run, replay, show ...).
    """
    includes = "\n".join(['#include "%s"' % header for header in headers])
    native.genrule(
        name = name + "_hammered_kinds_cc",
        outs = [name + "_hammered_kinds.cc"],
        cmd = "cat > $@ <<'END'" + _HAMMERED_KINDS.format(includes = includes, kind = kind) + "END\n",
    )
    cc_library(
        name = name + "_hammered_kinds",
        srcs = [name + "_hammered_kinds.cc"],
        alwayslink = True,
        deps = deps + [str(Label("//properties:hammered_kinds"))],
    )
    cc_test(
        name = name + "_test",
        size = "medium",
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
        visibility = visibility,
        deps = [
            ":" + name + "_hammered_kinds",
            str(Label("//fuzz:program_fuzz_main")),
        ],
    )
    cc_binary(
        name = name + "_hammer",
        testonly = True,
        visibility = visibility,
        deps = [
            ":" + name + "_hammered_kinds",
            str(Label("//stress/cli:main")),
        ],
    )
