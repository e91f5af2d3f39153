"""Move the WAL into the database from a thread of its own.

SQLite would do it inside some unlucky commit, which then takes 5 to 10 ms; done here, the
slowest commits stay near the median.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path

from csdesk.errors import StoreError
from csdesk.store.connect import Connection, DriverError, open_writer

EVERY_S = 0.2
TRUNCATE_ABOVE_BYTES = 32 * 1024 * 1024
BUSY_MS = 100
"""While TRUNCATE waits for readers nobody can write: it waits no longer than this, and if that is not
enough, not again before the WAL has grown as much once more."""


class Checkpointer:
    """Runs PASSIVE after commits, TRUNCATE once the WAL has grown large."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: Connection | None = None
        self._wal = path.with_name(path.name + "-wal")
        self._truncate_above = TRUNCATE_ABOVE_BYTES
        self._wanted = threading.Event()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def want(self) -> None:
        """There are new commits. The thread starts with the first."""
        self._wanted.set()
        if self._thread is None and not self._closed.is_set():
            self._thread = threading.Thread(target=self._run, name="csdesk-checkpoint", daemon=True)
            self._thread.start()

    def close(self) -> None:
        self._closed.set()
        self._wanted.set()
        if self._thread is not None:
            self._thread.join()
        if self._connection is not None:
            self._connection.close()

    def _run(self) -> None:
        while not self._closed.wait(EVERY_S):
            self._wanted.wait()
            self._wanted.clear()
            if not self._closed.is_set():
                self._checkpoint()

    def _checkpoint(self) -> None:
        try:
            if self._connection is None:
                self._connection = open_writer(self._path, BUSY_MS)
            size = os.path.getsize(self._wal)
            # First what can be done while others write: TRUNCATE, which stops them, finds little left to do.
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
            if size <= self._truncate_above:
                return
            is_busy = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            self._truncate_above = size + TRUNCATE_ABOVE_BYTES if is_busy else TRUNCATE_ABOVE_BYTES
        except (OSError, DriverError, StoreError):
            return  # busy or out of space now: the next commit asks again
