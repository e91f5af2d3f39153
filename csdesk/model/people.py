"""Contacts who write in; agents, teams and inboxes that answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from csdesk.i18n import N_

MAIL_CHANNELS = ("mail", "email")
"""Kinds of channel where a reply is a letter: held longer, and Enter begins a new line."""


PHONE_CHANNEL = "phone"
"""Calls, which are written down as notes: nothing goes out through it."""


class Role(StrEnum):
    """What an agent may do."""

    AGENT = "agent"
    LEAD = "lead"
    TRAINEE = "trainee"


class Lifecycle(StrEnum):
    """How far a person has come as a customer: 潜在, 新, 满意, 留住, 老客户 (seed 000)."""

    LEAD = "lead"
    NEW = "new"
    SATISFIED = "satisfied"
    RETAINED = "retained"
    LOYAL = "loyal"


LIFECYCLE_NAMES = {
    Lifecycle.LEAD: N_("lead"),
    Lifecycle.NEW: N_("new customer"),
    Lifecycle.SATISFIED: N_("satisfied customer"),
    Lifecycle.RETAINED: N_("retained customer"),
    Lifecycle.LOYAL: N_("loyal customer"),
}
"""Msgids of what people read."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A person writing in. ``erased_at`` is when all that was known of them was erased (UTC ms).

    ``birthday`` is YYYY-MM-DD, or MM-DD without a year. ``also_names`` and ``also_at`` are the other names and
    the other addresses of those who were merged into them.
    """

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
    lifecycle: str | None = None
    birthday: str | None = None
    created_at: int = 0
    labels: tuple[str, ...] = ()
    also_names: tuple[str, ...] = ()
    also_at: tuple[str, ...] = ()


def as_one(people: Sequence[Contact]) -> Contact:
    """The first of ``people`` as the person whom all of them are.

    What is not known of the first is taken from the next who says it; notes and labels of all are kept; blocked
    is who was blocked under any name. ``conversation_count`` is the sum.
    """
    first = people[0]
    if len(people) == 1:
        return first
    names = _different(each.name for each in people)
    addresses = _different(address for each in people for address in (each.email, each.phone))
    shown = replace(
        first,
        **{
            field: next(filter(None, (getattr(each, field) for each in people)), getattr(first, field))
            for field in ("name", "email", "phone", "tier", "source", "lifecycle", "birthday")
        },
        note="\n".join(_different(each.note for each in people)),
        is_blocked=any(each.is_blocked for each in people),
        labels=tuple(sorted({label for each in people for label in each.labels})),
        created_at=min(each.created_at for each in people),
        conversation_count=sum(each.conversation_count for each in people),
    )
    return replace(
        shown,
        also_names=tuple(name for name in names if name != shown.name),
        also_at=tuple(each for each in addresses if each not in (shown.email, shown.phone)),
    )


def _different(texts: Iterable[str | None]) -> list[str]:
    """The texts that say something, each once, in their order."""
    return list(dict.fromkeys(filter(None, texts)))


@dataclass(frozen=True, slots=True)
class Agent:
    """One of us. ``capacity`` is how many chats at once (seed 003 says 1 to 3). ``approver`` names the colleague who
    approves the replies before they leave; None: they leave by themselves."""

    id: int
    uid: bytes
    name: str
    role: Role = Role.AGENT
    capacity: int = 3
    is_active: bool = True
    approver: str | None = None


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
