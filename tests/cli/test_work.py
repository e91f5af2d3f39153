"""Commands that change a conversation: the round trip, refusals, undo."""

from __future__ import annotations

import pytest

from csdesk.cli.work import signs_to_options
from tests.cli.conftest import Run


def test_a_conversation_from_claim_to_reopen(csdesk: Run, refs: list[str]) -> None:
    ref = refs[0]
    claimed = csdesk("claim", ref[:6], "--json").json
    assert (claimed["ref"], claimed["assignee"], claimed["status"]) == (ref, "Mia", "open")
    assert "messages" not in claimed and claimed["waiting_since"] is not None
    sent = csdesk("reply", ref, "马上给您查", "--json").json
    assert (sent["ref"], sent["from"], sent["delivery"], sent["text"]) == (ref, "agent", "held", "马上给您查")
    assert csdesk("show", ref, "--json").json["waiting_since"] is None
    assert csdesk("resolve", ref, "--json").json["status"] == "resolved"
    assert csdesk("reply", ref, "one more", "--json").refusal == "reply.resolved"
    assert csdesk("reopen", ref, "--json").json["status"] == "open"
    assert csdesk("release", ref, "--json").json["assignee"] is None


def test_another_agents_claim_is_refused_with_the_reason(csdesk: Run, refs: list[str]) -> None:
    csdesk("claim", refs[0])
    refused = csdesk("claim", refs[0], who="Leo")
    assert refused.code == 1 and refused.out == "" and "Mia has #" in refused.err
    assert csdesk("resolve", refs[0], "--json", who="Leo").refusal == "conversation.not_yours"
    assert csdesk("show", refs[0], "--json").json["assignee"] == "Mia"


def test_transfer_needs_one_target_and_a_reason(csdesk: Run, refs: list[str]) -> None:
    csdesk("agent", "add", "Leo")
    csdesk("team", "add", "returns")
    csdesk("claim", refs[0])
    assert csdesk("transfer", refs[0], "--agent", "Leo", "--json").refusal == "transfer.no_reason"
    assert csdesk("transfer", refs[0], "--reason", "x", "--json").refusal == "transfer.no_target"
    nobody = csdesk("transfer", refs[0], "--agent", "Nobody", "--reason", "x", "--json")
    assert (nobody.code, nobody.refusal) == (1, "agent.unknown")
    moved = csdesk("transfer", refs[0], "--agent", "leo", "--reason", "French", "--json").json
    assert moved["assignee"] == "Leo"
    undone = csdesk("undo", "--json").json
    assert (undone["undone"], undone["assignee"]) == ("transfer", "Mia")
    team = csdesk("transfer", refs[0], "--team", "returns", "--reason", "refund", "--json").json
    assert (team["team"], team["assignee"]) == ("returns", None)


def test_undo_takes_a_reply_back_into_the_draft(csdesk: Run, refs: list[str]) -> None:
    csdesk("reply", refs[0], "too soon")
    undone = csdesk("undo", refs[0], "--json").json
    assert (undone["undone"], undone["text"], undone["ref"]) == ("send", "too soon", refs[0])
    assert [m["from"] for m in csdesk("show", refs[0], "--json").json["messages"]] == ["customer"]
    assert [item["text"] for item in csdesk("drafts", "--json").json["items"]] == ["too soon"]
    again = csdesk("undo", "--json")
    assert (again.code, again.refusal) == (1, "undo.nothing")
    assert csdesk("drafts", refs[0], "--drop").code == 0
    assert csdesk("drafts", "--json").json == {"items": [], "next": None}


