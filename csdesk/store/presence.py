"""Whether there is a store at a path that this csdesk can read, found out without opening it to write."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from csdesk.clock import Clock
from csdesk.errors import StoreError
from csdesk.store import connect
from csdesk.store.connect import translated

QUICK_VERSION = 26
"""The schema that needs no ``open_store`` first: ``database.SCHEMA_VERSION``, without loading what writes."""


def bring_up_to_date(
    path: Path, clock: Clock, progress: Callable[[int, int], None] = lambda done, total: None
) -> None:
    """Make sure of a store of this csdesk's schema at ``path``, upgrading an older one.

    Raises what ``open_store`` raises; a missing store is never made.
    """
    if connect.exists(path) and not _is_locked(path) and schema_version(path) == QUICK_VERSION:
        return
    # What opens a store to write is slow to load, and a status bar asks often.
    from csdesk.store.database import open_store

    open_store(path, clock, progress=progress).close()


def desk_of(path: Path) -> int | None:
    """The number of the desk whose store the file at ``path`` is, looked at without changing anything beside it.

    None when it is no store, or cannot be read.
    """
    try:
        connect.check_is_database(path)
        connection = connect.open_still(path)
        try:
            row = connection.execute("SELECT value FROM meta WHERE key = 'desk'").fetchone()
        finally:
            connection.close()
    except (StoreError, connect.DriverError):
        return None
    return None if row is None else int(row[0])


def needs_upgrade(path: Path) -> bool:
    """Whether the store at ``path`` is older than this csdesk, or is being upgraded at this moment."""
    return _is_locked(path) or 0 < schema_version(path) < QUICK_VERSION


def is_being_upgraded(path: Path) -> bool:
    """Whether a program upgrades the store at ``path`` at this moment; one that was killed does not."""
    import fcntl  # only where there is a lock file to ask

    if not _is_locked(path):
        return False
    try:
        with connect.upgrade_lock(path).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        pass  # it was finished just now, or is not ours to read: whoever opens the store will say
    return False


def _is_locked(path: Path) -> bool:
    return connect.upgrade_lock(path).exists()


def schema_version(path: Path) -> int:
    """How many migrations the store at ``path`` has had. Raises StoreError when it is no store."""
    connect.check_is_database(path)
    with translated(path):
        connection = connect.open_reader(path)
        try:
            return int(connection.execute("PRAGMA user_version").fetchone()[0])
        finally:
            connection.close()
