"""Own operations on their way to the hub: in the order they were made, none left out, none twice."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, overload

from csdesk.model.operation import Kind
from csdesk.store import log
from csdesk.store.connect import Connection
from csdesk.store.log import Stored

if TYPE_CHECKING:
    from csdesk.store.writer import Transaction


AT_ONCE = 1_000
"""Operations that ``Ahead`` reads in one go."""


class Ahead(Sequence[Stored]):
    """As ``unsent``, read when it is asked for: the hub digests the first while the next come off the disk.

    What was read stays in memory. Each reading is a statement of its own, so that none keeps the store back.
    """

    def __init__(self, connection: Connection, limit: int, after: int) -> None:
        self._connection = connection
        self._after = after
        self._count = min(limit, max(0, last(connection) - after))
        self._rows: list[Stored] = []

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> Stored: ...

    @overload
    def __getitem__(self, place: slice) -> list[Stored]: ...

    def __getitem__(self, place: int | slice) -> Stored | list[Stored]:
        if isinstance(place, slice):
            start, stop, step = place.indices(self._count)
            self._read(max(start, stop))
            return self._rows[start:stop:step]
        self._read(self._count if place < 0 else place + 1)
        return self._rows[place]

    def __iter__(self) -> Iterator[Stored]:
        self._read(self._count)
        return iter(self._rows)

    def _read(self, count: int) -> None:
        while len(self._rows) < min(count, self._count):
            most = min(AT_ONCE, self._count - len(self._rows))
            found = unsent(self._connection, most, self._after + len(self._rows))
            if not found:
                return
            self._rows += found


def last(connection: Connection) -> int:
    """The number of the newest own operation, 0 before the first."""
    row = connection.execute(
        "SELECT coalesce(max(dseq), 0) FROM op WHERE desk = (SELECT value FROM meta WHERE key = 'desk')"
    ).fetchone()
    return int(row[0])


def unsent(connection: Connection, limit: int, after: int | None = None) -> list[Stored]:
    """The next own operations behind ``after`` (default: behind what the hub has), oldest first."""
    rows = connection.execute(_UNSENT, (after, limit)).fetchall()
    return log.many(rows)


_UNSENT = """
SELECT desk, dseq, hlc, kind, ver, scope, ent, arg, body, sum FROM op
WHERE desk = (SELECT value FROM meta WHERE key = 'desk') AND dseq > coalesce(?, (SELECT acked FROM hub), 0)
ORDER BY dseq LIMIT ?
"""


def count_unsent(connection: Connection) -> int:
    """How many own operations the hub does not have."""
    row = connection.execute(
        "SELECT coalesce(max(dseq), 0) - coalesce((SELECT acked FROM hub), 0) FROM op"
        " WHERE desk = (SELECT value FROM meta WHERE key = 'desk')"
    ).fetchone()
    return max(0, int(row[0]))


def acknowledge(tx: Transaction, dseq: int) -> None:
    """The hub has the own operations up to ``dseq``: they are never dated anew from here on."""
    tx.connection.execute("UPDATE hub SET acked = max(acked, ?)", (dseq,))
    tx.connection.execute("DELETE FROM hub_made WHERE dseq <= ?", (dseq,))


def stamps(connection: Connection, after: int) -> list[tuple[int, int]]:
    """Number and hybrid time of each own operation behind ``after``, oldest first."""
    return connection.execute(_STAMPS, (after,)).fetchall()


_STAMPS = """
SELECT dseq, hlc FROM op WHERE desk = (SELECT value FROM meta WHERE key = 'desk') AND dseq > ? ORDER BY dseq
"""


def last_erasure(connection: Connection, after: int) -> int:
    """The last own erasure behind ``after``, 0 for none: its seal holds the sums of what it erased."""
    row = connection.execute(_ERASURE, (after,)).fetchone()
    return int(row[0])


_ERASURES = ", ".join(
    str(int(k)) for k in (Kind.CONTACT_ERASED, Kind.CONVERSATION_ERASED, Kind.MESSAGES_ERASED)
)
_ERASURE = f"""
SELECT coalesce(max(dseq), 0) FROM op
WHERE desk = (SELECT value FROM meta WHERE key = 'desk') AND dseq > ? AND kind IN ({_ERASURES})
"""  # noqa: S608 - numbers of ours


def set_aside(tx: Transaction, dseqs: Sequence[int]) -> None:
    """The hub would not have these own operations, and has a stand-in for each: they stay here."""
    if dseqs:
        known = json.dumps(sorted({*kept_back(tx.connection), *dseqs}))
        tx.connection.execute("INSERT OR REPLACE INTO meta(key, value) VALUES('hub_refused', ?)", (known,))


def kept_back(connection: Connection) -> list[int]:
    """The own operations that ``set_aside`` was ever told."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'hub_refused'").fetchone()
    return json.loads(row[0]) if row else []
