"""What is typed for a slot: a choice, a number, a day as people say it. Nothing here knows a screen.

Days are written out for the customer in the language of the reply, with the day of the week, because a
promise of a day is read more carefully than any other: ``11月27日（周五）``, ``Friday 27 November``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from csdesk.errors import UsageError
from csdesk.i18n import _
from csdesk.model.reply import Slot

LONGEST = 500
FURTHEST_DAYS: Final = 3660
WEEK = 7

_AHEAD: Final = {
    "today": 0, "今天": 0, "今日": 0, "jt": 0,
    "tomorrow": 1, "tmr": 1, "明天": 1, "明日": 1, "mt": 1,
    "后天": 2, "後天": 2, "ht": 2, "大后天": 3, "大後天": 3,
}  # fmt: skip
_CHINESE_DAYS: Final = "一二三四五六日"
_WEEKDAY_ZH = re.compile(r"(这|本|下|下下)?(?:个)?(?:周|星期|礼拜|週|禮拜)([一二三四五六日天])")
_SPAN = re.compile(r"\+?(\d{1,4})\s*(d|w|天|日后|天后|周|周后|星期)")
_ISO = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_MONTH_DAY = re.compile(r"(\d{1,2})[-/.月](\d{1,2})[日号]?")
_DAY_OF_MONTH = re.compile(r"(\d{1,2})[日号]")
_NUMBER = re.compile(r"-?\d{1,12}(?:\.\d{1,6})?")
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_NAMES: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WEEKDAYS: Final = {word.lower(): number for number, name in enumerate(_NAMES) for word in (name, name[:3])}


class SlotError(UsageError):
    """What was typed does not fit the slot."""


@dataclass(frozen=True, slots=True)
class SlotOffer:
    """One value to choose, and how it may be read beside what it stands for (``tomorrow``)."""

    value: str
    note: str = ""


def read_value(slot: Slot, typed: str, today: date, lang: str) -> str:
    """``typed`` as it goes into the text. Raises SlotError, which says what the slot takes."""
    plain = typed.strip()
    if not plain:
        if slot.is_required:
            raise _refused(slot, plain, _("Nothing is filled in for {slot}."), _("Type a value."))
        return ""
    if len(plain) > LONGEST:
        raise _refused(slot, plain, _("The value of {slot} is too long."), _("Shorten it."))
    match slot.kind:
        case "choice":
            return _choice(slot, plain)
        case "number":
            return _number(slot, plain)
        case "date":
            return day_in_words(_day(slot, plain, today), lang, today)
        case _:
            return plain


def offers(slot: Slot, typed: str, today: date, lang: str) -> list[SlotOffer]:
    """What to choose from for a slot, given what is typed of it so far; empty when it has to be typed."""
    plain = typed.strip()
    if slot.kind == "choice":
        asked = plain.casefold()
        fitting = [choice for choice in slot.choices if asked in choice.casefold()]
        fitting.sort(key=lambda choice: not choice.casefold().startswith(asked))
        return [SlotOffer(choice) for choice in fitting]
    if slot.kind == "date":
        if plain:
            found = read_day(plain, today)
            return [] if found is None else [SlotOffer(day_in_words(found, lang, today), plain)]
        return _next_days(today, lang)
    return []


def _next_days(today: date, lang: str) -> list[SlotOffer]:
    names = {0: _("today"), 1: _("tomorrow"), 2: _("the day after tomorrow")}
    days = [today + timedelta(days=ahead) for ahead in range(WEEK)]
    return [
        SlotOffer(day_in_words(day, lang, today), names.get(ahead, f"+{ahead}d"))
        for ahead, day in enumerate(days)
    ]


def read_day(typed: str, today: date) -> date | None:
    """The day that ``typed`` means: 明天, 下周五, friday, +3d, 25日, 11-25, 2026-11-25; None for no day.

    A day of the week is the next one to come (today's name is a week ahead); a day without its year is the next such day.
    """
    plain = typed.strip().lower()
    if plain in _AHEAD:
        return today + timedelta(days=_AHEAD[plain])
    if found := _SPAN.fullmatch(plain):
        days = int(found[1]) * (WEEK if found[2][0] in "w周星" else 1)
        return today + timedelta(days=days) if days <= FURTHEST_DAYS else None
    if plain in _WEEKDAYS:
        return _weekday(today, _WEEKDAYS[plain])
    if found := _WEEKDAY_ZH.fullmatch(plain):
        number = _CHINESE_DAYS.index(found[2].replace("天", "日"))
        if not found[1]:
            return _weekday(today, number)
        monday = today - timedelta(days=today.weekday())
        return monday + timedelta(days=number + WEEK * found[1].count("下"))
    return _calendar_day(plain, today)


def _weekday(today: date, number: int) -> date:
    return today + timedelta(days=(number - today.weekday() - 1) % WEEK + 1)


def _calendar_day(plain: str, today: date) -> date | None:
    try:
        if found := _ISO.fullmatch(plain):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _MONTH_DAY.fullmatch(plain):
            day = date(today.year, int(found[1]), int(found[2]))
            return day if day >= today else day.replace(year=today.year + 1)
        if found := _DAY_OF_MONTH.fullmatch(plain):
            day = today.replace(day=int(found[1]))
            return day if day >= today else _next_month(day)
    except ValueError:
        return None
    return None


def _next_month(day: date) -> date:
    return day.replace(year=day.year + day.month // 12, month=day.month % 12 + 1)


def day_in_words(day: date, lang: str, today: date) -> str:
    """``day`` as a customer reads it in ``lang``; the year only when it is not the present one."""
    if lang.lower().startswith("zh"):
        year = f"{day.year}年" if day.year != today.year else ""
        return f"{year}{day.month}月{day.day}日（周{_CHINESE_DAYS[day.weekday()]}）"
    if lang.lower().startswith("en"):
        year = f" {day.year}" if day.year != today.year else ""
        return f"{_NAMES[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}{year}"
    return day.isoformat()


def _day(slot: Slot, plain: str, today: date) -> date:
    found = read_day(plain, today)
    if found is None:
        hint = _("Write tomorrow, friday, +3d, 11-25 or 2026-11-25 (明天, 周五, 下周一, 25日).")
        raise _refused(slot, plain, _("{value} is no day for {slot}."), hint)
    return found


def _choice(slot: Slot, plain: str) -> str:
    for choice in slot.choices:
        if choice.casefold() == plain.casefold():
            return choice
    hint = _("Use one of: {choices}.").format(choices=", ".join(slot.choices))
    raise _refused(slot, plain, _("{value} is no choice for {slot}."), hint)


def _number(slot: Slot, plain: str) -> str:
    """As it was typed: 08 stays 08, since it may be a number of something."""
    if not _NUMBER.fullmatch(plain):
        raise _refused(slot, plain, _("{value} is no number for {slot}."), _("Write 10 or 0.5."))
    value = float(plain)
    if (slot.least is not None and value < slot.least) or (slot.most is not None and value > slot.most):
        raise _refused(slot, plain, _("{value} is out of bounds for {slot}."), _bounds(slot))
    return plain


def _bounds(slot: Slot) -> str:
    if slot.most is None:
        return _("Write a number from {least} on.").format(least=f"{slot.least:g}")
    if slot.least is None:
        return _("Write a number up to {most}.").format(most=f"{slot.most:g}")
    return _("Write a number from {least} to {most}.").format(least=f"{slot.least:g}", most=f"{slot.most:g}")


def _refused(slot: Slot, typed: str, sentence: str, hint: str) -> SlotError:
    return SlotError("slot.bad_value", sentence.format(value=typed[:40], slot=slot.name), hint)
