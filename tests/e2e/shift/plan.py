"""What happens in a shift, and when: a function of the seed, in minutes of the shift."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Incident(StrEnum):
    """What does not come from the queue: it has its minute."""

    KILL = "kill -9"
    RESTART = "quit and start again"
    RESIZE = "resize"
    IDLE_AWAY = "automatic away"
    MANUAL_AWAY = "manual away"
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class Shift:
    """How large a shift is wanted."""

    hours: float = 8.0
    conversations: int = 300
    seed: int = 1
    speed: int = 60

    @property
    def minutes(self) -> float:
        return self.hours * 60

    @property
    def is_whole(self) -> bool:
        """Whether it is long enough for everything: for memory to settle, for every kind of act."""
        return self.hours >= 4


BURST_EVERY = 30.0
"""Minutes from one crowd of customers to the next, in a long shift."""

SPARE = 1.2
"""More customers than asked for: a kill in the middle of a burst sends the rest of it home."""


@dataclass(frozen=True, slots=True)
class Crowds:
    """``size`` customers come at a time, every ``every`` minutes."""

    size: int
    every: float


def crowds(shift: Shift) -> Crowds:
    """So many, so often, that all conversations have come when there is an hour (or a quarter) left."""
    every = min(BURST_EVERY, shift.minutes / 4)
    left_over = min(60.0, shift.minutes / 4)
    bursts = max(1, int((shift.minutes - left_over) / every))
    return Crowds(round(shift.conversations * SPARE / bursts + 0.5), every)


def incidents(shift: Shift) -> list[tuple[float, Incident]]:
    """Minute and incident, in order.

    In a long shift the kills are in its first and its last hour, so that one program lives long enough
    in between for its memory to mean something.
    """
    chance = random.Random(shift.seed)
    if not shift.is_whole:
        share = (
            (0.1, Incident.RESIZE),
            (0.3, Incident.KILL),
            (0.5, Incident.IDLE_AWAY),
            (0.8, Incident.BUSY),
        )
        return [(part * shift.minutes, what) for part, what in share]
    end = shift.minutes
    found = [(minute, Incident.KILL) for minute in (8.0, 24.0, 41.0, end - 34, end - 22, end - 9)]
    found += [(minute, Incident.RESTART) for minute in (52.0, end - 40)]
    found += [(minute, Incident.RESIZE) for minute in _spread(chance, 5.0, end, 24)]
    found += [(minute, Incident.IDLE_AWAY) for minute in _spread(chance, 30.0, end - 20, 5)]
    found += [(minute, Incident.MANUAL_AWAY) for minute in _spread(chance, 60.0, end - 20, 3)]
    found += [(minute, Incident.BUSY) for minute in _spread(chance, 15.0, end - 20, 4)]
    return sorted(found)


def _spread(chance: random.Random, start: float, end: float, count: int) -> Iterator[float]:
    """``count`` minutes, one in each equal part of the time."""
    part = (end - start) / count
    for number in range(count):
        yield start + part * (number + chance.random())
