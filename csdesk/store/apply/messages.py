"""Messages, what became of them, and the search index that is written beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from csdesk.model.message import Sender
from csdesk.model.operation import Operation
from csdesk.store.apply import headings
from csdesk.store.apply.conversations import recompute_waiting
from csdesk.store.apply.indexing import PUT_MESSAGE, IndexRows
from csdesk.store.apply.rows import MissingEntity, find, need, next_version, time_ids, touch
from csdesk.store.connect import Connection
from csdesk.store.tokens import index_text
from csdesk.text import clean_line

PREVIEW_CHARS = 120
FILL_BATCH = 2_000


@dataclass(slots=True)
class _Standing:
    """A conversation's row as a run of messages finds it, and what becomes of it."""

    id: int
    status: str
    waiting_since: int | None
    last_message: int | None
    heading: int | None
    contact_name: str
    subject: str
    next_version: int


_STANDING = """
SELECT id, status, waiting_since, last_message, heading, contact_name, subject,
  (SELECT coalesce(max(version), 0) + 1 FROM conversation)
FROM conversation WHERE uid = ?
"""


def added(connection: Connection, operation: Operation) -> None:
    owed = IndexRows()
    added_many(connection, (operation,), owed)
    owed.write(connection)


def added_many(connection: Connection, operations: Sequence[Operation], owed: IndexRows) -> None:
    """Store a run of messages of one conversation: the rows that one after the other would make.

    ``owed`` collects what has to be written into the indexes besides.
    """
    uid = operations[0].body["conversation"]
    row = connection.execute(_STANDING, (bytes.fromhex(uid),)).fetchone()
    if row is None:
        raise MissingEntity(f"conversation {uid}")
    conversation = _Standing(*row)
    bodies = [operation.body for operation in operations]
    ids = time_ids(connection, [body["at"] for body in bodies])
    authors = {uid: find(connection, "agent", uid) for uid in {body.get("author") for body in bodies}}
    if conversation.heading is None and (conversation.contact_name or conversation.subject):
        oldest = min(_oldest(connection, conversation), ids[0])
        name, subject = conversation.contact_name, conversation.subject
        owed.headings.append(headings.put_at(connection, conversation.id, oldest, name, subject))
    rows = [
        _row(conversation.id, number, authors[operation.body.get("author")], operation)
        for number, operation in zip(ids, operations, strict=True)
    ]
    connection.executemany(_INSERT, rows)
    told = [
        (conversation.id, body["rule"], authors[body["author"]], body["episode"], body["at"])
        for body in bodies
        if "episode" in body
    ]
    if told:
        connection.executemany(_TOLD, told)
    _count_in(connection, conversation, ids, bodies)
    owed.messages += [
        (number, index_text(body.get("text", ""))) for number, body in zip(ids, bodies, strict=True)
    ]


_INSERT = """
INSERT INTO message(id, uid, conversation, sender, author, author_name, text, at, is_time_assumed, hlc, delivery,
  external_id, rule) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)
"""
_TOLD = """
INSERT INTO automatic(conversation, rule, agent, episode, at) VALUES(?,?,?,?,?) ON CONFLICT DO NOTHING
"""
_NONE = 1 << 63


def _row(conversation: int, number: int, author: int | None, operation: Operation) -> tuple[Any, ...]:
    body = operation.body
    return (
        number,
        operation.ent,
        conversation,
        Sender(body["from"]).value,
        author,
        body.get("author_name", ""),
        body.get("text", ""),
        body["at"],
        int(body.get("assumed", False)),
        operation.hlc,
        body.get("delivery"),
        body.get("external_id"),
        body.get("rule"),
    )


def _oldest(connection: Connection, conversation: _Standing) -> int:
    """Id of the conversation's first message, above all ids when there is none."""
    if conversation.last_message is None:
        return _NONE
    row = connection.execute(
        "SELECT min(id) FROM message WHERE conversation = ?", (conversation.id,)
    ).fetchone()
    return int(row[0])


def _count_in(
    connection: Connection, conversation: _Standing, ids: Sequence[int], bodies: Sequence[dict[str, Any]]
) -> None:
    """Bring the conversation's row up to its new messages: counters, preview, waiting, in one go.

    Columns that stay as they are stay out of the statement: SQLite would write every index they are in.
    """
    shown = _newest_shown(connection, conversation, ids, bodies)
    waiting = _waiting(conversation, bodies)
    values: dict[str, Any] = {
        "id": conversation.id,
        "version": conversation.next_version + len(ids) - 1,
        "count": len(ids),
        "message": max(ids),
        "at": max(body["at"] for body in bodies),
        "waiting": waiting,
    }
    if shown is not None:
        values |= {"preview": _preview(shown.get("text", "")), "sender": shown["from"]}
    connection.execute(_COUNT[shown is not None, waiting != conversation.waiting_since], values)


