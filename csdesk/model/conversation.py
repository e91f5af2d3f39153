"""Conversations, and the row of the queue that stands for one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Status(StrEnum):
    """Where a conversation stands. *Waiting* is not a status: it is derived."""

    OPEN = "open"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"


class Stage(StrEnum):
    """Before, during or after the sale (seed 001)."""

    PRESALE = "presale"
    INSALE = "insale"
    AFTERSALE = "aftersale"


class Tier(StrEnum):
    """Class of customer (seed 004): A weighs most."""

    A = "A"
    B = "B"
    C = "C"


class Priority(IntEnum):
    """How soon, next to others that wait as long."""

    LOW = 0
    NORMAL = 1
    HIGH = 2
    URGENT = 3

    @property
    def word(self) -> str:
        return self.name.lower()

    @classmethod
    def from_word(cls, word: str) -> Priority:
        """Raises KeyError when ``word`` is not a priority."""
        return cls[word.strip().upper()]


class SnoozeKind(StrEnum):
    """What wakes a snoozed conversation."""

    UNTIL = "until"
    REPLY = "reply"


class View(StrEnum):
    """The lists a queue can show."""

    WAITING = "waiting"
    UNASSIGNED = "unassigned"
    MINE = "mine"
    ALL = "all"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"
    DRAFTS = "drafts"
    FAILED = "failed"


COUNTED_VIEWS = (View.WAITING, View.UNASSIGNED, View.MINE, View.ALL, View.SNOOZED, View.RESOLVED)
"""The views that every desk of a team sees alike: facts decide what is in them, and counters are kept.
What I am writing and what could not be sent are matters of one store."""


class Sort(StrEnum):
    """How a view of open conversations is sorted; within a priority or a tier the longest wait is first."""

    WAIT = "wait"
    PRIORITY = "priority"
    TIER = "tier"


@dataclass(frozen=True, slots=True)
class SavedView:
    """A view narrowed by a filter that an agent keeps under a name; ``query`` is the filter as typed."""

    id: int
    name: str
    view: View
    query: str


MOST_COUNTED = 1_000
"""How far a view without a counter is counted."""


class Mark(IntEnum):
    """Signs on a queue row (bits). DRAFT, FAILED, APPROVAL and LOOK are kept in the row, for this store alone;
    BLOCKED is read from the contact's, OFFERED says that a colleague is asked to take it."""

    DRAFT = 1
    FAILED = 2
    BLOCKED = 4
    APPROVAL = 8
    LOOK = 16
    OFFERED = 32


@dataclass(slots=True, unsafe_hash=True)
class QueueRow:
    """One line of the queue, complete: nothing else is read to draw it. Nobody changes one.

    It is not frozen because a frozen one takes nine times as long to make (2.8 against 0.3 microseconds,
    measured), and a page of fifty would take longer to make than to read.

    ``version`` grows with each change of the conversation in this store; ``place`` is where it stands in the
    view that was asked for (with its id: several may stand there).
    """

    id: int
    ref: str
    version: int
    status: Status
    waiting_since: int | None
    contact_name: str
    tier: str | None
    stage: str | None
    priority: Priority
    subject: str
    preview: str
    preview_from: str
    assignee: int | None
    assignee_name: str | None
    inbox_name: str
    updated_at: int
    snooze_until: int | None
    marks: int
    place: int

    @property
    def key(self) -> str:
        """Its place in the view that was asked for: opaque, pass it back to page on."""
        return f"{self.place}.{self.id}"


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and where the next ones begin (None at the end)."""

    rows: tuple[QueueRow, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation as its header and the command line show it. Times in UTC ms."""

    id: int
    uid: bytes
    ref: str
    short_ref: str
    version: int
    source: str | None
    source_id: str | None
    lang: str | None
    inbox: int
    inbox_name: str
    channel: str
    contact: int
    contact_name: str
    tier: str | None
    subject: str
    stage: str | None
    status: Status
    priority: Priority
    assignee: int | None
    assignee_name: str | None
    team: int | None
    team_name: str | None
    waiting_since: int | None
    opened_at: int
    updated_at: int
    resolved_at: int | None
    snooze_kind: SnoozeKind | None
    snooze_until: int | None
    message_count: int
    last_message: int | None
    labels: tuple[str, ...] = ()

    @property
    def is_waiting(self) -> bool:
        return self.waiting_since is not None


@dataclass(frozen=True, slots=True)
class ViewCounts:
    """How many conversations each view holds; ``mine`` and ``drafts`` are for one agent.

    ``drafts`` and ``failed`` are counted as far as MOST_COUNTED, which then means that or more.
    """

    waiting: int = 0
    unassigned: int = 0
    mine: int = 0
    all: int = 0
    snoozed: int = 0
    resolved: int = 0
    drafts: int = 0
    failed: int = 0

    def of(self, view: View) -> int:
        return int(getattr(self, view.value))
