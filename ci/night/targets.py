"""The fuzz targets of a configuration, as links in a folder, and how they are called."""

import dataclasses
import os
import pathlib

# What the sanitizers need to be told, as everywhere in the project (stress/jobs/
# sanitizer_environment.cc): a race that does not halt would lose the input that shows it.
ENVIRONMENT = {
    "ASAN_OPTIONS": "detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1:"
    "allocator_may_return_null=0",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1:die_after_fork=0",
}
SYMBOLIZER = "/usr/bin/llvm-symbolizer-19"
PROGRAM_FUZZ = "_program_fuzz"


def environment():
    """What is set already wins."""
    wanted = dict(ENVIRONMENT)
    if os.access(SYMBOLIZER, os.X_OK):
        for name in ("ASAN", "UBSAN", "TSAN"):
            wanted[f"{name}_SYMBOLIZER_PATH"] = SYMBOLIZER
    return {name: value for name, value in wanted.items() if name not in os.environ}


@dataclasses.dataclass(frozen=True)
class Target:
    name: str
    config: str
    binary: pathlib.Path  # the real path: a target finds its dictionary beside itself

    @property
    def key(self):
        return f"{self.name} {self.config}"

    @property
    def kind(self):
        """The kind whose programs it plays; empty where it has no program."""
        return self.name.removesuffix(PROGRAM_FUZZ) if self.name.endswith(PROGRAM_FUZZ) else ""

    @property
    def environment(self):
        return environment()

    def seed_folders(self):
        """The tree's seeds and regressions, among the files that Bazel puts beside the binary."""
        runfiles = self.binary.parent / f"{self.binary.name}.runfiles"
        found = set()
        for folder, _, names in os.walk(runfiles):
            parts = pathlib.PurePath(folder).relative_to(runfiles).parts
            if names and {"corpus", "regressions"} & set(parts):
                found.add(pathlib.Path(folder))
        return sorted(found)


def discover(folder, config):
    """All targets of a folder, in the order of their names."""
    paths = sorted(pathlib.Path(folder).glob("*_fuzz"))
    return [Target(path.name, config, path.resolve()) for path in paths]
