"""Replays corpora on fuzz targets that were built with --config=coverage, and sums up what they came
to in transports/. See ci/coverage.

usage: coverage_of_targets.py --root ROOT --corpora FOLDER --out FILE BINARY...
"""

import argparse
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from report_pages.command import Refusal, conclude
from report_pages.files import write_whole

PROFDATA, COV = "llvm-profdata-19", "llvm-cov-19"
FOLDER = "transports/"
FAILED = 1
REPLAY_SECONDS_MAX = 600
PIECE = 500  # inputs of one command line
SUMMED = ("lines", "regions")


class Failure(Refusal):
    """Why there is no coverage."""


@dataclasses.dataclass
class Replay:
    name: str
    binary: pathlib.Path
    profile: pathlib.Path | None  # merged; none where nothing was written
    trouble: str  # empty where it ended well


def run(command, **options):
    """Its standard output, or Failure with the last line of its errors."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    except OSError as error:
        raise Failure(f"{command[0]}: {error.strerror}") from error
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise Failure(f"{pathlib.Path(command[0]).name}: {lines[-1]}")
    return done.stdout


def inputs_of(binary, corpora):
    """The target's seeds and regressions, as its own runfiles have them, and its grown corpus."""
    runfiles = pathlib.Path(f"{binary}.runfiles/ipc_hammer")
    inputs = sorted(path for folder in ("corpus", "regressions")
                    for path in (runfiles / "fuzz" / folder).rglob("*") if path.is_file())
    grown = pathlib.Path(corpora) / binary.name if corpora else None
    if grown is not None and grown.is_dir():
        inputs += sorted(path for path in grown.rglob("*")
                         if path.is_file() and not path.name.startswith("."))
    return inputs


def replay(binary, corpora, scratch):
    """Every input once. Each process writes a profile of its own: the sandbox forks."""
    folder = scratch / binary.name
    folder.mkdir()
    inputs = inputs_of(binary, corpora)
    environment = {**os.environ, "LLVM_PROFILE_FILE": f"{folder}/%p.profraw",
                   "IPC_HAMMER_FINDINGS": f"{folder}/findings"}
    failed = sum(failures(binary, inputs[begin:begin + PIECE], environment)
                 for begin in range(0, len(inputs), PIECE))
    trouble = f"failed on {failed} of {len(inputs)} inputs" if failed else ""
    if not inputs:
        trouble = "it has no inputs"
    return Replay(binary.name, binary, merge(folder.glob("*.profraw"), folder / "merged"), trouble)


def failures(binary, inputs, environment):
    """How many of the inputs the target does not survive. Whoever dies leaves no profile: so of
    inputs that fail together each half is tried again, down to the one that is to blame."""
    try:
        done = subprocess.run([str(binary), *map(str, inputs)], env=environment,
                              capture_output=True, timeout=REPLAY_SECONDS_MAX, check=False)
        if done.returncode == 0:
            return 0
    except subprocess.TimeoutExpired:
        pass
    except OSError as error:
        raise Failure(f"{binary}: {error.strerror}") from error
    half = len(inputs) // 2
    return sum(failures(binary, part, environment) for part in (inputs[:half], inputs[half:])
               ) if half else 1


def replay_all(binaries, corpora, scratch):
    """Side by side; what has not begun when it is interrupted never does."""
    pool = concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0)))
    try:
        return list(pool.map(lambda binary: replay(binary, corpora, scratch), binaries))
    finally:
        pool.shutdown(cancel_futures=True)


def merge(profiles, merged):
    profiles = [str(path) for path in profiles if path.stat().st_size]
    if not profiles:
        return None
    run([PROFDATA, "merge", "-sparse", "-o", str(merged), *profiles])
    return merged


def export(root, profile, binaries, *flags):
    objects = [flag for binary in binaries[1:] for flag in ("-object", str(binary))]
    return run([COV, "export", *flags, f"-instr-profile={profile}", str(binaries[0]), *objects],
               cwd=root)


