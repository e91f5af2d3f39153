"""Bytes of attachments: a folder beside the store, each file named by the SHA-256 of what it holds.

``<store>.files/ab/cdef…`` (mode 0600, folders 0700). A file is written whole and flushed under
``incoming/``, and renamed to its place inside the commit that records it: so a place holds either nothing or
all of the bytes, and what a recorded attachment refers to is on disk. Whoever puts a file in its place or
takes one away does so while they hold the store's write lock, so the two never meet.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from csdesk.errors import NotFound, StoreError
from csdesk.i18n import _
from csdesk.store.connect import Connection
from csdesk.store.database import Store
from csdesk.store.writer import Transaction

FILE_MODE, FOLDER_MODE = 0o600, 0o700
FOLDER, INCOMING, COMING = ".files", "incoming", ".coming"
CHUNK_BYTES = 1024 * 1024
PART = 500
"""Files of which one commit takes those away that nobody refers to."""

_DIGEST = re.compile("[0-9a-f]{64}")


def folder_of(database: Path) -> Path:
    """Where the attachments of the store at ``database`` lie, whether or not there are any."""
    return Path(f"{database}{FOLDER}")


def place_of(database: Path, sha256: str) -> Path:
    """Where the file of this digest lies, if it is here. Raises ValueError for what is no digest."""
    return _place(folder_of(database), sha256)


def _place(folder: Path, sha256: str) -> Path:
    if not is_digest(sha256):
        raise ValueError("not a SHA-256 in hex")
    return folder / sha256[:2] / sha256[2:]


def is_digest(text: str) -> bool:
    """Whether ``text`` is a SHA-256 as it is stored: 64 hex digits in small letters."""
    return _DIGEST.fullmatch(text) is not None


def is_here(database: Path, sha256: str) -> bool:
    """Whether the bytes of this digest are in the folder; False for no digest."""
    return is_digest(sha256) and place_of(database, sha256).is_file()


def read(database: Path, sha256: str) -> bytes:
    """The bytes of this digest. Raises NotFound when they are not here, StoreError when they have changed."""
    try:
        content = place_of(database, sha256).read_bytes() if sha256 else None
    except (OSError, ValueError):
        content = None
    if content is None:
        raise NotFound(
            "attachment.not_here",
            _("The content of this file is not in the store, only its name."),
            _("Import the conversation again from a file that holds it."),
        )
    if hashlib.sha256(content).hexdigest() != sha256:
        raise StoreError(
            "attachment.changed",
            _("The file {path} has changed since it was stored.").format(path=place_of(database, sha256)),
            _("csdesk db verify --deep lists such files; a backup may have it whole."),
        )
    return content


def piece(database: Path, sha256: str, start: int, length: int) -> bytes:
    """Some bytes of a file that is here, from ``start`` on. Raises StoreError when it cannot be read."""
    place = place_of(database, sha256)
    try:
        with place.open("rb") as stream:
            stream.seek(start)
            return stream.read(length)
    except OSError as error:
        raise StoreError(
            "attachment.cannot_read",
            _("{file} cannot be read: {reason}.").format(file=place, reason=error.strerror or error),
            _("Check the path and its permissions."),
        ) from error


class Arrivals:
    """Files that have come and are in no commit yet. What is not put in its place goes with ``arrivals``."""

    def __init__(self, database: Path) -> None:
        self._incoming = folder_of(database) / INCOMING
        self._folder: Path | None = None
        self._handle = -1
        self._count = 0

    def add(self, content: bytes) -> Path:
        """Write ``content`` to disk, to be put in its place later. Raises StoreError."""
        self._count += 1
        try:
            while self._folder is None:
                self._open()
            path = self._folder / f"{self._count}"
            _write(path, content)
        except OSError as error:
            raise cannot_write(self._incoming, error) from error
        return path

    def _open(self) -> None:
        """Make a folder and lock it; None stays where a sweep came in between the two."""
        self._incoming.parent.mkdir(mode=FOLDER_MODE, exist_ok=True)
        self._incoming.mkdir(mode=FOLDER_MODE, exist_ok=True)
        folder = self._incoming / os.urandom(8).hex()
        folder.mkdir(mode=FOLDER_MODE)
        handle = os.open(folder, os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_SH)
        if folder.exists():
            self._folder, self._handle = folder, handle
        else:
            os.close(handle)

    def close(self) -> None:
        """What was not put in its place is gone."""
        if self._folder is None:
            return
        shutil.rmtree(self._folder, ignore_errors=True)
        os.close(self._handle)
        for each in (self._incoming, self._incoming.parent):
            with suppress(OSError):  # others are at work there, or files are kept
                each.rmdir()


@contextmanager
def arrivals(database: Path) -> Iterator[Arrivals]:
    """A place of this process's own for files that come. What a killed process left is gone with ``sweep``."""
    found = Arrivals(database)
    try:
        yield found
    finally:
        found.close()


def put_in_place(arrived: Iterable[Path]) -> None:
    """Inside the commit that records them: move files that ``Arrivals.add`` wrote to where they belong.

    Raises StoreError; the commit must not go on then.
    """
    changed: set[Path] = set()
    for path in arrived:
        changed |= _moved(path, path.parents[2])
    for each in changed:
        flush(each)


def put_coming_in_place(database: Path, path: Path) -> None:
    """As ``put_in_place``, for a file that came piece by piece (``coming``)."""
    for each in _moved(path, folder_of(database)):
        flush(each)


