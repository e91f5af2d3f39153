"""By when: a time to come as people write it, in Chinese and English, as a moment.

``within 24 hours``, ``3个工作日内``, ``明天下午``, ``周五18点前``, ``by Friday``, ``tomorrow at 6 pm``. Times are
local. A day without an hour ends with the day, and so does a span of days; days of work are Monday to Friday.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

_END_OF_DAY = time(23, 59)

_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_WORDS = {
    "a": 1,
    "an": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "ten": 10,
}
_NUMBER = r"(\d{1,3}|[一二两三四五六七八九十半]{1,3}|(?:an?|one|two|three|four|five|six|seven|ten)\b)"
_UNITS = (
    r"(?:(?P<minutes>分钟|minutes?|mins?)|(?P<hours>个?小时|个?钟头|hours?|hrs?)"
    r"|(?P<workdays>个?工作日|(?:business|working) days?)|(?P<days>天|日|days?)|(?P<weeks>周|个?星期|weeks?))"
)
_SPAN_ZH = re.compile(rf"{_NUMBER}\s*{_UNITS}\s*(?:之内|以内|内)")
_SPAN_EN = re.compile(rf"\b(?:within|in)\s+(?:the next\s+)?{_NUMBER}\s*-?\s*{_UNITS}\b", re.IGNORECASE)

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY_ZH = re.compile(
    r"(?P<near>今[天日晚早]|明[天日晚早]|后天)"
    r"|(?P<week>下下|下|本|这)?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天末])"
    r"|(?:(?P<month>\d{1,2})月)?(?P<date>\d{1,2})[日号]"
)
_DAY_EN = re.compile(
    r"\b(?:(?P<near>today|tonight|tomorrow|this (?:morning|afternoon|evening)|end of (?:the )?day)"
    rf"|(?P<week>next\s+)?(?P<weekday>{'|'.join(_WEEKDAYS)})|(?P<friday>end of (?:the|this) week))\b",
    re.IGNORECASE,
)
_NEAR = {"明": 1, "后": 2}
_CLOCK_ZH = re.compile(
    r"(?P<part>下午|傍晚|晚上?|中午)?\s*(?P<hour>\d{1,2})\s*(?:[:：](?P<minute>\d\d)|[点时](?:(?P<half>半)|(?P<minutes>\d\d)分?)?)"
)
_CLOCK_EN = re.compile(
    r"\b(?P<hour>\d{1,2})(?::(?P<minute>\d\d)\s*(?P<part>[ap]\.?m)?|\s*(?P<only>[ap]\.?m))\b", re.IGNORECASE
)
_PARTS = (
    (re.compile(r"上午|早上|[今明]早|\bmorning\b", re.IGNORECASE), time(12)),
    (re.compile(r"中午|\bnoon\b", re.IGNORECASE), time(13)),
    (re.compile(r"下午|傍晚|\bafternoon\b", re.IGNORECASE), time(18)),
)


def find_due(clause: str, said_at: datetime) -> datetime | None:
    """The time to come that ``clause`` names, said at ``said_at`` (with its zone); None when it names none,
    or one that was past."""
    span = _SPAN_ZH.search(clause) or _SPAN_EN.search(clause)
    if span is not None:
        unit = next(name for name, word in span.groupdict().items() if word)
        return _after(said_at, _number(span.group(1)), unit)
    day, clock = _day(clause, said_at.date()), _clock(clause)
    if day is None and clock is None:
        return None
    due = datetime.combine(day or said_at.date(), clock or _part_end(clause), said_at.tzinfo)
    if day is None and due < said_at:
        due += timedelta(days=1)
    return due if due >= said_at else None


def _number(word: str) -> float:
    if word.isdigit():
        return int(word)
    if word.lower() in _WORDS:
        return _WORDS[word.lower()]
    if word == "半":
        return 0.5
    tens, ten, ones = word.rpartition("十")
    return (_DIGITS.get(tens, 1) * 10 if ten else 0) + _DIGITS.get(ones, 0)


def _after(said_at: datetime, count: float, unit: str) -> datetime:
    if unit in ("minutes", "hours"):
        return said_at + timedelta(**{unit: count})
    day = said_at.date()
    if unit == "workdays":
        for _step in range(int(count)):
            day += timedelta(days=1)
            while day.weekday() >= 5:
                day += timedelta(days=1)
    else:
        day += timedelta(days=int(count) * (7 if unit == "weeks" else 1))
    return datetime.combine(day, _END_OF_DAY, said_at.tzinfo)


def _day(clause: str, today: date) -> date | None:
    found = _DAY_ZH.search(clause) or _DAY_EN.search(clause)
    if found is None:
        return None
    groups = {name: word.lower() for name, word in found.groupdict().items() if word}
    if "near" in groups:
        ahead = 1 if groups["near"] == "tomorrow" else _NEAR.get(groups["near"][0], 0)
        return today + timedelta(days=ahead)
    if "date" in groups:
        return _of_the_month(int(groups["date"]), int(groups.get("month", 0)), today)
    ahead = (_weekday(groups["weekday"]) if "weekday" in groups else 4) - today.weekday()
    week = groups.get("week", "").strip()
    if week in ("下", "下下", "next"):
        return today + timedelta(days=ahead + (14 if week == "下下" else 7))
    return today + timedelta(days=ahead % 7)


def _weekday(word: str) -> int:
    if word in _WEEKDAYS:
        return _WEEKDAYS.index(word)
    return {"末": 6, "日": 6, "天": 6}.get(word, _DIGITS.get(word, 1) - 1)


def _of_the_month(day: int, month: int, today: date) -> date | None:
    """The next such day; None for one that no month has."""
    for step in range(12):
        years, at = divmod((month or today.month) - 1 + (0 if month else step), 12)
        try:
            found = date(today.year + years + (step if month else 0), at + 1, day)
        except ValueError:
            continue
        if found >= today:
            return found
    return None


def _clock(clause: str) -> time | None:
    found = _CLOCK_ZH.search(clause)
    if found is not None:
        minute = 30 if found["half"] else int(found["minute"] or found["minutes"] or 0)
        return _time(int(found["hour"]), minute, is_late=bool(found["part"]))
    found = _CLOCK_EN.search(clause)
    if found is None:
        return None
    part = (found["part"] or found["only"] or "").lower()
    hour = int(found["hour"]) % 12 if part.startswith("a") else int(found["hour"])
    return _time(hour, int(found["minute"] or 0), is_late=part.startswith("p"))


def _time(hour: int, minute: int, *, is_late: bool) -> time | None:
    hour += 12 if is_late and 0 < hour < 12 else 0
    if (hour, minute) == (24, 0):
        return _END_OF_DAY
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _part_end(clause: str) -> time:
    return next((end for part, end in _PARTS if part.search(clause)), _END_OF_DAY)
