"""The time of the shift, as the program's ``CSDESK_NOW`` makes it run."""

from __future__ import annotations

import time

from csdesk.clock import format_time, parse_time

STARTS_AT = parse_time("2026-01-05T01:00:00Z")


class ShiftClock:
    """Minutes since the shift began, ``speed`` times as fast as life."""

    def __init__(self, speed: int) -> None:
        self.speed = speed
        self._began = time.monotonic()

    def minutes(self) -> float:
        return (time.monotonic() - self._began) * self.speed / 60

    def seconds_for(self, minutes: float) -> float:
        """How long ``minutes`` of the shift last in life."""
        return minutes * 60 / self.speed

    def setting(self) -> str:
        """``CSDESK_NOW`` for a program that starts now. Never behind one that started before."""
        return f"{format_time(STARTS_AT + round(self.minutes() * 60_000))}+{self.speed}x"
