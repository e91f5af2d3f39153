"""What became of quick replies that were sent, and what agents wrote without one: read for learning from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from csdesk.model.reply import ReplyUse
from csdesk.store.connect import Connection

PAGE = 1_000
MOST_USES = 100_000
"""Uses that are looked at one by one, the newest first: a year of a busy team."""
RATING = "rating"
"""The external id of the message in which an import keeps the customer's rating, as stars."""


@dataclass(frozen=True, slots=True)
class SentReply:
    """One use: what the customer had asked, what they wrote next (None: nothing) and how long after it, whether
    the conversation was resolved after it, and the rating in stars (None: none)."""

    reply: str
    asked: str
    followed: str | None
    after_ms: int
    is_resolved: bool
    rating: int | None


@dataclass(frozen=True, slots=True)
class OwnWords:
    """A message that an agent sent without a quick reply."""

    message: int
    text: str
    contact_name: str


def total_uses(connection: Connection) -> dict[str, ReplyUse]:
    """Uses by all agents of this store, by reply id."""
    rows = connection.execute(
        "SELECT reply, sum(uses), max(last_used_at) FROM reply_use WHERE uses > 0 GROUP BY reply"
    ).fetchall()
    return {reply: ReplyUse(uses, last) for reply, uses, last in rows}


def sent_replies(connection: Connection) -> Iterator[SentReply]:
    """The newest uses, each with what came of it."""
    rows = connection.execute(
        "SELECT s.reply, s.message, s.conversation, m.at, c.resolved_at FROM reply_sent s"
        " JOIN message m ON m.id = s.message JOIN conversation c ON c.id = s.conversation"
        " ORDER BY s.message DESC LIMIT ?",
        (MOST_USES,),
    )
    for reply, message, conversation, at, resolved_at in rows:
        asked = connection.execute(
            "SELECT text FROM message WHERE conversation = ? AND id < ? AND sender = 'customer'"
            " ORDER BY id DESC LIMIT 1",
            (conversation, message),
        ).fetchone()
        followed = connection.execute(
            "SELECT text, at FROM message WHERE conversation = ? AND id > ? AND sender = 'customer'"
            " ORDER BY id LIMIT 1",
            (conversation, message),
        ).fetchone()
        yield SentReply(
            reply,
            asked[0] if asked else "",
            followed[0] if followed else None,
            followed[1] - at if followed else 0,
            resolved_at is not None and resolved_at >= at,
            _rating(connection, conversation),
        )


def own_words(connection: Connection, after: int = 0) -> Iterator[OwnWords]:
    """Every agent's message without a quick reply behind the message ``after``, page by page, oldest first."""
    while True:
        rows = connection.execute(
            "SELECT m.id, m.text, c.contact_name, m.sender = 'agent' AND m.rule IS NULL"
            "  AND NOT EXISTS (SELECT 1 FROM reply_sent s WHERE s.message = m.id)"
            " FROM message m JOIN conversation c ON c.id = m.conversation WHERE m.id > ? ORDER BY m.id LIMIT ?",
            (after, PAGE),
        ).fetchall()
        if not rows:
            return
        yield from (OwnWords(id, text, name) for id, text, name, is_own in rows if is_own)
        after = rows[-1][0]


def message_count(connection: Connection) -> int:
    """How many messages a pass goes through: what the conversations' counters say."""
    row = connection.execute("SELECT coalesce(sum(message_count), 0) FROM conversation").fetchone()
    return int(row[0])


def _rating(connection: Connection, conversation: int) -> int | None:
    row = connection.execute(
        "SELECT text FROM message WHERE conversation = ? AND external_id = ?", (conversation, RATING)
    ).fetchone()
    stars = row[0].count("★") if row else 0
    return stars or None
