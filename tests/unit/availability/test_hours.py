"""Opening hours: weeks, holidays, days that make up for them, time zones and their clock changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csdesk.availability.hours import Hours, after, closed_since, is_open, opens_at, read
from csdesk.clock import format_time, parse_time
from csdesk.opening_hours import HoursError, Span, read_days, read_week, read_workdays

SHOP = read("mon-fri 09:00-12:00 13:30-18:00, sat 10:00-16:00 Asia/Shanghai")
HOUR = 3_600_000


def at(text: str) -> int:
    return parse_time(text)


@pytest.mark.parametrize(
    ("moment", "opened"),
    [
        ("2026-11-23T08:59:59+08:00", False),
        ("2026-11-23T09:00:00+08:00", True),
        ("2026-11-23T12:00:00+08:00", False),
        ("2026-11-23T13:30:00+08:00", True),
        ("2026-11-23T18:00:00+08:00", False),
        ("2026-11-21T15:59:59+08:00", True),
        ("2026-11-22T11:00:00+08:00", False),
    ],
)
def test_a_week(moment: str, opened: bool) -> None:
    assert is_open(SHOP, at(moment)) is opened


def test_when_it_opens_and_since_when_it_is_closed() -> None:
    saturday = at("2026-11-21T20:00:00+08:00")
    assert opens_at(SHOP, saturday) == at("2026-11-23T09:00:00+08:00")
    assert closed_since(SHOP, saturday) == at("2026-11-21T16:00:00+08:00")
    noon = at("2026-11-23T12:10:00+08:00")
    assert (closed_since(SHOP, noon), opens_at(SHOP, noon)) == (noon - 600_000, at("2026-11-23T05:30:00Z"))
    inside = at("2026-11-23T10:00:00+08:00")
    assert opens_at(SHOP, inside) == inside


def test_holidays_and_the_days_that_make_up_for_them() -> None:
    """The National Day of 2026: the week is off, two weekend days are worked, one with Friday's hours."""
    week = "mon-thu 09:00-18:00, fri 09:00-17:00 Asia/Shanghai"
    shop = read(week, "2026-10-01..2026-10-07", "2026-09-27, 2026-10-10=fri")
    assert not is_open(shop, at("2026-10-01T10:00:00+08:00"))
    assert is_open(shop, at("2026-09-27T17:30:00+08:00"))
    assert is_open(shop, at("2026-10-10T16:59:00+08:00"))
    assert not is_open(shop, at("2026-10-10T17:00:00+08:00"))
    assert opens_at(shop, at("2026-09-30T18:00:00+08:00")) == at("2026-10-08T09:00:00+08:00")
    assert closed_since(shop, at("2026-10-05T12:00:00+08:00")) == at("2026-09-30T18:00:00+08:00")


def test_a_night_shift_crosses_midnight() -> None:
    night = read("fri 22:00-02:00 UTC")
    assert is_open(night, at("2026-11-28T01:59:59Z"))
    assert not is_open(night, at("2026-11-28T02:00:00Z"))
    assert not is_open(night, at("2026-11-27T01:00:00Z"))


def test_clock_changes_in_berlin() -> None:
    """Spring skips 02:00-03:00 on 2026-03-29, autumn repeats it on 2026-10-25."""
    berlin = read("daily 01:00-04:00 Europe/Berlin")
    spring = [
        minute for minute in range(0, 300) if is_open(berlin, at("2026-03-28T23:00:00Z") + minute * 60_000)
    ]
    autumn = [
        minute for minute in range(0, 360) if is_open(berlin, at("2026-10-24T22:00:00Z") + minute * 60_000)
    ]
    assert (len(spring), len(autumn)) == (120, 240)
    skipped = read("daily 02:30-05:00 Europe/Berlin")
    assert opens_at(skipped, at("2026-03-29T00:00:00Z")) == at("2026-03-29T03:30:00+02:00")
    nine = read("daily 09:00-10:00 Europe/Berlin")
    opened = [opens_at(nine, at(f"2026-{day}T12:00:00Z")) for day in ("03-27", "03-28", "10-23", "10-24")]
    assert [format_time(each or 0)[11:16] for each in opened] == ["08:00", "07:00", "07:00", "08:00"]


def test_a_promise_counts_open_time_only() -> None:
    friday = at("2026-11-20T17:00:00+08:00")
    assert after(SHOP, friday, HOUR) == at("2026-11-20T18:00:00+08:00")
    assert after(SHOP, friday, 4 * HOUR) == at("2026-11-21T13:00:00+08:00")
    assert after(SHOP, at("2026-11-21T20:00:00+08:00"), 4 * HOUR) == at("2026-11-23T14:30:00+08:00")
    assert after(None, friday, HOUR) == friday + HOUR


def test_what_never_opens_again() -> None:
    shop = read("mon 09:00-10:00", "2026-01-01..2028-01-01")
    now = at("2026-11-22T00:00:00Z")
    assert (opens_at(shop, now), is_open(shop, now)) == (None, False)


def test_chinese_days_are_read_too() -> None:
    assert read_week("周一至周五 09：00-18：00，周六 10:00-16:00").days[5] == (Span(600, 960),)
    assert read_week("09:00-18:00").days == ((Span(540, 1080),),) * 7
    assert read_week("每天 24h").days[6] == (Span(0, 1440),)
    assert len(read_week("sat-mon 10:00-11:00").days[0]) == 1


@pytest.mark.parametrize(
    "given",
    [
        "", "mon", "mon-fri", "mon 9-18", "xyz 09:00-18:00", "mon 25:00-26:00", "mon 09:00-24:30",
        "mon 09:00-12:00 11:00-13:00", "mon 09:00-18:00 Mars/Base", "mon 09:00-18:00 Etc/../../passwd",
        "mon-tue-wed 09:00-10:00", "mon 09:00-18:00 " * 2_000,
    ],
)  # fmt: skip
def test_what_is_no_hours_is_refused(given: str) -> None:
    with pytest.raises(HoursError):
        read_week(given)


@pytest.mark.parametrize(
    "given", ["tomorrow", "2026-13-01", "2026-01-02..2026-01-01", "0001-01-01..9999-01-01"]
)
def test_what_is_no_day_is_refused(given: str) -> None:
    with pytest.raises(HoursError):
        read_days(given)


def test_a_working_day_names_a_day_of_the_week() -> None:
    with pytest.raises(HoursError):
        read_workdays("2026-10-10=payday")


WEEKS = st.sampled_from(
    ["mon-fri 09:00-18:00 Europe/Berlin", "daily 22:00-04:00 America/New_York", "sat 24h Asia/Shanghai",
     "mon-fri 00:30-02:30 03:00-12:00 Australia/Lord_Howe"]
)  # fmt: skip


@given(WEEKS, st.integers(at("2026-01-01"), at("2027-01-01")))
def test_the_answers_agree(week: str, moment: int) -> None:
    shop: Hours = read(week)
    opens = opens_at(shop, moment)
    assert opens is not None and is_open(shop, opens)
    assert (opens == moment) is is_open(shop, moment)
    if opens > moment:
        assert not is_open(shop, opens - 1)
        since = closed_since(shop, moment)
        assert since <= moment and not is_open(shop, since) and is_open(shop, since - 1)
        assert closed_since(shop, opens - 1) == since
    promised = after(shop, moment, HOUR)
    assert promised - moment >= HOUR and is_open(shop, promised - 1)
