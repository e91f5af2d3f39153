"""What was written and has not left: drafts, replies still held, messages that no channel took."""

from __future__ import annotations

from dataclasses import astuple, dataclass

from csdesk.desk.context import Desk
from csdesk.i18n import _, ngettext
from csdesk.model.message import Delivery
from csdesk.store import outbox, queue


@dataclass(frozen=True, slots=True)
class Unsent:
    """Conversations with a draft of mine, and messages of this desk that are held, wait for approval, or failed."""

    drafts: int = 0
    held: int = 0
    unapproved: int = 0
    failed: int = 0

    def is_within(self, other: Unsent) -> bool:
        """Whether there is no more of anything than in ``other``."""
        return all(mine <= theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True))


def look(desk: Desk) -> Unsent:
    """What is unsent now."""
    reader = desk.store.reader()
    going = outbox.tally(reader)
    drafts = queue.counts(reader, desk.agent.id).drafts
    held, unapproved, failed = (
        going.get(state, 0) for state in (Delivery.HELD, Delivery.APPROVAL, Delivery.FAILED)
    )
    return Unsent(drafts, held, unapproved, failed)


def in_words(unsent: Unsent) -> str:
    """``2 drafts, 1 held reply`` in the language of now."""
    parts = [
        ngettext("{count} draft", "{count} drafts", unsent.drafts).format(count=unsent.drafts),
        ngettext("{count} held reply", "{count} held replies", unsent.held).format(count=unsent.held),
        ngettext(
            "{count} reply waiting for approval", "{count} replies waiting for approval", unsent.unapproved
        ).format(count=unsent.unapproved),
        ngettext("{count} failed message", "{count} failed messages", unsent.failed).format(
            count=unsent.failed
        ),
    ]
    numbers = astuple(unsent)
    return _(", ").join(part for part, number in zip(parts, numbers, strict=True) if number)
