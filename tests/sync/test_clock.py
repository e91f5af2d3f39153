"""Stamps are put right by the time since the machine was started, whatever the wall clock did."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from csdesk.store.log import next_hlc
from csdesk.sync.clock import TOLERANCE_MS, Anchor, Made, dated

NOW_MS = 1_800_000_000_000
DAY_MS = 86_400_000


@dataclass
class Shift:
    """Operations made at true times, by a desk whose wall clock is off by a changing amount."""

    made: list[Made]
    true_ms: list[int]
    anchor: Anchor


@st.composite
def shifts(draw: st.DrawFn) -> Shift:
    true, offset, last, seen = NOW_MS, draw(st.integers(-30 * DAY_MS, 30 * DAY_MS)), 0, 0
    made, times = [], []
    for dseq in range(1, draw(st.integers(1, 12)) + 1):
        true += draw(st.integers(0, 3_600_000))
        if draw(st.booleans()):
            offset = draw(st.integers(-30 * DAY_MS, 30 * DAY_MS))
        if draw(st.integers(0, 3)) == 0:
            seen = max(seen, next_hlc(0, true - draw(st.integers(0, 1_000))))
        last = next_hlc(max(last, seen), true + offset)
        made.append(Made(dseq, last, "boot", true - NOW_MS, seen))
        times.append(true)
    true += draw(st.integers(0, DAY_MS))
    return Shift(made, times, Anchor(true, true + offset, "boot", true - NOW_MS))


def after(shift: Shift) -> list[int]:
    """All stamps, put right."""
    right = dict(dated(shift.made, shift.anchor, 0))
    return [right.get(made.dseq, made.hlc) for made in shift.made]


@given(shifts())
def test_stamps_rise_are_behind_what_was_seen_and_tell_the_true_time(shift: Shift) -> None:
    stamps = after(shift)
    assert stamps == sorted(set(stamps))
    for stamp, made, true in zip(stamps, shift.made, shift.true_ms, strict=True):
        assert stamp > made.seen_hlc
        assert abs((stamp >> 16) - true) <= TOLERANCE_MS


@given(shifts())
def test_what_was_put_right_once_stays(shift: Shift) -> None:
    again = [made._replace(hlc=stamp) for made, stamp in zip(shift.made, after(shift), strict=True)]
    assert dated(again, shift.anchor, 0) == []


def test_a_good_clock_is_left_alone() -> None:
    anchor = Anchor(NOW_MS, NOW_MS - 300, "boot", 10_000)
    assert dated([Made(1, (NOW_MS - 5_300) << 16, "boot", 5_000, 0)], anchor, 0) == []


def test_after_a_restart_the_last_known_offset_counts_and_nothing_is_later_than_now() -> None:
    anchor = Anchor(NOW_MS, NOW_MS + DAY_MS, "new boot", 5, last_offset_ms=-DAY_MS)
    before = Made(1, (NOW_MS + DAY_MS - 60_000) << 16, "old boot", 99, 0)
    beyond = Made(2, (NOW_MS + 5 * DAY_MS) << 16, None, 0, 0)
    assert dated([before, beyond], anchor, 0) == [(1, (NOW_MS - 60_000) << 16), (2, NOW_MS << 16)]


def test_a_stamp_is_never_before_the_one_before_it() -> None:
    anchor = Anchor(NOW_MS, NOW_MS, "boot", 1_000)
    committed = (NOW_MS + 200_000) << 16
    assert dated([Made(9, committed + 1, "boot", 900, 0)], anchor, committed) == []
    assert dated([Made(9, 5, "boot", 900, 0)], anchor, committed) == [(9, committed + 1)]
