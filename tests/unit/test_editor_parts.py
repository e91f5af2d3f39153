"""The reply editor's small decisions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csdesk.tui.widgets.editor_parts import Ask, KeyRhythm, Span, asked_by, query_at, shifted


@pytest.mark.parametrize(
    ("before", "character", "ask"),
    [
        ("", "/", Ask.REPLY),
        ("", "／", Ask.REPLY),
        ("", "、", Ask.REPLY),
        ("您好 ", "/", Ask.REPLY),
        ("您好　", "／", Ask.REPLY),
        ("您好，", "/", Ask.REPLY),
        ("您好。", "／", Ask.REPLY),
        ("苹果，", "、", None),
        ("苹果", "、", None),
        ("和", "/", None),
        ("https:", "/", None),
        ("", "a", None),
        ("", ":", Ask.EMOJI),
        ("", "：", Ask.EMOJI),
        ("好的！", ":", Ask.EMOJI),
        ("好的 ", ":", Ask.EMOJI),
        ("10", ":", None),
        ("http", ":", None),
        ("地址", ":", None),
        ("地址是，", "：", None),
        ("", "@", Ask.COLLEAGUE),
        ("请", "@", Ask.COLLEAGUE),
        ("请 ", "＠", Ask.COLLEAGUE),
        ("mia", "@", None),
        ("mia.chen", "@", None),
    ],
)
def test_what_a_trigger_asks_for(before: str, character: str, ask: Ask | None) -> None:
    assert asked_by(before, character) is ask


@pytest.mark.parametrize(
    ("text", "start", "cursor", "query"),
    [
        ("/", 0, 1, ""),
        ("亲，/yh 好", 2, 5, "yh"),
        ("/yh", 0, 0, None),
        ("/ yh", 0, 3, None),
        ("/y\nh", 0, 4, None),
        ("xyh", 0, 3, None),
        ("/good morning", 0, 13, "good morning"),
        (":smi", 0, 4, "smi"),
        ("：笑", 0, 2, "笑"),
        (":)", 0, 2, None),
        (":30", 0, 3, None),
        (":smile ok", 0, 9, None),
        ("@Mia Chen", 0, 9, "Mia Chen"),
    ],
)
def test_what_is_asked_for(text: str, start: int, cursor: int, query: str | None) -> None:
    assert query_at(text, start, cursor) == query


@given(st.text("ab{}", max_size=12), st.text("ab{}", max_size=6), st.text("ab{}", max_size=12), st.data())
def test_spans_keep_their_text_through_any_edit(
    head: str, middle: str, tail: str, data: st.DataObject
) -> None:
    old, new = head + tail, head + middle + tail
    for before, after in ((old, new), (new, old)):
        start = data.draw(st.integers(0, max(0, len(before) - 1)))
        end = data.draw(st.integers(start, len(before)))
        for span in shifted([Span(start, end, "slot")], before, after):
            assert after[span.start : span.end] == before[start:end]


def test_a_span_moves_with_what_is_typed_before_it_and_goes_when_it_is_edited() -> None:
    assert shifted([Span(2, 7, "slot")], "约 {eta}", "大约 {eta}") == [Span(3, 8, "slot")]
    assert shifted([Span(2, 7, "slot")], "约 {eta}", "约 {eta}。") == [Span(2, 7, "slot")]
    assert shifted([Span(2, 7, "slot")], "约 {eta}", "约 24小时") == []


def test_keys_closer_than_fingers_can_type() -> None:
    rhythm = KeyRhythm()
    assert [rhythm.is_close(at) for at in (5.0, 5.001, 5.05, 5.0599, 5.08)] == [
        False,
        True,
        False,
        True,
        False,
    ]
