"""Reading a conversation's line of time: messages and events, a page at a time, oldest first."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from csdesk.model.message import Attachment, Delivery, Message, Sender
from csdesk.store.connect import Connection
from csdesk.store.words import Words, unreadable

_SELECT = """
SELECT m.id, m.uid, m.conversation, m.sender, coalesce(nullif(m.author_name, ''), agent.name,
  CASE m.sender WHEN 'customer' THEN (SELECT contact_name FROM conversation WHERE id = m.conversation) END, ''), m.text, m.at,
  m.is_time_assumed, coalesce(outbox.state, m.delivery), outbox.release_at, coalesce(outbox.reason, m.reason),
  m.external_id,
  CASE m.text WHEN '' THEN (SELECT erased_at FROM conversation WHERE id = m.conversation) END, m.rule
FROM message m LEFT JOIN agent ON agent.id = m.author
LEFT JOIN outbox ON outbox.message = m.id AND m.sender IN ('agent', 'auto')
"""
FIRST, LAST = -(1 << 63), (1 << 63) - 1


def before(
    connection: Connection, conversation: int, message: int | None, limit: int, *, with_events: bool = True
) -> list[Message]:
    """The ``limit`` messages just ahead of ``message`` (None: the newest), oldest first."""
    end = LAST if message is None else message
    rows = connection.execute(
        f"{_SELECT} WHERE m.conversation = ? AND m.id < ? ORDER BY m.id DESC LIMIT ?",
        (conversation, end, limit),
    ).fetchall()
    found = [_message(row) for row in reversed(rows)]
    start = found[0].id if len(found) == limit else FIRST
    return _merged(connection, conversation, found, start, end, with_events)


def after(
    connection: Connection, conversation: int, message: int | None, limit: int, *, with_events: bool = True
) -> list[Message]:
    """The ``limit`` messages just behind ``message`` (None: from the first), oldest first."""
    start = FIRST if message is None else message + 1
    rows = connection.execute(
        f"{_SELECT} WHERE m.conversation = ? AND m.id >= ? ORDER BY m.id LIMIT ?",
        (conversation, start, limit),
    ).fetchall()
    found = [_message(row) for row in rows]
    end = found[-1].id + 1 if len(found) == limit else LAST
    return _merged(connection, conversation, found, start, end, with_events)


def get(connection: Connection, message: int) -> Message | None:
    """One message, or None when it is gone (withdrawn)."""
    row = connection.execute(f"{_SELECT} WHERE m.id = ?", (message,)).fetchone()
    return replace(_message(row), attachments=tuple(attachments_of(connection, message))) if row else None


_LATELY = 2_000
"""Messages of a desk that are looked through for what one agent wrote: a millisecond's reading."""


def written_in(
    connection: Connection, conversation: int, agent: int, sender: Sender, limit: int
) -> list[str]:
    """Texts of one agent in a conversation, the newest first."""
    rows = connection.execute(
        "SELECT text FROM message WHERE author = ? AND conversation = ? AND sender = ? AND text <> ''"
        " ORDER BY id DESC LIMIT ?",
        (agent, conversation, sender, limit),
    ).fetchall()
    return [text for (text,) in rows]


def written_lately(connection: Connection, agent: int, sender: Sender, limit: int) -> list[str]:
    """Texts of one agent among the newest messages of the desk, the newest first."""
    rows = connection.execute(
        "SELECT text FROM (SELECT author, sender, text FROM message ORDER BY id DESC LIMIT ?)"
        " WHERE author = ? AND sender = ? AND text <> '' LIMIT ?",
        (_LATELY, agent, sender, limit),
    ).fetchall()
    return [text for (text,) in rows]


def _merged(
    connection: Connection, conversation: int, found: list[Message], start: int, end: int, with_events: bool
) -> list[Message]:
    """The messages with their attachments, and the events of the same stretch of time among them."""
    found = _with_attachments(connection, found)
    if not with_events:
        return found
    rows = connection.execute(
        "SELECT event.id, kind, at, agent.name, body FROM event LEFT JOIN agent ON agent.id = event.agent"
        " WHERE conversation = ? AND event.id >= ? AND event.id < ? ORDER BY event.id",
        (conversation, start, end),
    ).fetchall()
    if not rows:
        return found
    events = [_event(connection, conversation, row) for row in rows]
    return sorted([*found, *events], key=lambda message: message.id)


