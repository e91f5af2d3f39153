"""Contacts who write in; agents, teams and inboxes that answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MAIL_CHANNELS = ("mail", "email")
"""Kinds of channel where a reply is a letter: held longer, and Enter begins a new line."""


class Role(StrEnum):
    """What an agent may do."""

    AGENT = "agent"
    LEAD = "lead"
    TRAINEE = "trainee"


@dataclass(frozen=True, slots=True)
class Contact:
    """A person writing in. ``erased_at`` is when all that was known of them was erased (UTC ms)."""

    id: int
    uid: bytes
    name: str
    email: str | None = None
    phone: str | None = None
    tier: str | None = None
    source: str | None = None
    conversation_count: int = 0
    note: str = ""
    is_blocked: bool = False
    erased_at: int | None = None


@dataclass(frozen=True, slots=True)
class Agent:
    """One of us. ``capacity`` is how many chats at once (seed 003 says 1 to 3)."""

    id: int
    uid: bytes
    name: str
    role: Role = Role.AGENT
    capacity: int = 3
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Team:
    """Agents who share a queue."""

    id: int
    uid: bytes
    name: str
    members: tuple[str, ...] = ()
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Inbox:
    """One configured channel. ``hold_ms`` is how long a reply can still be taken back."""

    id: int
    uid: bytes
    name: str
    channel: str
    hold_ms: int
    is_active: bool = True
