"""Fuzz targets: tests that replay, runs that fuzz."""

load("@rules_cc//cc:defs.bzl", "cc_test")

_INITIALIZE = """\
#include "fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv);
extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {{
  static constexpr const char* kCorpus[] = {{{corpus}nullptr}};
  static constexpr const char* kRegressions[] = {{{regressions}nullptr}};
  const ipc_hammer::FuzzTarget target = {{
      .name = "{name}",
      .corpus = std::span(kCorpus).first(std::size(kCorpus) - 1),
      .regressions = std::span(kRegressions).first(std::size(kRegressions) - 1),
      .dictionary = "{dictionary}",
      .input_bytes_max = {input_bytes_max}}};
  return ipc_hammer::EnterFuzzTarget(target, argc, argv);
}}
"""

def _quoted(files):
    return "".join(['"%s", ' % path for path in sorted([f.short_path for f in files])])

def _initialize_impl(ctx):
    ctx.actions.write(ctx.outputs.out, _INITIALIZE.format(
        name = ctx.attr.target,
        corpus = _quoted(ctx.files.corpus),
        regressions = _quoted(ctx.files.regressions),
        dictionary = ctx.file.dictionary.short_path if ctx.file.dictionary else "",
        input_bytes_max = ctx.attr.input_bytes_max,
    ))

_initialize = rule(
    implementation = _initialize_impl,
    attrs = {
        "corpus": attr.label_list(allow_files = True),
        "dictionary": attr.label(allow_single_file = True),
        "input_bytes_max": attr.int(),
        "out": attr.output(),
        "regressions": attr.label_list(allow_files = True),
        "target": attr.string(),
    },
)

def ipc_hammer_fuzz_test(
        name,
        deps,
        srcs = [],
        corpus = [],
        regressions = [],
        dictionary = None,
        input_bytes_max = 4096,
        size = "medium",
        tags = [],
        visibility = None):
    """Makes one libFuzzer target.

    `bazel test` replays the corpus and the regressions, each input once. `bazel run
    --config=fuzz <name> -- <libFuzzer's flags>` fuzzes. Both work in every configuration; without
    --config=fuzz there is no coverage to guide the fuzzer.

    Args:
      name: of the target, by custom `<what is fuzzed>_fuzz`.
      deps: libraries; they, or srcs, define LLVMFuzzerTestOneInput.
      srcs: sources.
      corpus: labels of the seed inputs.
      regressions: labels of inputs that once failed.
      dictionary: label of a libFuzzer dictionary.
      input_bytes_max: longer inputs are not tried.
      size: as of any test.
      tags: as of any test.
      visibility: of the target.
    """
    _initialize(
        name = name + "_initialize",
        out = name + "_initialize.cc",
        target = name,
        corpus = corpus,
        regressions = regressions,
        dictionary = dictionary,
        input_bytes_max = input_bytes_max,
        testonly = True,
    )
    cc_test(
        name = name,
        size = size,
        srcs = srcs + [name + "_initialize.cc"],
        data = corpus + regressions + ([dictionary] if dictionary else []),
        linkopts = select({
            str(Label("//fuzz:engine_is_given")): [],
            "//conditions:default": ["-fsanitize=fuzzer"],
        }),
        linkstatic = True,
        tags = tags,
        visibility = visibility,
        deps = deps + [str(Label("//fuzz:fuzz_target"))],
    )
