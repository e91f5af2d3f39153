"""The one SQLite library of the process, and the one place its errors become ours.

Two SQLite libraries in one process that open the same file drop each other's locks, so
nothing else may open the store. ``sqlcipher3`` carries a current SQLite (no WAL-reset
corruption with two writing processes, complete FTS5); its exceptions are not those of the
standard library, which is why every call that can fail runs inside ``translated``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlcipher3 import dbapi2 as driver

from csdesk.errors import Refused, StoreError
from csdesk.i18n import _

DriverError = driver.Error
ConstraintError = driver.IntegrityError
Cursor = driver.Cursor

PAGE_SIZE = 8192
BUSY_MS = 5_000
SQLITE_HEADER = b"SQLite format 3\x00"
APPLICATION_ID = 0x6373646B
"""``csdk`` in bytes 68-71 of the file header (SQLite file format, 1.3.19): which files are stores."""
HEADER_BYTES = 72


class Connection(driver.Connection):
    """The driver's, to which something can be remembered for as long as it is open."""


def sqlite_version() -> str:
    """Version of the SQLite library inside the driver."""
    return str(driver.sqlite_version)


def create_file(path: Path) -> None:
    """Make an empty store file that only its owner can read.

    Raises StoreError when the folder cannot be written.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise _cannot_create(path, error) from None


def _cannot_create(path: Path, error: OSError) -> StoreError:
    return StoreError(
        "store.cannot_create",
        _("Cannot create the store {path}: {reason}.").format(path=path, reason=error.strerror),
        _("Choose a folder you can write to with --db PATH."),
    )


def exists(path: Path) -> bool:
    """Whether there is a file at ``path``. Raises StoreError when that cannot even be asked."""
    try:
        return path.exists()
    except OSError as error:
        raise _cannot_read(path, error) from None


def _cannot_read(path: Path, error: OSError) -> StoreError:
    return StoreError(
        "store.cannot_read",
        _("Cannot read the store {path}: {reason}.").format(path=path, reason=error.strerror),
        _("Check the path and the file's rights."),
    )


def check_is_database(path: Path) -> None:
    """Raises StoreError when ``path`` is not a store; an empty file may become one.

    Only the header is read: a file of another program is not even opened as a database.
    """
    try:
        with path.open("rb") as file:
            head = file.read(HEADER_BYTES)
    except IsADirectoryError:
        raise not_a_store(path) from None
    except OSError as error:
        raise _cannot_read(path, error) from None
    if head and (
        not head.startswith(SQLITE_HEADER) or head[68:HEADER_BYTES] != APPLICATION_ID.to_bytes(4, "big")
    ):
        raise not_a_store(path)


def not_a_store(path: Path | str) -> StoreError:
    """The error for a file that is something else: it is never touched."""
    return StoreError(
        "store.not_a_database",
        _("{path} is not a csdesk store.").format(path=path),
        _("Name another file with --db PATH; this one was left as it is."),
    )


def open_writer(path: Path, busy_ms: int = BUSY_MS) -> Connection:
    """A connection that may write. WAL, FULL: what was acknowledged survives a power cut.

    ``busy_ms`` is how long it waits for another writer before it says that the store is locked.
    """
    with translated(path):
        connection = _connect(path, busy_ms)
        if connection.execute("PRAGMA page_count").fetchone()[0] == 0:
            connection.execute(f"PRAGMA page_size={PAGE_SIZE}")
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        connection.execute("PRAGMA journal_mode=WAL")
        for pragma in (
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
            "wal_autocheckpoint=0",
            "cache_size=-16000",
            "temp_store=MEMORY",
            "recursive_triggers=OFF",
        ):
            connection.execute(f"PRAGMA {pragma}")
        return connection


def upgrade_lock(path: Path) -> Path:
    """The file that a program locks while it upgrades the store at ``path``; it is gone afterwards."""
    return path.with_name(f"{path.name}.upgrade")


def open_alone(path: Path, busy_ms: int = BUSY_MS) -> Connection:
    """A connection that keeps every other program out until it is closed.

    Raises Refused while another program has the store open.
    """
    connection = _connect(path, busy_ms)
    try:
        for pragma in (
            "locking_mode=EXCLUSIVE",
            "secure_delete=ON",
            "synchronous=NORMAL",
            "cache_size=-64000",
        ):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("COMMIT")
    except DriverError as error:
        connection.close()
        if "locked" not in str(error).lower():
            raise store_error(error, path) from error
        raise Refused(
            "store.in_use",
            _("Another program has {path} open.").format(path=path),
            _("Close csdesk everywhere, then try again; nothing was changed."),
        ) from None
    return connection


def open_reader(path: Path, busy_ms: int = BUSY_MS) -> Connection:
    """A connection that cannot write, for one thread."""
    with translated(path):
        connection = _connect(path, busy_ms)
        connection.execute("PRAGMA query_only=ON")
        connection.execute("PRAGMA cache_size=-8000")
        connection.execute("PRAGMA temp_store=MEMORY")
        return connection


def let_go_of_pages(connection: Connection) -> None:
    """Free what ``connection`` keeps of pages that it has read and not changed."""
    connection.execute("PRAGMA shrink_memory")


def open_still(path: Path) -> Connection:
    """A connection to a file that nobody writes: no write-ahead log is looked for, none is made."""
    uri = f"file:{quote(os.fsencode(path.resolve()))}?mode=ro&immutable=1"
    connection = driver.connect(uri, uri=True, isolation_level=None, factory=Connection)
    connection.execute("PRAGMA cipher_log_level=NONE")
    return connection


def open_scratch(path: Path | None = None) -> Connection:
    """A private database for checks: in memory, or at ``path``; nothing in it is kept."""
    connection = driver.connect(
        str(path) if path else ":memory:", isolation_level=None, check_same_thread=False, factory=Connection
    )
    connection.execute("PRAGMA cipher_log_level=NONE")
    connection.execute("PRAGMA synchronous=OFF")
    return connection


def _connect(path: Path, busy_ms: int) -> Connection:
    uri = f"file:{quote(os.fsencode(path.resolve()))}?mode=rw"
    connection = driver.connect(
        uri,
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
        factory=Connection,
    )
    connection.execute("PRAGMA cipher_log_level=NONE")
    connection.execute(f"PRAGMA busy_timeout={busy_ms}")
    return connection


@contextmanager
def translated(path: Path | str) -> Iterator[None]:
    """Turn whatever the driver raises inside into a StoreError that a person can act on."""
    try:
        yield
    except DriverError as error:
        raise store_error(error, path) from error


def store_error(error: Exception, path: Path | str) -> StoreError:
    """The StoreError that says what ``error`` of the driver means for the store at ``path``."""
    text = str(error).lower()
    if "not a database" in text:
        return not_a_store(path)
    for needle, code, sentence, hint in _meanings():
        if needle in text:
            return StoreError(code, sentence.format(path=path), hint)
    return StoreError(
        "store.failed",
        _("The store {path} reported: {reason}.").format(path=path, reason=str(error)),
        _("Run csdesk db verify; restore a backup if it names damage."),
    )


def _meanings() -> tuple[tuple[str, str, str, str], ...]:
    read_only = _("The store {path} cannot be written.")
    damaged = _("The store {path} is damaged.")
    return (
        (
            "locked",
            "store.locked",
            _("The store {path} is locked by another program."),
            _("Close the program that holds it, then try again; nothing was changed."),
        ),
        (
            "disk is full",
            "store.disk_full",
            _("The disk that holds {path} is full; nothing was changed."),
            _("Free some space, then try again."),
        ),
        ("readonly", "store.read_only", read_only, _("Check the rights of the file and of its folder.")),
        ("read-only", "store.read_only", read_only, _("Check the rights of the file and of its folder.")),
        (
            "unable to open",
            "store.read_only",
            read_only,
            _("Check the rights of the file and of its folder."),
        ),
        (
            "malformed",
            "store.damaged",
            damaged,
            _("Run csdesk db verify to see what is lost; csdesk db restore brings a backup back."),
        ),
        (
            "disk i/o",
            "store.io",
            _("The disk that holds {path} failed to read or write."),
            _("Check the disk, then run csdesk db verify."),
        ),
    )
