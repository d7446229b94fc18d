"""The definition of HammeredKinds() for a binary that hammers one kind."""

load("@rules_cc//cc:defs.bzl", "cc_library")

_SOURCE = """\
#include "properties/findings/finding.h"
#include "properties/hammered_kinds.h"
{includes}

namespace ipc_hammer {{
{replay}
const std::vector<TransportKind>& HammeredKinds() {{
  static const std::vector<TransportKind> kinds = {{{kind}}};
  return kinds;
}}

}}  // namespace ipc_hammer
"""

_REPLAY = """
[[maybe_unused]] static const bool replay_is_said = ReplayWith("%s");
"""

def _source_impl(ctx):
    ctx.actions.write(ctx.outputs.out, _SOURCE.format(
        includes = "\n".join(["#include \"%s\"" % header for header in ctx.attr.headers]),
        kind = ctx.attr.kind,
        replay = _REPLAY % ctx.attr.replay if ctx.attr.replay else "",
    ))

_source = rule(
    implementation = _source_impl,
    attrs = {
        "headers": attr.string_list(),
        "kind": attr.string(),
        "out": attr.output(),
        "replay": attr.string(),
    },
)

def hammered_kinds(name, kind, headers, deps, tags = [], replay = ""):
    """Makes a library that defines HammeredKinds() as one kind.

    Args:
      name: of the library.
      kind: C++ expression of type ipc_hammer::TransportKind, as seen from namespace ipc_hammer.
      headers: the headers that declare what the expression uses.
      deps: the libraries of those headers.
      tags: as of any rule.
      replay: the command that replays a finding of the kind; "" for ci/repro.
    """
    _source(
        name = name + "_cc",
        out = name + ".cc",
        headers = headers,
        kind = kind,
        replay = replay,
        testonly = True,
    )
    cc_library(
        name = name,
        testonly = True,
        srcs = [name + ".cc"],
        alwayslink = True,
        tags = tags,
        deps = deps + [
            str(Label("//properties:hammered_kinds")),
            str(Label("//properties/findings:finding")),
        ],
    )
