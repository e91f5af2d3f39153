"""What every projection needs: finding rows by uid, row versions, places in time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from csdesk.ids import is_uid
from csdesk.store.connect import Connection

SEQUENCE_BITS = 10
EPOCH_S = 1_577_836_800
"""2020-01-01T00:00:00Z, where the seconds of a message id start."""


class MissingEntity(LookupError):
    """An operation names a thing that this store does not hold."""


def as_uid(written: object) -> bytes:
    """The uid that a body names. Raises ValueError for anything but the one way in which the log writes it: who looks
    for a thing by its uid, as an erasure does, has to find all that is said of it."""
    if not isinstance(written, str) or not is_uid(written):
        raise ValueError("no uid")
    return bytes.fromhex(written)


def find(connection: Connection, table: str, uid: str | bytes | None) -> int | None:
    """Local id of the row of ``table`` (one of our own names) with ``uid``; None for none given.

    Raises MissingEntity when there is no such row, ValueError for what names nothing.
    """
    if uid is None:
        return None
    wanted = uid if isinstance(uid, bytes) else as_uid(uid)
    row = connection.execute(f"SELECT id FROM {table} WHERE uid=?", (wanted,)).fetchone()  # noqa: S608 - our own table names
    if row is None:
        row = connection.execute(_ALIAS, (wanted, table)).fetchone()
    if row is None:
        raise MissingEntity(f"{table} {wanted.hex()}")
    return int(row[0])


_ALIAS = "SELECT row FROM alias WHERE uid = ? AND thing = ?"
"""Two desks gave one agent, team or inbox a uid each: the later uid leads to the row of the earlier."""


def need(connection: Connection, table: str, uid: str | bytes) -> int:
    """As ``find``, for a uid that must be there."""
    found = find(connection, table, uid)
    if found is None:
        raise MissingEntity(table)
    return found


def newest_version(connection: Connection) -> int:
    """The number that the last changed conversation got."""
    return int(connection.execute("SELECT coalesce(max(version), 0) FROM conversation").fetchone()[0])


def next_version(connection: Connection) -> int:
    """The number that the next changed conversation gets: what the change feed follows."""
    return newest_version(connection) + 1


def touch(connection: Connection, conversation: int) -> None:
    """Tell the change feed that this conversation looks different now."""
    connection.execute(
        "UPDATE conversation SET version=? WHERE id=?", (next_version(connection), conversation)
    )


def first_id(at_ms: int) -> int:
    """The first of the row ids for things that happened in the second of ``at_ms``."""
    return (at_ms // 1000 - EPOCH_S) << SEQUENCE_BITS


def free_ids(connection: Connection, lows: Iterable[int]) -> dict[int, int]:
    """By the first id of a second the first that is free; of a full second the first of the next."""
    import json  # only who writes needs it

    return dict(connection.execute(_FREE, (json.dumps(list(lows)),)).fetchall())


PER_SECOND = 1 << SEQUENCE_BITS
_FREE = """
SELECT value, 1 + max(value - 1,
  coalesce((SELECT max(id) FROM message WHERE id >= value AND id < value + 1024), value - 1),
  coalesce((SELECT max(id) FROM event WHERE id >= value AND id < value + 1024), value - 1)) FROM json_each(?)
"""  # 1024 = PER_SECOND


def update(connection: Connection, table: str, row: int, values: dict[str, Any]) -> None:
    """Set columns (our own names) of one row."""
    assignments = ", ".join(f"{column}=?" for column in values)
    connection.execute(f"UPDATE {table} SET {assignments} WHERE id=?", (*values.values(), row))  # noqa: S608 - our own names
