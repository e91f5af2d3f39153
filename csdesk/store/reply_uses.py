"""How often each quick reply was used, by whom, and when last: what an empty query ranks by."""

from __future__ import annotations

from csdesk.model.reply import ReplyUse
from csdesk.store.connect import Connection


def of_agent(connection: Connection, agent: int) -> dict[str, ReplyUse]:
    """Uses by reply id."""
    rows = connection.execute(
        "SELECT reply, uses, last_used_at FROM reply_use WHERE agent = ?", (agent,)
    ).fetchall()
    return {reply: ReplyUse(uses, last_used_at) for reply, uses, last_used_at in rows}


def count(connection: Connection, reply: str, agent: int, now_ms: int) -> None:
    """One more use."""
    connection.execute(
        "INSERT INTO reply_use(reply, agent, uses, last_used_at) VALUES(?,?,1,?)"
        " ON CONFLICT(reply, agent) DO UPDATE SET uses = uses + 1, last_used_at = excluded.last_used_at",
        (reply, agent, now_ms),
    )
