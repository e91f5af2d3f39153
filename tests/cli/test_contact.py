"""``csdesk contact``: found by what people know of them, edited, and erased for good."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import CUSTOMERS, Run


def test_a_list_is_searched_and_paged(csdesk: Run, refs: list[str]) -> None:
    everybody = csdesk("contact", "list", "--json").json
    assert len(everybody["items"]) == CUSTOMERS and everybody["next"] is None
    seen, place = [], []
    while True:
        page = csdesk("contact", "list", "--limit", "3", "--json", *place).json
        seen += [item["ref"] for item in page["items"]]
        if page["next"] is None:
            break
        place = ["--after", page["next"]]
    assert sorted(seen) == sorted(refs)
    assert [item["name"] for item in csdesk("contact", "list", "户3", "--json").json["items"]] == ["客户3"]
    assert "客户3" in csdesk("contact", "list").out
    assert csdesk("contact", "list", "nobody").out.startswith("There is no such contact")
    assert csdesk("contact", "list", "--after", "x").code == 2


@pytest.mark.parametrize("who", ["客户7", "ref", "#ref", "lin@example.com", "LIN@example.com", "13800000001"])
def test_who_is_meant(csdesk: Run, refs: list[str], who: str) -> None:
    csdesk("contact", "edit", refs[0], "--email", "lin@example.com", "--phone", "13800000001")
    told = csdesk("contact", "show", who.replace("ref", refs[0]), "--json").json
    assert (told["name"], told["refs"]) == ("客户7", [refs[0]])


def test_nobody_and_more_than_one(csdesk: Run, refs: list[str]) -> None:
    assert csdesk("contact", "show", "nobody at all", "--json").refusal == "contact.unknown"
    csdesk("contact", "edit", refs[0], "--name", "客户1")
    many = csdesk("contact", "show", "客户1", "--json")
    assert many.refusal == "contact.ambiguous" and refs[0] in many.err


def test_an_edit(csdesk: Run, refs: list[str]) -> None:
    told = csdesk(
        "contact", "edit", refs[0], "--name", "林\x1b[31m女士", "--tier", "B", "--note", "VIP", "--json"
    )
    assert told.code == 0 and "\x1b" not in told.out
    assert (told.json["tier"], told.json["note"]) == ("B", "VIP")
    assert csdesk("contact", "edit", refs[0], "--note", "", "--json").json["note"] == ""
    assert csdesk("contact", "edit", refs[0]).code == 2
    assert csdesk("contact", "edit", refs[0], "--name", "x" * 300).code == 2
    assert csdesk("db", "verify").code == 0


def test_an_erasure_asks_first(csdesk: Run, refs: list[str]) -> None:
    told = csdesk("contact", "erase", refs[0], "--json")
    assert (told.code, told.refusal) == (3, "erase.unconfirmed")
    assert csdesk("show", refs[0], "--json").json["messages"][0]["text"]


def test_an_erasure(csdesk: Run, refs: list[str], database: Path) -> None:
    csdesk("reply", refs[0], "answer to erase")
    (database.parent / f"{database.name}.before-restore-1").write_text("an old copy", "utf-8")
    told = csdesk("contact", "erase", refs[0], "--yes", "--json").json
    assert (told["conversations"], told["file_clean"], len(told["copies"])) == (1, True, 1)
    left = csdesk("show", refs[0], "--json").json
    assert (left["status"], left["contact"]) == ("resolved", "")
    assert {message["text"] for message in left["messages"]} == {""}
    assert "Erased on" in csdesk("show", refs[0]).out
    assert "erased on" in csdesk("contact", "list").out
    assert csdesk("show", refs[1], "--json").json["messages"][0]["text"]
    assert csdesk("db", "verify").code == 0
    again = csdesk("contact", "erase", refs[0], "--yes")
    assert again.code == 0 and "before-restore-1" in again.err


def test_a_masked_export(csdesk: Run, refs: list[str], tmp_path: Path) -> None:
    csdesk("contact", "edit", refs[0], "--email", "lin@example.com", "--phone", "13800000001")
    csdesk("note", refs[0], "call 13912345678 about order 20260102334455")
    file = tmp_path / "out.jsonl"
    assert csdesk("export", "--mask", str(file)).code == 0
    told = file.read_text("utf-8")
    assert "13912345678" not in told and "13800000001" not in told and "lin@" not in told
    assert "20260102334455" in told and "139****5678" in told
    csdesk("export", str(file))
    assert "13912345678" in file.read_text("utf-8")


def test_retention_counts_first(
    csdesk: Run, refs: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "settings"
    folder.mkdir()
    (folder / "config.toml").write_text("[retention]\nshop = 30\nnowhere = 1\n", "utf-8")
    monkeypatch.setenv("CSDESK_CONFIG_DIR", str(folder))
    csdesk("resolve", refs[0])
    monkeypatch.setenv("CSDESK_NOW", "2999-01-01T00:00:00Z")
    told = csdesk("retention", "--json").json
    assert told["items"] == [{"inbox": "shop", "days": 30, "conversations": 1}]
    assert told["unknown"] == ["nowhere"] and told["erased"] is None
    plain = csdesk("retention")
    assert "Nothing was changed" in plain.out and "nowhere" in plain.err
    assert csdesk("retention", "--apply", "--json").json["erased"]["conversations"] == 1
    assert csdesk("retention", "--json").json["items"][0]["conversations"] == 0
    assert csdesk("db", "verify").code == 0


def test_two_contacts_are_one_person(csdesk: Run, refs: list[str]) -> None:
    csdesk("contact", "edit", refs[0], "--email", "lin@example.com", "--birthday", "2-28", "--label", "vip")
    dry = csdesk("contact", "merge", refs[0], refs[1], "--dry-run", "--json").json
    assert (dry["is_done"], dry["whole"]["name"], dry["whole"]["conversations"]) == (False, "客户6", 2)
    assert csdesk("contact", "show", refs[1], "--json").json["also"] == []
    plain = csdesk("contact", "merge", refs[0], refs[1])
    assert plain.code == 0 and "客户7" in plain.out and "unmerge" in plain.err
    told = csdesk("contact", "show", "客户7", "--json").json
    assert (told["name"], told["also"], told["labels"]) == ("客户6", ["客户7"], ["vip"])
    assert (told["email"], told["birthday"]) == ("lin@example.com", "02-28")
    assert sorted(told["refs"]) == sorted(refs[:2])
    assert [each["stage"] for each in told["stages"]] == ["presale", "presale"]
    assert [item["name"] for item in csdesk("contact", "list", "户7", "--json").json["items"]] == ["客户6"]
    listed = csdesk("queue", "--view", "all", "--contact", "客户7", "--json").json["items"]
    assert len(listed) == 2
    assert csdesk("contact", "merge", refs[0], refs[1]).code == 1
    assert csdesk("undo", "--json").json["undone"] == "merge"
    assert csdesk("contact", "show", refs[0], "--json").json["name"] == "客户7"
    csdesk("contact", "merge", refs[0], refs[1])
    assert csdesk("contact", "unmerge", refs[1], "--json").json["name"] == "客户7"
    assert csdesk("contact", "unmerge", refs[1], "--json").refusal == "unmerge.nothing"
    assert csdesk("db", "verify", "--deep").code == 0


def test_a_blocked_contact(csdesk: Run, refs: list[str]) -> None:
    assert csdesk("contact", "block", refs[0], "--json").json["is_blocked"] is True
    assert (
        refs[0] not in csdesk("queue").out and len(csdesk("queue", "--json").json["items"]) == CUSTOMERS - 1
    )
    assert "blocked" in csdesk("contact", "show", refs[0]).out
    assert "is not blocked" in csdesk("contact", "unblock", refs[0]).out
    assert len(csdesk("queue", "--json").json["items"]) == CUSTOMERS


def test_beginning_a_conversation(csdesk: Run, refs: list[str]) -> None:
    begun = csdesk("contact", "start", refs[0], "shop", "--subject", "您的订单", "--json").json
    assert (begun["contact"], begun["assignee"], begun["subject"]) == ("客户7", "Mia", "您的订单")
    called = csdesk("contact", "call", refs[0], "-", "--json", typed="答应周五前发货").json
    assert "答应周五前发货" in csdesk("show", called["ref"]).out
    assert csdesk("contact", "call", refs[0], " ").code == 2
    assert csdesk("contact", "start", refs[0], "nowhere").code == 1
    assert csdesk("db", "verify").code == 0
