"""Messages, notes and what became of them on the way to the customer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

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


class Delivery(StrEnum):
    """How far an outgoing message has come."""

    HELD = "held"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


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
    says why a failed one failed. ``is_time_assumed`` marks a time that an import made up. ``rule`` names the
    rule that wrote an automatic text; on a customer's message ``MACHINE`` says that no person wrote it.
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
    """A message on its way out, with what is needed to send it."""

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
