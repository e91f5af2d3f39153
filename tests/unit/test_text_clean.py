"""What may stay in a text from outside, and what stands in for the rest."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csdesk.text import clean, clean_line

COMMANDS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\u115f\u1160\u3164\uffa0\U000e0000-\U000e007f]"
)
ANYTHING = st.text(st.characters(exclude_categories=[]), max_size=60)
TRICKY = st.text(
    st.sampled_from(
        "ab您\r\n\t \x1b\x9b\x07\u202e\u200b\u200d\ufe0f\u0301\u0302\U0001f3f4\U000e0067\u2028\ud800❤👨"
    ),
    max_size=60,
)


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [
        ("您好，快递 A123 到了吗？", "您好，快递 A123 到了吗？"),
        ("a\r\nb\rc\nd\te", "a\nb\nc\nd\te"),
        ("a\x85b\u2028c\u2029d", "a\nb\nc\nd"),
        ("\x1b]0;owned\x07", "␛]0;owned␇"),
        ("a\x00b\x7fc", "a␀b␡c"),
        ("\x9b31m", "\ufffd31m"),
        ("退款\u202eabc", "退款⟨202E⟩abc"),
        ("x\u200by\ufeffz\u00ad\u3164", "xyz"),
        ("hi\U000e0041\U000e0042", "hi\ufffd"),
        ("\U0001f3f4\U000e0067\U000e0062\U000e007f", "\U0001f3f4"),
        ("\ud83d", "\ufffd"),
        ("e" + "\u0301" * 30, "e" + "\u0301" * 8),
        ("e" + "\u0301\u200b" * 30, "e" + "\u0301" * 8),
        ("👨‍👩‍👧 👍🏽 ❤️ 1️⃣ 🇨🇳", "👨‍👩‍👧 👍🏽 ❤️ 1️⃣ 🇨🇳"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("", ""),
    ],
)
def test_stand_ins(given_text: str, kept: str) -> None:
    assert clean(given_text) == kept


@given(st.one_of(ANYTHING, TRICKY))
def test_nothing_that_commands_or_hides_survives(text: str) -> None:
    assert COMMANDS.search(clean(text)) is None


@given(st.one_of(ANYTHING, TRICKY))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = clean(text)
    assert clean(once) == once


@given(TRICKY)
def test_marks_never_pile_up(text: str) -> None:
    run = 0
    for character in clean(text):
        run = run + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        assert run <= 8


@given(st.text(st.characters(categories=["L", "N", "P", "Zs"], max_codepoint=0x9FFF), max_size=60))
def test_ordinary_writing_is_untouched(text: str) -> None:
    plain = re.sub("[\u115f\u1160\u3164]", "", text)
    assert clean(plain) == plain


def test_clean_line_is_one_line() -> None:
    assert clean_line("  您好\r\n\t在吗  \n ok\x1b ") == "您好 在吗 ok␛"
