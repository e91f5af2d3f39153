"""What is asked of the hub that the store joined with each commit and each round: as little as there can be."""

from __future__ import annotations

from csdesk.store.connect import Connection

ONLINE_WITHIN_MS = 30_000
"""A hub that answered so lately would have told what others do."""


def home_scope(connection: Connection) -> int | None:
    """What own operations are visible to on the hub; None where the store joined none."""
    row = connection.execute("SELECT scope FROM hub").fetchone()
    return int(row[0]) if row else None


def out_of_reach_since(connection: Connection, now_ms: int) -> int | None:
    """Since when this desk has been without the hub that it joined (UTC ms): others may do what it does not know.
    None where it is in reach, or there is none; 0 for a hub that never answered."""
    row = connection.execute(
        "SELECT coalesce(contact_at, 0) FROM hub WHERE coalesce(contact_at, 0) < ?",
        (now_ms - ONLINE_WITHIN_MS,),
    ).fetchone()
    return None if row is None else int(row[0])


def is_out_of_reach(connection: Connection, now_ms: int) -> bool:
    """Whether this desk has been without the hub that it joined for a while."""
    return out_of_reach_since(connection, now_ms) is not None


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
