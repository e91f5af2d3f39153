"""Move the WAL into the database from a thread of its own.

SQLite would do it inside some unlucky commit, which then takes 5 to 10 ms; done here, the
slowest commits stay near the median.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path

from csdesk.store.connect import Connection, DriverError

EVERY_S = 0.2
TRUNCATE_ABOVE_BYTES = 32 * 1024 * 1024


class Checkpointer:
    """Runs PASSIVE after commits, TRUNCATE once the WAL has grown large."""

    def __init__(self, connection: Connection, path: Path) -> None:
        self._connection = connection
        self._wal = path.with_name(path.name + "-wal")
        self._wanted = threading.Event()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def want(self) -> None:
        """There are new commits. The thread starts with the first."""
        if self._thread is None and not self._closed.is_set():
            self._thread = threading.Thread(target=self._run, name="csdesk-checkpoint", daemon=True)
            self._thread.start()
        self._wanted.set()

    def close(self) -> None:
        self._closed.set()
        self._wanted.set()
        if self._thread is not None:
            self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        while not self._closed.wait(EVERY_S):
            self._wanted.wait()
            self._wanted.clear()
            if not self._closed.is_set():
                self._checkpoint()

    def _checkpoint(self) -> None:
        try:
            is_large = os.path.getsize(self._wal) > TRUNCATE_ABOVE_BYTES
            self._connection.execute(f"PRAGMA wal_checkpoint({'TRUNCATE' if is_large else 'PASSIVE'})")
        except (OSError, DriverError):
            return  # busy or out of space now: the next commit asks again
