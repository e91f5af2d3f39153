"""Times as a person types them, and as a line of text shows them: local."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Final

from csdesk.errors import UsageError
from csdesk.i18n import _

UNITS_MS: Final = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
LATEST_MS: Final = 32_503_680_000_000
"""The year 3000: later is a slip of the hand."""
MORNING: Final = "09:00"

_SPAN = re.compile(r"(?:\d{1,6}[smhdw])+")
_PART = re.compile(r"(\d+)([smhdw])")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


def read_span(text: str) -> int:
    """``90``, ``100s``, ``2h``, ``1d12h`` to milliseconds; a bare number counts seconds. Raises UsageError."""
    plain = text.strip().lower()
    plain = f"{plain}s" if plain.isascii() and plain.isdigit() else plain
    if not _SPAN.fullmatch(plain):
        raise UsageError(
            "time.bad_span",
            _("{value} is not a length of time.").format(value=text[:40]),
            _("Write 100s, 5m, 2h, 1d or 1d12h."),
        )
    return sum(int(number) * UNITS_MS[unit] for number, unit in _PART.findall(plain))


def read_moment(text: str, now_ms: int) -> int:
    """When a person means, in UTC ms: ``+2h``, ``18:30`` (the next one), ``tomorrow``, ``tomorrow 14:00``,
    ``2026-01-31``, ``2026-01-31T14:00`` (all local) or a time with ``Z`` or an offset.

    A day without a time means nine in the morning. Raises UsageError when it is none of these.
    """
    plain = " ".join(text.split())
    if plain.startswith("+"):
        at = now_ms + read_span(plain[1:])
    else:
        try:
            at = round(_local_moment(plain, datetime.fromtimestamp(now_ms / 1000)).timestamp() * 1000)
        except (ValueError, OverflowError, OSError):
            raise _unreadable(text) from None
    if at >= LATEST_MS:
        raise _unreadable(text)
    return at


def _local_moment(plain: str, now: datetime) -> datetime:
    """A naive answer is local time. Raises ValueError."""
    if _CLOCK.fullmatch(plain):
        today = _on(now.date(), plain)
        return today if today > now else _on(now.date() + timedelta(days=1), plain)
    head, _space, tail = plain.partition(" ")
    if head.lower() in ("tomorrow", "明天"):
        return _on(now.date() + timedelta(days=1), tail or MORNING)
    if len(plain) == len("2026-01-31"):
        return _on(date.fromisoformat(plain), MORNING)
    return datetime.fromisoformat(plain)


def _on(day: date, clock: str) -> datetime:
    found = _CLOCK.fullmatch(clock)
    if found is None:
        raise ValueError(clock)
    return datetime(day.year, day.month, day.day, int(found[1]), int(found[2]))


def _unreadable(text: str) -> UsageError:
    return UsageError(
        "time.unreadable",
        _("{value} is not a time.").format(value=text[:40]),
        _("Write +2h, 18:30, tomorrow, tomorrow 14:00, 2026-01-31 or 2026-01-31T14:00."),
    )


def local_time(at_ms: int) -> str:
    """``2026-01-31 14:05`` where we are."""
    return datetime.fromtimestamp(at_ms / 1000).strftime("%Y-%m-%d %H:%M")


def local_clock(at_ms: int, now_ms: int) -> str:
    """``14:05:09`` when it is today where we are, else with the day."""
    moment, now = datetime.fromtimestamp(at_ms / 1000), datetime.fromtimestamp(now_ms / 1000)
    return moment.strftime("%H:%M:%S") if moment.date() == now.date() else local_time(at_ms)
