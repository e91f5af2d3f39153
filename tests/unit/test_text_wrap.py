"""Chinese line breaking: what may not begin or end a line, and that nothing is lost."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csdesk.text import cell_width, clean, graphemes, is_boundary, narrow, wrap, wrap_offsets
from csdesk.text.wrap import NOT_AT_END, NOT_AT_START

TEXTS = st.lists(
    st.sampled_from(
        [
            "您",
            "好",
            "，",
            "。",
            "（",
            "）",
            "“",
            "”",
            "…",
            "word",
            "A123456789",
            " ",
            "　",
            "👨‍👩‍👧",
            "🇨🇳",
            "e\u0301",
            "/",
            "100%",
            "¥",
        ]
    ),
    max_size=60,
).map("".join)
WIDTHS = st.integers(2, 40)


def test_closing_punctuation_never_begins_a_line() -> None:
    assert wrap("您好，请稍等。谢谢", 4) == ["您", "好，", "请稍", "等。", "谢谢"]


def test_opening_punctuation_never_ends_a_line() -> None:
    assert wrap("请看（说明）", 6) == ["请看", "（说", "明）"]


def test_an_order_number_stays_whole_next_to_chinese() -> None:
    assert wrap("订单号 A123456789 已发货，请查收", 16) == ["订单号", "A123456789 已发", "货，请查收"]


def test_a_word_longer_than_a_line_is_broken() -> None:
    assert wrap("https://example.com", 8) == ["https://", "example.", "com"]


def test_an_amount_keeps_its_sign_and_percent() -> None:
    assert wrap("优惠￥100", 6) == ["优惠", "￥100"]
    assert wrap("打折90%了", 6) == ["打折", "90%了"]


def test_line_breaks_end_lines_and_empty_lines_stay() -> None:
    assert wrap("a\n\nb", 5) == ["a", "", "b"]


def test_no_wrapping_without_a_width() -> None:
    assert wrap("您好您好", 0) == ["您好您好"]


@pytest.mark.parametrize("text", ["", "您好", "  "])
def test_what_fits_is_left_alone(text: str) -> None:
    assert wrap_offsets(text, 10) == []


@given(TEXTS, WIDTHS)
def test_lines_are_within_the_width_and_lose_only_spaces(text: str, cells: int) -> None:
    lines = wrap(text, cells)
    assert all(cell_width(line) <= cells for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@given(TEXTS, WIDTHS)
def test_offsets_cut_the_text_at_rising_boundaries(text: str, cells: int) -> None:
    offsets = wrap_offsets(text, cells)
    edges = [0, *offsets, len(text)]
    assert edges == sorted(edges) and len(set(offsets)) == len(offsets)
    assert all(is_boundary(text, offset) and 0 < offset < len(text) for offset in offsets)


@given(TEXTS, WIDTHS)
def test_punctuation_rules_hold_wherever_a_line_has_another_break(text: str, cells: int) -> None:
    offsets = wrap_offsets(text, cells)
    for start, end in zip([0, *offsets], offsets, strict=False):
        line = text[start:end]
        bad = text[end] in NOT_AT_START or line.rstrip(" 　")[-1:] in NOT_AT_END
        if bad and text[end] not in " 　":
            assert not [place for place in _allowed(line) if place]


def _allowed(line: str) -> list[int]:
    """Offsets inside ``line`` where the punctuation rules allow a break."""
    places, position = [], 0
    for before, after in zip(parts := graphemes(line), parts[1:], strict=False):
        position += len(before)
        blank = after in " 　" or not line[:position].strip(" 　")
        ink = line[:position].rstrip(" 　")[-1:]
        if not blank and after not in NOT_AT_START and ink not in NOT_AT_END:
            places.append(position)
    return places


@pytest.mark.parametrize("work", [clean, narrow, lambda text: wrap(text, 40), graphemes])
@pytest.mark.parametrize(
    "seed",
    [
        "您好，快递 A123 到了吗？",
        "e" + "\u0301\u200b" * 40,
        "🇨🇳👨‍👩‍👧\x1b[31m",
        "（" * 30,
        " \n" * 20,
        "a" * 40,
    ],
)
def test_twenty_times_the_text_is_not_sixty_times_the_work(work: Callable[[str], object], seed: str) -> None:
    short, long = seed * 50, seed * 1000
    work(short)
    for _attempt in range(5):
        if _best(work, long) <= 60 * _best(work, short):
            return
    pytest.fail(f"{_best(work, long) / _best(work, short):.0f} times the work for 20 times the text")


def _best(work: Callable[[str], object], text: str) -> float:
    times = []
    for _round in range(3):
        before = time.thread_time()
        work(text)
        times.append(time.thread_time() - before)
    return max(min(times), 1e-6)
