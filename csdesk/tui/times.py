"""Times as people read them: local, short, as wide as their neighbours."""

from __future__ import annotations

import time
from typing import Final

from csdesk.i18n import N_, _

MINUTE: Final = 60
HOUR: Final = 3600
DAY: Final = 86_400

_MONTHS: Final = (
    N_("Jan"), N_("Feb"), N_("Mar"), N_("Apr"), N_("May"), N_("Jun"),
    N_("Jul"), N_("Aug"), N_("Sep"), N_("Oct"), N_("Nov"), N_("Dec"),
)  # fmt: skip


def wait_text(age_ms: int) -> str:
    """How long, in as few cells as say it: ``03:12``, ``1:02:03`` to ten hours, ``14h05``, ``3d04h``, ``412d``."""
    seconds = max(0, age_ms) // 1000
    if seconds < HOUR:
        return f"{seconds // MINUTE:02d}:{seconds % MINUTE:02d}"
    if seconds < 10 * HOUR:
        return f"{seconds // HOUR}:{seconds % HOUR // MINUTE:02d}:{seconds % MINUTE:02d}"
    if seconds < DAY:
        return f"{seconds // HOUR}h{seconds % HOUR // MINUTE:02d}"
    if seconds < 10 * DAY:
        return f"{seconds // DAY}d{seconds % DAY // HOUR:02d}h"
    return f"{seconds // DAY}d"


def clock_time(at_ms: int) -> str:
    """Local hour and minute: ``10:01``."""
    local = time.localtime(at_ms // 1000)
    return f"{local.tm_hour:02d}:{local.tm_min:02d}"


def clock_time_with_seconds(at_ms: int) -> str:
    """Local time to the second: ``10:06:02``."""
    local = time.localtime(at_ms // 1000)
    return f"{local.tm_hour:02d}:{local.tm_min:02d}:{local.tm_sec:02d}"


def day_and_time(at_ms: int) -> str:
    """Local day and time for a text that is read elsewhere: ``2026-11-22 10:06``."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at_ms // 1000))


def time_or_date(at_ms: int, now_ms: int) -> str:
    """Five cells: the time when it is today (local), else month and day."""
    if local_day(at_ms) == local_day(now_ms):
        return clock_time(at_ms)
    local = time.localtime(at_ms // 1000)
    return f"{local.tm_mon:02d}-{local.tm_mday:02d}"


def local_day(at_ms: int) -> tuple[int, int, int]:
    """Year, month and day of ``at_ms`` where we are."""
    local = time.localtime(at_ms // 1000)
    return local.tm_year, local.tm_mon, local.tm_mday


def day_text(at_ms: int, now_ms: int) -> str:
    """A day for a separator line: ``Today Nov 22``, ``Yesterday Nov 21``, ``Nov 3``, ``Nov 3, 2000``."""
    year, month, day = local_day(at_ms)
    parts = {"year": year, "month": month, "month_name": _(_MONTHS[month - 1]), "day": day}
    if (year, month, day) == local_day(now_ms):
        return _("Today {month_name} {day}").format(**parts)
    if (year, month, day) == local_day(now_ms - DAY * 1000):
        return _("Yesterday {month_name} {day}").format(**parts)
    if year == local_day(now_ms)[0]:
        return _("{month_name} {day}").format(**parts)
    return _("{month_name} {day}, {year}").format(**parts)
