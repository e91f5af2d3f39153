"""What automatic texts are decided by: who is there, what was said in a conversation, what the settings allow."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum, auto

from csdesk.availability.rules import LATE_MS, TABLE, Rule
from csdesk.model.availability import NEVER_HERE, Availability, Standing


class Presence(Enum):
    """Who is there for a conversation. ``NOBODY``: no one ever was; such a desk says nothing."""

    HERE = auto()
    BUSY = auto()
    AWAY = auto()
    CLOSED = auto()
    NOBODY = auto()


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who could answer, how they stand, and whether they take no more."""

    agent: int
    standing: Standing
    is_full: bool = False


@dataclass(frozen=True, slots=True)
class Doors:
    """Business hours at this moment: open, or closed since when and until when (UTC ms)."""

    is_open: bool = True
    closed_since: int = 0
    opens_at: int | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """Whether a customer can be answered: by whom it is so (0: no one alone), and since when (``episode``).

    ``until`` is when a person answers again, where somebody said so (UTC ms).
    """

    presence: Presence
    agent: int = 0
    episode: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """An automatic text that a conversation had: of which episode, in which wait, when (UTC ms)."""

    rule: str
    agent: int
    episode: int
    wait: int | None
    at: int


@dataclass(frozen=True, slots=True)
class Talk:
    """What decides about one conversation. Times in UTC ms; None: there was none.

    ``customer_at`` is the customer's newest message, ``agent_at`` the newest of a person of ours, ``since``
    the start of the wait, ``resolved_at`` when a person resolved it, ``mailed_at`` the newest automatic mail
    to this contact in any conversation; ``told`` is what the conversation had, the oldest first.
    """

    customer_at: int
    since: int | None = None
    agent_at: int | None = None
    resolved_at: int | None = None
    is_mail: bool = False
    is_from_machine: bool = False
    is_blocked: bool = False
    tier: str | None = None
    told: tuple[Told, ...] = ()
    mailed_at: int | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """The shop notice: its number (another text, another number), and from when to when it holds."""

    key: int
    starts: int | None = None
    ends: int | None = None

    def holds(self, at: int) -> bool:
        """Whether it may go into a text now: it must still hold when that text is too late to leave."""
        return (self.starts is None or at >= self.starts) and (self.ends is None or at + LATE_MS <= self.ends)


def _usual_wait(_tier: str | None) -> int:
    return 100_000


@dataclass(frozen=True, slots=True)
class Policy:
    """What the settings say for an inbox: the rules that are on, and the wait after which one is told (ms)."""

    rules: frozenset[Rule] = frozenset(terms.rule for terms in TABLE if terms.is_on)
    wait_ms: Callable[[str | None], int] = _usual_wait
    notice: Notice | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """Now, and since when the inboxes have been run without a break (UTC ms)."""

    now: int
    watched_since: int = 0


def reach(colleagues: Iterable[Colleague], doors: Doors) -> Reach:
    """Whether one of ``colleagues`` can answer. Somebody who is there counts, whatever the hours say."""
    known = [each for each in colleagues if each.standing != NEVER_HERE]
    by_status = {
        status: [each for each in known if each.standing.status is status] for status in Availability
    }
    online, busy = by_status[Availability.ONLINE], by_status[Availability.BUSY]
    if any(not each.is_full for each in online):
        return Reach(Presence.HERE)
    if busy:
        last = max(busy, key=lambda each: (each.standing.at, each.agent))
        return Reach(Presence.BUSY, last.agent, last.standing.at, last.standing.until)
    if online:
        return Reach(Presence.BUSY)
    if not known:
        return Reach(Presence.NOBODY)
    if not doors.is_open:
        return Reach(Presence.CLOSED, 0, doors.closed_since, doors.opens_at)
    away = by_status[Availability.AWAY]
    if away:
        last = max(away, key=lambda each: (_episode(each), each.agent))
        return Reach(Presence.AWAY, last.agent, _episode(last), last.standing.until)
    return Reach(Presence.CLOSED, 0, max(_episode(each) for each in known), None)


def _episode(each: Colleague) -> int:
    return each.standing.at if each.standing.episode is None else each.standing.episode
