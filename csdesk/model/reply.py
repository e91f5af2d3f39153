"""Quick replies: prepared answers with places to fill in."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class PackScope(StrEnum):
    """Whose a pack is; a personal reply hides a team's, which hides a builtin one."""

    BUILTIN = "builtin"
    TEAM = "team"
    PERSONAL = "personal"


@dataclass(frozen=True, slots=True)
class Slot:
    """A value the agent fills in on use (``kind``: text, choice, date or number)."""

    name: str
    prompt: str
    kind: str = "text"
    choices: tuple[str, ...] = ()
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class Validity:
    """When a reply may be used. Dates are ISO days of the shop's calendar, both included; ``days`` are
    mon to sun (none: all); ``hours`` is HH:MM-HH:MM, or empty for the whole day."""

    first_day: str = ""
    last_day: str = ""
    days: tuple[str, ...] = ()
    hours: str = ""


@dataclass(frozen=True, slots=True)
class ReplyAction:
    """What a reply does to its conversation once it is sent (``kind``: label, status, snooze, priority,
    transfer, note)."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class QuickReply:
    """One prepared answer. ``body`` may hold ``{{ path | fallback }}`` and one ``{{cursor}}``.

    ``variants`` say the same in other words, to be used in turn with ``body``; ``fallback`` is used whole
    when a value that nobody can be asked for is missing; ``subject`` is for mail.
    """

    id: str
    code: str
    title: str
    body: str
    pack: str
    scope: PackScope
    lang: str
    aliases: tuple[str, ...] = ()
    folder: str = ""
    tags: tuple[str, ...] = ()
    stage: str = "any"
    tier: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    note: str = ""
    slots: tuple[Slot, ...] = ()
    subject: str = ""
    variants: tuple[str, ...] = ()
    fallback: str = ""
    valid: Validity | None = None
    actions: tuple[ReplyAction, ...] = ()
    is_etiquette_checked: bool = False


@dataclass(frozen=True, slots=True)
class Pack:
    """One file of replies."""

    id: str
    title: str
    lang: str
    scope: PackScope
    version: int
    path: str
    replies: tuple[QuickReply, ...]
    slots: tuple[Slot, ...] = field(default=())
    team: str = ""


@dataclass(frozen=True, slots=True)
class ReplyUse:
    """How often a reply was used on this desk, and when last (UTC ms)."""

    count: int
    last_ms: int


@dataclass(frozen=True, slots=True)
class FoundReply:
    """A reply that answers a query, how well, and which part of it matched.

    ``matched`` names the field (code, title, pinyin, tag, body); ``spans`` are code-point ranges
    in ``code`` or ``title`` to draw in bold.
    """

    reply: QuickReply
    score: float
    matched: str
    spans: tuple[tuple[int, int], ...] = ()
