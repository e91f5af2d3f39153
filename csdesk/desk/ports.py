"""What the desk asks of the world outside: a channel, in typed requests and answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from csdesk.model.message import Delivery
from csdesk.model.transcript_file import TranscriptFile


@dataclass(frozen=True, slots=True)
class ContactCard:
    """What a channel knows of the person writing in. ``key`` is the channel's own id for them."""

    key: str
    name: str = ""
    email: str | None = None
    phone: str | None = None
    tier: str | None = None


@dataclass(frozen=True, slots=True)
class Incoming:
    """A customer's message as a channel parsed it; the text is cleaned at intake.

    ``thread`` is the channel's own name for the conversation and ``external_id`` its own id for
    the message: the same pair arriving twice is stored once. ``is_automatic`` marks what the sender's
    machine wrote (mail: Auto-Submitted): it is never answered by ours. ``attachments`` whose bytes have
    ``arrived`` are kept.
    """

    inbox: str
    thread: str
    external_id: str
    text: str
    contact: ContactCard
    at: int | None = None
    subject: str = ""
    lang: str | None = None
    stage: str | None = None
    is_automatic: bool = False
    attachments: tuple[TranscriptFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """A channel's later word on a message it took: delivered, read or failed."""

    key: str
    state: Delivery
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class OutgoingFile:
    """A file that goes with a message: its name, media type and bytes, and where its content lies to be read."""

    name: str
    kind: str
    size: int
    path: Path


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to hand to a customer. ``key`` names it for ever: sending it twice sends it once.

    ``is_automatic`` marks a text no person wrote: a mail channel says so in the header. With ``files`` the
    text may be empty.
    """

    key: str
    inbox: str
    thread: str
    text: str
    agent_name: str
    attempt: int
    is_automatic: bool = False
    files: tuple[OutgoingFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """The channel took the message."""

    external_id: str | None = None
    state: Delivery = Delivery.SENT


@dataclass(frozen=True, slots=True)
class Failed:
    """The channel did not take it. ``can_retry`` is False when trying again cannot help."""

    reason: str
    can_retry: bool = True


class Channel(Protocol):
    """A way to customers. Called from one runner thread only; no call may block for long."""

    @property
    def inboxes(self) -> Sequence[str]:
        """Names of the inboxes this channel serves."""

    def poll(self, now_ms: int) -> Sequence[Incoming | Receipt]:
        """What has arrived by ``now_ms`` and was not polled before."""

    def send(self, message: Outgoing, now_ms: int) -> Sent | Failed:
        """Hand one message over."""

    def close(self) -> None:
        """Let go of sockets and files."""
