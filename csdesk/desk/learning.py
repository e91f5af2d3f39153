"""Learning from what was sent: how quick replies do, and which answers are worth becoming one.

Counts are facts of this store alone (:mod:`csdesk.store.reply_uses`). *Asked again* means: the customer's
next message came within ten minutes of the reply and says nearly the same as their last one before it. That
a conversation was resolved after a reply, or rated, is told beside it; neither proves what the reply did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from csdesk import template
from csdesk.desk.context import Desk
from csdesk.model.reply import QuickReply
from csdesk.replies.likeness import Groups, are_alike
from csdesk.store import reply_learning

AGAIN_MS = 10 * 60 * 1000
LEAST_USES = 5
MOST_PROPOSALS = 100
NAME_CHARS = 2
"""A name shorter than this stands in too many words to be taken for one."""
_EACH = 2_000

Progress = Callable[[int, int], bool]
"""Told how many messages were read of how many; False stops the pass."""


@dataclass(frozen=True, slots=True)
class ReplyRecord:
    """How one reply does. ``followed`` are uses that the customer answered within ten minutes, ``asked_again``
    those of them with the same question; ``rating`` is the mean of stars, None without any."""

    reply: QuickReply
    uses: int = 0
    last_ms: int | None = None
    followed: int = 0
    asked_again: int = 0
    resolved: int = 0
    rating: float | None = None

    @property
    def again_rate(self) -> float:
        """The share of uses after which the same was asked again."""
        return self.asked_again / self.uses if self.uses else 0.0


@dataclass(frozen=True, slots=True)
class Proposal:
    """An answer that was written often by hand: its usual wording as a body, how often, the last message."""

    body: str
    count: int
    message: int


@dataclass(slots=True)
class _Tally:
    followed: int = 0
    asked_again: int = 0
    resolved: int = 0
    stars: int = 0
    rated: int = 0


def records(desk: Desk, replies: Iterable[QuickReply]) -> list[ReplyRecord]:
    """A record of each of ``replies``, the most used first."""
    connection = desk.store.reader()
    uses = reply_learning.total_uses(connection)
    tallies: dict[str, _Tally] = {}
    for sent in reply_learning.sent_replies(connection):
        tally = tallies.setdefault(sent.reply, _Tally())
        tally.resolved += sent.is_resolved
        if sent.rating is not None:
            tally.stars, tally.rated = tally.stars + sent.rating, tally.rated + 1
        if sent.followed is not None and sent.after_ms <= AGAIN_MS:
            tally.followed += 1
            tally.asked_again += are_alike(sent.asked, sent.followed)
    found = []
    for reply in replies:
        use, tally = uses.get(reply.id), tallies.get(reply.id, _Tally())
        found.append(
            ReplyRecord(
                reply,
                use.count if use else 0,
                use.last_ms if use else None,
                tally.followed,
                tally.asked_again,
                tally.resolved,
                tally.stars / tally.rated if tally.rated else None,
            )
        )
    return sorted(found, key=lambda each: (-each.uses, -(each.last_ms or 0), each.reply.code))


def proposals(
    desk: Desk, replies: Iterable[QuickReply], progress: Progress | None = None, least: int = LEAST_USES
) -> list[Proposal]:
    """Answers that agents wrote at least ``least`` times in nearly the same words and that no reply says yet.

    One pass over all messages in bounded memory; call it off the screen's thread. The customer's own name
    becomes ``{{contact.name}}``.
    """
    connection = desk.store.reader()
    total = reply_learning.message_count(connection)
    groups = Groups(left_out=(_bare(text) for reply in replies for text in reply.wordings))
    for number, each in enumerate(reply_learning.own_words(connection), 1):
        groups.add(with_placeholder(each.text, each.contact_name), each.message)
        if progress is not None and number % _EACH == 0 and not progress(number, total):
            break
    return [
        Proposal(group.usual, group.count, group.last) for group in groups.frequent(least)[:MOST_PROPOSALS]
    ]


def with_placeholder(text: str, name: str) -> str:
    """What was sent as a body: the customer's name becomes their placeholder, braces stay braces."""
    body = template.escape(text.strip())
    plain = name.strip()
    return body.replace(plain, "{{contact.name}}") if len(plain) >= NAME_CHARS and "{" not in plain else body


def _bare(body: str) -> str:
    """A body as it reads with its fallbacks, for comparing."""
    return template.expand(body, {}).text
