"""usage: python3 -m night.keep --state DIR --into FOLDER --binaries FOLDER [--at-most N]

What ci/keep_corpus calls: copies to the tree what adds coverage beyond the tree's own seeds, and
says for each target how many. Exit status 0, also where there is nothing; 2 it could not run.
"""

import argparse
import os
import pathlib
import shutil
import sys
import tempfile
import threading

from night import corpus, files, libfuzzer, process, state, targets

MERGE_SECONDS_MAX = 600


class Failed(Exception):
    """Why a target's inputs could not be chosen."""


def place_in(into, target):
    """Where the tree has the target's seeds: beside those that it is built with."""
    for folder in target.seed_folders():
        if "corpus" in folder.parts:
            last = len(folder.parts) - 1 - folder.parts[::-1].index("corpus")
            return into.joinpath(*folder.parts[last + 1 :])
    return into / target.name.removesuffix("_fuzz")


def features_of(control):
    """Name of an input -> its features, from the file in which libFuzzer notes how a merge goes on:
    two counts, the inputs' paths, and for each a line "FT NUMBER FEATURE..."."""
    lines = control.read_text(errors="replace").splitlines()
    names = [path.rpartition("/")[2] for path in lines[2 : 2 + int(lines[0])]]
    features = {}
    for line in lines[2 + len(names) :]:
        word, *numbers = line.split()
        if word == "FT":
            features[names[int(numbers[0])]] = set(numbers[1:])
    return features


def by_gain(names, features, seeds):
    """What adds the most to the seeds first, then what adds the most to that, and so on."""
    left = set(names)
    covered = set().union(*(features.get(name, set()) for name in seeds))
    while left:
        best = max(sorted(left), key=lambda name: len(features.get(name, set()) - covered))
        covered |= features.get(best, set())
        left.remove(best)
        yield best


def choose(target, grown, place, work):
    """The paths of inputs that add coverage beyond the seeds, what adds the most first."""
    merged = work / target.name
    merged.mkdir()
    for folder in [*target.seed_folders(), place]:
        for path in sorted(folder.iterdir()) if folder.is_dir() else []:
            if path.is_file():
                content = path.read_bytes()
                (merged / files.name_of(content)).write_bytes(content)
    seeds = {path.name for path in merged.iterdir()}
    output = libfuzzer.Output()
    ended = process.run(
        [target.binary, "-set_cover_merge=1", f"-merge_control_file={work / 'control'}"]
        + [merged, grown],
        MERGE_SECONDS_MAX,
        threading.Event(),
        output.read,
        {**target.environment, "IPC_HAMMER_FINDINGS": str(work / "findings")},
    )
    if ended.status != 0 or output.merged is None:
        raise Failed(f"the merge {ended.describe()}: {ended.first_line()}")
    features = features_of(work / "control")
    (work / "control").unlink()
    added = [path for path in merged.iterdir() if path.name not in seeds]
    for path in added:
        if path.name != files.name_of(path.read_bytes()):
            raise Failed(f"the merge wrote a damaged copy ({path.name})")
    return [merged / name for name in by_gain((path.name for path in added), features, seeds)]


def keep(target, folder, into, at_most, work):
    """Returns one line for people."""
    grown = folder.corpora / target.name
    if not grown.is_dir() or corpus.size(grown)[0] == 0:
        return "the state has no inputs of it"
    place = place_in(into, target)
    added = choose(target, grown, place, work)
    kept = added[:at_most]
    for path in kept:
        place.mkdir(parents=True, exist_ok=True)
        files.write_whole(place / path.name, path.read_bytes())
    shutil.rmtree(work / target.name)
    left = f", {len(added) - len(kept)} more are left" if len(added) > len(kept) else ""
    return f"{len(kept)} inputs that add coverage, in {place}{left}"


def parse():
    parser = argparse.ArgumentParser(prog="ci/keep_corpus", allow_abbrev=False)
    parser.add_argument("--state", required=True)
    parser.add_argument("--into", required=True, type=pathlib.Path)
    parser.add_argument("--binaries", required=True)
    parser.add_argument("--at-most", type=int, default=10)
    return parser.parse_args()


def main():
    options = parse()
    if options.at_most < 1:
        return fail("--at-most is at least 1")
    folder = state.State(os.path.abspath(options.state))
    status = 0
    try:
        if not (folder.path / "format").exists():
            raise state.Refused(f"{folder.path}: there is no state of nights")
        folder.open()
        with tempfile.TemporaryDirectory() as work:
            for target in targets.discover(options.binaries, "fuzz"):
                try:
                    said = keep(target, folder, options.into, options.at_most, pathlib.Path(work))
                except Failed as error:
                    said, status = f"not looked at: {error}", 2
                print(f"{target.name}: {said}", flush=True)
    except state.Refused as error:
        return fail(str(error))
    except OSError as error:
        return fail(f"{error.filename or options.into}: {error.strerror}")
    except KeyboardInterrupt:
        return 130
    return status


def fail(text):
    print(f"ci/keep_corpus: {text}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
