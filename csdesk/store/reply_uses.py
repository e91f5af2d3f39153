"""Which quick replies were sent: how often by whom, when last, and what each message was made of.

Counts are an agent's own and local, what an empty query ranks by. A message's replies are kept so that the
next wording can be another one, and so that a withdrawn message can be written on as it was.
"""

from __future__ import annotations

from collections.abc import Iterable

from csdesk.model.reply import InsertedReply, ReplyUse
from csdesk.store.connect import Connection


def of_agent(connection: Connection, agent: int) -> dict[str, ReplyUse]:
    """Uses by reply id."""
    rows = connection.execute(
        "SELECT reply, uses, last_used_at FROM reply_use WHERE agent = ? AND uses > 0", (agent,)
    ).fetchall()
    return {reply: ReplyUse(uses, last_used_at) for reply, uses, last_used_at in rows}


def sent(
    connection: Connection,
    message: int,
    conversation: int,
    replies: Iterable[InsertedReply],
    agent: int,
    now_ms: int,
) -> None:
    """``message`` was made of ``replies``: one more use of each."""
    for each in replies:
        connection.execute(
            "INSERT INTO reply_sent(message, reply, wording, conversation, agent, at) VALUES(?,?,?,?,?,?)"
            " ON CONFLICT DO NOTHING",
            (message, each.reply, each.wording, conversation, agent, now_ms),
        )
        connection.execute(
            "INSERT INTO reply_use(reply, agent, uses, last_used_at) VALUES(?,?,1,?)"
            " ON CONFLICT(reply, agent) DO UPDATE SET uses = uses + 1, last_used_at = excluded.last_used_at",
            (each.reply, agent, now_ms),
        )


def taken_back(connection: Connection, message: int) -> None:
    """``message`` was withdrawn before it left: its replies were not used after all."""
    connection.execute(
        "UPDATE reply_use SET uses = uses - 1 WHERE uses > 0 AND (reply, agent) IN"
        " (SELECT reply, agent FROM reply_sent WHERE message = ?)",
        (message,),
    )
    connection.execute("DELETE FROM reply_sent WHERE message = ?", (message,))


def last_wording(connection: Connection, conversation: int, reply: str) -> int | None:
    """The wording in which ``reply`` was last sent in a conversation; None when it never was."""
    row = connection.execute(
        "SELECT wording FROM reply_sent WHERE conversation = ? AND reply = ? ORDER BY message DESC LIMIT 1",
        (conversation, reply),
    ).fetchone()
    return None if row is None else int(row[0])


def messages_made_of(connection: Connection, conversation: int) -> int:
    """How many messages of a conversation hold a quick reply."""
    row = connection.execute(
        "SELECT count(DISTINCT message) FROM reply_sent WHERE conversation = ?", (conversation,)
    ).fetchone()
    return int(row[0])
