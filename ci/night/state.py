"""The state folder: opened by one night at a time, of one version, taken over after a kill."""

import errno
import fcntl
import os
import pathlib

from night import files

FORMAT = "ipc_hammer night 1\n"
FOLDERS = ["corpus", "findings", "nights", "set_aside", "work"]


class Refused(Exception):
    """One line for people: why the folder cannot be used."""


class State:
    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.corpora = self.path / "corpus"
        self.findings = self.path / "findings"
        self.nights = self.path / "nights"
        self.work = self.path / "work"
        self.report = self.path / "report.json"
        self._lock = None

    def open(self):
        """Takes the lock until the process ends. Refused if there is any reason; then nothing has
        been touched, but for a folder that was not there or was empty."""
        try:
            self._check_format()
            self.path.mkdir(parents=True, exist_ok=True)
            self._take_lock()
            for name in FOLDERS:
                (self.path / name).mkdir(exist_ok=True)
            # Last: a folder with a format is complete.
            if not (self.path / "format").exists():
                files.write_whole(self.path / "format", FORMAT.encode())
        except OSError as error:
            raise Refused(f"{self.path}: {error.strerror}") from error

    def check(self):
        """Refused where open() would refuse; changes nothing."""
        try:
            self._check_format()
            if (self.path / "lock").exists():
                self._take_lock()
                os.close(self._lock)
        except OSError as error:
            raise Refused(f"{self.path}: {error.strerror}") from error

    def _check_format(self):
        if not self.path.exists():
            return
        if not self.path.is_dir():
            raise Refused(f"{self.path}: not a folder")
        try:
            found = (self.path / "format").read_text(errors="replace")
        except FileNotFoundError:
            # What open() itself leaves when it is killed before the format is written.
            strange = {entry.name for entry in self.path.iterdir()} - {"lock", *FOLDERS}
            strange = {name for name in strange if not name.startswith(".part.")}
            if strange:
                raise Refused(f"{self.path}: holds something else, no state of nights") from None
            return
        if found != FORMAT:
            text = " ".join(found.split())[:60]
            raise Refused(f"{self.path}: of another version ('{text}', not '{FORMAT.strip()}')")

    def _take_lock(self):
        self._lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
            raise Refused(f"{self.path}: another night is at work on it") from None

    def corpus(self, target_name):
        folder = self.corpora / target_name
        folder.mkdir(exist_ok=True)
        return folder

    def set_aside(self, path, below):
        """Keeps what cannot be used where it does no harm. Returns where."""
        folder = self.path / "set_aside" / below
        folder.mkdir(parents=True, exist_ok=True)
        place, number = folder / path.name, 1
        while place.exists():
            number += 1
            place = folder / f"{path.name}.{number}"
        os.rename(path, place)
        return place

    def work_folder(self, name):
        """An empty one. What is there is of a job that failed, on a full disk for example: it may
        hold inputs and findings."""
        folder = self.work / name
        if folder.exists():
            self.set_aside(folder, "work")
        folder.mkdir()
        return folder

    def past_nights(self, say):
        """What each finished night ended with, the oldest first; a damaged one is said and left."""
        nights = []
        for path in sorted(self.nights.glob("*.json")):
            try:
                nights.append(files.read_json(path))
            except (OSError, ValueError) as error:
                say(f"{path}: damaged, passed over: {error}")
        return nights
