"""The table of emoji, and how they are found."""

from __future__ import annotations

import unicodedata

import pytest

from csdesk.replies import emoji
from csdesk.replies.pinyin import spell
from csdesk.text import cell_width, clean, graphemes, narrow


def test_every_emoji_is_one_code_point_of_two_cells_that_no_terminal_disputes() -> None:
    signs = [each.sign for each in emoji.table()]
    assert len(signs) == len(set(signs)) >= 300
    for sign in signs:
        assert len(sign) == 1 and cell_width(sign) == 2 and unicodedata.east_asian_width(sign) == "W"
        assert narrow(sign) == sign and clean(sign) == sign and graphemes(f"好{sign}好") == ["好", sign, "好"]


def test_every_name_is_spelt_as_the_quick_replies_spell() -> None:
    for each in emoji.table():
        assert each.words and each.names and len(each.names) == len(each.spellings)
        for name, spelling in zip(each.names, each.spellings, strict=True):
            assert " ".join(spelling) in spell(name), f"{each.sign} {name}: {spelling}"


@pytest.mark.parametrize(
    ("query", "sign"),
    [
        ("smile", "😄"), ("thumbs", "👍"), ("thumbs_up", "👍"), ("THX", None), ("gift", "🎁"),
        ("笑", "😀"), ("谢谢", "🙏"), ("xiexie", "🙏"), ("xx", "🤩"), ("kuaidi", "📦"), ("kd", "📦"),
        ("包", "📦"), ("ok", "🙂"), ("ｏｋ", "🙂"), ("zzzzzz", None), ("", None), ("s", None), ("30", None),
    ],
)  # fmt: skip
def test_what_is_found_first(query: str, sign: str | None) -> None:
    found = [each.sign for each in emoji.find(query)]
    assert (sign in found[:8]) if sign else found == []


def test_the_word_it_is_called_by_comes_first_and_initials_last() -> None:
    found = [each.sign for each in emoji.find("hao")]
    assert found.index("👍") < found.index("😋") < len(found)
    assert emoji.find("car")[0].sign == "🚗"
    assert emoji.find("gift")[0].sign == "🎁"


def test_what_was_used_leads_among_equals() -> None:
    assert emoji.find("heart")[0].sign == "😍"
    assert [each.sign for each in emoji.find("heart", ["💟", "😍"])][:2] == ["💟", "😍"]