_BASE = """
UPDATE conversation SET version = :version, message_count = message_count + :count,
  last_message = max(coalesce(last_message, :message), :message), updated_at = max(updated_at, :at)
"""
_COUNT = {
    (is_shown, is_moved): _BASE
    + (", preview = :preview, preview_from = :sender" if is_shown else "")
    + (", waiting_since = :waiting" if is_moved else "")
    + " WHERE id = :id"
    for is_shown in (False, True)
    for is_moved in (False, True)
}


def _newest_shown(
    connection: Connection, conversation: _Standing, ids: Sequence[int], bodies: Sequence[dict[str, Any]]
) -> dict[str, Any] | None:
    """The message that the row shows from now on; None when it shows an older run's still."""
    number, body = max(
        ((number, body) for number, body in zip(ids, bodies, strict=True) if _is_shown(body)),
        key=lambda pair: pair[0],
        default=(0, None),
    )
    if body is None or conversation.last_message is None or number > conversation.last_message:
        return body
    newer = connection.execute(
        f"SELECT 1 FROM message WHERE conversation = ? AND id > ? AND {_SHOWN} LIMIT 1",  # noqa: S608 - a fixed text
        (conversation.id, number),
    ).fetchone()
    return body if newer is None else None


_SHOWN = "sender <> 'system' AND NOT (sender = 'auto' AND rule IS NOT NULL)"


def _is_shown(body: dict[str, Any]) -> bool:
    """Whether the queue shows it: what a rule of ours wrote would hide what the customer asks (``_SHOWN``)."""
    return body["from"] != Sender.SYSTEM and not (body["from"] == Sender.AUTO and "rule" in body)


def _waiting(conversation: _Standing, bodies: Sequence[dict[str, Any]]) -> int | None:
    """Since when somebody waits behind these messages."""
    waiting = conversation.waiting_since
    for body in bodies:
        if body["from"] == Sender.CUSTOMER:
            waiting = None if conversation.status != "open" else body["at"] if waiting is None else waiting
        elif body["from"] == Sender.AGENT:
            waiting = None
    return waiting


def _preview(text: str) -> str:
    return clean_line(text[: PREVIEW_CHARS * 2])[:PREVIEW_CHARS]


def withdrawn(connection: Connection, operation: Operation) -> None:
    """A reply taken back before it went out: no trace but the operation, also in the index."""
    message = need(connection, "message", operation.ent)
    conversation, text = connection.execute(
        "SELECT conversation, text FROM message WHERE id=?", (message,)
    ).fetchone()
    connection.execute(
        "INSERT INTO message_index(message_index, rowid, text) VALUES('delete', ?, ?)",
        (message, index_text(text)),
    )
    headings.take(connection, conversation)
    connection.execute("DELETE FROM attachment WHERE message=?", (message,))
    connection.execute("DELETE FROM message WHERE id=?", (message,))
    headings.put(connection, conversation)
    shown = connection.execute(
        f"SELECT sender, text FROM message WHERE conversation=? AND {_SHOWN} ORDER BY id DESC LIMIT 1",  # noqa: S608 - a fixed text
        (conversation,),
    ).fetchone() or ("", "")
    connection.execute(
        "UPDATE conversation SET version = :version, message_count = message_count - 1,"
        " last_message = (SELECT max(id) FROM message WHERE conversation = :id),"
        " preview = :preview, preview_from = :sender, updated_at = max(opened_at, coalesce("
        "(SELECT max(at) FROM message WHERE conversation = :id), opened_at)) WHERE id = :id",
        {
            "version": next_version(connection),
            "sender": shown[0],
            "preview": _preview(shown[1]),
            "id": conversation,
        },
    )
    recompute_waiting(connection, conversation)


def delivered(connection: Connection, operation: Operation) -> None:
    message = need(connection, "message", operation.ent)
    body = operation.body
    connection.execute(
        "UPDATE message SET delivery = ?, reason = ?, external_id = coalesce(external_id, ?) WHERE id = ?",
        (body["state"], body.get("reason"), body.get("external_id"), message),
    )
    conversation = connection.execute("SELECT conversation FROM message WHERE id=?", (message,)).fetchone()[0]
    touch(connection, conversation)


def attachment_added(connection: Connection, operation: Operation) -> None:
    body = operation.body
    message = need(connection, "message", body["message"])
    connection.execute(
        "INSERT INTO attachment(uid, message, name, kind, size, sha256) VALUES(?,?,?,?,?,?)",
        (operation.ent, message, body.get("name", ""), body["kind"], body["size"], body.get("sha256", "")),
    )


def index_some(connection: Connection, after: int) -> int | None:
    """Index the next messages behind the id ``after``; the id of the last, None when there was none."""
    rows = connection.execute(
        "SELECT id, text FROM message WHERE id > ? ORDER BY id LIMIT ?", (after, FILL_BATCH)
    ).fetchall()
    connection.executemany(PUT_MESSAGE, [(message, index_text(text)) for message, text in rows])
    return int(rows[-1][0]) if rows else None
