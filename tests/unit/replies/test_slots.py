"""What is typed for a slot: days as people say them, choices, numbers within bounds."""

from __future__ import annotations

from datetime import date

import pytest

from csdesk.model.reply import Slot
from csdesk.replies.slots import LONGEST, SlotError, day_in_words, offers, read_day, read_value

SUNDAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("今天", "2026-11-22"),
        ("明天", "2026-11-23"),
        ("后天", "2026-11-24"),
        ("後天", "2026-11-24"),
        ("tomorrow", "2026-11-23"),
        ("mt", "2026-11-23"),
        ("周五", "2026-11-27"),
        ("星期五", "2026-11-27"),
        ("礼拜天", "2026-11-29"),
        ("下周一", "2026-11-23"),
        ("下下周一", "2026-11-30"),
        ("本周日", "2026-11-22"),
        ("Friday", "2026-11-27"),
        ("fri", "2026-11-27"),
        ("sunday", "2026-11-29"),
        ("+3d", "2026-11-25"),
        ("+0d", "2026-11-22"),
        ("2w", "2026-12-06"),
        ("3天后", "2026-11-25"),
        ("11-25", "2026-11-25"),
        ("11月25日", "2026-11-25"),
        ("1/5", "2027-01-05"),
        ("25日", "2026-11-25"),
        ("5号", "2026-12-05"),
        ("2026-12-01", "2026-12-01"),
        ("2026年12月1日", "2026-12-01"),
        (" 明天 ", "2026-11-23"),
    ],
)
def test_days_are_read_as_people_say_them(typed: str, day: str) -> None:
    assert read_day(typed, SUNDAY) == date.fromisoformat(day)


@pytest.mark.parametrize(
    "typed", ["", "soon", "31-31", "2026-02-30", "+9999d", "周八", "32日", "月", "9" * 40]
)
def test_what_is_no_day_is_none(typed: str) -> None:
    assert read_day(typed, SUNDAY) is None


def test_the_31st_is_looked_for_in_a_month_that_has_one_or_refused() -> None:
    assert read_day("31日", date(2026, 12, 30)) == date(2026, 12, 31)
    assert read_day("31日", date(2026, 11, 2)) is None


def test_a_day_is_written_in_the_language_of_the_reply() -> None:
    friday = date(2026, 11, 27)
    assert day_in_words(friday, "zh-CN", SUNDAY) == "11月27日（周五）"
    assert day_in_words(friday, "en", SUNDAY) == "Friday 27 November"
    assert day_in_words(friday, "fr", SUNDAY) == "2026-11-27"
    assert day_in_words(date(2027, 1, 5), "zh", SUNDAY) == "2027年1月5日（周二）"
    assert day_in_words(date(2027, 1, 5), "en", SUNDAY) == "Tuesday 5 January 2027"


def test_a_value_is_what_the_slot_takes() -> None:
    eta = Slot("eta", "预计多久", "choice", ("24小时内", "Today"))
    assert read_value(eta, " today ", SUNDAY, "zh") == "Today"
    number = Slot("amount", "金额", "number", least=1, most=100)
    assert read_value(number, "08", SUNDAY, "zh") == "08"
    assert read_value(number, "99.5", SUNDAY, "zh") == "99.5"
    assert read_value(Slot("day", "日期", "date"), "周五", SUNDAY, "zh") == "11月27日（周五）"
    assert read_value(Slot("item", "商品"), " 围巾 ", SUNDAY, "zh") == "围巾"
    assert read_value(Slot("item", "商品", is_required=False), " ", SUNDAY, "zh") == ""


@pytest.mark.parametrize(
    ("slot", "typed", "said"),
    [
        (Slot("eta", "?", "choice", ("a", "b")), "c", "a, b"),
        (Slot("amount", "?", "number"), "ten", "10 or 0.5"),
        (Slot("amount", "?", "number"), "1e9", "10 or 0.5"),
        (Slot("amount", "?", "number", least=1, most=9), "10", "from 1 to 9"),
        (Slot("amount", "?", "number", least=1), "0", "from 1 on"),
        (Slot("amount", "?", "number", most=9), "9.5", "up to 9"),
        (Slot("day", "?", "date"), "someday {x}", "tomorrow"),
        (Slot("item", "?"), "  ", "value"),
        (Slot("item", "?"), "x" * (LONGEST + 1), "Shorten"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_does(slot: Slot, typed: str, said: str) -> None:
    with pytest.raises(SlotError) as raised:
        read_value(slot, typed, SUNDAY, "en")
    assert said in raised.value.hint
    assert slot.name in raised.value.sentence


def test_choices_are_offered_and_narrowed() -> None:
    eta = Slot("eta", "?", "choice", ("10 分钟内", "2 小时内", "24 小时内"))
    assert [offer.value for offer in offers(eta, "", SUNDAY, "zh")] == list(eta.choices)
    assert [offer.value for offer in offers(eta, "24", SUNDAY, "zh")] == ["24 小时内"]
    assert [offer.value for offer in offers(eta, "小时", SUNDAY, "zh")] == ["2 小时内", "24 小时内"]
    assert offers(eta, "明年", SUNDAY, "zh") == []


def test_days_are_offered_and_read() -> None:
    day = Slot("date", "?", "date")
    assert [offer.value for offer in offers(day, "", SUNDAY, "zh")][:2] == [
        "11月22日（周日）",
        "11月23日（周一）",
    ]
    assert [offer.value for offer in offers(day, "周五", SUNDAY, "zh")] == ["11月27日（周五）"]
    assert offers(day, "x", SUNDAY, "zh") == []
    assert offers(Slot("item", "?"), "x", SUNDAY, "zh") == []
