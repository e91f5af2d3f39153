"""Messages, notes and what became of them on the way to the customer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from csdesk.clock import format_time
from csdesk.i18n import _

if TYPE_CHECKING:
    from csdesk.model.reply import InsertedReply
    from csdesk.model.transcript_file import TranscriptFile


class Sender(StrEnum):
    """Who a line of a conversation is from. ``auto`` is a text no person wrote just now."""

    CUSTOMER = "customer"
    AGENT = "agent"
    NOTE = "note"
    SYSTEM = "system"
    AUTO = "auto"


MACHINE = "machine"
"""The ``rule`` of a customer's message that their machine wrote: an automatic answer, a bounce."""


WHISPER = "whisper"
"""The ``rule`` of a note that a teacher wrote to who works on the conversation."""

COACH = "coach"
"""The ``rule`` of a note that the coach of a practice wrote."""


class Delivery(StrEnum):
    """How far an outgoing message has come. ``approval``: somebody else has to approve it first. ``look``: others
    worked on its conversation since it was written, so its writer has to look again first."""

    HELD = "held"
    APPROVAL = "approval"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    LOOK = "look"


class Step(StrEnum):
    """What can happen to a message that is on its way."""

    RELEASE = "release"
    TAKE_BACK = "take back"
    APPROVE = "approve"
    RETURN = "return"
    START = "start"
    POSTPONE = "postpone"
    FAIL = "fail"
    RETRY = "retry"
    REWRITE = "rewrite"
    LOOK = "look"
    DECIDE = "decide"


_AFTER: Final[Mapping[tuple[Delivery, Step], Delivery | None]] = {
    (Delivery.HELD, Step.RELEASE): Delivery.QUEUED,
    (Delivery.HELD, Step.TAKE_BACK): None,
    (Delivery.APPROVAL, Step.APPROVE): Delivery.QUEUED,
    (Delivery.APPROVAL, Step.RETURN): None,
    (Delivery.APPROVAL, Step.TAKE_BACK): None,
    (Delivery.QUEUED, Step.START): Delivery.SENDING,
    (Delivery.SENDING, Step.START): Delivery.SENDING,
    (Delivery.SENDING, Step.POSTPONE): Delivery.QUEUED,
    (Delivery.FAILED, Step.RETRY): Delivery.QUEUED,
    (Delivery.FAILED, Step.REWRITE): None,
    (Delivery.HELD, Step.LOOK): Delivery.LOOK,
    (Delivery.QUEUED, Step.LOOK): Delivery.LOOK,
    (Delivery.LOOK, Step.DECIDE): None,
    (Delivery.LOOK, Step.RETRY): Delivery.QUEUED,
    (Delivery.LOOK, Step.REWRITE): None,
    **{
        (state, Step.FAIL): Delivery.FAILED
        for state in (Delivery.HELD, Delivery.APPROVAL, Delivery.QUEUED, Delivery.SENDING)
    },
}
"""Everything that may happen to a message in the outbox; None: it is in the outbox no more. Time alone does
one thing, RELEASE, and that to what is held only. A runner that was killed while it sent starts again."""


def permits(state: Delivery, step: Step) -> bool:
    """Whether ``step`` may be taken where a message on its way stands at ``state``."""
    return (state, step) in _AFTER


def after(state: Delivery, step: Step, *, is_approved: bool = True) -> Delivery | None:
    """Where a message on its way stands after a step that ``permits``; None: no more in the outbox.

    What nobody has approved yet never comes to be sent: where it would be queued it waits for approval.
    """
    following = _AFTER[state, step]
    if following is Delivery.QUEUED and not is_approved and step is not Step.APPROVE:
        return Delivery.APPROVAL
    return following


def states_before(step: Step) -> tuple[Delivery, ...]:
    """Where a message may stand for ``step`` to be taken."""
    return tuple(state for state, each in _AFTER if each is step)


class Mode(StrEnum):
    """What the composer writes: a reply to the customer, or an internal note."""

    REPLY = "reply"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message. ``size`` in bytes; content lives outside the log.

    ``sha256`` names the content in 64 hex digits; it is "" where the content was never seen.
    """

    uid: bytes
    name: str
    kind: str
    size: int
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One line of a conversation. ``id`` orders it in time, in this store only.

    ``delivery`` is None for what was never to be sent (customer, note, system); ``reason``
    says why a failed one failed, and who is to approve one that waits for it. ``is_time_assumed`` marks a time that an import made up. ``rule`` names the
    rule that wrote an automatic text; on a customer's message ``MACHINE`` says that no person wrote it, on a
    note ``WHISPER`` that a teacher did and ``COACH`` that a practice did.
    ``erased_at`` is when its words were erased (UTC ms); None while it has its words.
    """

    id: int
    uid: bytes
    conversation: int
    sender: Sender
    author_name: str
    text: str
    at: int
    is_time_assumed: bool = False
    delivery: Delivery | None = None
    release_at: int | None = None
    reason: str | None = None
    external_id: str | None = None
    attachments: tuple[Attachment, ...] = ()
    rule: str | None = None
    erased_at: int | None = None

    @property
    def shown_text(self) -> str:
        """What a person reads: the text, or that it was erased and when."""
        if self.erased_at is None:
            return self.text
        return _("(erased on {date})").format(date=format_time(self.erased_at)[:10])


@dataclass(frozen=True, slots=True)
class Draft:
    """Unsent text of one agent in one conversation and mode. ``cursor`` counts code points; ``replies`` are the
    quick replies that were put into it, ``files`` what goes with it, their bytes kept beside the store."""

    conversation: int
    agent: int
    mode: Mode
    text: str
    cursor: int
    updated_at: int
    replies: tuple[InsertedReply, ...] = ()
    files: tuple[TranscriptFile, ...] = ()


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """A message on its way out, with what is needed to send it. ``author`` is the agent who wrote it, None for the
    program; ``reason`` says why it failed, or who is to approve it."""

    message: int
    uid: bytes
    conversation: int
    ref: str
    inbox: int
    inbox_name: str
    thread: str | None
    agent_name: str
    text: str
    state: Delivery
    release_at: int
    attempts: int
    reason: str | None
    is_automatic: bool = False
    written_at: int = 0
    author: int | None = None
