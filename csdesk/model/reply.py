"""Quick replies: prepared answers with places to fill in."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

FALLBACK = -1
"""The wording of a reply that was replaced by its fallback."""


class PackScope(StrEnum):
    """Whose a pack is; a personal reply hides a team's, which hides a builtin one."""

    BUILTIN = "builtin"
    TEAM = "team"
    PERSONAL = "personal"


@dataclass(frozen=True, slots=True)
class Slot:
    """A value the agent fills in on use (``kind``: text, choice, date or number).

    ``choices`` are what a choice may be; ``least`` and ``most`` bound a number (None: no bound).
    """

    name: str
    prompt: str
    kind: str = "text"
    choices: tuple[str, ...] = ()
    is_required: bool = True
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True)
class Validity:
    """When a reply may be used, by the clock of the inbox. Dates are ISO days, both included; ``days`` are mon
    to sun (none: all); ``hours`` is HH:MM-HH:MM, over midnight if it ends before it begins, or empty for
    the whole day."""

    first_day: str = ""
    last_day: str = ""
    days: tuple[str, ...] = ()
    hours: str = ""


@dataclass(frozen=True, slots=True)
class ReplyAction:
    """What sending a reply does to its conversation.

    ``kind`` is label (``value``: its name), snooze (30m, 2h, 1d, 1w, or reply: until the customer writes),
    status (open, snoozed, resolved) or priority (its word).
    """

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class QuickReply:
    """One prepared answer. ``body`` may hold ``{{ path | fallback }}`` and one ``{{cursor}}``.

    ``variants`` say the same in other words, to be used in turn with ``body``; ``fallback`` is used whole
    when a value that nobody can be asked for is missing; ``subject`` is for mail; ``source`` says where the
    advice behind it comes from.
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
    source: str = ""

    @property
    def wordings(self) -> tuple[str, ...]:
        """The body and its variants: all that say the same."""
        return (self.body, *self.variants)


@dataclass(frozen=True, slots=True)
class InsertedReply:
    """A reply that was put into a text, and what that read when it was put in.

    ``wording`` is 0 for the body, from 1 a variant, ``FALLBACK`` the fallback. ``subject`` is filled in;
    ``actions`` are those of then: what sending does was shown when it was chosen.
    """

    reply: str
    wording: int
    text: str
    subject: str = ""
    actions: tuple[ReplyAction, ...] = ()

    def as_row(self) -> list[Any]:
        """All of it as JSON can hold it."""
        actions = [[action.kind, action.value] for action in self.actions]
        return [self.reply, self.wording, self.text, self.subject, actions]

    @classmethod
    def from_row(cls, row: list[Any]) -> InsertedReply:
        """What ``as_row`` gave."""
        reply, wording, text, subject, actions = row
        return cls(reply, wording, text, subject, tuple(ReplyAction(*each) for each in actions))


@dataclass(frozen=True, slots=True)
class Pack:
    """One file of replies. ``team`` names whom a pack of scope team is for; empty is everybody."""

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
