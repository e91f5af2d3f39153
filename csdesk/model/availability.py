"""Whether an agent can be reached, and how that came about."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Availability(StrEnum):
    """How an agent stands. *On hold* is none of these: it is derived from how many chats they have."""

    ONLINE = "online"
    BUSY = "busy"
    AWAY = "away"
    OFFLINE = "offline"


class Cause(StrEnum):
    """What made it so. Only ``CHOSEN`` is a person's own decision; ``NO_HUB`` is never stated: it follows from when the
    team's hub answered last."""

    CHOSEN = "chosen"
    IDLE = "idle"
    ASLEEP = "asleep"
    RETURNED = "returned"
    OVER = "over"
    STARTED = "started"
    LEFT = "left"
    NO_HUB = "no_hub"


@dataclass(frozen=True, slots=True)
class Standing:
    """How one agent stands since ``at``. Times in UTC ms.

    ``episode`` is when this absence began, and names it: it stays the same while somebody who is away
    says for how long. ``until`` and ``reason`` are a person's own words on what they chose.
    """

    status: Availability
    cause: Cause
    at: int
    episode: int | None = None
    until: int | None = None
    reason: str = ""

    @property
    def is_automatic(self) -> bool:
        return self.cause is not Cause.CHOSEN


NEVER_HERE = Standing(Availability.OFFLINE, Cause.LEFT, 0)
"""How an agent stands who never opened the desk."""


@dataclass(frozen=True, slots=True)
class Change:
    """One step of an agent's availability, for those who ask why. ``was`` is None for the first."""

    was: Availability | None
    now: Standing
