"""What decides about automatic texts, read from the store: who wrote lately and was not answered."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from csdesk.availability.autoreply import AWAY, LATE_MS, Talk
from csdesk.model.message import MACHINE
from csdesk.model.people import MAIL_CHANNELS
from csdesk.store.connect import Connection

AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A conversation that waits, who could answer it, and what decides about an automatic text."""

    conversation: int
    assignee: int | None
    team: int | None
    talk: Talk


_RECENT = """
SELECT c.id, c.assignee, c.team, c.contact, c.is_blocked, inbox.channel,
  (SELECT at FROM message WHERE conversation = c.id AND sender = 'customer' ORDER BY id DESC LIMIT 1),
  (SELECT at FROM message WHERE conversation = c.id AND sender = 'agent' ORDER BY id DESC LIMIT 1),
  (SELECT rule FROM message WHERE conversation = c.id AND sender = 'customer' ORDER BY id DESC LIMIT 1)
FROM conversation c JOIN inbox ON inbox.id = c.inbox
WHERE c.updated_at >= ? AND c.status = 'open' AND c.waiting_since IS NOT NULL
  AND c.inbox IN (SELECT value FROM json_each(?))
ORDER BY c.updated_at DESC, c.id DESC LIMIT ?
"""


def unanswered(connection: Connection, inboxes: Sequence[int], now_ms: int) -> list[Unanswered]:
    """Conversations of these inboxes where somebody waits who wrote lately enough to be told something."""
    rows = connection.execute(_RECENT, (now_ms - LATE_MS, json.dumps(list(inboxes)), AT_ONCE)).fetchall()
    return [
        Unanswered(
            number,
            assignee,
            team,
            Talk(
                customer_at=heard,
                agent_at=said,
                is_from_machine=rule == MACHINE,
                is_blocked=bool(is_blocked),
                told=told(connection, number),
                mailed_at=_mailed_at(connection, contact) if channel in MAIL_CHANNELS else None,
            ),
        )
        for number, assignee, team, contact, is_blocked, channel, heard, said, rule in rows
        if heard is not None
    ]


def told(connection: Connection, conversation: int) -> frozenset[tuple[int, int]]:
    """The absences (agent, episode) that a conversation was told of."""
    rows = connection.execute(
        "SELECT agent, episode FROM automatic WHERE conversation = ? AND rule = ?", (conversation, AWAY)
    ).fetchall()
    return frozenset((agent, episode) for agent, episode in rows)


def _mailed_at(connection: Connection, contact: int) -> int | None:
    row = connection.execute(
        "SELECT max(a.at) FROM conversation c JOIN automatic a ON a.conversation = c.id WHERE c.contact = ?",
        (contact,),
    ).fetchone()
    return row[0] if row else None


def is_answered_since(connection: Connection, message: int) -> bool:
    """Whether a person of ours wrote in the conversation behind this message."""
    row = connection.execute(
        "SELECT 1 FROM message m JOIN message later ON later.conversation = m.conversation"
        " AND later.id > m.id AND later.sender = 'agent' WHERE m.id = ? LIMIT 1",
        (message,),
    ).fetchone()
    return row is not None
