"""A file that comes from the hub piece by piece: what has come of it stays on disk, so that it goes on from there.

``<store>.files/DIGEST.coming`` holds the first bytes of the file of that digest. Nobody reads them but who goes on with
them: the file takes its place only as a whole, by what it hashes to then. One program at a time brings a file on.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from csdesk.store import files

_TRIES = 3


class Coming:
    """The part of one file that is here: ``had`` bytes. ``add`` makes it longer; ``close`` keeps it, ``drop`` does not."""

    def __init__(self, path: Path, handle: int, had: int) -> None:
        self.path = path
        self.had = had
        self.is_resumed = had > 0
        self._stream = open(handle, "ab", buffering=0)  # noqa: SIM115 - it is open while pieces come

    def add(self, piece: bytes) -> None:
        """Write the next piece behind what is here. Raises StoreError."""
        try:
            written = self._stream.write(piece)
        except OSError as error:
            raise files.cannot_write(self.path, error) from error
        self.had += written
        if written < len(piece):  # the last bytes that a disk had room for
            self.add(piece[written:])

    def is_whole(self, sha256: str) -> bool:
        """Whether what came is the file of this digest; it is on disk by then. Raises StoreError."""
        try:
            os.fsync(self._stream.fileno())
            return files.digest_of(self.path) == sha256
        except FileNotFoundError:
            return False  # swept: nothing names it any more
        except OSError as error:
            raise files.cannot_write(self.path, error) from error

    def close(self) -> None:
        """Let another program go on with it; safe to call twice."""
        self._stream.close()

    def drop(self) -> None:
        """What came is of no use."""
        self.path.unlink(missing_ok=True)
        self.close()


def resume(database: Path, sha256: str, unit: int) -> Coming | None:
    """The part of a file that is here, cut to whole pieces of ``unit`` bytes; None while another program brings it on.

    Raises StoreError, ValueError for what is no digest.
    """
    path = _path(database, sha256)
    try:
        handle = _opened(path)
    except OSError as error:
        raise files.cannot_write(path, error) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    found = os.fstat(handle)
    if not found.st_nlink:  # it was put in its place, or swept, between the two
        os.close(handle)
        return None
    had = found.st_size - found.st_size % unit
    os.ftruncate(handle, had)
    return Coming(path, handle, had)


def had(database: Path, sha256: str) -> int:
    """How many bytes have come of a file that is not whole yet."""
    try:
        return _path(database, sha256).stat().st_size
    except (OSError, ValueError):
        return 0


def _path(database: Path, sha256: str) -> Path:
    if not files.is_digest(sha256):
        raise ValueError("not a SHA-256 in hex")
    return files.folder_of(database) / f"{sha256}{files.COMING}"


def _opened(path: Path) -> int:
    """Open the part, made if there is none; a sweep may take the empty folder away meanwhile. Raises OSError."""
    for left in reversed(range(_TRIES)):
        path.parent.mkdir(mode=files.FOLDER_MODE, exist_ok=True)
        try:
            return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, files.FILE_MODE)
        except FileNotFoundError:
            if not left:
                raise
    raise AssertionError("the last try returns or raises")