_SENDERS, _STATES = Words(Sender), Words(Delivery)


def _message(row: tuple[Any, ...]) -> Message:
    return Message(
        id=row[0],
        uid=row[1],
        conversation=row[2],
        sender=_SENDERS[row[3]],
        author_name=row[4],
        text=row[5],
        at=row[6],
        is_time_assumed=bool(row[7]),
        delivery=_STATES[row[8]] if row[8] else None,
        release_at=row[9],
        reason=row[10],
        external_id=row[11],
        rule=row[13],
        erased_at=row[12],
    )


def _with_attachments(connection: Connection, found: list[Message]) -> list[Message]:
    if not found:
        return found
    import json  # the first frame shows no conversation yet

    rows = connection.execute(
        "SELECT message, uid, name, kind, size, sha256 FROM attachment WHERE message IN"
        " (SELECT value FROM json_each(?)) ORDER BY id",
        (json.dumps([message.id for message in found]),),
    ).fetchall()
    if not rows:
        return found
    held: dict[int, list[Attachment]] = {}
    for message, *file in rows:
        held.setdefault(message, []).append(Attachment(*file))
    return [replace(message, attachments=tuple(held.get(message.id, ()))) for message in found]


def attachments_of(connection: Connection, message: int) -> list[Attachment]:
    """The files of one message, in their order."""
    rows = connection.execute(
        "SELECT uid, name, kind, size, sha256 FROM attachment WHERE message = ? ORDER BY id", (message,)
    )
    return [Attachment(*row) for row in rows]


def attached(connection: Connection, conversation: int, limit: int) -> list[tuple[int, Attachment]]:
    """The newest ``limit`` files of a conversation, the newest first, each with the id of its message."""
    rows = connection.execute(
        "SELECT m.id, a.uid, a.name, a.kind, a.size, a.sha256 FROM message m JOIN attachment a ON a.message = m.id"
        " WHERE m.conversation = ? ORDER BY m.id DESC, a.id LIMIT ?",
        (conversation, limit),
    )
    return [(message, Attachment(*rest)) for message, *rest in rows]


def with_links(connection: Connection, conversation: int, limit: int) -> list[Message]:
    """The newest ``limit`` messages whose text may hold a link, the newest first."""
    rows = connection.execute(
        f"{_SELECT} WHERE m.conversation = ? AND (instr(m.text, ':') OR instr(m.text, '@')"
        " OR instr(m.text, 'www.')) ORDER BY m.id DESC LIMIT ?",
        (conversation, limit),
    )
    return [_message(row) for row in rows]


def _event(connection: Connection, conversation: int, row: tuple[Any, ...]) -> Message:
    import json

    from csdesk.model.event import describe

    number, kind, at, agent, body = row
    try:
        facts = json.loads(body)
    except ValueError as error:
        raise unreadable(body) from error
    names = {
        "agent": _name(
            connection, "agent", facts.get("agent") or facts.get("to_agent") or facts.get("asked")
        ),
        "team": _name(connection, "team", facts.get("to_team")),
    }
    text = describe(kind, agent or "", facts, names)
    return Message(number, b"", conversation, Sender.SYSTEM, agent or "", text, at)


def _name(connection: Connection, table: str, uid: str | None) -> str:
    if uid is None:
        return ""
    row = connection.execute(f"SELECT name FROM {table} WHERE uid = ?", (bytes.fromhex(uid),)).fetchone()  # noqa: S608 - two fixed names
    return str(row[0]) if row else ""


def last_actor(connection: Connection, conversation: int) -> int | None:
    """Which agent (a local id) did what the line of time of a conversation shows last."""
    row = connection.execute(
        "SELECT agent FROM event WHERE conversation = ? ORDER BY id DESC LIMIT 1", (conversation,)
    ).fetchone()
    return row[0] if row else None


def count_from_customer(connection: Connection, conversation: int) -> int:
    """How many messages the customer has written in a conversation."""
    row = connection.execute(
        "SELECT count(*) FROM message WHERE conversation = ? AND sender = 'customer'", (conversation,)
    ).fetchone()
    return int(row[0])
