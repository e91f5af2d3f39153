"""What only this desk keeps of messages, carried over when their rows are made anew under other ids."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from csdesk.store.connect import Connection

_TABLES = ("outbox", "reply_sent", "undo")
_HELD = """
SELECT DISTINCT m.id, m.uid FROM message m WHERE m.id IN (
  SELECT message FROM outbox UNION SELECT message FROM reply_sent UNION SELECT message FROM undo)
  AND (?1 IS NULL OR m.conversation IN (SELECT value FROM json_each(?1)))
"""


@contextmanager
def kept(connection: Connection, conversations: Sequence[int] | None = None) -> Iterator[None]:
    """Have the outbox and the like go on with their messages, whatever ids those have after the block.

    Only of some ``conversations``, if given. What belongs to a message that is no more is dropped.
    """
    among = None if conversations is None else json.dumps(conversations)
    held = connection.execute(_HELD, (among,)).fetchall()
    yield
    moved, gone = [], []
    for number, uid in held:
        row = connection.execute("SELECT id FROM message WHERE uid = ?", (uid,)).fetchone()
        if row is None:
            gone.append((number,))
        elif row[0] != number:
            moved.append((row[0], number))
    for table in _TABLES:
        connection.executemany(f"DELETE FROM {table} WHERE message = ?", gone)  # noqa: S608 - our own names
        # By way of numbers that no message has: two of them may change places.
        connection.executemany(
            f"UPDATE {table} SET message = ? WHERE message = ?",  # noqa: S608 - our own names
            [(_AWAY + place, number) for place, (_fresh, number) in enumerate(moved)],
        )
        connection.executemany(
            f"UPDATE {table} SET message = ? WHERE message = ?",  # noqa: S608 - our own names
            [(fresh, _AWAY + place) for place, (fresh, _number) in enumerate(moved)],
        )


_AWAY = 1 << 62