def test_snooze_labels_and_priority(csdesk: Run, refs: list[str]) -> None:
    ref = refs[0]
    asleep = csdesk("snooze", ref, "--until", "+2h", "--json").json
    assert asleep["status"] == "snoozed" and asleep["snooze_until"] > asleep["updated_at"]
    assert csdesk("snooze", ref, "--until-reply", "--json").json["snooze_kind"] == "reply"
    assert csdesk("snooze", ref, "--json").refusal == "snooze.no_end"
    past = csdesk("snooze", ref, "--until", "2020-01-01", "--json")
    assert (past.code, past.refusal) == (1, "snooze.past")
    assert csdesk("label", ref, "+退款", "+vip", "-new", "--json").json["labels"] == ["vip", "退款"]
    assert csdesk("label", ref, "--remove", "vip", "--json").json["labels"] == ["退款"]
    assert csdesk("label", ref, "--json").refusal == "label.none"
    assert csdesk("priority", ref, "urgent", "--json").json["priority"] == "urgent"
    assert csdesk("priority", ref, "asap", "--json").code == 2


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (["R", "+a", "-b"], ["R", "--add", "a", "--remove", "b"]),
        (["R", "-help", "--json", "+a"], ["R", "--remove", "help", "--json", "--add", "a"]),
        (["R", "--add", "-x", "-h"], ["R", "--add", "-x", "-h"]),
        (["--db=a", "R", "--", "-b"], ["--db=a", "R", "--", "-b"]),
    ],
)
def test_signs_become_options(given: list[str], read: list[str]) -> None:
    assert signs_to_options(given) == read


def test_several_at_once_with_one_undo(csdesk: Run, refs: list[str]) -> None:
    csdesk("claim", refs[1], who="Leo")
    told = csdesk("resolve", *refs[:3], "ZZZZZZ", "--json")
    assert told.code == 1
    assert told.json["done"] == [refs[0], refs[2]]
    assert [(each["ref"], each["code"]) for each in told.json["refused"]] == [
        ("ZZZZZZ", "ref.unknown"),
        (refs[1], "conversation.not_yours"),
    ]
    assert csdesk("undo", "--json").json == {"undone": "resolve", "text": None, "count": 2, "left": 0}
    assert csdesk("show", refs[0], "--json").json["status"] == "open"
    said = csdesk("label", *refs[:2], "+vip", "-new")
    assert (said.code, said.out) == (0, "2 labelled.\n")
    assert csdesk("priority", *refs[:2], "high", "--json").json == {"done": refs[:2], "refused": []}


def test_views_of_ones_own(csdesk: Run, refs: list[str]) -> None:
    csdesk("label", refs[0], "+refund")
    kept = csdesk("view", "save", "Refunds", "--filter", "label:refund", "--json").json
    assert kept == {
        "name": "Refunds", "view": "waiting", "filter": "label:refund", "count": 1, "count_is_exact": True,
    }  # fmt: skip
    assert [each["ref"] for each in csdesk("queue", "--view", "refunds", "--json").json["items"]] == [refs[0]]
    assert csdesk("view", "save", "refunds", "--filter", "x", "--json").refusal == "view.taken"
    assert csdesk("view", "save", "all", "--filter", "x", "--json").refusal == "view.bad_name"
    assert csdesk("view", "save", "empty", "--filter", " ", "--json").refusal == "view.no_filter"
    assert csdesk("view", "rename", "refunds", "money", "--json").json["name"] == "money"
    assert csdesk("view", "delete", "money").code == 0
    assert csdesk("view", "list", "--json").json == {"items": [], "next": None}
    assert csdesk("undo", "--json").json["undone"] == "view"
    assert [each["name"] for each in csdesk("view", "list", "--json").json["items"]] == ["money"]


def test_drafts_and_sorting_in_the_queue(csdesk: Run, refs: list[str]) -> None:
    csdesk("priority", refs[2], "urgent")
    first = csdesk("queue", "--sort", "priority", "--json").json["items"][0]
    assert first["ref"] == refs[2]
    assert csdesk("queue", "--view", "all", "--sort", "tier", "--json").refusal == "queue.no_sort"
    csdesk("reply", refs[1], "soon")
    csdesk("undo")
    assert [each["ref"] for each in csdesk("queue", "--view", "drafts", "--json").json["items"]] == [refs[1]]
    assert csdesk("queue", "--view", "failed", "--json").json["items"] == []
