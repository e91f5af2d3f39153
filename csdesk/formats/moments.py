"""Times as other programs write them."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, tzinfo

from csdesk.errors import DataError
from csdesk.formats.shape import EARLIEST_MS, LATEST_MS, shown
from csdesk.i18n import _

_NUMBER = re.compile(r"\d{9,17}(?:\.\d{1,9})?")
_PLAIN = re.compile(
    r"(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})\s?日?"
    r"(?:[T\s]\s?(上午|下午)?\s?(\d{1,2})\s?[:：时點点]\s?(\d{1,2})(?:\s?[:：分]\s?(\d{1,2})?秒?)?(?:\.\d{1,9})?)?"
)
_MILLISECONDS_FROM = 100_000_000_000
"""Numbers from here on count milliseconds: as seconds they would be after the year 5000."""


def read_moment(value: object, zone: tzinfo = UTC) -> int:
    """UTC ms of a time: ISO-8601, seconds or milliseconds since 1970, or year, month, day and time of day.

    A time without a zone is one of ``zone``. Raises DataError for anything else, also for 1/2/2026, which
    is two different days, and for times not from 1970 to 2999.
    """
    at = _number(value) if isinstance(value, int | float) else _text(str(value).strip(), zone)
    if at is None or not EARLIEST_MS <= at < LATEST_MS:
        raise DataError(
            "import.wrong_value",
            _("{value} is not a time from 1970 to 2999.").format(value=shown(value)),
            _("Write times as 2026-01-02 03:04:05, year first."),
        )
    return at


def _number(value: float) -> int | None:
    if isinstance(value, bool) or not math.isfinite(value):
        return None
    return int(value) if abs(value) >= _MILLISECONDS_FROM else round(value * 1000)


def _text(text: str, zone: tzinfo) -> int | None:
    if _NUMBER.fullmatch(text):
        return _number(float(text))
    try:
        return _at(datetime.fromisoformat(text), zone) if not text.isdigit() else None
    except (ValueError, OverflowError):
        found = _PLAIN.fullmatch(text)
        return _pieces(found, zone) if found else None


def _pieces(found: re.Match[str], zone: tzinfo) -> int | None:
    year, month, day, half, hour, minute, second = found.groups()
    hours = int(hour or 0)
    if half == "下午" and hours < 12:
        hours += 12
    try:
        moment = datetime(int(year), int(month), int(day), hours, int(minute or 0), int(second or 0))
        return _at(moment, zone)
    except (ValueError, OverflowError):
        return None


def _at(moment: datetime, zone: tzinfo) -> int:
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
    seconds = int(aware.replace(microsecond=0).timestamp())
    return seconds * 1000 + aware.microsecond // 1000
