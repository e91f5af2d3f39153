"""Open a store: one writer thread, a reader for each thread that asks, and a clean end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from os import urandom
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from csdesk.clock import Clock
from csdesk.errors import NotFound
from csdesk.i18n import _
from csdesk.store import connect, log
from csdesk.store.checkpoints import Checkpointer
from csdesk.store.connect import Connection, translated
from csdesk.store.writer import Transaction, Writer, closed

if TYPE_CHECKING:
    from csdesk.store.losses import Lost

T = TypeVar("T")

SCHEMA_VERSION = 26
"""How many migrations this csdesk knows."""

DESK_BITS = 31


class Store:
    """An open store. Reads go through ``reader()``, changes through ``write`` or ``submit``.

    ``lost`` says which of the desk's last operations a truncated or removed WAL took: None when
    the log reaches as far as the witness beside it.
    """

    def __init__(
        self,
        path: Path,
        writer: Connection,
        desk: int,
        clock: Clock,
        lost: Lost | None,
        busy_ms: int,
    ) -> None:
        self.path = path
        self.desk = desk
        self.lost = lost
        self._busy_ms = busy_ms
        self._is_closed = False
        self._kept_since = 0
        self._readers: list[Connection] = []
        self._local = threading.local()
        self._guard = threading.Lock()
        self._writing = writer
        self._writer = Writer(writer, path, desk, clock)
        self._checkpointer = Checkpointer(path)
        self._writer.on_commit = self._checkpointer.want

    def reader(self) -> Connection:
        """This thread's own connection for reading. Raises StoreError once the store is closed."""
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None or self._is_closed:
            connection = self._new_reader()
            self._local.connection, self._local.kept_since = connection, self._kept_since
        elif self._local.kept_since != self._kept_since:
            self._local.kept_since = self._kept_since
            connect.let_go_of_pages(connection)
        return connection

    def hurry(self, busy_ms: int) -> None:
        """Have this thread's reads give up after ``busy_ms``: it draws a screen, and can ask again."""
        self.reader().execute(f"PRAGMA busy_timeout={busy_ms}")

    def _new_reader(self) -> Connection:
        with self._guard:
            if self._is_closed:
                raise closed()
            connection = connect.open_reader(self.path, self._busy_ms)
            self._readers.append(connection)
            return connection

    def let_go_of_pages(self) -> None:
        """Free the pages that connections keep in case they are read again (8 MB each, 16 MB the writer's).

        Each on its own thread: the writer behind what it has to do, a reader when it is asked for next.
        """
        self._kept_since += 1
        self._writer.submit(lambda tx: connect.let_go_of_pages(tx.connection))

    def submit(self, work: Callable[[Transaction], T]) -> Future[T]:
        """Queue ``work`` for the writer thread; the future is done when it is on disk."""
        return self._writer.submit(work)

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Do ``work`` and wait until it is on disk. Raises what it raised, or StoreError."""
        return self._writer.submit(work).result()

    def close(self) -> None:
        """Finish accepted work, then let go of every connection."""
        self._writer.close()
        self._checkpointer.close()
        with self._guard:
            self._is_closed = True
            for connection in self._readers:
                connection.close()
            self._readers.clear()
        self._writing.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def open_store(
    path: Path,
    clock: Clock,
    *,
    create: bool = False,
    busy_ms: int = connect.BUSY_MS,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Store:
    """Open the store at ``path``, bringing its schema up to date; a copy from before is kept beside it.

    ``busy_ms`` is how long any write waits for another program that holds the store.
    Raises NotFound when it is missing and ``create`` is False; StoreError when it is no store,
    is damaged, locked, unwritable, or was made by a newer csdesk.
    """
    if not connect.exists(path):
        if not create:
            raise NotFound(
                "store.missing",
                _("There is no store at {path}.").format(path=path),
                _("Start csdesk once, or import something: csdesk --db {path} import FILE.").format(
                    path=path
                ),
            )
        connect.create_file(path)
    connect.check_is_database(path)
    connection = _open_current(path, busy_ms, progress)
    try:
        with translated(path):
            desk = _desk_number(connection, clock)
            lost = _lost(connection, path)
    except BaseException:
        connection.close()
        raise
    return Store(path, connection, desk, clock, lost, busy_ms)


def _open_current(path: Path, busy_ms: int, progress: Callable[[int, int], None]) -> Connection:
    """A connection to a store of this schema: a new one is made, an older one upgraded, a newer one refused."""
    if connect.upgrade_lock(path).exists():
        from csdesk.store import upgrading

        upgrading.wait(path, progress)
    connection = connect.open_writer(path, busy_ms)
    try:
        with translated(path):
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version == SCHEMA_VERSION:
                return connection
            # sqlite-utils takes 90 ms to load: only a store that needs a migration pays for it.
            from csdesk.store import migrations

            migrations.refuse_newer(version, SCHEMA_VERSION, path)
            if version == 0:
                migrations.upgrade(connection, path, SCHEMA_VERSION)
                return connection
    except BaseException:
        connection.close()
        raise
    connection.close()
    from csdesk.store import upgrading

    upgrading.upgrade_store(path, SCHEMA_VERSION, progress, busy_ms)
    return connect.open_writer(path, busy_ms)


def _lost(connection: Connection, path: Path) -> Lost | None:
    """What the log lacks of what its witness saw: hardly ever anything, and only then is more loaded."""
    head = log.read_head(path)
    if head is None or log.tip(connection, head.desk).dseq >= head.dseq:
        return None
    from csdesk.store import losses

    return losses.find(connection, head)


def _desk_number(connection: Connection, clock: Clock) -> int:
    row = connection.execute("SELECT value FROM meta WHERE key='desk'").fetchone()
    if row is not None:
        return int(row[0])
    connection.execute(
        "INSERT INTO meta(key, value) VALUES('desk', ?), ('created_at', ?) ON CONFLICT DO NOTHING",
        (int.from_bytes(urandom(8)) % ((1 << DESK_BITS) - 1) + 1, clock.now_ms()),
    )
    return int(connection.execute("SELECT value FROM meta WHERE key='desk'").fetchone()[0])
