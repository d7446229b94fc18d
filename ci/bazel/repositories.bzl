"""External repositories, all taken from packages that the distribution installed."""

_MOCK_REPOS = "/usr/src/bazel-bootstrap/mock_repos/"

def offline_defaults():
    """Declares the repositories that Bazel would otherwise download by default."""
    for name in [
        "bazel_skylib",
        "platforms",
        "remote_java_tools_linux",
        "rules_cc",
        "rules_java",
        "rules_pkg",
        "rules_proto",
    ]:
        native.local_repository(name = name, path = _MOCK_REPOS + name)
    native.new_local_repository(
        name = "remote_coverage_tools",
        path = _MOCK_REPOS + "platforms",
        build_file_content = """
sh_binary(
    name = "coverage_report_generator",
    srcs = ["WORKSPACE"],
    visibility = ["//visibility:public"],
)
""",
    )

# repository name -> {target: linker options}. Names and targets are those of the Bazel
# Central Registry, so that BUILD files are the same under WORKSPACE and under MODULE.bazel.
# The headers are in /usr/include, where the compiler looks anyway.
_LIBRARIES = {
    "boost.interprocess": {"boost.interprocess": ["-lrt"]},
    "cli11": {"cli11": []},
    "cppzmq": {"cppzmq": ["-lzmq"]},
    "fmt": {"fmt": ["-lfmt"]},
    "google_benchmark": {
        "benchmark": ["-lbenchmark"],
        "benchmark_main": ["-lbenchmark_main", "-lbenchmark"],
    },
    "googletest": {
        "gtest": ["-lgmock", "-lgtest"],
        "gtest_main": ["-lgmock_main", "-lgmock", "-lgtest"],
    },
    "libzmq": {"libzmq": ["-lzmq"]},
    "nlohmann_json": {"json": []},
    "rapidcheck": {
        "rapidcheck": ["-lrapidcheck"],
        "rapidcheck_gtest": ["-lrapidcheck", "-lgtest"],
    },
}

def distribution_libraries():
    """Declares one repository for each library that the distribution's packages provide."""
    for repository, targets in _LIBRARIES.items():
        rules = ["load('@rules_cc//cc:defs.bzl', 'cc_library')"]
        for target, linkopts in targets.items():
            rules.append("cc_library(name = %r, linkopts = %r, visibility = ['//visibility:public'])" %
                         (target, linkopts))
        native.new_local_repository(
            name = repository,
            path = "/usr/share/doc",
            build_file_content = "\n".join(rules) + "\n",
        )
