"""``csdesk transfer --ask``, ``accept``, ``decline``, ``take-back``."""

from __future__ import annotations

from tests.cli.conftest import Run


def offered(csdesk: Run, ref: str) -> None:
    csdesk("agent", "add", "Leo")
    csdesk("claim", ref)
    told = csdesk("transfer", ref, "--agent", "Leo", "--reason", "French", "--ask", "--anyway", "he comes")
    assert told.code == 0 and "Leo is asked" in told.err


def test_a_colleague_is_asked_and_takes_it(csdesk: Run, refs: list[str]) -> None:
    offered(csdesk, refs[0])
    shown = csdesk("show", refs[0], "--json").json
    assert (shown["assignee"], shown["offer"]["to"], shown["offer"]["reason"]) == ("Mia", "Leo", "French")
    (asked,) = csdesk("accept", "--json", who="Leo").json["items"]
    assert (asked["conversation"], asked["from"], asked["reason"]) == (refs[0], "Mia", "French")
    assert "French" in csdesk("accept", who="Leo").out
    taken = csdesk("accept", refs[0], "--json", who="Leo").json
    assert (taken["assignee"], taken["offer"]) == ("Leo", None)
    assert csdesk("accept", refs[0], "--json", who="Leo").refusal == "offer.none"
    assert csdesk("accept", "--json", who="Leo").json == {"items": [], "next": None}


def test_declined_or_taken_back_it_stays(csdesk: Run, refs: list[str]) -> None:
    offered(csdesk, refs[0])
    assert csdesk("take-back", refs[0], "--json", who="Leo").refusal == "conversation.not_yours"
    assert csdesk("decline", refs[0], "--json").refusal == "offer.none"
    assert csdesk("decline", refs[0], "--reason", "full", "--json", who="Leo").json["assignee"] == "Mia"
    lines = [line["text"] for line in csdesk("show", refs[0], "--json").json["messages"]]
    assert not any("full" in line for line in lines)  # an event, not a message
    offered(csdesk, refs[0])
    assert csdesk("take-back", refs[0], "--json").json["offer"] is None


def test_who_is_not_there_is_asked_only_on_purpose(csdesk: Run, refs: list[str]) -> None:
    csdesk("agent", "add", "Leo")
    csdesk("claim", refs[0])
    asked = csdesk("transfer", refs[0], "--agent", "Leo", "--reason", "x", "--ask", "--json")
    assert (asked.code, asked.refusal) == (3, "transfer.not_there")
    plain = csdesk("transfer", refs[0], "--agent", "Leo", "--reason", "x", "--at-once", "--json")
    assert plain.json["assignee"] == "Leo"
