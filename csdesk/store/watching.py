"""Who watches whom on this store now, what those who are watched have open, and what was whispered to them.

A watcher shows itself by a row of its own; only while there is one do windows say which conversation they have
open, so that nobody pays for being watched who is not.
"""

from __future__ import annotations

from csdesk.model.message import WHISPER, Mode
from csdesk.store.connect import Connection
from csdesk.store.rows import SEQUENCE_BITS

GONE_MS = 30_000
"""A watcher that has not shown itself for this long was killed."""


def watch(connection: Connection, session: str, watcher: int, agent: int, now_ms: int) -> None:
    """``watcher`` follows ``agent`` from this session; to be said again within GONE_MS."""
    connection.execute("DELETE FROM watching WHERE seen_at <= ?", (now_ms - GONE_MS,))
    connection.execute(
        "INSERT INTO watching(session, watcher, agent, seen_at) VALUES(?,?,?,?) ON CONFLICT(session)"
        " DO UPDATE SET agent = excluded.agent, seen_at = excluded.seen_at",
        (session, watcher, agent, now_ms),
    )


def leave(connection: Connection, session: str) -> None:
    """The session watches nobody any more."""
    connection.execute("DELETE FROM watching WHERE session = ?", (session,))


def watchers(connection: Connection, agent: int, now_ms: int) -> tuple[str, ...]:
    """Names of those who watch an agent now."""
    rows = connection.execute(
        "SELECT DISTINCT agent.name FROM watching JOIN agent ON agent.id = watching.watcher"
        " WHERE watching.agent = ? AND watching.seen_at > ? ORDER BY agent.name",
        (agent, now_ms - GONE_MS),
    ).fetchall()
    return tuple(name for (name,) in rows)


def tell_open(connection: Connection, agent: int, session: str, conversation: int | None) -> None:
    """A window of an agent has this conversation open (None: none); a window that is gone says nothing."""
    connection.execute(
        "UPDATE presence SET conversation = ? WHERE agent = ? AND session = ?", (conversation, agent, session)
    )


def opened_by(connection: Connection, agent: int) -> int | None:
    """The conversation that an agent has open in the window they last used, as far as it was told."""
    row = connection.execute(
        "SELECT p.conversation FROM presence p JOIN conversation c ON c.id = p.conversation"
        " WHERE p.agent = ? ORDER BY p.key_at DESC, p.seen_at DESC LIMIT 1",
        (agent,),
    ).fetchone()
    return row[0] if row else None


def written_now(connection: Connection, conversation: int, agent: int) -> tuple[Mode, str] | None:
    """What an agent is writing in a conversation: mode and text of the draft that changed last."""
    row = connection.execute(
        "SELECT mode, text FROM draft WHERE conversation = ? AND agent = ? AND text <> ''"
        " ORDER BY updated_at DESC LIMIT 1",
        (conversation, agent),
    ).fetchone()
    return (Mode(row[0]), row[1]) if row else None


Newest = tuple[int, int]
"""How far the messages of a desk were seen: the first id of the newest one's second, and the newest stamp in it.
Within a second the id of a message that was withdrawn is the next one's."""


def newest(connection: Connection) -> Newest:
    """How far the messages go now."""
    last = connection.execute("SELECT coalesce(max(id), 0) FROM message").fetchone()[0]
    low = last >> SEQUENCE_BITS << SEQUENCE_BITS
    stamp = connection.execute("SELECT coalesce(max(hlc), 0) FROM message WHERE id >= ?", (low,)).fetchone()[
        0
    ]
    return low, stamp


def whispers(connection: Connection, agent: int, since: Newest, here: int) -> list[tuple[str, str, str]]:
    """Whispers of others that came ``since`` in conversations of ``agent`` or in ``here``, which they have open:
    who whispered, the conversation's ref, the text; the oldest first."""
    return connection.execute(
        "SELECT coalesce(author.name, ''), c.ref, m.text FROM message m"
        " JOIN conversation c ON c.id = m.conversation LEFT JOIN agent author ON author.id = m.author"
        " WHERE m.id >= ? AND m.hlc > ? AND m.sender = 'note' AND m.rule = ? AND m.author IS NOT ?"
        " AND (c.assignee = ? OR c.id = ?) ORDER BY m.hlc",
        (*since, WHISPER, agent, agent, here),
    ).fetchall()
