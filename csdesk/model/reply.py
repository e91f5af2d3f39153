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
class QuickReply:
    """One prepared answer. ``body`` may hold ``{{ path | fallback }}`` and one ``{{cursor}}``."""

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
