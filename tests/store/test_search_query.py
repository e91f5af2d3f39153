"""What a person types to search is read as meant, or refused with the place of the slip."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csdesk.model.message import Sender
from csdesk.store import connect
from csdesk.store.search_query import MOST_CHARS, Query, QueryError, parse
from csdesk.store.search_terms import Places, terms_of
from csdesk.store.tokens import index_text, normalise
from tests.desks import START_MS

NASTY = '"“”「」:：*＊()^-+{}\\ \n\t\x00ANDORNOTNEAR'


def read(typed: str) -> Query:
    return parse(typed, START_MS)


def read_as_mia(typed: str) -> Query:
    return parse(typed, START_MS, me="Mia")


MENTIONED = ("mentions:me", "提到：我", 'mentions:"me"', "mentions:@Bo", "x Mentions:ME")
MENTIONED_NAMES = ["Mia", "Mia", "me", "Bo", "Mia"]


def matches(typed: str) -> list[str]:
    return [term.match for term in read(typed).terms]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("退货", ['"退货"']),
        ("退", ['"退"']),
        ("我要退货", ['"我要 要退 退货"']),
        ("订单 A1024 refund", ['"订单"', '"a1024"', '"refund"']),
        ("kindle区别", ['"kindle"', '"区别"']),
        ('"kindle区别"', ['"kindle" AND "区别"']),
        ("ref*", ['"ref" *']),
        ("退*", ['"退"']),
        ("don't", ['"don t"']),
        ("“不 讲价”", ['"不" AND "讲价"']),
        ("「不讲价」x", ['"不讲 讲价"', '"x"']),
        ("ＲＥＦＵＮＤ café", ['"refund"', '"cafe"']),
        ("a AND b OR NEAR(c)", ['"a"', '"and"', '"b"', '"or"', '"near c"']),
        ("？？", [""]),
        ("10:30 http://a.b", ['"10 30"', '"http a b"']),
    ],
)
def test_words_become_quoted_terms(typed: str, expected: list[str]) -> None:
    assert matches(typed) == expected


def test_filters_in_both_languages() -> None:
    query = read(
        '客户：林女士 客服:Mia 渠道:web 标签:a label:"b c" 状态:待回复 阶段：售后 等级:a has:note in:#7K3'
    )
    assert (query.author and query.author.text, query.agent and query.agent.text) == ("林女士", "Mia")
    assert query.inbox and query.inbox.text == "web" and query.inbox.column == 15
    assert [label.text for label in query.labels] == ["a", "b c"]
    assert (query.status, query.stage, query.tier, query.has_note) == ("waiting", "aftersale", "A", True)
    assert query.conversation and query.conversation.text == "#7K3"
    assert read("类别：b").tier == "B" and read("含:备注").has_note and read("排序:相关 x").by_relevance
    assert read("之后:今天 之前:今天").after == read("after:today").after == read("before:today").before
    assert read("from:customer").sender is Sender.CUSTOMER
    assert read("from:备注").sender is Sender.NOTE
    assert read('from:"customer"').author is not None
    assert [each.mentioned and each.mentioned.text for each in map(read_as_mia, MENTIONED)] == MENTIONED_NAMES
    glued = read("退货from:customer标签 label:退货tier:A")
    assert (glued.author and glued.author.text, glued.tier, glued.labels[0].text) == (
        "customer标签",
        "A",
        "退货",
    )
    assert read("sort:relevance x").by_relevance and not read("sort:newest x").by_relevance


def test_days_are_local_and_begin_at_midnight() -> None:
    query = read("after:2025-12-31 before:2026/1/2")
    assert query.after == datetime(2025, 12, 31).timestamp() * 1000
    assert query.before == datetime(2026, 1, 2).timestamp() * 1000
    today = datetime.fromtimestamp(START_MS / 1000)
    assert read("after:今天").after == datetime(today.year, today.month, today.day).timestamp() * 1000
    assert read("after:2025-12").after == datetime(2025, 12, 1).timestamp() * 1000
    assert read("after:7d").after == datetime(2025, 12, 26).timestamp() * 1000


@pytest.mark.parametrize(
    ("typed", "code", "column", "said"),
    [
        ('ab "cd', "search.unclosed", 4, "not closed"),
        ("退货 “没完", "search.unclosed", 4, "not closed"),
        ("x status:foo", "search.filter_value", 3, "open, snoozed, resolved, waiting"),
        ("from:", "search.filter_empty", 1, "right behind"),
        ("x lable:vip", "search.unknown_filter", 3, "label:"),
        ("re*", "search.short_prefix", 1, "at least 3"),
        ("x mention:me", "search.unknown_filter", 3, "mentions:"),
        ("x mentions:", "search.filter_empty", 3, "right behind"),
        ("mentions:me mentions:Bo", "search.filter_twice", 13, "Leave one"),
        ("tier:A tier:B", "search.filter_twice", 8, "Leave one"),
        ("before:2026-13-01", "search.filter_value", 1, "2026-01-31"),
        ("a " * 30, "search.too_many", 49, "few words"),
        ("x" * (MOST_CHARS + 1), "search.too_long", MOST_CHARS + 1, "few words"),
    ],
)
def test_a_slip_is_named_with_its_place(typed: str, code: str, column: int, said: str) -> None:
    with pytest.raises(QueryError) as caught:
        read(typed)
    assert (caught.value.code, caught.value.column) == (code, column)
    assert said in caught.value.sentence + caught.value.hint
    assert f"olumn {column}" in caught.value.sentence or code == "search.too_long"


def test_what_is_still_being_typed_is_no_slip() -> None:
    query = parse('退货 from: "还没', START_MS, is_unfinished=True)
    assert [term.match for term in query.terms] == ['"退货"', '"还没"']
    assert query.author is None


@given(st.text(st.characters(codec="utf-8") | st.sampled_from(NASTY), max_size=60))
def test_no_text_is_more_than_a_refused_query(typed: str) -> None:
    connection = connect.open_scratch()
    connection.execute("CREATE VIRTUAL TABLE t USING fts5(text, content='', columnsize=0)")
    try:
        query = parse(typed, START_MS)
    except QueryError as error:
        assert 1 <= error.column <= len(typed) + 1 and error.sentence and error.hint
        return
    for term in query.terms:
        if term.match:
            connection.execute("SELECT rowid FROM t WHERE t MATCH ?", (term.match,)).fetchall()
        list(term.spans(normalise(typed)))
    connection.close()


@given(st.text("ab0ABé_ -.,。退货区别ア・ｶﾞ\U0001f914\u0301", max_size=24), st.data())
def test_the_index_holds_whatever_a_term_finds_in_a_text(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    part = text[start : data.draw(st.integers(start, len(text)))]
    connection = connect.open_scratch()
    connection.execute(
        "CREATE VIRTUAL TABLE t USING fts5(text, content='', columnsize=0, tokenize='unicode61')"
    )
    connection.execute("INSERT INTO t(rowid, text) VALUES(1, ?)", (index_text(text),))
    for is_phrase in (False, True):
        for term in terms_of(part, is_phrase=is_phrase):
            if term.is_in(normalise(text)) and term.match:
                assert connection.execute("SELECT rowid FROM t WHERE t MATCH ?", (term.match,)).fetchall()
    connection.close()


@given(st.text("ab0ABé_ -.,退区ア・²\U0001f914\u0301", max_size=30), st.booleans(), st.data())
def test_a_word_is_found_where_its_pattern_finds_it(text: str, is_prefix: bool, data: st.DataObject) -> None:
    """One Latin word is looked for without it, in a fifth of the time."""
    start = data.draw(st.integers(0, len(text)))
    part = text[start : data.draw(st.integers(start, len(text)))]
    for term in terms_of(part, is_phrase=False, is_prefix=is_prefix):
        spans = [found.span() for found in re.finditer(term.source, normalise(text))]
        assert term.spans(normalise(text)) == spans
        assert term.is_in(normalise(text)) == bool(spans)


@given(st.text("aAé退ｶﾞ㎏ﬁİ\u0301가각 ", max_size=20))
def test_places_lead_back_to_the_text(text: str) -> None:
    places = Places(text)
    for at in range(len(places.normal)):
        found = places.original((at, at + 1))
        if found is not None:
            assert places.normal[at] in normalise(text[found[0] : found[1]])
