"""Whether it is open, since when it is not, when it opens, and when so much open time has passed. Pure.

Times of the week are local to a time zone. One that a clock change skips counts with the offset from before
it, one that it repeats is the first of the two (as RFC 5545, 3.3.5); a span that a change falls into is as
long as it really is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from types import MappingProxyType

from csdesk.opening_hours import Week, read_days, read_week, read_workdays, read_zone

FAR_DAYS = 400
"""What does not open for so long has closed for good."""


@dataclass(frozen=True, slots=True)
class Hours:
    """A week, the days it does not hold on, and the days that have another day's hours (0 is Monday's)."""

    week: Week
    zone: tzinfo | None = None
    closed: frozenset[date] = frozenset()
    worked: Mapping[date, int] = field(default_factory=lambda: MappingProxyType({}))


def read(week: str, holidays: str = "", workdays: str = "") -> Hours:
    """Hours from what the settings say. Raises HoursError."""
    read_as = read_week(week)
    return Hours(read_as, read_zone(read_as.zone), read_days(holidays), read_workdays(workdays))


def is_open(hours: Hours, at: int) -> bool:
    """Whether somebody is to be there at ``at`` (UTC ms)."""
    return any(start <= at < end for start, end in _times(hours, at, -1, 1))


def opens_at(hours: Hours, at: int) -> int | None:
    """When it opens next, ``at`` itself while it is open (UTC ms); None when not within ``FAR_DAYS``."""
    return next((max(at, start) for start, end in _times(hours, at, -1, FAR_DAYS) if end > at), None)


def closed_since(hours: Hours, at: int) -> int:
    """When it closed last before ``at`` (UTC ms): what names this time of being closed. 0: never open before."""
    for back in range(FAR_DAYS):
        ended = [end for _start, end in _times(hours, at, -back - 1, -back) if end <= at]
        if ended:
            return max(ended)
    return 0


def after(hours: Hours | None, at: int, open_ms: int) -> int:
    """When ``open_ms`` of open time have passed since ``at``; without hours it is always open (UTC ms)."""
    left, now = open_ms, at
    if hours is not None:
        for start, end in _times(hours, at, -1, FAR_DAYS):
            begin = max(start, now)
            if end > begin:
                if begin + left <= end:
                    return begin + left
                left, now = left - (end - begin), end
    return now + left


def _times(hours: Hours, at: int, first: int, last: int) -> Iterator[tuple[int, int]]:
    """The open times (UTC ms) that begin on the local days from ``first`` to ``last`` around that of ``at``."""
    today = datetime.fromtimestamp(at / 1000, hours.zone).date()
    for step in range(first, last + 1):
        day = today + timedelta(days=step)
        weekday = hours.worked.get(day)
        if weekday is None and day in hours.closed:
            continue
        for span in hours.week.days[day.weekday() if weekday is None else weekday]:
            yield _moment(day, span.start, hours.zone), _moment(day, span.end, hours.zone)


def _moment(day: date, minute: int, zone: tzinfo | None) -> int:
    """A minute of a local day as UTC ms."""
    later, rest = divmod(minute, 1_440)
    day += timedelta(days=later)
    return (
        round(datetime(day.year, day.month, day.day, rest // 60, rest % 60, tzinfo=zone).timestamp()) * 1000
    )
