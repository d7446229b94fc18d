"""Files that appear whole or not at all."""

import os
import pathlib
import tempfile


def write_whole(path, content):
    """Writes text into a temporary file beside `path`, and renames it. OSError on failure, with
    nothing left behind and an earlier file untouched."""
    path = pathlib.Path(path)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), 0o666 & ~current_umask())
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def current_umask():
    umask = os.umask(0)
    os.umask(umask)
    return umask
