"""How agents stand, why, what they carry, and which of their windows are open."""

from __future__ import annotations

import json
from enum import Enum
from typing import Any, TypeVar

from csdesk.model.availability import NEVER_HERE, Availability, Cause, Change, Standing
from csdesk.model.people import MAIL_CHANNELS
from csdesk.store.connect import Connection

GONE_MS = 90_000
"""A window that has not shown itself for this long was killed, or its machine sleeps."""

_SELECT = "SELECT status, cause, at, episode, until, reason FROM availability WHERE agent = ?"

Choice = TypeVar("Choice", bound=Enum)


def standing(connection: Connection, agent: int) -> Standing:
    """How an agent stands now; ``NEVER_HERE`` for one who never opened the desk."""
    row = connection.execute(f"{_SELECT} ORDER BY hlc DESC, desk DESC LIMIT 1", (agent,)).fetchone()
    return _standing(row) if row else NEVER_HERE


def is_said_here(connection: Connection, agent: int) -> bool:
    """Whether an agent said at this desk how they stand, not at one that shares its log with this."""
    row = connection.execute(
        "SELECT desk = (SELECT value FROM meta WHERE key = 'desk') FROM availability WHERE agent = ?"
        " ORDER BY hlc DESC, desk DESC LIMIT 1",
        (agent,),
    ).fetchone()
    return row is None or bool(row[0])


def standings(connection: Connection) -> dict[int, Standing]:
    """How every active agent stands, by local id."""
    rows = connection.execute("SELECT id FROM agent WHERE is_active = 1").fetchall()
    return {agent: standing(connection, agent) for (agent,) in rows}


def changes(connection: Connection, agent: int, limit: int = 10) -> list[Change]:
    """An agent's last changes, newest first."""
    rows = connection.execute(
        f"{_SELECT} ORDER BY hlc DESC, desk DESC LIMIT ?", (agent, limit + 1)
    ).fetchall()
    found = [_standing(row) for row in rows]
    before = [each.status for each in found[1:]] + [None]
    return [Change(was, now) for now, was in zip(found, before, strict=False)][:limit]


def _standing(row: tuple[Any, ...]) -> Standing:
    """A newer desk may send a word we do not know: somebody we cannot place counts as not here."""
    status = _known(Availability, row[0], Availability.OFFLINE)
    return Standing(status, _known(Cause, row[1], Cause.CHOSEN), row[2], row[3], row[4], row[5])


def _known(kind: type[Choice], value: str, otherwise: Choice) -> Choice:
    try:
        return kind(value)
    except ValueError:
        return otherwise


def chats(connection: Connection, agent: int) -> int:
    """How many open chats an agent has; letters are no chats."""
    row = connection.execute(
        "SELECT count(*) FROM conversation c JOIN inbox ON inbox.id = c.inbox WHERE c.status = 'open'"
        " AND c.assignee = ? AND inbox.channel NOT IN (SELECT value FROM json_each(?))",
        (agent, json.dumps(MAIL_CHANNELS)),
    ).fetchone()
    return int(row[0])


def longest_waits(connection: Connection, agent: int) -> dict[str | None, int]:
    """By tier (None: the contact has none), since when the one who has waited longest on an agent waits."""
    rows = connection.execute(
        "SELECT tier, min(waiting_since) FROM conversation WHERE status = 'open' AND assignee = ?"
        " AND waiting_since IS NOT NULL GROUP BY tier",
        (agent,),
    )
    return dict(rows.fetchall())


def last_key(connection: Connection, agent: int) -> int:
    """The last key in any window of an agent, as far as the windows have told; 0 when none is open."""
    row = connection.execute("SELECT max(key_at) FROM presence WHERE agent = ?", (agent,)).fetchone()
    return int(row[0] or 0)


def is_seen(connection: Connection, agent: int, now_ms: int, *, besides: str = "") -> bool:
    """Whether a window of an agent (but for the session ``besides``) shows itself still."""
    row = connection.execute(
        "SELECT 1 FROM presence WHERE agent = ? AND session <> ? AND seen_at > ? LIMIT 1",
        (agent, besides, now_ms - GONE_MS),
    ).fetchone()
    return row is not None


def show(connection: Connection, agent: int, session: str, key_at: int, now_ms: int) -> None:
    """A window shows itself, with its last key; windows that were killed are forgotten."""
    connection.execute("DELETE FROM presence WHERE seen_at <= ?", (now_ms - GONE_MS,))
    connection.execute(
        "INSERT INTO presence(agent, session, key_at, seen_at) VALUES(?,?,?,?) ON CONFLICT(agent, session)"
        " DO UPDATE SET key_at = max(key_at, excluded.key_at), seen_at = excluded.seen_at",
        (agent, session, key_at, now_ms),
    )


def close(connection: Connection, agent: int, session: str) -> None:
    """A window closes."""
    connection.execute("DELETE FROM presence WHERE agent = ? AND session = ?", (agent, session))
