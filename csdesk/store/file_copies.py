"""The folder of attachments in backups and restores: file by file, each checked by its hash."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from csdesk.store import connect, files
from csdesk.store.connect import translated

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class FileCopies:
    """How many attachments were copied, their bytes, and how many were left out: broken in the source."""

    count: int = 0
    size: int = 0
    broken: int = 0


def copy_files(source: Path, snapshot: Path, destination: Path, progress: Progress) -> FileCopies:
    """Copy the attachments that ``snapshot`` (a copy of ``source``) names into the folder of ``destination``.

    What is there already is read again and counts as copied, so that a copy that was stopped is gone on with.
    Raises OSError when they cannot be written.
    """
    wanted = sorted(_named_in(snapshot))
    folder, count, size, broken = files.folder_of(destination), 0, 0, 0
    for done, digest in enumerate(wanted, 1):
        place = files.place_of(source, digest)
        copied = files.copy(place, folder, digest) if place.is_file() else 0
        if copied is None:
            broken += 1
        elif files.is_here(destination, digest):
            count, size = count + 1, size + copied
        progress(done, len(wanted))
    return FileCopies(count, size, broken)


def drop_others(database: Path) -> int:
    """Take away what a backup's folder holds from an older backup to the same place; how many files."""
    folder = files.folder_of(database)
    if not folder.is_dir():
        return 0
    for left in folder.glob(".*.partial"):
        left.unlink(missing_ok=True)
    return files.drop(folder, set(files.names(folder)) - _named_in(database))


def link_files(database: Path, kept: Path) -> None:
    """Give the store that is kept under another name its attachments too: second names of the same files."""
    for digest in files.names(files.folder_of(database)):
        place, second = files.place_of(database, digest), files.place_of(kept, digest)
        for each in (second.parent.parent, second.parent):
            each.mkdir(mode=files.FOLDER_MODE, exist_ok=True)
        link(place, second)


def link(path: Path, second: Path) -> None:
    """A second name of a file; a copy where the file system gives a file one name only. Raises OSError."""
    try:
        second.hardlink_to(path)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS):
            raise
        shutil.copyfile(path, second)
        second.chmod(files.FILE_MODE)
        files.flush(second)


def _named_in(database: Path) -> set[str]:
    """The digests of the attachments of a store that nobody writes to."""
    with translated(database):
        connection = connect.open_still(database)
        try:
            return {digest for digest in files.referred(connection) if files.is_digest(digest)}
        finally:
            connection.close()
