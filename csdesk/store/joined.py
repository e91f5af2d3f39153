"""What the writer asks of the hub that the store joined, with each commit: as little as there can be."""

from __future__ import annotations

from csdesk.store.connect import Connection


def home_scope(connection: Connection) -> int | None:
    """What own operations are visible to on the hub; None where the store joined none."""
    row = connection.execute("SELECT scope FROM hub").fetchone()
    return int(row[0]) if row else None


def newest_seen(connection: Connection) -> int:
    """The highest hybrid time of what came from others; 0 when nothing did."""
    return int(connection.execute("SELECT coalesce(max(hlc), 0) FROM hub_vector").fetchone()[0])


def claim_before(connection: Connection, conversation: bytes) -> tuple[int, int] | None:
    """The operation by which a conversation has the owner it has (or has none): the last that is not lost."""
    row = connection.execute(_CLAIM, (conversation,)).fetchone()
    return None if row is None else (row[0], row[1])


_CLAIM = """
SELECT desk, dseq FROM op WHERE ent = ? AND arg IS NOT NULL AND (desk, dseq) NOT IN (SELECT desk, dseq FROM hub_lost)
ORDER BY hlc DESC, desk DESC LIMIT 1
"""
