"""What agents did with findings of the etiquette check: a convenience of this store, no operation.

The words of a finding are kept as a hash within its key; reasons are words from a list. ``ignored`` holds for
the conversation it was said in.
"""

from __future__ import annotations

from csdesk.store.connect import Connection

IGNORED, ACCEPTED, ANYWAY = "ignored", "accepted", "anyway"


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
        (conversation, agent, IGNORED),
    ).fetchall()
    return frozenset(key for (key,) in rows)


def counts(connection: Connection) -> dict[tuple[str, str], int]:
    """How often findings of a rule met a fate, by (rule, fate), in all conversations."""
    rows = connection.execute(
        "SELECT substr(key, 1, instr(key, ':') - 1) AS rule, fate, sum(count) FROM finding GROUP BY rule, fate"
    ).fetchall()
    return {(rule, fate): count for rule, fate, count in rows}