def name_in_tree(filename):
    """transports/... of a name that the compiler gave; empty for what is not below it."""
    at = filename.rfind("/" + FOLDER)
    name = filename if filename.startswith(FOLDER) else filename[at + 1:] if at >= 0 else ""
    return name if name.startswith(FOLDER) else ""


def line_counts(lcov):
    """{path: [a line's executions, or None where there is no code]} of LCOV's records."""
    found, counts = {}, None
    for line in lcov.splitlines():
        key, _, value = line.partition(":")
        if key == "SF":
            name = name_in_tree(value)
            counts = found.setdefault(name, []) if name else None
        elif key == "DA" and counts is not None:
            number, count = value.split(",")[:2]
            counts.extend([None] * (int(number) - len(counts)))
            counts[int(number) - 1] = int(count)
    return found


def region_counts(document):
    """{path: (regions, regions covered)} of llvm-cov's summary."""
    files = document["data"][0]["files"]
    regions = {name_in_tree(file["filename"]): file["summary"]["regions"] for file in files}
    return {name: (counts["count"], counts["covered"]) for name, counts in regions.items() if name}


def covered_files(root, profile, binaries):
    """The contract's "files". llvm-cov sums a line up for each function that it is in; here a line is
    a line, as the annotated source shows it."""
    lines = line_counts(export(root, profile, binaries, "-format=lcov"))
    regions = region_counts(json.loads(export(root, profile, binaries, "-summary-only")))
    files = []
    for path, counts in sorted(lines.items()):
        code = [count for count in counts if count is not None]
        of_regions, covered = regions.get(path, (0, 0))
        files.append({"path": path, "lines": len(code),
                      "lines_covered": sum(count > 0 for count in code),
                      "regions": of_regions, "regions_covered": covered, "counts": counts})
    return files


def total(files):
    keys = [key for name in SUMMED for key in (name, f"{name}_covered")]
    return {key: sum(file[key] for file in files) for key in keys}


def coverage(root, replays, scratch):
    useful = [done for done in replays if done.profile]
    if not useful:
        raise Failure("no target left a profile")
    merged = merge([done.profile for done in useful], scratch / "all.profdata")
    binaries = [done.binary for done in useful]
    return {
        "files": covered_files(root, merged, binaries),
        "targets": [{"target": done.name,
                     **total(covered_files(root, done.profile, [done.binary]))} for done in useful]}


def percent(counts, key):
    return f"{100 * counts[f'{key}_covered'] / counts[key]:.1f} %" if counts[key] else "-"


def print_table(document):
    rows = [("all files", total(document["files"]))]
    rows += [(target["target"], target) for target in document["targets"]]
    width = max(len(name) for name, _ in rows)
    print(f"{'COVERAGE OF ' + FOLDER:{width}}  {'LINES':>8}  {'REGIONS':>8}")
    for name, counts in rows:
        print(f"{name:{width}}  {percent(counts, 'lines'):>8}  {percent(counts, 'regions'):>8}")


def measure(options):
    binaries = sorted(map(pathlib.Path, options.binaries), key=lambda binary: binary.name)
    with tempfile.TemporaryDirectory(prefix="ipc_hammer.") as folder:
        scratch = pathlib.Path(folder)
        replays = replay_all(binaries, options.corpora, scratch)
        document = coverage(options.root, replays, scratch)
    write_whole(options.out, json.dumps(document) + "\n")
    print_table(document)
    troubled = [done for done in replays if done.trouble]
    for done in troubled:
        print(f"{done.name}: {done.trouble}")
    print(f"coverage: {options.out}")
    return FAILED if troubled else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", required=True)
    parser.add_argument("--corpora", default="")
    parser.add_argument("--out", required=True)
    parser.add_argument("binaries", nargs="+")
    options = parser.parse_args()
    return conclude("ci/coverage", options.out, lambda: measure(options))


if __name__ == "__main__":
    sys.exit(main())
