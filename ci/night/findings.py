"""The findings of the state folder: one for each way in which a rule breaks; bugs.py joins them."""

import os
import re
import shutil
import threading

from night import bugs, crashes, files

NOTE = "night.json"
# Beyond these more inputs of one bug are counted no further.
INPUTS_MAX = 1000
OLD = ".old."


class Findings:
    """Usable by all threads of a night."""

    def __init__(self, folder, started):
        self._folder = folder
        self._started = started
        self._mutex = threading.Lock()
        self.hit = set()  # ids that tonight's work found

    def path(self, ident):
        return self._folder / ident

    def ids(self):
        return [path.name for path in files.subfolders(self._folder) if path.name[0] != "."]

    def recover(self):
        """After a kill between the two renames of replace()."""
        for path in files.subfolders(self._folder):
            if not path.name.startswith(OLD):
                continue
            place = self._folder / path.name.removeprefix(OLD)
            if place.exists():
                shutil.rmtree(path)
            else:
                os.rename(path, place)

    def adopt(self, source, target_name=""):
        """Moves a finding's folder to its bug's place, or counts it there. Returns id and whether
        it is the first. ValueError if the folder is damaged. The target is the one that plays it
        again, where a target found it."""
        meta = files.read_json(source / "meta.json")
        subject = subject_of(meta)
        rule, reason = meta.get("rule", ""), meta.get("reason", "")
        log, census = read_text(source / "log.txt"), read_text(source / "census.txt")
        group = crashes.group(subject, rule, reason, log, census)
        ident = crashes.identity(subject, rule, group)
        content = source / "input.bin"
        name = files.name_of(content.read_bytes()) if content.exists() else source.name
        with self._mutex:
            self.hit.add(ident)
            is_first = not self.path(ident).exists()
            if is_first:
                note = {"format": 1, "group": group, "target": target_name}
                note |= {"first_seen": self._started, "inputs": [name]}
                files.write_json(source / NOTE, note)
                os.rename(source, self.path(ident))
            else:
                self._count(ident, name)
                shutil.rmtree(source)
        return ident, is_first

    def _count(self, ident, name):
        note = self.note(ident)
        inputs = note.setdefault("inputs", [])
        if name not in inputs and len(inputs) < INPUTS_MAX:
            inputs.append(name)
            files.write_json(self.path(ident) / NOTE, note)

    def note(self, ident):
        try:
            return files.read_json(self.path(ident) / NOTE)
        except (OSError, ValueError):
            return {"format": 1}

    def meta(self, ident):
        """What the finding says of itself; empty if it is damaged."""
        try:
            return files.read_json(self.path(ident) / "meta.json")
        except (OSError, ValueError):
            return {}

    def set_note(self, ident, **values):
        with self._mutex:
            files.write_json(self.path(ident) / NOTE, {**self.note(ident), **values})

    def evidence(self, ident, is_gone=False):
        """What tells which bug it is of."""
        meta, note, path = self.meta(ident), self.note(ident), self.path(ident)
        reason, log = meta.get("reason", ""), read_text(path / "log.txt")
        mode = meta.get("mode")
        call, answer = bugs.seen_by_case(reason) if mode == "conformance" else ("", "")
        one_thread = note.get("one_thread", "")
        left_behind = crashes.left_behind(reason, read_text(path / "census.txt"))
        if mode == "sequential":
            one_thread = "" if left_behind else crashes.way(reason, log)
        return bugs.Evidence(
            ident,
            subject_of(meta),
            meta.get("rule", ""),
            is_gone=is_gone,
            stack=crashes.stack(reason, log),
            in_transport=crashes.is_in_transport(log),
            one_thread=one_thread,
            program=re.sub(r"^seed .*\n", "", read_text(path / "program.txt"), flags=re.M),
            call=call,
            answer=answer,
            left_behind=left_behind,
            is_case=mode == "conformance",
            is_racing=mode not in ("conformance", "sequential"),
        )

    def replace(self, ident, source):
        """Another folder of the same bug, a simpler one, takes its place."""
        with self._mutex:
            shutil.copy(self.path(ident) / NOTE, source / NOTE)
            old = self._folder / f"{OLD}{ident}"
            os.rename(self.path(ident), old)
            os.rename(source, self.path(ident))
            shutil.rmtree(old)


def subject_of(meta):
    return meta.get("kind") or meta.get("target") or "unknown"


def read_text(path):
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def write_raw(folder, *, target, rule, reason, content, log, program=""):
    """A finding of what told nothing itself: a fuzz target that died."""
    folder.mkdir()
    meta = {
        "format": 1,
        "rule": rule,
        "reason": reason,
        "kind": target.kind if program else "",
        "mode": "sequential",
        "case": "",
        "target": target.name,
        "scenario": "",
        "seed": 0,
        "config": target.config,
        "commit": os.environ.get("IPC_HAMMER_COMMIT", "unknown"),
    }
    if program:
        (folder / "program.txt").write_text(program)
    (folder / "input.bin").write_bytes(content)
    (folder / "census.txt").write_text("")
    (folder / "log.txt").write_text(log)
    files.write_json(folder / "meta.json", meta)
