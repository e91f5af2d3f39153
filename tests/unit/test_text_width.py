"""Cells, graphemes and word steps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csdesk.text import (
    cell_width,
    clean,
    fit,
    graphemes,
    is_boundary,
    next_boundary,
    next_word,
    previous_boundary,
    previous_word,
    truncate,
)

PIECES = st.lists(
    st.sampled_from(
        [
            "a",
            "您",
            "好",
            "，",
            " ",
            "é",
            "e\u0301",
            "👨‍👩‍👧",
            "🇨🇳",
            "🇺",
            "👍🏽",
            "❤️",
            "1️⃣",
            "\u200d",
            "\ufe0f",
            "한",
            "न",
            "ि",
        ]
    ),
    max_size=30,
)
TEXTS = PIECES.map("".join)


@pytest.mark.parametrize(
    ("text", "cells"),
    [("您好", 4), ("a，b", 4), ("🇨🇳", 2), ("👨‍👩‍👧", 2), ("e\u0301", 1), ("", 0), ("𠮷", 2)],
)
def test_cell_width(text: str, cells: int) -> None:
    assert cell_width(text) == cells


@pytest.mark.parametrize(
    ("text", "cells", "shown"),
    [
        ("您好吗", 6, "您好吗"),
        ("您好吗朋友", 6, "您好… "),
        ("您好吗朋友", 7, "您好吗…"),
        ("abc", 5, "abc  "),
        ("您", 1, "…"),
        ("🇨🇳🇺🇸🇯🇵", 4, "🇨🇳… "),
        ("anything", 0, ""),
    ],
)
def test_fit(text: str, cells: int, shown: str) -> None:
    assert fit(text, cells) == shown


@given(TEXTS, st.integers(0, 30))
def test_fit_is_exact_and_cuts_only_at_boundaries(text: str, cells: int) -> None:
    assert cell_width(fit(text, cells)) == cells
    cut = truncate(text, cells, "")
    assert cell_width(cut) <= cells
    assert text.startswith(cut) and is_boundary(text, len(cut))


def test_an_ellipsis_that_does_not_fit_is_left_out() -> None:
    assert truncate("abcdef", 2, "....") == "ab"


@pytest.mark.parametrize("whole", ["👨‍👩‍👧‍👦", "🇨🇳", "e\u0301\u0302", "👍🏽", "1️⃣", "❤️", "\r\n", "한", "क्‍ष"])
def test_one_step_takes_a_whole_grapheme(whole: str) -> None:
    text = f"a{whole}b"
    assert next_boundary(text, 1) == 1 + len(whole)
    assert previous_boundary(text, 1 + len(whole)) == 1
    assert graphemes(text) == ["a", whole, "b"]


def test_flags_go_in_pairs() -> None:
    text = "🇨🇳🇺🇸🇯"
    assert graphemes(text) == ["🇨🇳", "🇺🇸", "🇯"]
    assert previous_boundary(text, 4) == 2
    assert next_boundary(text, 2) == 4


@given(TEXTS)
def test_steps_both_ways_and_the_split_agree(text: str) -> None:
    parts = graphemes(text)
    assert "".join(parts) == text
    ends = [sum(map(len, parts[: count + 1])) for count in range(len(parts))]
    forward, position = [], 0
    while position < len(text):
        position = next_boundary(text, position)
        forward.append(position)
    assert forward == ends
    backward = []
    while position > 0:
        backward.append(position)
        position = previous_boundary(text, position)
    assert backward[::-1] == ends


@given(TEXTS.map(clean))
def test_a_text_is_as_wide_as_its_graphemes(text: str) -> None:
    parts = graphemes(text.lstrip("\u200d\ufe0f"))
    assert sum(map(cell_width, parts)) == cell_width("".join(parts))


def stops(text: str) -> list[str]:
    parts, position = [], 0
    while position < len(text):
        after = next_word(text, position)
        parts.append(text[position:after])
        position = after
    return parts


def test_word_steps_stop_at_clauses_and_between_scripts() -> None:
    text = "您好，请问有货吗？有 size M 的，谢谢。ok"
    assert stops(text) == ["您好，", "请问有货吗？", "有 ", "size ", "M ", "的，", "谢谢。", "ok"]
    assert previous_word(text, len(text)) == len(text) - 2
    assert previous_word("您好，在吗？", 6) == 3


@given(TEXTS)
def test_word_steps_go_the_same_way_back(text: str) -> None:
    forward, position = [0], 0
    while position < len(text):
        position = next_word(text, position)
        forward.append(position)
    backward = [position]
    while position > 0:
        position = previous_word(text, position)
        backward.append(position)
    assert backward[::-1] == forward
    assert all(is_boundary(text, stop) for stop in forward)
