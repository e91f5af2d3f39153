"""What a shift leaves: who waits, what was said, what has not left this desk, and the shift in numbers."""

from __future__ import annotations

import json
from dataclasses import dataclass

from csdesk.store.connect import Connection
from csdesk.store.conversations import short_ref


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation that may be handed over. ``since`` (UTC ms) is its wait, its pause's end or its last change."""

    uid: bytes
    ref: str
    contact_name: str
    tier: str | None
    said: str
    since: int


_TALK = (
    "SELECT c.uid, c.ref, c.contact_name, c.tier, iif(c.preview_from = 'note', coalesce((SELECT substr(m.text, 1, 200)"
    " FROM message m WHERE m.conversation = c.id AND m.sender <> 'note' ORDER BY m.id DESC LIMIT 1), ''), c.preview)"
)
"""What was said last: a note about a customer would stand there as if it were their words."""


def waiting(connection: Connection, agent: int, limit: int) -> list[Talk]:
    """Whom we owe an answer: an agent's customers and nobody's, the longest wait first."""
    return _talks(
        connection,
        f"{_TALK}, c.waiting_since FROM conversation c WHERE c.status = 'open' AND c.waiting_since IS NOT NULL"
        " AND (c.assignee = :agent OR c.assignee IS NULL) ORDER BY c.waiting_since, c.id LIMIT :limit",
        limit,
        agent=agent,
    )


def with_the_customer(connection: Connection, agent: int, limit: int) -> list[Talk]:
    """An agent's open conversations in which the customer is next; theirs and nobody's that are put off."""
    return _talks(
        connection,
        f"{_TALK}, coalesce(c.snooze_until, -c.updated_at) FROM conversation c"
        " WHERE c.status = 'open' AND c.waiting_since IS NULL AND c.assignee = :agent"
        " OR c.status = 'snoozed' AND (c.assignee = :agent OR c.assignee IS NULL)"
        " ORDER BY c.snooze_until IS NULL, c.snooze_until, c.updated_at DESC, c.id LIMIT :limit",
        limit,
        agent=agent,
    )


def drafts(connection: Connection, agent: int, limit: int) -> list[Talk]:
    """Where an agent has unsent text."""
    return _talks(
        connection,
        "SELECT c.uid, c.ref, c.contact_name, c.tier, d.text, max(d.updated_at) FROM draft d"
        " JOIN conversation c ON c.id = d.conversation WHERE d.agent = :agent GROUP BY c.id ORDER BY 6 LIMIT :limit",
        limit,
        agent=agent,
    )


def on_the_way(connection: Connection, limit: int, *, failed: bool) -> list[Talk]:
    """Conversations with a reply that has not left this desk, or with one that could not be sent."""
    return _talks(
        connection,
        "SELECT c.uid, c.ref, c.contact_name, c.tier, m.text, min(m.at) FROM outbox o"
        " JOIN message m ON m.id = o.message JOIN conversation c ON c.id = o.conversation"
        " WHERE (o.state IN ('failed', 'look')) = :failed GROUP BY c.id ORDER BY 6 LIMIT :limit",
        limit,
        failed=failed,
    )


def _talks(connection: Connection, sql: str, limit: int, **given: object) -> list[Talk]:
    rows = connection.execute(sql, {"limit": limit, **given}).fetchall()
    return [
        Talk(bytes(uid), short_ref(connection, ref), name, tier, said, since)
        for uid, ref, name, tier, said, since in rows
    ]


@dataclass(frozen=True, slots=True)
class Line:
    """A message that is looked through for what it means to the next shift; ``at`` in UTC ms."""

    message: bytes
    conversation: bytes
    ref: str
    contact_name: str
    tier: str | None
    text: str
    at: int


_LINES = """
SELECT m.uid, c.uid, c.ref, c.contact_name, c.tier, m.text, m.at FROM message m
JOIN conversation c ON c.id = m.conversation
WHERE m.id >= :low AND m.sender = :sender AND c.status <> 'resolved' AND (c.assignee = :agent OR c.assignee IS NULL
  OR m.author = :agent) ORDER BY m.id DESC LIMIT :limit
"""


def lines(connection: Connection, agent: int, sender: str, low: int, limit: int) -> list[Line]:
    """What was said in conversations that are not over, from the message id ``low`` on, the newest first."""
    rows = connection.execute(
        _LINES, {"low": low, "sender": sender, "agent": agent, "limit": limit}
    ).fetchall()
    return [
        Line(bytes(message), bytes(uid), ref, name, tier, text, at)
        for message, uid, ref, name, tier, text, at in rows
    ]


_LABELLED = f"""
{_TALK}, c.updated_at FROM conversation_label cl JOIN label ON label.id = cl.label
JOIN conversation c ON c.id = cl.conversation
WHERE lower(label.name) IN (SELECT value FROM json_each(:labels)) AND c.status <> 'resolved'
GROUP BY c.id ORDER BY c.updated_at DESC LIMIT :limit
"""  # noqa: S608 - our own texts


def labelled(connection: Connection, labels: tuple[str, ...], limit: int) -> list[Talk]:
    """Conversations that are not over with one of these labels (lower case)."""
    return _talks(connection, _LABELLED, limit, labels=json.dumps(labels))


_REOPENED = f"""
{_TALK}, max(e.at) FROM event e JOIN conversation c ON c.id = e.conversation
WHERE e.id >= :low AND e.kind = :kind AND e.body ->> '$.cause' = 'customer' AND c.status <> 'resolved'
GROUP BY c.id ORDER BY 6 LIMIT :limit
"""


def reopened(connection: Connection, kind: int, low: int, limit: int) -> list[Talk]:
    """Conversations that were over and that their customer opened again, from the event id ``low`` on."""
    return _talks(connection, _REOPENED, limit, low=low, kind=kind)


@dataclass(frozen=True, slots=True)
class Totals:
    """The shift in numbers: conversations, messages by whom, resolved in it; ``open`` and ``waiting`` now."""

    conversations: int
    received: int
    replied: int
    resolved: int
    open: int
    waiting: int


def totals(connection: Connection, since: int, low: int) -> Totals:
    """The numbers of everybody since ``since`` (UTC ms), which is the message id ``low``."""
    talks, received, replied = connection.execute(
        "SELECT count(DISTINCT conversation), coalesce(sum(sender = 'customer'), 0),"
        " coalesce(sum(sender = 'agent'), 0) FROM message WHERE id >= ?",
        (low,),
    ).fetchone()
    resolved = connection.execute(
        "SELECT count(*) FROM conversation WHERE status = 'resolved' AND resolved_at >= ?", (since,)
    ).fetchone()[0]
    views = dict(connection.execute("SELECT view, n FROM view_count WHERE agent = 0").fetchall())
    return Totals(talks, received, replied, resolved, views.get("open", 0), views.get("waiting", 0))
