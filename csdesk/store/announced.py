"""Which waits an agent was told of, and the waits to tell of. A convenience of this store: no operation.

A row names the wait by its conversation and when it began, so that what was announced once stays so after
a restart, and the next wait of the same conversation is a new one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from csdesk.availability.alerts import AFTER_ANSWER_MS, Level, Told, Wait, counts_from
from csdesk.store.connect import Connection
from csdesk.store.conversations import short_ref

MOST = 300
"""As many waits as are looked at, the newest: behind so many there is nothing left to say."""

KEPT_MS = 86_400_000
"""How long a wait that is over stays known: a resolve may be taken back."""

_WAITS = """
SELECT c.id, c.waiting_since, c.tier, coalesce(a.level, 0),
  CASE WHEN c.waiting_since > :recent THEN (
    SELECT max(at) FROM (SELECT at, sender, delivery FROM message WHERE conversation = c.id ORDER BY id DESC LIMIT 50)
    WHERE sender = 'agent' AND delivery IS NOT 'approval') END
FROM conversation c INDEXED BY conversation_waiting
LEFT JOIN announced a ON a.agent = :agent AND a.conversation = c.id AND a.since = c.waiting_since
WHERE c.status = 'open' AND c.waiting_since IS NOT NULL
  AND (:is_all OR c.assignee IS NULL OR c.assignee = :agent)
ORDER BY c.waiting_since DESC, c.id DESC LIMIT :most
"""


def waits(connection: Connection, agent: int, *, recent_ms: int, is_all: bool = False) -> list[Wait]:
    """Who waits on an agent or on nobody yet (``is_all``: on anybody), the newest MOST.

    Only for waits that began after ``recent_ms`` is asked when they were last answered: the older ones
    count from their start by any limit.
    """
    rows = connection.execute(
        _WAITS,
        {"agent": agent, "is_all": is_all, "most": MOST, "recent": recent_ms - AFTER_ANSWER_MS},
    ).fetchall()
    return [
        Wait(number, since, counts_from(since, answered), tier, Level(level))
        for number, since, tier, level, answered in rows
    ]


_RECORD = """
INSERT INTO announced(agent, conversation, since, level, at) VALUES(?,?,?,?,?)
ON CONFLICT(agent, conversation) DO UPDATE SET since = excluded.since, level = excluded.level, at = excluded.at
WHERE excluded.since <> announced.since OR excluded.level > announced.level
"""


def record(connection: Connection, agent: int, told: Iterable[Told], now_ms: int) -> int:
    """Remember what an agent is told of; how many of it no window of theirs had told before."""
    connection.execute(
        "DELETE FROM announced WHERE agent = ? AND at < ? AND NOT EXISTS (SELECT 1 FROM conversation c"
        " WHERE c.id = announced.conversation AND c.waiting_since = announced.since)",
        (agent, now_ms - KEPT_MS),
    )
    before = connection.total_changes
    connection.executemany(
        _RECORD, [(agent, each.conversation, each.since, int(each.level), now_ms) for each in told]
    )
    return connection.total_changes - before


@dataclass(frozen=True, slots=True)
class Announcement:
    """What an agent was told: at ``at`` (UTC ms), that this conversation had waited since ``since``."""

    conversation: int
    ref: str
    short_ref: str
    since: int
    level: Level
    at: int


def recent(connection: Connection, agent: int, limit: int = 10) -> list[Announcement]:
    """What an agent was told of last, newest first."""
    rows = connection.execute(
        "SELECT a.conversation, c.ref, a.since, a.level, a.at FROM announced a"
        " JOIN conversation c ON c.id = a.conversation WHERE a.agent = ?"
        " ORDER BY a.at DESC, a.conversation DESC LIMIT ?",
        (agent, limit),
    ).fetchall()
    return [
        Announcement(number, ref, short_ref(connection, ref), since, Level(level), at)
        for number, ref, since, level, at in rows
    ]
