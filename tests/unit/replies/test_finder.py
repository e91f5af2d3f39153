"""The finder: what comes first and why, against a plain scan of every reply."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csdesk.model.reply import PackScope, QuickReply, ReplyUse, Validity
from csdesk.replies.finder import LONGEST_QUERY, Finder
from csdesk.replies.keys import NO_KEYS, Keys, title_hash
from csdesk.replies.pack import Library, builtin_folder, library_of, load_folder

DAY_MS = 24 * 3600 * 1000


def reply(code: str, title: str = "T", body: str = "B", **more: object) -> QuickReply:
    plain = QuickReply(
        id=f"id-{code}", code=code, title=title, body=body, pack="p", scope=PackScope.BUILTIN, lang="zh-CN"
    )
    return dataclasses.replace(plain, **more)  # type: ignore[arg-type]


def keys(**spelled: str) -> Keys:
    """Keys for titles: ``请稍等="qing shao deng"``; several spellings with ``/`` between."""
    fold = str.maketrans("請發貨", "请发货")
    return Keys({title_hash(title): tuple(each.split("/")) for title, each in spelled.items()}, fold)


def codes(finder: Finder, query: str, **more: object) -> list[str]:
    return [found.reply.code for found in finder.find(query, **more)]  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def shipped() -> Library:
    return load_folder([builtin_folder()])


def test_the_kinds_of_match_come_in_their_order() -> None:
    library = library_of(
        [
            reply("z1", "别的", "先说 yh 再说"),
            reply("z2", "别的", tags=("yh",)),
            reply("z3", "关于 yh 的说明"),
            reply("z4", "很优惠"),
            reply("z5", "优惠券"),
            reply("yhq"),
            reply("yh"),
            reply("z6", aliases=("yhx",)),
        ]
    )
    finder = Finder(library, keys(很优惠="hen you hui", 优惠券="you hui quan"))
    found = finder.find("yh")
    assert [each.reply.code for each in found] == ["yh", "yhq", "z6", "z5", "z4", "z3", "z2", "z1"]
    assert [each.matched for each in found] == [
        "code",
        "code",
        "code",
        "pinyin",
        "pinyin",
        "title",
        "tag",
        "body",
    ]
    scores = [each.score for each in found]
    assert scores == sorted(scores, reverse=True)


def test_spans_show_what_matched() -> None:
    library = library_of([reply("yhq", "请您（稍等）一会"), reply("a", "VIP 会员"), reply("b", "退货说明")])
    finder = Finder(
        library, keys(**{"请您（稍等）一会": "qing nin shao deng yi hui", "VIP 会员": "vip hui yuan"})
    )
    spans = {query: finder.find(query)[0].spans for query in ("yh", "sd", "shaod", "viph", "huiy", "货说")}
    assert spans == {
        "yh": ((0, 2),), "sd": ((3, 5),), "shaod": ((3, 5),), "viph": ((0, 5),), "huiy": ((4, 6),), "货说": ((1, 3),),
    }  # fmt: skip


def test_pinyin_matches_from_a_syllable_on() -> None:
    library = library_of([reply("a", "请您等待"), reply("b", "很灯淡哀")])
    finder = Finder(library, keys(请您等待="qing nin deng dai", 很灯淡哀="hen deng dan ai"))
    assert codes(finder, "dengdai") == ["a"]
    assert codes(finder, "dengd") == ["a", "b"]
    assert codes(finder, "DengDai") == ["a"]
    assert codes(finder, "deng dai") == ["a"]
    assert codes(finder, "engdai") == []


def test_letters_that_read_two_ways_find_both() -> None:
    library = library_of([reply("a", "西安发货"), reply("b", "先发货")])
    finder = Finder(library, keys(西安发货="xi an fa huo", 先发货="xian fa huo"))
    assert sorted(codes(finder, "xianfahuo")) == ["a", "b"]
    assert sorted(codes(finder, "xi'an")) == ["a", "b"]


def test_every_spelling_of_a_title_counts() -> None:
    finder = Finder(library_of([reply("a", "重量")]), keys(重量="zhong liang/chong liang"))
    assert codes(finder, "zl") == codes(finder, "cl") == codes(finder, "chongliang") == ["a"]


def test_traditional_and_wide_letters_and_case_are_folded() -> None:
    finder = Finder(library_of([reply("a", "发货 VIP"), reply("b", "請稍等", "貨到")]), keys())
    assert codes(finder, "發貨") == codes(finder, "ＶＩＰ") == codes(finder, "vip") == ["a"]
    assert codes(finder, "请稍等") == codes(finder, "货到") == ["b"]
    assert codes(Finder(library_of([reply("a", "发货")]), NO_KEYS), "發貨") == []


def test_several_words_may_stand_apart() -> None:
    library = library_of([reply("a", "退货", "运费由小店承担"), reply("b", "退货"), reply("c", "运费")])
    assert codes(Finder(library, NO_KEYS), "运费 退货") == ["a"]


def test_a_slip_is_forgiven_only_when_nothing_matches() -> None:
    library = library_of([reply("refund", "Refund"), reply("a", "A Welcome"), reply("reund", "x")])
    finder = Finder(library, NO_KEYS)
    assert codes(finder, "reund") == ["reund"]
    assert codes(finder, "refnud") == ["refund", "reund"]
    assert codes(finder, "wellcome") == ["a"]
    assert codes(finder, "xyzxyz") == []
    assert codes(finder, "龘") == []


def test_recent_and_frequent_use_decides_within_a_kind() -> None:
    library = library_of([reply(f"a{number}") for number in range(500)] + [reply("a")])
    finder = Finder(library, NO_KEYS)
    uses = {
        "id-a400": ReplyUse(3, 100 * DAY_MS),
        "id-a300": ReplyUse(4, 100 * DAY_MS),
        "id-a200": ReplyUse(20, 0),
        "id-gone": ReplyUse(99, 100 * DAY_MS),
    }
    assert codes(finder, "a", uses=uses)[:5] == ["a", "a300", "a400", "a200", "a0"]
    assert codes(finder, "", uses=uses)[:4] == ["a300", "a400", "a200", "a0"]
    assert codes(finder, "", uses={})[:2] == ["a0", "a1"]
    assert codes(finder, "", limit=3) == ["a0", "a1", "a2"]


def test_what_does_not_fit_the_conversation_comes_after_what_does() -> None:
    library = library_of(
        [
            reply("a1", stage="presale"),
            reply("a2", stage="aftersale"),
            reply("a3", tier=("A",)),
            reply("a4", channels=("email",)),
            reply("a5"),
        ]
    )
    finder = Finder(library, NO_KEYS)
    assert codes(finder, "a", stage="aftersale") == ["a2", "a3", "a4", "a5", "a1"]
    assert codes(finder, "", stage="aftersale", tier="B", channel="chat") == ["a2", "a5", "a1", "a3", "a4"]
    assert codes(finder, "a1", stage="aftersale")[0] == "a1"


def test_a_language_can_be_chosen_or_preferred() -> None:
    library = library_of([reply("a", lang="en"), reply("b", lang="zh-CN"), reply("c", lang="zh-TW")])
    finder = Finder(library, NO_KEYS, prefer="zh_CN")
    assert codes(finder, "") == ["b", "c", "a"]
    assert codes(finder, "", lang="zh") == codes(finder, "T", lang="zh_CN") == ["b", "c"]
    assert codes(finder, "", lang="fr") == []


def test_an_empty_library_finds_nothing() -> None:
    finder = Finder(library_of([]), NO_KEYS)
    assert finder.find("") == finder.find("a") == finder.find("abc", lang="zh") == []


@pytest.mark.parametrize("query", ["[/x]", "[@click=app.quit]x[/]", "\x1b[2J", "%s{0}", "\n", " ", "　", "\ud800", "(?:", "~", "\x1f", "a" * 10_000, "ni" * 5000])  # fmt: skip
def test_strange_queries_do_no_harm(query: str, shipped: Library) -> None:
    finder = Finder(shipped, NO_KEYS)
    assert len(finder.find(query)) <= 30


def test_strange_titles_do_no_harm() -> None:
    title = "[@click=app.quit]ninininininininininininininininininininini\x1f\n[/foo]İ"
    finder = Finder(library_of([reply("a", title, "x\n[/b]\ny")]), NO_KEYS)
    assert codes(finder, "ninini") == codes(finder, "[/b] y") == codes(finder, "[/foo]") == ["a"]


ALPHABET = st.text(alphabet="abn 发货f", max_size=6)


@given(
    st.lists(st.tuples(st.text("abn", min_size=1, max_size=3), ALPHABET, ALPHABET, ALPHABET), max_size=12),
    st.text(alphabet="abn 发f", min_size=1, max_size=3),
)
def test_it_finds_what_a_plain_scan_finds(rows: list[tuple[str, str, str, str]], query: str) -> None:
    replies = [
        reply(f"{code}{at}", title, body, tags=(tag,)) for at, (code, title, body, tag) in enumerate(rows)
    ]
    wanted = " ".join(query.split())
    found = set(codes(Finder(library_of(replies), NO_KEYS), query, limit=100))
    for each in replies:
        holds = any(wanted in text for text in (each.title, each.body, *each.tags)) or each.code.startswith(
            wanted
        )
        if holds:
            assert each.code in found


@given(st.text(alphabet="abn发货f", min_size=1, max_size=3))
def test_a_used_reply_matches_as_it_does_unused(query: str) -> None:
    replies = [reply(f"{a}{b}", f"{b}{a}发货", f"{a} {b}") for a in "abnf" for b in "abnf"]
    finder = Finder(library_of(replies), keys())
    plain = {found.reply.id: found.score for found in finder.find(query, limit=100)}
    uses = {each.id: ReplyUse(1, 0) for each in replies}
    assert {found.reply.id: found.score for found in finder.find(query, limit=100, uses=uses)} == plain


def test_a_long_query_is_cut() -> None:
    finder = Finder(library_of([reply("a", body="x" * LONGEST_QUERY)]), NO_KEYS)
    assert codes(finder, "x" * 1000) == ["a"]


def test_the_finder_loads_no_dictionary() -> None:
    program = (
        "import sys; import csdesk.replies.finder, csdesk.replies.keys; "
        "sys.exit(bool({'pypinyin', 'opencc', 'rapidfuzz', 'textual', 'click'} & set(sys.modules)))"
    )
    root = Path(__file__).resolve().parents[3]
    assert subprocess.run([sys.executable, "-c", program], cwd=root, check=False).returncode == 0


def test_what_may_not_be_used_now_is_not_there() -> None:
    always, tonight = reply("a", "退货"), reply("b", "退货", valid=Validity(hours="20:00-08:00"))
    finder = Finder(library_of([always, tonight]), NO_KEYS)
    at = datetime(2026, 11, 22, 12, 0)
    assert codes(finder, "退货", now=at) == ["a"]
    assert codes(finder, "", now=at) == ["a"]
    assert "b" not in codes(finder, "b", now=at)
    assert codes(finder, "退货", now=at.replace(hour=23)) == ["a", "b"]
    assert codes(finder, "退货") == ["a", "b"]


def test_the_language_of_the_conversation_comes_first() -> None:
    library = library_of(
        [reply(f"e{n}", "Refund", "same", lang="en") for n in range(500)] + [reply("zz", "退款", "same")]
    )
    finder = Finder(library, NO_KEYS, prefer="en")
    assert codes(finder, "same", spoken="zh")[0] == "zz"
    assert codes(finder, "", spoken="zh-CN")[0] == "zz"
    assert codes(finder, "e7", spoken="zh")[0] == "e7"
    assert codes(finder, "same", spoken="fr")[0] == "e0"


def test_a_slip_in_a_code_comes_before_one_in_a_title_or_tag() -> None:
    tagged = reply("c", "x", tags=("shipping",))
    finder = Finder(library_of([reply("a", "Shipping costs"), tagged, reply("shipping", "When")]), NO_KEYS)
    assert codes(finder, "shpping")[0] == "shipping"
    assert set(codes(finder, "shpping")) == {"a", "c", "shipping"}
