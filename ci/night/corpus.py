"""A target's corpus: each input once, under the name of its content; nothing is lost on the way.

A merge never moves inputs. libFuzzer copies the ones that are needed into a folder of the merge;
only when that is complete are the others removed from the corpus, one by one. Whenever it is
interrupted, the corpus holds at least what is needed.
"""

import os
import re
import shutil
import stat

from night import files, libfuzzer, process

# libFuzzer takes no longer one unless it is told to, and no target of ours comes near it.
INPUT_BYTES_MAX = 1 << 20
NAME = re.compile(r"[0-9a-f]{40}")


class Unusable(Exception):
    """Why an input cannot be used."""


def read_input(path):
    """Its content. Unusable if it is no input; OSError if it is not there any more."""
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        raise Unusable("not a file")
    if status.st_size > INPUT_BYTES_MAX:
        raise Unusable(f"{status.st_size} bytes are too many for an input")
    try:
        return path.read_bytes()
    except PermissionError as error:
        raise Unusable(error.strerror) from error


def take_in(folder, corpus):
    """Moves the inputs of a folder into the corpus, under their names. Returns how many were new.

    What cannot be read stays where it is.
    """
    taken = 0
    for path in sorted(folder.iterdir()):
        try:
            content = read_input(path)
        except Unusable:
            continue
        place = corpus / files.name_of(content)
        taken += not place.exists()
        os.replace(path, place)
    return taken


def check(state, target_name, say):
    """Sets aside what is damaged; names what people have added by its content."""
    corpus = state.corpus(target_name)
    for path in sorted(corpus.iterdir()):
        try:
            content = read_input(path)
            name = files.name_of(content)
            if NAME.fullmatch(path.name) and path.name != name:
                raise Unusable("its content is not what its name says")
        except Unusable as error:
            place = state.set_aside(path, target_name)
            say(f"{path}: {error}; set aside as {place}")
            continue
        if path.name != name:
            os.replace(path, corpus / name)


def merge(state, target, seconds_max, stop):
    """Prunes what adds no coverage. Returns the merge's Output, or a str: why all was kept."""
    corpus = state.corpus(target.name)
    before = {path.name for path in corpus.iterdir()}
    if not before:
        return libfuzzer.Output()
    work = state.work_folder(f"merge.{target.name}")
    try:
        kept, output = _chosen(target, corpus, before, work, seconds_max, stop)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    if isinstance(kept, str):
        return kept
    for name in before - kept:
        (corpus / name).unlink(missing_ok=True)
    output.corpus_inputs = len(kept)
    return output


def _chosen(target, corpus, before, work, seconds_max, stop):
    """The names that a merge chose, or why there are none; and its output."""
    merged = work / "merged"
    merged.mkdir()
    output = libfuzzer.Output()
    ended = process.run(
        [target.binary, "-merge=1", f"-merge_control_file={work / 'control'}", merged, corpus],
        seconds_max,
        stop,
        output.read,
        {**target.environment, "IPC_HAMMER_FINDINGS": str(work / "findings")},
    )
    if stop.is_set():
        return "the night was stopped", output
    if ended.overdue or ended.status != 0:
        return f"the merge {ended.describe()}", output
    return _verified(merged, output, before), output


def _verified(merged, output, before):
    """The names of what a merge chose, or why it is not believed: a full disk cuts its copies."""
    names = set()
    for path in merged.iterdir():
        content = path.read_bytes()
        if path.name != files.name_of(content) or path.name not in before:
            return f"the merge wrote a damaged copy ({path.name})"
        names.add(path.name)
    if output.merged is None or output.merged[0] != len(names) or not names:
        return f"the merge left {len(names)} inputs, not those that it told of"
    return names


def size(corpus):
    """Inputs and bytes."""
    sizes = [path.stat().st_size for path in corpus.iterdir()]
    return len(sizes), sum(sizes)
