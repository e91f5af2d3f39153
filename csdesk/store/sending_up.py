"""Own operations on their way to the hub: in the order they were made, none left out, none twice."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from csdesk.model.operation import Kind
from csdesk.store.connect import Connection
from csdesk.store.log import Stored

if TYPE_CHECKING:
    from csdesk.store.writer import Transaction


def unsent(connection: Connection, limit: int, after: int | None = None) -> list[Stored]:
    """The next own operations behind ``after`` (default: behind what the hub has), oldest first."""
    rows = connection.execute(_UNSENT, (after, limit)).fetchall()
    return list(map(Stored._make, rows))


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
