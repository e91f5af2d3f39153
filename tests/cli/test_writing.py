"""``reply``, ``note``, ``outbox``: where the text comes from, and what has not left."""

from __future__ import annotations

from pathlib import Path

import pytest

from csdesk.store import outbox
from tests.cli.conftest import Run, open_again

PACK = """
schema: csdesk.pack/1
pack: {id: own, title: Own, lang: en}
vars:
  day: {prompt: Which day}
replies:
  - {code: eta, title: Arrival, body: "Dear {{contact.name}}, it comes {{day}}. {{agent.name}}"}
"""


def test_text_from_standard_input_and_file(csdesk: Run, refs: list[str], tmp_path: Path) -> None:
    assert csdesk("reply", refs[0], "-", "--json", typed="两行\n文字\n").json["text"] == "两行\n文字"
    file = tmp_path / "answer.txt"
    file.write_text("from a file\n", encoding="utf-8-sig")
    assert csdesk("note", refs[0], "--file", str(file), "--json").json["text"] == "from a file"


def test_text_that_cannot_be_used(csdesk: Run, refs: list[str], tmp_path: Path) -> None:
    broken, large = tmp_path / "broken.txt", tmp_path / "large.txt"
    broken.write_bytes(b"ok\n\xff\xfe")
    large.write_bytes(b"x" * (2 << 20))
    cases = {
        ("reply", refs[0]): (2, "text.not_one_source"),
        ("reply", refs[0], "a", "--file", "b"): (2, "text.not_one_source"),
        ("reply", refs[0], "  "): (2, "text.empty"),
        ("note", refs[0], "x" * 10_001): (2, "text.too_long"),
        ("reply", refs[0], "--file", str(tmp_path / "none")): (1, "file.missing"),
        ("reply", refs[0], "--file", str(tmp_path)): (1, "file.unreadable"),
        ("reply", refs[0], "--file", str(broken)): (1, "file.not_utf8"),
        ("reply", refs[0], "--file", str(large)): (1, "file.too_large"),
        ("reply", refs[0], "x", "--slot", "a=b"): (2, "slot.no_quick"),
        ("reply", refs[0], "--quick", "no-such"): (1, "replies.unknown_code"),
    }
    for arguments, wanted in cases.items():
        told = csdesk(*arguments, "--json")
        assert (told.code, told.refusal, told.out) == (*wanted, ""), arguments
    assert len(csdesk("show", refs[0], "--json").json["messages"]) == 1


def test_open_slots_need_a_person(csdesk: Run, refs: list[str]) -> None:
    stopped = csdesk("reply", refs[0], "It comes {eta}.", "--json")
    assert (stopped.code, stopped.refusal) == (3, "reply.unfilled")
    assert len(csdesk("show", refs[0], "--json").json["messages"]) == 1
    assert csdesk("reply", refs[0], "It comes {eta}.", "--anyway", "a template question").code == 0
    texts = [m["text"] for m in csdesk("show", refs[0], "--json").json["messages"]][1:]
    assert texts == ["It comes {eta}.", "Sent with open slots (eta): a template question"]


def test_a_reply_whose_remark_is_refused_is_not_sent(csdesk: Run, refs: list[str]) -> None:
    told = csdesk("reply", refs[0], "It comes {eta}.", "--anyway", "r" * 10_001, "--json")
    assert (told.code, told.refusal) == (2, "text.too_long")
    assert len(csdesk("show", refs[0], "--json").json["messages"]) == 1
    assert csdesk("outbox", "--json").json["items"] == []


