"""Conversations that are offered to a colleague: to whom, by whom, and until when."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass

from csdesk.store.connect import Connection

GRACE_MS = 60_000
"""How long after its end another desk waits before it says that an offer came to nothing: the desk that made it is
likely to."""


@dataclass(frozen=True, slots=True)
class Offer:
    """``by`` would hand ``conversation`` to ``to`` (local ids of agents), who may take it until ``until`` (UTC ms).
    ``desk`` is where it was made."""

    conversation: int
    uid: bytes
    by: int
    by_name: str
    to: int
    to_name: str
    at: int
    until: int
    reason: str
    desk: int

    def is_open(self, now_ms: int) -> bool:
        """Whether it can be taken still. Which is the same on all desks, whoever says that it is over."""
        return now_ms < self.until


_SELECT = """
SELECT o.conversation, o.uid, o.by_agent, giver.name, o.to_agent, taker.name, o.at, o.until, o.reason, o.desk
FROM offer o JOIN agent giver ON giver.id = o.by_agent JOIN agent taker ON taker.id = o.to_agent
"""


def of(connection: Connection, conversation: int) -> Offer | None:
    """The offer of a conversation, open or run out and not said to be; None when there is none."""
    row = connection.execute(f"{_SELECT} WHERE o.conversation = ?", (conversation,)).fetchone()
    return None if row is None else Offer(*row)


def to(connection: Connection, agent: int, now_ms: int) -> list[Offer]:
    """What an agent is asked to take now, the one that ends first at the head."""
    rows = connection.execute(
        f"{_SELECT} WHERE o.to_agent = ? AND o.until > ? ORDER BY o.until, o.conversation", (agent, now_ms)
    )
    return [Offer(*row) for row in rows.fetchall()]


def by(connection: Connection, agent: int) -> list[Offer]:
    """What an agent has offered and nobody has answered, the oldest first."""
    rows = connection.execute(f"{_SELECT} WHERE o.by_agent = ? ORDER BY o.at, o.conversation", (agent,))
    return [Offer(*row) for row in rows.fetchall()]


def run_out(connection: Connection, desk: int, inboxes: Collection[int], now_ms: int) -> list[Offer]:
    """The offers that have run out and that ``desk`` is to say so of: its own; those of others in the ``inboxes``
    that it sends for (local ids), where their own desk has not for a while."""
    values = {
        "desk": desk,
        "now": now_ms,
        "late": now_ms - GRACE_MS,
        "inboxes": json.dumps(sorted(inboxes)),
    }
    return [Offer(*row) for row in connection.execute(_SELECT + _RUN_OUT, values).fetchall()]


_RUN_OUT = """
JOIN conversation c ON c.id = o.conversation WHERE o.until <= :now AND (
  o.desk = :desk OR (o.until <= :late AND c.inbox IN (SELECT value FROM json_each(:inboxes))))
ORDER BY o.until
"""
