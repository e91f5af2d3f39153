"""A handover: what one shift leaves to the next, signed by who gives it and by who takes it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from csdesk.i18n import N_, _


class Section(StrEnum):
    """Why a conversation is handed over; the order is the order of the text."""

    LEFT = "left"
    WAITING = "waiting"
    PROMISE = "promise"
    COMPLAINT = "complaint"
    CUSTOMER = "customer"
    DRAFT = "draft"
    UNSENT = "unsent"
    FAILED = "failed"
    ODD = "odd"
    NOTED = "noted"

    @property
    def heading(self) -> str:
        """The heading in the language of now."""
        return _(_HEADINGS[self])


_HEADINGS = {
    Section.LEFT: N_("Left from the last handover"),
    Section.WAITING: N_("Waiting for us"),
    Section.PROMISE: N_("Promised"),
    Section.COMPLAINT: N_("Complaints"),
    Section.CUSTOMER: N_("Waiting for the customer"),
    Section.DRAFT: N_("Unfinished drafts"),
    Section.UNSENT: N_("Not sent yet"),
    Section.FAILED: N_("Could not be sent"),
    Section.ODD: N_("Out of the ordinary"),
    Section.NOTED: N_("Noted by hand"),
}


class Role(StrEnum):
    """As what somebody signs."""

    GIVER = "giver"
    TAKER = "taker"


class ItemState(StrEnum):
    """What became of a thing that was handed over; ``missed`` is shown in red."""

    OPEN = "open"
    DONE = "done"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Item:
    """A conversation that is handed over, and why.

    ``message`` is the uid of the one it is about (a promise); ``due_at`` (UTC ms) is when it has to be done.
    """

    section: Section
    conversation: bytes
    message: bytes | None = None
    due_at: int | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed, as what, and when (UTC ms)."""

    role: Role
    agent: int
    agent_name: str
    at: int


@dataclass(frozen=True, slots=True)
class Handover:
    """One handover. ``since`` and ``at`` (UTC ms) are the shift it is about; ``to`` names the one it is meant for.

    ``next_at`` is when the next one was written: what was not dealt with until then was missed. ``text`` is
    empty once a customer whom it named was erased.
    """

    id: int
    uid: bytes
    ref: str
    short_ref: str
    since: int
    at: int
    giver: int
    giver_name: str
    to: str | None
    text: str
    next_at: int | None
    signatures: tuple[Signature, ...] = ()

    @property
    def takers(self) -> tuple[Signature, ...]:
        """Who has taken it over."""
        return tuple(each for each in self.signatures if each.role is Role.TAKER)


@dataclass(frozen=True, slots=True)
class Standing:
    """What became of an item's conversation: ``answered_at`` is a person's last reply to the customer.

    ``ticked`` is what somebody said of the item by hand, None when nobody did. Times in UTC ms.
    """

    is_resolved: bool = False
    is_waiting: bool = False
    answered_at: int | None = None
    ticked: bool | None = None


def state_of(item: Item, standing: Standing, handover: Handover, now_ms: int) -> ItemState:
    """Where an item of ``handover`` stands at ``now_ms``.

    It is dealt with when a person says so, or else when the conversation was resolved or the customer was
    answered after the handover was written. It is missed when its time is past, or when the next handover came
    first; a conversation that only the customer can move on is missed once they did and nobody answered.
    """
    if standing.ticked is not None:
        is_done = standing.ticked
    else:
        is_done = standing.is_resolved or (standing.answered_at or 0) > handover.at
    if is_done:
        return ItemState.DONE
    if item.due_at is not None and item.due_at <= now_ms:
        return ItemState.MISSED
    is_ours = item.section is not Section.CUSTOMER or standing.is_waiting
    return ItemState.MISSED if is_ours and handover.next_at is not None else ItemState.OPEN
