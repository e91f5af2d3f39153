"""Time as a thing you are given, never a thing you look up.

``CSDESK_NOW=2026-01-02T03:04:05Z`` freezes the clock for a run, and a trailing ``+``
lets it run on from there (``+20x``: twenty times as fast, for tests). Wall time is UTC milliseconds everywhere.
"""

from __future__ import annotations

import os
import re
import time
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Protocol

from csdesk.errors import UsageError
from csdesk.i18n import _

ENVIRONMENT_NAME = "CSDESK_NOW"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


_RUNNING = re.compile(r"(.+)\+(?:(\d{1,4})x)?")
"""A time that runs on: ``+`` behind it, perhaps with how many times as fast."""


LATEST_MS = 1 << 47
"""Behind every time that the hybrid clock can hold; a calendar has it (the year 6429)."""


def is_time(value: object) -> bool:
    """Whether ``value`` is a time as the log has it: UTC ms since 1970."""
    return type(value) is int and 0 <= value < LATEST_MS


class Clock(Protocol):
    """Where the desk gets its time from."""

    def now_ms(self) -> int:
        """Wall time, UTC, in milliseconds since 1970."""

    def monotonic_ms(self) -> int:
        """Milliseconds that never jump back: for pauses, not for dates."""


class SystemClock:
    """The machine's own clock."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic_ms(self) -> int:
        return time.clock_gettime_ns(_SINCE_BOOT) // 1_000_000


_SINCE_BOOT = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""A clock that goes on while the machine sleeps, where there is one."""

_BOOT_ID = "/proc/sys/kernel/random/boot_id"


@cache
def boot_id() -> str:
    """What tells this run of the machine from others; "" where it cannot be told."""
    try:
        with open(_BOOT_ID, encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""


class ManualClock:
    """A clock that moves only when told to: for tests, replays and ``CSDESK_NOW``."""

    def __init__(self, start_ms: int) -> None:
        self._now_ms = start_ms

    def now_ms(self) -> int:
        return self._now_ms

    def monotonic_ms(self) -> int:
        return self._now_ms

    def advance(self, by_ms: int) -> None:
        self._now_ms += by_ms


class ShiftedClock:
    """The system clock, moved so that it read ``start_ms`` when it was made, ``speed`` times as fast since."""

    def __init__(self, start_ms: int, speed: int = 1) -> None:
        self._system = SystemClock()
        self._start_ms = start_ms
        self._made_ms = self._system.now_ms()
        self._speed = speed

    def now_ms(self) -> int:
        return self._start_ms + (self._system.now_ms() - self._made_ms) * self._speed

    def monotonic_ms(self) -> int:
        return self._system.monotonic_ms() * self._speed


def parse_time(text: str) -> int:
    """ISO-8601 (``Z`` or an offset; UTC when bare) to UTC milliseconds.

    Raises ValueError when ``text`` is not such a time.
    """
    moment = datetime.fromisoformat(text.strip())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // _MILLISECOND


def format_time(at_ms: int) -> str:
    """UTC milliseconds to ISO-8601 with ``Z``; milliseconds only where there are any."""
    seconds, millis = divmod(at_ms, 1000)
    moment = datetime.fromtimestamp(seconds, UTC)
    tail = f".{millis:03d}Z" if millis else "Z"
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + tail


def clock_from_environment() -> Clock:
    """The system clock, or the one that ``CSDESK_NOW`` asks for."""
    wanted = os.environ.get(ENVIRONMENT_NAME, "").strip()
    if not wanted:
        return SystemClock()
    found = _RUNNING.fullmatch(wanted)
    speed = int(found[2] or 1) if found else 0
    try:
        start_ms = parse_time(found[1] if found else wanted)
    except ValueError:
        raise UsageError(
            "clock.bad_now",
            _("CSDESK_NOW is not a time: {value}").format(value=wanted[:80]),
            _("Give it as 2026-01-02T03:04:05Z, with a + behind it to let it run."),
        ) from None
    return ShiftedClock(start_ms, speed) if speed else ManualClock(start_ms)
