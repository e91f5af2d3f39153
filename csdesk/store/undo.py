"""What can still be taken back, one row for each thing done to one conversation."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from csdesk.model.undo import Undoable, UndoKind
from csdesk.store.connect import Connection

KEPT_MS = 5_000
"""How long a row outlives its time, in ms."""

_SELECT = """
SELECT undo.id, kind, undo.conversation, undo.message, before, until, batch FROM undo
"""


def put(
    connection: Connection,
    agent: int,
    kind: UndoKind,
    done: Mapping[int, dict[str, Any]],
    *,
    now_ms: int,
    until: int,
) -> None:
    """Note what was done, by conversation; more than one make a batch."""
    _forget_old(connection, now_ms)
    batch = None
    if len(done) > 1:
        batch = connection.execute("SELECT coalesce(max(batch), 0) + 1 FROM undo").fetchone()[0]
    connection.executemany(
        "INSERT INTO undo(agent, conversation, kind, before, until, batch) VALUES(?,?,?,?,?,?)",
        [(agent, number, kind, json.dumps(found), until, batch) for number, found in done.items()],
    )


def put_send(
    connection: Connection,
    agent: int,
    conversation: int,
    message: int,
    before: dict[str, Any],
    *,
    now_ms: int,
    until: int,
) -> None:
    """Note a reply that can be taken back ``until`` it is released."""
    _forget_old(connection, now_ms)
    connection.execute(
        "INSERT INTO undo(agent, conversation, kind, message, before, until) VALUES(?,?,'send',?,?,?)",
        (agent, conversation, message, json.dumps(before), until),
    )


def _forget_old(connection: Connection, now_ms: int) -> None:
    connection.execute(
        "DELETE FROM undo WHERE until < ? AND NOT EXISTS"
        " (SELECT 1 FROM outbox WHERE outbox.message = undo.message AND state IN ('held', 'approval'))",
        (now_ms - KEPT_MS,),
    )


def last(connection: Connection, agent: int, now_ms: int, conversation: int | None) -> Undoable | None:
    """What an agent did last (to one conversation, if given) that can be taken back now.

    A reply that waits for approval can be as long as it waits; after ``until`` only for who names its conversation:
    nobody means a reply of ten minutes ago somewhere else by an undo.
    """
    row = connection.execute(
        f"{_SELECT} LEFT JOIN outbox ON outbox.message = undo.message"
        " WHERE agent = :agent AND undo.conversation = coalesce(:here, undo.conversation)"
        " AND CASE kind WHEN 'send' THEN outbox.state = 'held' OR outbox.state = 'approval'"
        " AND (:here IS NOT NULL OR until > :now) ELSE until > :now END"
        " ORDER BY undo.id DESC LIMIT 1",
        {"agent": agent, "here": conversation, "now": now_ms},
    ).fetchone()
    return None if row is None else _undoable(row)


def of_message(connection: Connection, message: int) -> Undoable | None:
    """What was noted when a reply was sent; None when nothing is, or it is no longer known."""
    row = connection.execute(f"{_SELECT} WHERE undo.message = ?", (message,)).fetchone()
    return None if row is None else _undoable(row)


def batch_of(connection: Connection, found: Undoable) -> list[Undoable]:
    """All that was done together with ``found``, itself included."""
    if found.batch is None:
        return [found]
    rows = connection.execute(f"{_SELECT} WHERE batch = ? ORDER BY undo.id", (found.batch,)).fetchall()
    return [_undoable(row) for row in rows]


def _undoable(row: tuple[Any, ...]) -> Undoable:
    return Undoable(row[0], UndoKind(row[1]), row[2], row[3], json.loads(row[4]), row[5], row[6])


def drop(connection: Connection, taken: Iterable[Undoable]) -> None:
    """Forget what is being taken back."""
    connection.executemany("DELETE FROM undo WHERE id = ?", [(each.id,) for each in taken])
