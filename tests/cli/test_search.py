"""``search``: shapes, pages, counts, and what a slip is told."""

from __future__ import annotations

import pytest

from csdesk.text import cell_width
from tests.cli.conftest import CUSTOMERS, Run


@pytest.fixture
def said(csdesk: Run, refs: list[str]) -> list[str]:
    """A reply and a note beside what the customers wrote."""
    csdesk("note", refs[0], "VIP，退货 A1024 refund")
    csdesk("reply", refs[1], "退货地址 A1024")
    return refs


def test_hits_are_messages_newest_first(csdesk: Run, said: list[str]) -> None:
    told = csdesk("search", "退货", "--json").json
    assert set(told) == {"items", "next"} and told["next"] is None
    assert [item["from"] for item in told["items"]] == ["agent", "note"]
    item = told["items"][0]
    assert set(item) == {"conversation", "message", "at", "from", "snippet"}
    assert item["conversation"] == said[1] and item["at"].endswith("Z") and "退货" in item["snippet"]
    shown = csdesk("show", item["conversation"], "--json").json
    assert item["message"] in [message["id"] for message in shown["messages"]]
    assert [item["from"] for item in csdesk("search", '"退货" from:note', "--json").json["items"]] == ["note"]
    assert csdesk("search", "A1024", "refund", "--json").json["items"][0]["from"] == "note"


def test_pages_hold_each_hit_once(csdesk: Run, refs: list[str]) -> None:
    every = csdesk("search", "from:customer", "--json").json["items"]
    assert len(every) >= CUSTOMERS
    seen: list[str] = []
    place: list[str] = []
    while True:
        told = csdesk("search", "from:customer", "--limit", "2", *place, "--json").json
        seen += [item["message"] for item in told["items"]]
        if told["next"] is None:
            break
        place = ["--after", told["next"]]
    assert seen == [item["message"] for item in every]


def test_counts(csdesk: Run, said: list[str]) -> None:
    assert csdesk("search", "退货", "--count").out == "2\n"
    assert csdesk("search", "退货", "--count", "--json").json == {"count": 2, "is_exact": True}


def test_lines_are_aligned_and_say_where_more_is(csdesk: Run, said: list[str]) -> None:
    outcome = csdesk("search", "A1024")
    lines = outcome.out.splitlines()
    assert len(lines) == 2 and "\x1b" not in outcome.out
    assert len({cell_width(line[: line.index("A1024")].rpartition("  ")[0]) for line in lines}) == 1
    assert lines[0].startswith(f"#{said[1][:6]}")
    more = csdesk("search", "A1024", "--limit", "1")
    assert "--after" in more.err and len(more.out.splitlines()) == 1
    nothing = csdesk("search", "没有这样的话")
    assert nothing.code == 0 and nothing.out == "" and "fewer words" in nothing.err


def test_a_terminal_gets_the_words_lit(csdesk: Run, said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from csdesk.cli import search

    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "60")
    out = csdesk("search", "A1024 refund").out
    assert f"{search.LIT}A1024{search.PLAIN}" in out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in csdesk("search", "A1024 refund").out


@pytest.mark.parametrize(
    ("query", "code", "column"),
    [('x "open', "search.unclosed", 3), ("status:foo", "search.filter_value", 1), ("a label:nope", "search.unknown_name", 3),
     ("  ", "search.empty", 1)],
)  # fmt: skip
def test_a_slip_is_a_usage_error_with_its_place(
    csdesk: Run, refs: list[str], query: str, code: str, column: int
) -> None:
    outcome = csdesk("search", query, "--json")
    assert outcome.code == 2 and outcome.refusal == code and outcome.out == ""
    if column > 1:
        assert f"olumn {column}" in outcome.err


def test_a_place_is_one_that_a_page_gave(csdesk: Run, refs: list[str]) -> None:
    assert csdesk("search", "x", "--after", "nonsense").code == 2
