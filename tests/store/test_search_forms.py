"""A prefix as the words that begin so: the same messages, and never an old list of words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csdesk.desk.context import Desk
from csdesk.store.connect import DriverError
from csdesk.store.search import search
from csdesk.store.search_forms import MOST_FORMS, spelled_out
from csdesk.store.search_query import parse
from csdesk.store.search_terms import terms_of
from csdesk.store.tokens import normalise
from tests.desks import hears, open_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path / "desk.db") as opened:
        yield opened


def spelled(desk: Desk, match: str) -> str:
    return spelled_out(desk.store.reader(), "message_index", match)


def found(desk: Desk, typed: str) -> list[str]:
    page = search(desk.store.reader(), parse(typed, desk.now_ms()), deadline_ms=60_000)
    return [hit.snippet for hit in page.hits]


def test_a_prefix_becomes_the_words_that_are_there_now(desk: Desk) -> None:
    hears(desk, "a", "refunds, refund and prefund")
    assert spelled(desk, '"ref" *') == '("refund" OR "refunds")'
    hears(desk, "b", "a referral")
    assert spelled(desk, '"ref" *') == '("referral" OR "refund" OR "refunds")'
    assert found(desk, "ref*") == ["a referral", "refunds, refund and prefund"]
    assert found(desk, "refunds* pre*") == ["refunds, refund and prefund"]


@pytest.mark.parametrize("match", ['"ref"', '"the ref" *', '"été" *', '"nothing" *', '"退款"'])
def test_what_is_no_known_ascii_prefix_stays(desk: Desk, match: str) -> None:
    hears(desk, "a", "the refund été 退款")
    assert spelled(desk, match) == match


def test_many_words_stay_a_prefix(desk: Desk) -> None:
    hears(desk, "a", " ".join(f"ref{number:03}" for number in range(MOST_FORMS)))
    assert spelled(desk, '"ref" *').count(" OR ") == MOST_FORMS - 1
    hears(desk, "b", "refund")
    assert spelled(desk, '"ref" *') == '"ref" *'
    assert found(desk, "ref*")[0] == "refund"


def test_a_reader_still_cannot_write(desk: Desk) -> None:
    hears(desk, "a", "refund")
    assert "refund" in spelled(desk, '"ref" *')
    with pytest.raises(DriverError):
        desk.store.reader().execute("DELETE FROM message")


ODD = st.text("ab 1.-_退货，？ \n", max_size=8)


@given(ODD, st.text("ab 1.-_退货，？ \n", max_size=40), st.booleans(), st.booleans())
def test_places_are_those_of_the_pattern(typed: str, text: str, is_phrase: bool, is_prefix: bool) -> None:
    normal = normalise(f"{text}{typed} {text}")
    for term in terms_of(typed, is_phrase=is_phrase, is_prefix=is_prefix):
        scanned = [place.span() for place in re.compile(term.source).finditer(normal)]
        assert term.spans(normal) == scanned
        assert term.is_in(normal) == bool(scanned)