def _moved(path: Path, folder: Path) -> set[Path]:
    """Move a file to the place that its bytes have in ``folder``; the folders whose names changed. Raises StoreError."""
    changed: set[Path] = set()
    try:
        place = _place(folder, digest_of(path))
        if not place.parent.exists():
            place.parent.mkdir(mode=FOLDER_MODE)
            changed.add(folder)
        path.replace(place)
    except OSError as error:
        raise cannot_write(path, error) from error
    return {*changed, place.parent}


def names(folder: Path) -> Iterator[str]:
    """The digests of the files in a folder of attachments, in no order."""
    for part in _entries(folder):
        if len(part) == 2:
            yield from (part + rest for rest in _entries(folder / part) if _DIGEST.fullmatch(part + rest))


def attached(connection: Connection) -> set[str]:
    """The digests that attachments of the store name."""
    rows = connection.execute("SELECT DISTINCT sha256 FROM attachment WHERE sha256 <> ''")
    return {digest for (digest,) in rows}


def referred(connection: Connection) -> set[str]:
    """The digests of all that is to be kept: of attachments, and of files that wait in a draft."""
    has_files = connection.execute("SELECT 1 FROM pragma_table_info('draft') WHERE name = 'files'").fetchone()
    waiting = connection.execute(_IN_DRAFTS).fetchall() if has_files else []  # a backup may be older
    return attached(connection) | {digest for (digest,) in waiting}


_IN_DRAFTS = "SELECT DISTINCT f.value ->> '$[3]' FROM draft, json_each(draft.files) f"
"""Its place in a row of ``drafts``."""


def sweep(store: Store) -> int:
    """Take away the files that no attachment refers to any more; how many. Raises StoreError."""
    from csdesk.store import carried  # which is of no use without a hub

    folder = folder_of(store.path)
    store.write(carried.forget_unnamed)
    if not folder.is_dir():
        return 0
    sweep_coming(store)
    _drop_left_arrivals(folder / INCOMING)
    gone = sorted(set(names(folder)) - referred(store.reader()))
    count = 0
    for start in range(0, len(gone), PART):
        part = gone[start : start + PART]
        count += store.write(lambda tx, part=part: _drop(tx, folder, part))  # type: ignore[misc]
    with suppress(OSError):
        folder.rmdir()
    return count


def sweep_coming(store: Store) -> None:
    """Take away what has come (``coming``) of files that no attachment names any more, or that are here as a whole."""
    for path in folder_of(store.path).glob(f"*{COMING}"):
        digest = path.name.removesuffix(COMING)
        named = store.reader().execute("SELECT 1 FROM attachment WHERE sha256 = ? LIMIT 1", (digest,))
        if named.fetchone() is None or is_here(store.path, digest):
            with suppress(OSError):
                path.unlink()


def _drop(tx: Transaction, folder: Path, digests: list[str]) -> int:
    rows = tx.connection.execute(
        f"SELECT sha256 FROM attachment WHERE sha256 IN (SELECT value FROM json_each(?)) UNION {_IN_DRAFTS}",  # noqa: S608 - a fixed text
        (json.dumps(digests),),
    ).fetchall()
    wanted = {digest for (digest,) in rows}
    return drop(folder, (digest for digest in digests if digest not in wanted))


def drop(folder: Path, digests: Iterable[str]) -> int:
    """Take these files away, for good; how many were there. Raises StoreError."""
    count = 0
    changed: set[Path] = set()
    for digest in digests:
        place = _place(folder, digest)
        try:
            place.unlink()
        except FileNotFoundError:
            continue
        except OSError as error:
            raise cannot_write(place, error) from error
        count += 1
        changed.add(place.parent)
    for each in changed:
        flush(each)
        with suppress(OSError):  # others are still in it
            each.rmdir()
    return count


def _drop_left_arrivals(incoming: Path) -> None:
    """What a killed process left: nobody holds its lock."""
    for name in _entries(incoming):
        handle = os.open(incoming / name, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(incoming / name, ignore_errors=True)
        except BlockingIOError:
            continue
        finally:
            os.close(handle)
    with suppress(OSError):
        incoming.rmdir()


def copy(place: Path, folder: Path, sha256: str) -> int | None:
    """Copy one file into another folder of attachments; its bytes, None when it is not what its name says.

    What is there already is read again, and replaced when it is broken. Raises OSError.
    """
    target = _place(folder, sha256)
    if target.is_file() and digest_of(target) == sha256:
        return target.stat().st_size
    if digest_of(place) != sha256:
        return None
    for each in (folder, target.parent):
        each.mkdir(mode=FOLDER_MODE, exist_ok=True)
    partial = folder / f".{sha256}.partial"
    partial.unlink(missing_ok=True)
    _write(partial, place.read_bytes())
    partial.replace(target)
    flush(target.parent)
    return target.stat().st_size


def digest_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex. Raises OSError."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def is_whole(database: Path, sha256: str) -> bool:
    """Whether the file of this digest, which is here, holds what its name says."""
    try:
        return digest_of(place_of(database, sha256)) == sha256
    except OSError:
        return False


def _write(path: Path, content: bytes) -> None:
    """A new file, on disk before this returns; a link that stands there is not followed."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, FILE_MODE)
    with open(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def flush(path: Path) -> None:
    """Have a file, or the names in a folder, survive a power cut. Raises OSError."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _entries(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []


def cannot_write(path: Path, error: OSError) -> StoreError:
    """A system that refuses is one sentence."""
    return StoreError(
        "attachment.cannot_write",
        _("{path} cannot be written: {reason}.").format(path=path, reason=error.strerror or error),
        _("Check the folder and the space on its disk."),
    )
