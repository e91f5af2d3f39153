"""Opening hours and days as people write them: ``mon-fri 09:00-18:00, sat 10:00-16:00 Asia/Shanghai``.

What they mean at a moment is for ``csdesk.availability.hours``; this only reads. It stands this low so that
the settings can refuse what nobody could follow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from itertools import pairwise

from csdesk.errors import DataError
from csdesk.i18n import _

DAY_MINUTES = 1_440
DAYS_MOST = 1_000
TEXT_MOST = 8_000

_NAMES: Mapping[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "mon monday 周一 星期一",
            "tue tuesday 周二 星期二",
            "wed wednesday 周三 星期三",
            "thu thursday 周四 星期四",
            "fri friday 周五 星期五",
            "sat saturday 周六 星期六",
            "sun sunday 周日 周天 星期日 星期天",
        )
    )
    for name in names.split()
}
_DAILY = ("daily", "每天")
_RANGE = re.compile(r"([^\W\d_]+)(?:[-–~至到]([^\W\d_]+))?")
_TIMES = re.compile(r"(\d{1,2}):([0-5]\d)[-–~至到](\d{1,2}):([0-5]\d)")
_PARTS = re.compile(r"[,;，；、]")
_ZONE = re.compile(r"[A-Za-z]+(?:/[A-Za-z0-9_+-]+)+|UTC")


class HoursError(DataError):
    """A text that is no opening hours, or no list of days."""

    def __init__(self, given: str, hint: str) -> None:
        super().__init__(
            "hours.unreadable", _("{value} are no opening hours or days.").format(value=given[:60]), hint
        )


@dataclass(frozen=True, slots=True)
class Span:
    """From a minute of the local day up to another; ``end`` beyond 1440 is in the next day."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Week:
    """When it is open, Monday first; ``zone`` is an IANA name, empty for the machine's own time."""

    days: tuple[tuple[Span, ...], ...]
    zone: str = ""


def read_week(text: str) -> Week:
    """Opening hours by day of the week. Days that are not named are closed. Raises HoursError."""
    if len(text) > TEXT_MOST:
        raise HoursError(text, _("Write fewer."))
    plain, zone = text.strip(), ""
    head, _space, last = plain.rpartition(" ")
    if _ZONE.fullmatch(last):
        plain, zone = head, last
        read_zone(zone)
    days: dict[int, tuple[Span, ...]] = {}
    for part in filter(None, (each.strip() for each in _PARTS.split(plain))):
        named, spans = _read_part(part)
        days |= dict.fromkeys(named, spans)
    if not any(days.values()):
        raise HoursError(text, _hint())
    return Week(tuple(days.get(number, ()) for number in range(7)), zone)


def read_zone(name: str) -> tzinfo | None:
    """The time zone of that IANA name; None, the machine's own time, for an empty one. Raises HoursError."""
    if not name:
        return None
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise HoursError(name, _("Name a time zone as Asia/Shanghai or Europe/Berlin.")) from None


def read_days(text: str) -> frozenset[date]:
    """``2026-10-01..2026-10-07, 2027-01-01`` to those days. Raises HoursError."""
    if len(text) > TEXT_MOST:
        raise HoursError(text, _("Write fewer."))
    return frozenset(day for part in _listed(text) for day in _days_of(part))


def read_workdays(text: str) -> Mapping[date, int]:
    """``2026-10-10, 2026-09-27=fri`` to the day of the week (Monday is 0) whose hours hold then.

    A day that makes up for a holiday (调休) has Monday's hours where none is named. Raises HoursError.
    """
    found: dict[date, int] = {}
    for part in _listed(text):
        days, _sign, name = (each.strip() for each in part.partition("="))
        if name and name.lower() not in _NAMES:
            raise HoursError(part, _hint_days())
        found |= dict.fromkeys(_days_of(days), _NAMES[name.lower()] if name else 0)
    return found


def _read_part(part: str) -> tuple[list[int], tuple[Span, ...]]:
    """``mon-fri 09:00-12:00 13:00-18:00``: which days, and when. Without days it is every day."""
    words = part.replace("：", ":").split()
    days = list(range(7))
    if not _TIMES.fullmatch(words[0]) and words[0] != "24h":
        days = _days_named(words.pop(0).lower(), part)
    spans = sorted((_span(word, part) for word in words), key=lambda span: span.start)
    if not spans or any(after.start < before.end for before, after in pairwise(spans)):
        raise HoursError(part, _hint())
    return days, tuple(spans)


def _days_named(word: str, part: str) -> list[int]:
    if word in _DAILY:
        return list(range(7))
    found = _RANGE.fullmatch(word)
    split = re.split(r"[-–~至到]", word)
    if found is None or len(split) > 2 or not all(name in _NAMES for name in split):
        raise HoursError(part, _hint())
    first, last = _NAMES[split[0]], _NAMES[split[-1]]
    return [(first + step) % 7 for step in range((last - first) % 7 + 1)]


def _span(word: str, part: str) -> Span:
    if word == "24h":
        return Span(0, DAY_MINUTES)
    found = _TIMES.fullmatch(word)
    if found is None:
        raise HoursError(part, _hint())
    start, end = (int(found[at]) * 60 + int(found[at + 1]) for at in (1, 3))
    if start >= DAY_MINUTES or end > DAY_MINUTES:
        raise HoursError(part, _hint())
    return Span(start, end if end > start else end + DAY_MINUTES)


def _listed(text: str) -> Iterator[str]:
    return filter(None, (each.strip() for each in _PARTS.split(text)))


def _days_of(part: str) -> Iterator[date]:
    first, _dots, last = (each.strip() for each in part.partition(".."))
    try:
        start, end = date.fromisoformat(first), date.fromisoformat(last or first)
    except ValueError:
        raise HoursError(part, _hint_days()) from None
    if not 0 <= (end - start).days < DAYS_MOST:
        raise HoursError(part, _hint_days())
    return (start + timedelta(days=step) for step in range((end - start).days + 1))


def _hint() -> str:
    return _('Write days and times: "mon-fri 09:00-18:00, sat 10:00-16:00 Asia/Shanghai".')


def _hint_days() -> str:
    return _(
        'Write days: "2026-10-01..2026-10-07, 2027-01-01"; a working day may say whose: "2026-10-10=fri".'
    )


def read_local_time(text: str) -> int:
    """``2026-11-11``, ``2026-11-11 20:00`` (local) or a time with an offset, to UTC ms. Raises HoursError."""
    try:
        return round(datetime.fromisoformat(text.strip()).timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        raise HoursError(text, _("Write a day and a time: 2026-11-11 20:00.")) from None
