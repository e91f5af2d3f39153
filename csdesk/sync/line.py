"""The line to a hub: one connection that never hangs, and whose failures are all of one kind.

A wire may be cut, or swallow everything that is sent; PostgreSQL's own protocol would then wait for ever.
"""

from __future__ import annotations

import os
import select
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from csdesk.errors import CsdeskError
from csdesk.sync import driver

if TYPE_CHECKING:
    import psycopg

PATIENCE_S = 20.0
"""A hub that says nothing for this long in the middle of an answer is gone."""
LONG_PATIENCE_S = 150.0
"""For one batch: longer than the hub itself lets a statement take (``hub.ROLE_SETTINGS``)."""
_KEPT_ALIVE = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""libpq's own: how a wire that was cut without a word is noticed while nobody asks anything."""


Arguments = Sequence[object] | Mapping[str, object]


class HubRefusal(Exception):
    """What the hub, or the way to it, answered instead: its SQLSTATE (None: no answer), and in a person's words."""

    def __init__(self, sqlstate: str | None, told: CsdeskError) -> None:
        super().__init__(told.sentence)
        self.sqlstate = sqlstate
        self.told = told


class Line:
    """An open connection in autocommit. A watch beside it cuts the wire when an answer takes too long."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        self.is_portable = False
        """Whether this hub leaves to us what a trigger does elsewhere; ``session.hello`` finds out."""
        self.reached: int | None = None
        """What ``wire.reach`` said when all there was had been taken in over this line."""
        self._wire = socket.socket(fileno=os.dup(connection.fileno()))
        self._due: float | None = None
        self._own = ""
        self._is_hinted = False
        self._is_over = threading.Event()
        self._watch = threading.Thread(target=self._run, name="csdesk-hub-watch", daemon=True)
        self._watch.start()

    @contextmanager
    def asking(self, patience_s: float = PATIENCE_S) -> Iterator[psycopg.Connection[Any]]:
        """The connection, for one exchange. Raises HubRefusal for whatever goes wrong in it."""
        import psycopg

        self._due = time.monotonic() + patience_s
        try:
            yield self.connection
        except psycopg.Error as error:
            raise _refusal(error) from error
        finally:
            self._due = None

    def rows(self, query: str, arguments: Arguments = ()) -> list[tuple[Any, ...]]:
        """All rows of an answer. Raises HubRefusal."""
        with self.asking() as connection, connection.cursor(binary=True) as cursor:
            cursor.execute(query.encode(), arguments)
            return cursor.fetchall() if cursor.description else []

    def fetch(self, query: str, arguments: Arguments = ()) -> list[tuple[Any, ...]]:
        """As ``rows``, for an answer that may be long."""
        with self.asking(LONG_PATIENCE_S) as connection, connection.cursor(binary=True) as cursor:
            cursor.execute(query.encode(), arguments)
            return cursor.fetchall()

    def listen(self, own: int) -> None:
        """Ask for hints of what desks other than ``own`` pushed.

        A hub that cannot give any changes nothing: it is asked now and then anyway.
        """
        self._own = f"{own}:"
        self.connection.add_notify_handler(lambda notice: self._heard(notice.payload))
        with suppress(HubRefusal):
            self.rows("LISTEN csdesk_op")

    def hint(self, wait_s: float) -> bool:
        """Whether the hub said, until ``wait_s`` from now, that there is something new. Raises HubRefusal."""
        if not self._is_hinted and select.select([self._wire], [], [], wait_s)[0]:
            with self.asking() as connection:
                connection.pgconn.consume_input()
                while (notice := connection.pgconn.notifies()) is not None:
                    self._heard(notice.extra.decode())
        hinted, self._is_hinted = self._is_hinted, False
        return hinted

    def _heard(self, payload: str) -> None:
        self._is_hinted |= not payload.startswith(self._own)

    def close(self) -> None:
        """Hang up; safe to call twice, and on a line that is cut."""
        self._is_over.set()
        with suppress(Exception):
            self.connection.close()
        self._wire.close()

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _run(self) -> None:
        while not self._is_over.wait(0.5):
            due = self._due
            if due is not None and time.monotonic() >= due:
                with suppress(OSError):
                    self._wire.shutdown(socket.SHUT_RDWR)
                return


def connect(dsn: str) -> Line:
    """A line to the hub at ``dsn``, which has to be as ``dsn.checked`` wants it.

    Raises HubRefusal when nobody answers or the hub does not let this desk in, CsdeskError without psycopg.
    """
    driver.need_driver()
    try:
        return Line(driver.connect(dsn, prepare_threshold=2, **_KEPT_ALIVE))
    except CsdeskError as error:
        raise HubRefusal(None if error.code == "hub.unreachable" else "28000", error) from error


def _refusal(error: psycopg.Error) -> HubRefusal:
    import psycopg

    sqlstate = error.sqlstate
    if sqlstate is None and not isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        sqlstate = "XX000"  # nothing of the network: never to be tried again and again
    return HubRefusal(sqlstate, driver.told(error))