def test_a_quick_reply_is_filled_in(
    csdesk: Run, refs: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "data" / "quick_replies"
    folder.mkdir(parents=True)
    (folder / "own.yaml").write_text(PACK, encoding="utf-8")
    stopped = csdesk("reply", refs[0], "--quick", "eta", "--json")
    assert (stopped.code, stopped.refusal) == (3, "reply.unfilled") and "day" in stopped.err
    sent = csdesk("reply", refs[0], "--quick", "ETA", "--slot", "day=Friday", "--json").json
    assert sent["text"] == "Dear 客户7, it comes Friday. Mia"


KINDS = """\
schema: csdesk.pack/1
pack: {id: kinds, title: Own, lang: en}
vars:
  eta: {prompt: How long, choices: [one hour, two hours]}
  day: {prompt: Which day, type: date}
replies:
  - {code: kinds, title: Kinds, body: "Within {{eta}}, on {{day}}.", actions: [{label: late}, {snooze: 1d}]}
  - {code: xmas, title: Past, body: "Merry Christmas!", valid: {until: 2001-12-31}}
"""


def test_slots_are_checked_and_what_the_reply_does_is_done_and_undone(
    csdesk: Run, refs: list[str], tmp_path: Path
) -> None:
    folder = tmp_path / "data" / "quick_replies"
    folder.mkdir(parents=True)
    (folder / "kinds.yaml").write_text(KINDS, encoding="utf-8")
    reply = ("reply", refs[0], "--quick", "kinds", "--json")
    for slots, code, refusal in (
        (("--slot", "eta=three hours"), 2, "slot.bad_value"),
        (("--slot", "day=someday"), 2, "slot.bad_value"),
        (("--slot", "etta=one hour"), 2, "slot.unknown"),
        (("--slot", "eta=One Hour"), 3, "reply.unfilled"),
    ):
        stopped = csdesk(*reply, *slots)
        assert (stopped.code, stopped.refusal) == (code, refusal)
    sent = csdesk(*reply, "--slot", "eta=One Hour", "--slot", "day=2040-02-03").json
    assert sent["text"] == "Within one hour, on Friday 3 February 2040."
    shown = csdesk("show", refs[0], "--json").json
    assert (shown["labels"], shown["status"]) == (["late"], "snoozed")
    csdesk("undo")
    shown = csdesk("show", refs[0], "--json").json
    assert (shown["labels"], shown["status"]) == ([], "open")


def test_a_reply_out_of_its_time_needs_a_person(csdesk: Run, refs: list[str], tmp_path: Path) -> None:
    folder = tmp_path / "data" / "quick_replies"
    folder.mkdir(parents=True)
    (folder / "kinds.yaml").write_text(KINDS, encoding="utf-8")
    stopped = csdesk("reply", refs[0], "--quick", "xmas", "--json")
    assert (stopped.code, stopped.refusal) == (3, "reply.not_valid") and "2001-12-31" in stopped.err
    csdesk("reply", refs[0], "--quick", "xmas", "--anyway", "they asked")
    said = [message["text"] for message in csdesk("show", refs[0], "--json").json["messages"]]
    assert said[-2:] == ["Merry Christmas!", "Sent outside its time (until 2001-12-31): they asked"]
    assert csdesk("replies", "find", "xmas", "--json").json["items"] == []
    found = csdesk("replies", "find", "xmas", "--any-time", "--json").json["items"]
    assert [item["code"] for item in found] == ["xmas"]


def test_the_outbox_says_that_nobody_sends(csdesk: Run, refs: list[str], database: Path) -> None:
    assert "empty" in csdesk("outbox").out
    csdesk("reply", refs[0], "您好")
    csdesk("reply", refs[1], "hello")
    plain = csdesk("outbox")
    assert "您好" in plain.out and "No program sends for shop now" in plain.err
    page = csdesk("outbox", "--limit", "1", "--json").json
    rest = csdesk("outbox", "--after", page["next"], "--json").json
    assert [item["text"] for item in page["items"] + rest["items"]] == ["您好", "hello"]
    item = page["items"][0]
    assert item["state"] == "held" and item["is_running"] is False and rest["next"] is None
    refused = csdesk("outbox", "--retry", item["id"], "--json")
    assert (refused.code, refused.refusal) == (1, "retry.not_failed")
    with open_again(database) as desk:
        desk.store.write(lambda tx: outbox.fail(tx.connection, int(item["id"]), "no route"))
    assert "✗ 1" in csdesk("status", "--short").out
    assert csdesk("outbox", "--retry", item["id"], "--json").json["state"] == "queued"
    assert csdesk("outbox", "--retry", "abc", "--json").code == 2


def test_files_go_with_a_reply(csdesk: Run, refs: list[str], tmp_path: Path) -> None:
    first, second = tmp_path / "invoice.pdf", tmp_path / "照片.png"
    first.write_bytes(b"%PDF")
    second.write_bytes(b"png")
    ran = csdesk("reply", refs[0], "--attach", str(first), "--attach", str(second), "--json")
    assert [each["name"] for each in ran.json["attachments"]] == ["invoice.pdf", "照片.png"]
    shown = csdesk("show", refs[0])
    assert "invoice.pdf" in shown.out and "照片.png" in shown.out
    missing = csdesk("reply", refs[0], "text", "--attach", str(tmp_path / "none"), "--json")
    assert (missing.code, "file.missing" in missing.err) == (1, True)
    assert len(csdesk("outbox", "--json").json["items"]) == 1


def test_a_reply_waits_until_a_colleague_approves_it(csdesk: Run, refs: list[str]) -> None:
    csdesk("agent", "add", "Lee", "--role", "lead")
    edited = csdesk("agent", "edit", "Mia", "--approver", "lee", "--json").json
    assert edited["approver"] == "Lee"
    assert "Held: waits for Lee's approval" in csdesk("reply", refs[0], "不送").out
    sent = csdesk("show", refs[0], "--json").json["messages"][-1]
    assert (sent["delivery"], sent["reason"]) == ("approval", "Lee")
    assert "waits for Lee's approval" in csdesk("show", refs[0]).out
    assert "waits for Lee's approval" in csdesk("outbox").out
    assert csdesk("status", "--json").json["outbox"]["approval"] == 1
    assert "to approve 1" in csdesk("status", "--short").out
    assert csdesk("outbox", "--approve", sent["id"], "--json").refusal == "approval.own"
    told = csdesk("outbox", "--approve", sent["id"], "--text", "送您一张券", "--json", who="Lee")
    assert told.json == {"id": sent["id"], "done": "approved"}
    texts = [m["text"] for m in csdesk("show", refs[0], "--json").json["messages"][1:]]
    assert texts == ["送您一张券", "Approved with changes. You had written: 不送"]
    assert csdesk("outbox", "--approve", sent["id"], "--json", who="Lee").refusal == "approval.decided"
    assert csdesk("agent", "edit", "Mia", "--no-approver", "--json").json["approver"] is None


def test_a_returned_reply_is_a_draft_and_the_reason_a_whisper(csdesk: Run, refs: list[str]) -> None:
    csdesk("agent", "add", "Lee", "--role", "lead")
    csdesk("agent", "edit", "Mia", "--approver", "Lee")
    sent = csdesk("reply", refs[0], "没有", "--json").json["id"]
    assert csdesk("outbox", "--return", sent, "--json", who="Lee").refusal == "return.no_reason"
    assert csdesk("outbox", "--return", sent, "--whisper", "先问候", who="Lee").code == 0
    (draft,) = csdesk("drafts", "--json").json["items"]
    assert draft["text"] == "没有"
    note = csdesk("show", refs[0], "--json").json["messages"][-1]
    assert (note["from"], note["rule"], note["author"], note["text"]) == ("note", "whisper", "Lee", "先问候")
    assert "whisper Lee" in csdesk("show", refs[0]).out


def test_what_nobody_approved_is_in_no_export(csdesk: Run, refs: list[str]) -> None:
    csdesk("agent", "add", "Lee")
    csdesk("agent", "edit", "Mia", "--approver", "Lee")
    csdesk("reply", refs[0], "not said yet")
    for form in ("jsonl", "csv", "md", "html"):
        told = csdesk("export", "-", "--format", form)
        assert told.code == 0 and "问题7" in told.out and "not said yet" not in told.out, form


def test_options_of_the_outbox_that_do_not_go_together(csdesk: Run, refs: list[str]) -> None:
    for wrong in (("--approve", "1", "--return", "1"), ("--text", "x"), ("--whisper", "x", "--retry", "1")):
        told = csdesk("outbox", *wrong, "--json")
        assert (told.code, told.refusal) == (2, "outbox.options")


@pytest.mark.parametrize(("option", "drafts"), [("--edit", 1), ("--drop", 0)])
def test_what_needs_another_look_is_edited_or_dropped(
    csdesk: Run, refs: list[str], database: Path, option: str, drafts: int
) -> None:
    csdesk("reply", refs[0], "on its way")
    with open_again(database) as desk:
        message = outbox.listed(desk.store.reader())[0].message
        desk.store.write(lambda tx: outbox.keep_back(tx.connection, message))
    listed = csdesk("outbox")
    assert "needs another look" in listed.out and "--drop takes it back" in listed.err
    assert csdesk("status", "--short").out.rstrip().endswith("▲ 1")
    assert csdesk("outbox", option, str(message)).code == 0
    assert csdesk("outbox", "--json").json["items"] == []
    assert len(csdesk("drafts", "--json").json["items"]) == drafts
    assert csdesk("outbox", "--drop", str(message), "--json").refusal == "look.decided"
    assert csdesk("outbox", "--drop", str(message), "--edit", str(message)).code == 2


def test_what_needs_another_look_is_sent_as_it_is(csdesk: Run, refs: list[str], database: Path) -> None:
    csdesk("reply", refs[0], "on its way")
    with open_again(database) as desk:
        message = outbox.listed(desk.store.reader())[0].message
        desk.store.write(lambda tx: outbox.keep_back(tx.connection, message))
    assert csdesk("outbox", "--retry", str(message), "--json").json["state"] == "queued"
