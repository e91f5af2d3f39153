"""What decides about automatic texts, read from the store: who wrote lately and was not answered."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from csdesk.availability.facts import Talk, Told
from csdesk.availability.rules import LATE_MS
from csdesk.model.message import MACHINE
from csdesk.model.people import MAIL_CHANNELS
from csdesk.store.connect import Connection

AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Subject:
    """A conversation that an automatic text may go to, who could answer it, and what decides about it."""

    conversation: int
    inbox: int
    inbox_name: str
    assignee: int | None
    team: int | None
    talk: Talk


_COLUMNS = """
SELECT c.id, c.inbox, inbox.name, inbox.channel, c.assignee, c.team, c.contact, c.is_blocked, c.tier,
  c.waiting_since, c.status, c.resolved_at,
  (SELECT at FROM message WHERE conversation = c.id AND sender = 'customer' ORDER BY id DESC LIMIT 1),
  (SELECT at FROM message WHERE conversation = c.id AND sender = 'agent' AND delivery IS NOT 'approval'
    ORDER BY id DESC LIMIT 1),
  (SELECT rule FROM message WHERE conversation = c.id AND sender = 'customer' ORDER BY id DESC LIMIT 1)
FROM conversation c JOIN inbox ON inbox.id = c.inbox
"""
_WAITING = """
WHERE c.updated_at >= ? AND c.status = 'open' AND c.waiting_since IS NOT NULL
  AND c.inbox IN (SELECT value FROM json_each(?))
ORDER BY c.updated_at DESC, c.id DESC LIMIT ?
"""
_RESOLVED = """
WHERE c.status = 'resolved' AND c.resolved_at >= ? AND c.inbox IN (SELECT value FROM json_each(?))
ORDER BY c.resolved_at DESC, c.id DESC LIMIT ?
"""


def unanswered(connection: Connection, inboxes: Sequence[int], now_ms: int) -> list[Subject]:
    """Conversations of these inboxes where somebody waits who wrote lately enough to be told something."""
    return _subjects(connection, _WAITING, now_ms - LATE_MS, json.dumps(list(inboxes)), AT_ONCE)


def resolved(connection: Connection, inboxes: Sequence[int], now_ms: int) -> list[Subject]:
    """Conversations of these inboxes that were resolved lately."""
    return _subjects(connection, _RESOLVED, now_ms - LATE_MS, json.dumps(list(inboxes)), AT_ONCE)


def subject(connection: Connection, conversation: int) -> Subject | None:
    """What decides about one conversation; None where no customer ever wrote."""
    return next(iter(_subjects(connection, "WHERE c.id = ?", conversation)), None)


def _subjects(connection: Connection, which: str, *values: object) -> list[Subject]:
    rows = connection.execute(_COLUMNS + which, values).fetchall()
    return [_subject(connection, row) for row in rows if row[12] is not None]


def _subject(connection: Connection, row: tuple[Any, ...]) -> Subject:
    number, inbox, name, channel, assignee, team, contact, is_blocked, tier, since, status, closed = row[:12]
    is_mail = channel in MAIL_CHANNELS
    talk = Talk(
        customer_at=row[12],
        since=since if status == "open" else None,
        agent_at=row[13],
        resolved_at=closed if status == "resolved" else None,
        is_mail=is_mail,
        is_from_machine=row[14] == MACHINE,
        is_blocked=bool(is_blocked),
        tier=tier,
        told=told(connection, number),
        mailed_at=_mailed_at(connection, contact) if is_mail else None,
    )
    return Subject(number, inbox, name, assignee, team, talk)


def told(connection: Connection, conversation: int) -> tuple[Told, ...]:
    """What a conversation was told by itself, the oldest first."""
    rows = connection.execute(
        "SELECT rule, agent, episode, wait, at FROM automatic WHERE conversation = ? ORDER BY at",
        (conversation,),
    ).fetchall()
    return tuple(Told(*row) for row in rows)


def _mailed_at(connection: Connection, contact: int) -> int | None:
    row = connection.execute(
        "SELECT max(a.at) FROM conversation c JOIN inbox ON inbox.id = c.inbox"
        " JOIN automatic a ON a.conversation = c.id WHERE c.contact = ?"
        " AND inbox.channel IN (SELECT value FROM json_each(?))",
        (contact, json.dumps(MAIL_CHANNELS)),
    ).fetchone()
    return row[0] if row else None


def is_answered_since(connection: Connection, message: int) -> bool:
    """Whether a person of ours wrote in the conversation behind this message."""
    row = connection.execute(
        "SELECT 1 FROM message m JOIN message later ON later.conversation = m.conversation"
        " AND later.id > m.id AND later.sender = 'agent' AND later.delivery IS NOT 'approval' WHERE m.id = ? LIMIT 1",
        (message,),
    ).fetchone()
    return row is not None
