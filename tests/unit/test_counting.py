"""Lengths as channels count them, and texts cut into parts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csdesk.model.limits import CHAT, LIMITS, Limit, limit_of
from csdesk.text import graphemes
from csdesk.text.counting import Unit, count, parts

FAMILY = "👨\u200d👩\u200d👧"


@pytest.mark.parametrize(
    ("text", "units", "points", "sixteens"),
    [("您好", 2, 2, 2), ("😀", 1, 1, 2), (FAMILY, 1, 5, 8), ("e\u0301", 1, 2, 2), ("", 0, 0, 0)],
)
def test_each_unit_counts_its_own_way(text: str, units: int, points: int, sixteens: int) -> None:
    assert count(text, Unit.GRAPHEMES) == units
    assert count(text, Unit.CODE_POINTS) == points
    assert count(text, Unit.UTF16) == sixteens


def test_utf16_units_are_those_of_the_codec() -> None:
    text = "亲😀，看🎁" + FAMILY
    assert count(text, Unit.UTF16) == len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize(
    ("text", "most", "cut"),
    [
        ("第一段。\n\n第二段也不长", 10, ["第一段。", "第二段也不长"]),
        ("已经发货了。请您放心。明天会到的", 12, ["已经发货了。请您放心。", "明天会到的"]),
        ("他说：“发货了。”然后呢后来呢", 10, ["他说：“发货了。”", "然后呢后来呢"]),
        ("one two three four", 10, ["one two", "three four"]),
        ("一二三四五六七八九十", 4, ["一二三四", "五六七八", "九十"]),
        ("  短 ", 10, ["短"]),
        (" \n ", 10, []),
    ],
)
def test_a_part_ends_at_the_best_place(text: str, most: int, cut: list[str]) -> None:
    assert parts(text, most, Unit.CODE_POINTS) == cut


@given(st.text("好。，\n a.😀e\u0301" + FAMILY, max_size=200), st.integers(8, 30), st.sampled_from(Unit))
def test_parts_fit_lose_only_space_and_cut_no_grapheme(text: str, most: int, unit: Unit) -> None:
    cut = parts(text, most, unit)
    assert "".join("".join(cut).split()) == "".join(text.split())
    assert all(each.strip() for each in cut)
    longest = max((count(each, unit) for each in graphemes(text)), default=0)
    assert all(count(each, unit) <= max(most, longest) for each in cut)


def test_a_limit_is_near_from_nine_tenths_on() -> None:
    limit = Limit(100, Unit.UTF16)
    assert not limit.is_near("a" * 89)
    assert limit.is_near("a" * 90)
    assert limit.is_near("😀" * 45)
    assert limit.used("😀" * 45) == 90


def test_a_kind_of_channel_that_is_not_known_counts_as_chat() -> None:
    assert limit_of("carrier pigeon") is CHAT
    assert limit_of("telegram") == Limit(4_096, Unit.UTF16)
    assert all(limit.most > 0 for limit in LIMITS.values())
