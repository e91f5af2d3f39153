"""A store's file copied as of one moment while others write, so that a killed copy can be gone on with.

A reader holds a snapshot, and what it needs is moved from the write-ahead log into the file. From then on
nobody may change these pages in the file as long as the reader holds on: a checkpoint stops at the end mark
of every reader (sqlite.org/wal.html, 2.2). So the file can be read as it lies, page by page, and a copy that
was begun before is brought up to date by writing only what differs (docs/decisions/0015).
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from csdesk.errors import Refused, StoreError
from csdesk.i18n import _
from csdesk.store import connect
from csdesk.store.connect import Connection

Progress = Callable[[int, int], None]
CHUNK_BYTES = 1024 * 1024
SETTLE_S = 10.0
"""How long to wait for a reader that holds an older snapshot, such as a long verify."""
PAUSE_S = 0.05

_held_open: dict[tuple[int, int], int] = {}
"""Descriptors by device and inode. Closing any descriptor of a file drops all locks that this process has
on it (POSIX), also SQLite's: they stay open."""


@contextmanager
def standing_still(path: Path) -> Iterator[tuple[Connection, int]]:
    """A reader whose snapshot is exactly what the first so many bytes of the file hold, and how many.

    Raises Refused when another program reads an older state for longer than SETTLE_S.
    """
    reader, writer, mover = connect.open_reader(path), connect.open_writer(path), connect.open_writer(path)
    try:
        end = time.monotonic() + SETTLE_S
        while not _settled(reader, writer, mover):
            if time.monotonic() > end:
                raise Refused(
                    "backup.busy",
                    _("Another program has been reading {path} for long (a verify or an export).").format(
                        path=path
                    ),
                    _("Try again when it is done."),
                )
            time.sleep(PAUSE_S)
        pages, size = (reader.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
        yield reader, pages * size
    finally:
        for connection in (reader, writer, mover):
            connection.close()


def _settled(reader: Connection, writer: Connection, mover: Connection) -> bool:
    """Begin a snapshot on ``reader`` and move all of it into the file; False, and none begun, if a reader is in the way.

    Nobody writes between the two: the log then ends where the snapshot ends, and "all moved" means all of it.
    """
    mover.execute("PRAGMA wal_checkpoint(PASSIVE)")  # most of it, while others go on writing
    writer.execute("BEGIN IMMEDIATE")
    try:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM meta").fetchone()
        is_busy, frames, moved = mover.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    finally:
        writer.execute("ROLLBACK")
    if is_busy or frames != moved:
        reader.execute("ROLLBACK")
        return False
    return True


@contextmanager
def unfinished(destination: Path) -> Iterator[Path]:
    """Where the copy for ``destination`` is made; this process alone may. It stays when a person or a kill stops it.

    Raises Refused when another backup to the same place is under way, OSError when it cannot be written.
    """
    partial = destination.with_name(f".{destination.name}.partial")
    handle = os.open(partial, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(
                "backup.running",
                _("Another backup to {path} is being made.").format(path=destination),
                _("Wait for it, or name another file."),
            ) from None
        try:
            yield partial
        except Exception:
            partial.unlink(missing_ok=True)
            raise
    finally:
        os.close(handle)


def bring_up_to_date(source: Path, size: int, partial: Path, progress: Progress) -> int:
    """Make ``partial`` the first ``size`` bytes of ``source``, on disk; how many of them were there already.

    Raises OSError when it cannot be written, StoreError when the source is shorter than its header says.
    """
    reading, kept = _descriptor(source), 0
    writing = os.open(partial, os.O_RDWR)
    try:
        for start in range(0, size, CHUNK_BYTES):
            length = min(CHUNK_BYTES, size - start)
            wanted = os.pread(reading, length, start)
            if len(wanted) < length:
                raise StoreError(
                    "store.damaged",
                    _("The store {path} ends after {size} bytes of {wanted}.").format(
                        path=source, size=start + len(wanted), wanted=size
                    ),
                    _("csdesk db restore brings a backup back."),
                )
            if os.pread(writing, length, start) == wanted:
                kept += length
            else:
                _write(writing, wanted, start)
            progress(start + length, size)
        os.ftruncate(writing, size)
        os.fsync(writing)
    finally:
        os.close(writing)
    return kept


def _write(handle: int, data: bytes, start: int) -> None:
    """All of ``data``: the end of a disk takes a part and says so only the next time."""
    while data:
        written = os.pwrite(handle, data, start)
        data, start = data[written:], start + written


def _descriptor(path: Path) -> int:
    """A descriptor of the file that is never closed; the same one for the same file."""
    found = path.stat()
    place = found.st_dev, found.st_ino
    if place not in _held_open:
        _held_open[place] = os.open(path, os.O_RDONLY)
    return _held_open[place]
