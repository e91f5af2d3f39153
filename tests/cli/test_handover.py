"""``csdesk handover``: printed, written, signed, ticked, listed."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import CUSTOMERS, Run


def test_a_shift_is_handed_over_and_taken(csdesk: Run, refs: list[str], tmp_path: Path) -> None:
    seen = csdesk("handover", "--json").json
    assert seen["waiting"] == CUSTOMERS and len(seen["items"]) == CUSTOMERS
    assert {item["section"] for item in seen["items"]} == {"waiting"}
    assert csdesk("handover", "--text").out == seen["text"]
    text = tmp_path / "left.txt"
    text.write_text(f"今天只剩 #{refs[0]} 要回电\n", encoding="utf-8")
    csdesk("agent", "add", "Bo")
    written = csdesk("handover", "write", "--file", str(text), "--to", "Bo", "--json").json
    assert [item["conversation"] for item in written["items"]] == [refs[0][:6]]
    assert (written["giver"], written["to"], written["signatures"][0]["as"]) == ("Mia", "Bo", "giver")
    taken = csdesk("handover", "sign", written["ref"][:6], who="Bo")
    assert taken.code == 0 and "You took over handover" in taken.out
    listed = csdesk("handover", "list", "--json").json
    assert [each["ref"] for each in listed["items"]] == [written["ref"]] and listed["next"] is None
    assert "taken by Bo" in csdesk("handover", "list").out


def test_an_item_is_ticked(csdesk: Run, refs: list[str]) -> None:
    ref = csdesk("handover", "write", "--json").json["ref"]
    assert csdesk("handover", "tick", ref, "2", "--json").json["items"][1]["state"] == "done"
    assert csdesk("handover", "tick", ref, "2", "--undo", "--json").json["items"][1]["state"] == "open"
    shown = csdesk("handover", "show", ref).out
    assert "given by Mia" in shown and f"#{refs[0][:6]}" in shown and "\x1b" not in shown


def test_what_is_refused(csdesk: Run, refs: list[str]) -> None:
    ref = csdesk("handover", "write", "--json").json["ref"]
    own = csdesk("handover", "sign", ref, "--json")
    assert (own.code, own.refusal) == (1, "handover.own")
    assert csdesk("handover", "sign", "zzzzzz", "--json").refusal == "handover.unknown"
    assert csdesk("handover", "tick", ref, "99", "--json").refusal == "handover.no_item"
    assert csdesk("handover", "write", "  ").code == 2
    assert csdesk("handover", "write", "text", "--to", "Nobody", "--json").refusal == "agent.unknown"
