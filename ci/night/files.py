"""Files that appear whole, and the names of inputs."""

import hashlib
import json
import os
import pathlib
import tempfile


def write_whole(path, content):
    """Writes beside, then renames: a reader sees the old file or the new one."""
    path = pathlib.Path(path)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".part.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def write_json(path, value):
    write_whole(path, (json.dumps(value, indent=1) + "\n").encode())


def read_json(path):
    """The object in a file; ValueError if it is damaged."""
    value = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value


def name_of(content):
    """What libFuzzer calls an input."""
    return hashlib.sha1(content).hexdigest()


def subfolders(path):
    """Its folders in the order of their names; none where it is not there."""
    if not path.is_dir():
        return []
    return sorted(entry for entry in path.iterdir() if entry.is_dir() and not entry.is_symlink())
