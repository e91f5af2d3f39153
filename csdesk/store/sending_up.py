"""Own operations on their way to the hub: in the order they were made, none left out, none twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csdesk.store.connect import Connection
from csdesk.store.log import Stored

if TYPE_CHECKING:
    from csdesk.store.writer import Transaction


def unsent(connection: Connection, limit: int, after: int | None = None) -> list[Stored]:
    """The next own operations behind ``after`` (default: behind what the hub has), oldest first."""
    rows = connection.execute(_UNSENT, (after, limit)).fetchall()
    return [Stored(*row) for row in rows]


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
