"""Messages, what became of them, and the search index that is written beside them."""

from __future__ import annotations

from csdesk.model.message import Sender
from csdesk.model.operation import Operation
from csdesk.store.apply import headings
from csdesk.store.apply.conversations import recompute_waiting
from csdesk.store.apply.rows import find, need, next_version, time_id, touch
from csdesk.store.connect import Connection
from csdesk.store.tokens import index_text
from csdesk.text import clean_line

PREVIEW_CHARS = 120
FILL_BATCH = 2_000


def added(connection: Connection, operation: Operation) -> None:
    body = operation.body
    conversation = need(connection, "conversation", body["conversation"])
    sender, at, text = body["from"], body["at"], body.get("text", "")
    message = time_id(connection, at)
    connection.execute(
        "INSERT INTO message(id, uid, conversation, sender, author, author_name, text, at, is_time_assumed,"
        " hlc, delivery, external_id, rule) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            message,
            operation.ent,
            conversation,
            sender,
            find(connection, "agent", body.get("author")),
            body.get("author_name", ""),
            text,
            at,
            int(body.get("assumed", False)),
            operation.hlc,
            body.get("delivery"),
            body.get("external_id"),
            body.get("rule"),
        ),
    )
    connection.execute("INSERT INTO message_index(rowid, text) VALUES(?,?)", (message, index_text(text)))
    _count_in(connection, conversation, message, sender, at, text)
    headings.put(connection, conversation)


def _count_in(
    connection: Connection, conversation: int, message: int, sender: str, at: int, text: str
) -> None:
    """Bring the conversation's row up to its new message: counters, preview, waiting, in one go."""
    connection.execute(
        _COUNT_SHOWN[Sender(sender)],
        {
            "version": next_version(connection),
            "message": message,
            "at": at,
            "id": conversation,
            "sender": sender,
            "preview": "" if sender == Sender.SYSTEM else _preview(text),
        },
    )


_COUNT = """
UPDATE conversation SET version = :version, message_count = message_count + 1,
  last_message = max(coalesce(last_message, :message), :message), updated_at = max(updated_at, :at)
"""
_SHOW = """, (preview, preview_from) = (SELECT :preview, :sender WHERE NOT EXISTS (
    SELECT 1 FROM message WHERE conversation = :id AND id > :message AND sender <> 'system')
  UNION ALL SELECT preview, preview_from LIMIT 1)
"""
_COUNT_SHOWN = {
    Sender.CUSTOMER: f"{_COUNT}{_SHOW}, waiting_since ="
    " CASE WHEN status = 'open' THEN coalesce(waiting_since, :at) END WHERE id = :id",
    Sender.AGENT: f"{_COUNT}{_SHOW}, waiting_since = NULL WHERE id = :id",
    Sender.NOTE: f"{_COUNT}{_SHOW} WHERE id = :id",
    Sender.AUTO: f"{_COUNT}{_SHOW} WHERE id = :id",
    Sender.SYSTEM: f"{_COUNT} WHERE id = :id",
}
"""What a message of each sender does to the row; one that is not the newest is not what the row shows."""


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
        "SELECT sender, text FROM message WHERE conversation=? AND sender <> 'system'"
        " ORDER BY id DESC LIMIT 1",
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


def fill_index(connection: Connection) -> None:
    """Index every message of a store whose index is empty."""
    last = -(1 << 63)
    while rows := connection.execute(
        "SELECT id, text FROM message WHERE id > ? ORDER BY id LIMIT ?", (last, FILL_BATCH)
    ).fetchall():
        connection.executemany(
            "INSERT INTO message_index(rowid, text) VALUES(?,?)",
            [(message, index_text(text)) for message, text in rows],
        )
        last = rows[-1][0]
