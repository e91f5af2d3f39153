"""What agents did with findings of the etiquette check: a convenience of this store, no operation.

The words of a finding are kept as a hash within its key; reasons are words from a list. ``ignored`` holds for
the conversation it was said in.
"""

from __future__ import annotations

from csdesk.model.finding import Fate, Fated
from csdesk.store.connect import Connection


def remember(
    connection: Connection, *, agent: int, conversation: int, key: str, fate: str, reason: str, at: int
) -> None:
    """Note what became of the finding ``key`` (``rule:hash``); done again, it is counted once more."""
    connection.execute(
        "INSERT INTO finding(conversation, agent, key, fate, reason, count, at) VALUES(?, ?, ?, ?, ?, 1, ?)"
        " ON CONFLICT(conversation, agent, key, fate) DO UPDATE"
        " SET reason = excluded.reason, count = count + 1, at = excluded.at",
        (conversation, agent, key, fate, reason, at),
    )


def ignored(connection: Connection, agent: int, conversation: int) -> frozenset[str]:
    """The keys that ``agent`` does not want to hear of again in a conversation."""
    rows = connection.execute(
        "SELECT key FROM finding WHERE conversation = ? AND agent = ? AND fate = ?",
        (conversation, agent, Fate.IGNORED),
    ).fetchall()
    return frozenset(key for (key,) in rows)


def fates(
    connection: Connection, *, agent: int | None = None, conversation: int | None = None, since: int = 0
) -> list[Fated]:
    """What became of findings: of one ``agent`` or all, in one ``conversation`` or all, last so at ``since`` (UTC
    ms) or later. Of one met again and again the last reason is known."""
    rows = connection.execute(
        "SELECT substr(key, 1, instr(key, ':') - 1) AS rule, fate, reason, sum(count) FROM finding"
        " WHERE (:agent IS NULL OR agent = :agent) AND (:conversation IS NULL OR conversation = :conversation)"
        " AND at >= :since GROUP BY rule, fate, reason",
        {"agent": agent, "conversation": conversation, "since": since},
    )
    return [Fated(*row) for row in rows]
