"""``queue`` and ``show``: shapes, pages, refs."""

from __future__ import annotations

from pathlib import Path

import pytest

from csdesk.cli.moments import read_moment, read_span
from csdesk.clock import parse_time
from csdesk.errors import UsageError
from tests.cli.conftest import CUSTOMERS, Run, open_again

ITEM = {
    *("ref", "short_ref", "status", "waiting_since", "wait_s", "contact", "tier", "stage", "priority"),
    *("subject", "preview", "preview_from", "assignee", "inbox", "snooze_until", "updated_at"),
}


def test_the_queue_lists_the_longest_wait_first(csdesk: Run, refs: list[str]) -> None:
    told = csdesk("queue", "--json").json
    assert [item["ref"] for item in told["items"]] == refs
    assert told["next"] is None
    first = told["items"][0]
    assert set(first) == ITEM
    assert first["contact"] == "客户7" and first["wait_s"] >= 420 and first["priority"] == "normal"
    assert first["waiting_since"].endswith("Z") and first["ref"].startswith(first["short_ref"])


@pytest.mark.parametrize("view", ["waiting", "unassigned", "all"])
@pytest.mark.parametrize("limit", [1, 3, CUSTOMERS])
def test_pages_hold_each_conversation_once(csdesk: Run, refs: list[str], view: str, limit: int) -> None:
    seen: list[str] = []
    place: list[str] = []
    for _page in range(CUSTOMERS + 1):
        told = csdesk("queue", "--view", view, "--limit", str(limit), *place, "--json").json
        seen += [item["ref"] for item in told["items"]]
        if told["next"] is None:
            break
        place = ["--after", told["next"]]
    assert sorted(seen) == sorted(refs)


def test_filters(csdesk: Run, refs: list[str]) -> None:
    def listed(*options: str) -> list[str]:
        return [item["ref"] for item in csdesk("queue", *options, "--json").json["items"]]

    assert listed("--waiting", "270s") == refs[:3]
    assert listed("--view", "unassigned", "--waiting", "4m30s") == refs[:3]
    assert listed("--tier", "A") == refs[-1:]
    assert listed("--stage", "insale") == []
    assert listed("--inbox", "SHOP") == refs
    csdesk("label", refs[2], "+vip")
    assert listed("--label", "vip") == [refs[2]]
    csdesk("claim", refs[1])
    assert listed("--view", "mine") == [refs[1]]
    assert [
        item["ref"] for item in csdesk("queue", "--view", "mine", "--json", who="Leo").json["items"]
    ] == []


@pytest.mark.parametrize(
    ("arguments", "code", "refusal"),
    [
        (["queue", "--inbox", "nowhere"], 1, "inbox.unknown"),
        (["queue", "--after", "x"], 2, "queue.bad_key"),
        (["queue", "--limit", "0"], 2, "usage.value"),
        (["queue", "--view", "closed"], 1, "view.unknown"),
        (["queue", "--view", "all", "--waiting", "5m"], 2, "queue.no_waits"),
        (["queue", "--waiting", "soon"], 2, "time.bad_span"),
        (["show", "ZZZZZZZZZZ"], 1, "ref.unknown"),
        (["show", "a/b"], 1, "ref.unreadable"),
        (["show"], 2, "usage.missing"),
    ],
)
def test_what_does_not_fit_is_refused(
    csdesk: Run, refs: list[str], arguments: list[str], code: int, refusal: str
) -> None:
    told = csdesk(*arguments, "--json")
    assert (told.code, told.refusal, told.out) == (code, refusal, "")


def test_an_ambiguous_ref_names_what_it_could_be(csdesk: Run, refs: list[str], database: Path) -> None:
    with open_again(database) as desk:
        twin = refs[0][:8] + ("00" if not refs[0].endswith("00") else "01")
        desk.store.write(
            lambda tx: tx.connection.execute("UPDATE conversation SET ref = ? WHERE ref = ?", (twin, refs[1]))
        )
    told = csdesk("show", refs[0][:6], "--json")
    assert (told.code, told.refusal) == (1, "ref.ambiguous")
    assert refs[0] in told.err and twin in told.err
    assert csdesk("show", f"#{refs[0].lower()}", "--json").json["ref"] == refs[0]


def test_show_tells_facts_messages_and_events(csdesk: Run, refs: list[str]) -> None:
    csdesk("claim", refs[0])
    csdesk("reply", refs[0], "您好")
    csdesk("note", refs[0], "ask Leo")
    told = csdesk("show", refs[0], "--json").json
    assert [(m["from"], m["text"]) for m in told["messages"]] == [
        ("customer", "问题7 [/x] ␛[31m"),
        ("agent", "您好"),
        ("note", "ask Leo"),
    ]
    assert [event["text"] for event in told["events"]] == ["Mia claimed the conversation"]
    assert told["messages"][1]["delivery"] == "held" and told["messages"][1]["author"] == "Mia"
    assert all(isinstance(m["id"], str) and m["at"].endswith("Z") for m in told["messages"])
    assert told["assignee"] == "Mia" and told["earlier"] is None
    assert told["contact_details"]["name"] == "客户7"


def test_show_pages_backwards(csdesk: Run, refs: list[str]) -> None:
    for number in range(4):
        csdesk("note", refs[0], f"n{number}")
    last = csdesk("show", refs[0], "--limit", "3", "--json").json
    rest = csdesk("show", refs[0], "--limit", "3", "--before", last["earlier"], "--json").json
    texts = [m["text"] for m in rest["messages"] + last["messages"]]
    assert texts == ["问题7 [/x] ␛[31m", "n0", "n1", "n2", "n3"] and rest["earlier"] is None


def test_plain_output_is_aligned_and_harmless(csdesk: Run, refs: list[str]) -> None:
    from csdesk.text import cell_width

    lines = csdesk("queue").out.splitlines()
    assert len(lines) == CUSTOMERS + 1
    columns = {cell_width(line[: line.index("问题")]) for line in lines[1:]}
    assert columns == {cell_width(lines[0][: lines[0].index("Last message")])}
    shown = csdesk("show", refs[0]).out
    assert "\x1b" not in shown and "[/x]" in shown and "客户7" in shown


def test_an_empty_list_says_what_to_do_next(csdesk: Run, refs: list[str]) -> None:
    assert "--view unassigned" in csdesk("queue", "--view", "mine").out
    assert "Leave out a filter" in csdesk("queue", "--stage", "insale").out


NOW = parse_time("2026-01-30T12:00:00Z")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("+2h", "2026-01-30T14:00:00Z"),
        ("+1d12h", "2026-02-01T00:00:00Z"),
        ("18:30", "2026-01-30T18:30:00Z"),
        ("9:15", "2026-01-31T09:15:00Z"),
        ("tomorrow", "2026-01-31T09:00:00Z"),
        ("Tomorrow  14:00", "2026-01-31T14:00:00Z"),
        ("2026-02-03", "2026-02-03T09:00:00Z"),
        ("2026-02-03T10:00", "2026-02-03T10:00:00Z"),
        ("2026-02-03T10:00:00+08:00", "2026-02-03T02:00:00Z"),
    ],
)
def test_times_a_person_types(typed: str, meant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    assert read_moment(typed, NOW) == parse_time(meant)


@pytest.mark.parametrize(
    "typed", ["", "soon", "25:00", "+", "+2", "tomorrow late", "2026-13-01", "9999-01-01", "+999999w"]
)
def test_times_nobody_can_read(typed: str) -> None:
    if typed == "+2":
        assert read_span("2") == 2_000
        return
    with pytest.raises(UsageError):
        read_moment(typed, NOW)
