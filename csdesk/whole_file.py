"""A file written whole or not at all: what is half written never stands under its name."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from csdesk import paths


def write_whole(path: Path, data: bytes) -> None:
    """Put ``data`` on disk and give it the name ``path``; as ``open_whole``.

    Folders that are missing are made. Raises OSError, and CsdeskError where a folder cannot be made; either
    way the old file stands as it was.
    """
    paths.ensure_folder(path.parent)
    with open_whole(path) as stream:
        stream.write(data)


@contextmanager
def open_whole(path: Path, *, is_private: bool = False) -> Iterator[BinaryIO]:
    """What is written inside is the file ``path`` once all of it is on disk; when it raises, nothing has changed.

    A file that was there keeps its mode, unless what is written ``is_private``; a new one is 0600. Behind a link the file that it leads to is written, and
    what is no file (a pipe, ``/dev/stdout``) is written to as it is: neither is replaced. Raises OSError.
    """
    mode = _mode_of(path)
    if mode is not None and not stat.S_ISREG(mode):
        with path.open("wb") as stream:
            yield stream
        return
    real = Path(os.path.realpath(path))
    handle, name = tempfile.mkstemp(dir=real.parent, prefix=f".{real.name[:LONGEST]}.")
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        beside.chmod(paths.FILE_MODE if mode is None or is_private else mode & 0o777)
        beside.replace(real)
    finally:
        beside.unlink(missing_ok=True)


LONGEST = 50
"""Characters of a name that its unfinished file is called after: a name may be as long as the disk allows."""


def _mode_of(path: Path) -> int | None:
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None
