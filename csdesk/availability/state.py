"""The machine that decides whether an agent is away: events in, a standing out, no clock of its own.

An agent who is online and presses nothing for ``idle_ms`` is warned for ``countdown_ms``, then away; the
first key brings them back. While a customer has waited on them for longer than the limit of their tier,
``short_idle_ms`` is enough. What a person chose stands until they choose again: no key, no idling and no time they named
changes it. (Defaults: DESIGN 10, research/mission.md 4; three chats at once: seed 003.)
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from csdesk.model.availability import NEVER_HERE, Availability, Cause, Standing

ASLEEP_MS = 60_000
"""A clock that ticks each second and then misses a minute was not running: the machine slept."""

_ABSENT = frozenset({Availability.AWAY, Availability.OFFLINE})


@dataclass(frozen=True, slots=True)
class Rules:
    """What the machine goes by; ``is_on`` False leaves every change to people. Times in ms."""

    is_on: bool = True
    idle_ms: int = 300_000
    short_idle_ms: int = 120_000
    countdown_ms: int = 30_000
    capacity: int = 3


@dataclass(frozen=True, slots=True)
class Wait:
    """A customer of ``tier`` waits since ``since`` (UTC ms); after ``limit_ms`` that is too long."""

    since: int
    limit_ms: int
    tier: str | None = None

    @property
    def long_at(self) -> int:
        """When it is too long."""
        return self.since + self.limit_ms


@dataclass(frozen=True, slots=True)
class Seat:
    """An agent at their desk, all that the machine knows of them. Times in UTC ms.

    ``active_at`` is the last key in any window, ``ticked_at`` the last tick, ``waiting`` the wait on this
    agent that is too long first, ``load`` their open chats, ``warned_at`` when the countdown began.
    """

    standing: Standing = NEVER_HERE
    active_at: int = 0
    ticked_at: int = 0
    waiting: Wait | None = None
    load: int = 0
    warned_at: int | None = None


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """A key, the mouse, a paste, or the terminal getting the focus, in any window of this agent."""

    at: int


@dataclass(frozen=True, slots=True)
class Tick:
    """It is ``at`` now."""

    at: int


@dataclass(frozen=True, slots=True)
class Chosen:
    """The agent says how they stand; ``until`` is when they mean to be back."""

    at: int
    status: Availability
    until: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Waits:
    """Of the waits on this agent, ``first`` is too long before the others; None: nobody waits on them."""

    first: Wait | None


@dataclass(frozen=True, slots=True)
class Carries:
    """The agent has ``load`` open chats after a claim, a transfer or a resolve."""

    load: int


@dataclass(frozen=True, slots=True)
class Arrived:
    """The agent opens the desk."""

    at: int


@dataclass(frozen=True, slots=True)
class Left:
    """The agent closes their last window."""

    at: int


Event = KeyPressed | Tick | Chosen | Waits | Carries | Arrived | Left


def step(seat: Seat, event: Event, rules: Rules) -> Seat:
    """The seat after ``event``. The same seat and event always give the same answer."""
    match event:
        case KeyPressed(at):
            return _key(seat, at)
        case Tick(at):
            return _tick(seat, at, rules)
        case Chosen(at, status, until, reason):
            chosen = _standing(seat, status, Cause.CHOSEN, at, until=until, reason=reason)
            return _active(replace(seat, standing=chosen), at)
        case Waits(first):
            return replace(seat, waiting=first)
        case Carries(load):
            return replace(seat, load=load)
        case Arrived(at):
            return _arrived(seat, at)
        case Left(at):
            return _left(seat, at)


def countdown_ms(seat: Seat, at: int, rules: Rules) -> int | None:
    """How long until this agent is away, from ``countdown_ms`` down; None while no banner is due."""
    if seat.warned_at is None:
        return None
    return max(0, seat.warned_at + rules.countdown_ms - at)


def is_overdue(standing: Standing, at: int) -> bool:
    """Whether an agent should be back by what they said. It reminds them, and changes nothing by itself."""
    return standing.until is not None and at >= standing.until


def is_on_hold(load: int, capacity: int) -> bool:
    """Whether an agent has as many chats as they take: new ones go to others, theirs stay."""
    return load >= capacity > 0


def _key(seat: Seat, at: int) -> Seat:
    """The first key ends an automatic away; a key from before it (another window's, told late) does not."""
    standing = seat.standing
    if standing.status is Availability.AWAY and standing.is_automatic and at >= standing.at:
        seat = replace(seat, standing=_standing(seat, Availability.ONLINE, Cause.RETURNED, at))
    return _active(seat, at)


def _active(seat: Seat, at: int) -> Seat:
    if at <= seat.active_at:
        return seat
    return replace(seat, active_at=at, warned_at=None)


def _tick(seat: Seat, at: int, rules: Rules) -> Seat:
    gap_from, seat = seat.ticked_at, replace(seat, ticked_at=at, active_at=min(seat.active_at, at))
    standing = seat.standing
    if not rules.is_on or standing.status is not Availability.ONLINE or at < _due_at(seat, rules):
        return replace(seat, warned_at=None)
    has_slept = 0 < gap_from < at - ASLEEP_MS
    if has_slept and at >= _due_at(seat, rules) + rules.countdown_ms:
        asleep = Standing(Availability.AWAY, Cause.ASLEEP, at, episode=gap_from)
        return replace(seat, standing=asleep, warned_at=None)
    if seat.warned_at is None or seat.warned_at > at:
        return replace(seat, warned_at=at)
    if at >= seat.warned_at + rules.countdown_ms:
        away = _standing(seat, Availability.AWAY, Cause.IDLE, at)
        return replace(seat, standing=away, warned_at=None)
    return seat


def _due_at(seat: Seat, rules: Rules) -> int:
    """When the countdown is due: sooner while somebody has waited long on this agent."""
    usual = seat.active_at + rules.idle_ms
    if seat.waiting is None:
        return usual
    return min(usual, max(seat.active_at + rules.short_idle_ms, seat.waiting.long_at))


def _arrived(seat: Seat, at: int) -> Seat:
    """Opening the desk ends what the program decided; what the person chose still holds."""
    standing = seat.standing
    if standing.status in _ABSENT and standing.is_automatic:
        seat = replace(seat, standing=_standing(seat, Availability.ONLINE, Cause.STARTED, at))
    return _active(replace(seat, ticked_at=at), at)


def _left(seat: Seat, at: int) -> Seat:
    standing = seat.standing
    if standing.status is Availability.ONLINE or (
        standing.is_automatic and standing.status is Availability.AWAY
    ):
        seat = replace(seat, standing=_standing(seat, Availability.OFFLINE, Cause.LEFT, at))
    return replace(seat, warned_at=None)


def _standing(
    seat: Seat, status: Availability, cause: Cause, at: int, *, until: int | None = None, reason: str = ""
) -> Standing:
    """The next standing; an absence that goes on keeps its episode."""
    episode = None
    if status in _ABSENT:
        episode = at if seat.standing.episode is None else seat.standing.episode
    if status is Availability.ONLINE:
        until = None
    return Standing(status, cause, at, episode, until, reason)
