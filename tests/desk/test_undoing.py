"""Taking back: while it is held, not a moment longer, and never over somebody else's work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from csdesk.desk import people, sending, undoing, work
from csdesk.desk.context import Desk
from csdesk.desk.runner import Runner
from csdesk.errors import Refused
from csdesk.model.conversation import Conversation, Status
from csdesk.model.message import Mode
from csdesk.store import conversations, drafts, messages, outbox
from csdesk.store.verify import verify
from tests.desks import clock_of, hears, open_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path / "desk.db") as opened:
        yield opened
        assert verify(opened.store.path).problems == ()


@pytest.fixture
def bo(desk: Desk) -> Desk:
    return Desk(desk.store, desk.clock, desk.settings, people.me(desk.store, "Bo"))


def see(desk: Desk, number: int) -> Conversation:
    return conversations.get(desk.store.reader(), number)


def refusal(desk: Desk, number: int | None = None) -> str:
    with pytest.raises(Refused) as raised:
        undoing.undo(desk, number)
    assert raised.value.hint
    return raised.value.code


def draft_of(desk: Desk, number: int) -> list[str]:
    found = drafts.held(desk.store.reader(), number, desk.agent.id, Mode.REPLY)
    return [each.draft.text for each in found]


def test_there_may_be_nothing_to_undo(desk: Desk) -> None:
    assert undoing.last(desk) is None
    assert refusal(desk) == "undo.nothing"


def test_a_reply_is_taken_back_and_becomes_the_draft(desk: Desk) -> None:
    number = hears(desk, "t")
    since = see(desk, number).waiting_since
    sent = sending.reply(desk, number, "写错了")
    clock_of(desk).advance(2_999)
    found = undoing.last(desk)
    assert found is not None and (found.kind, found.message, found.until) == (
        "send",
        sent.id,
        desk.now_ms() + 1,
    )
    done = undoing.undo(desk)
    assert (done.kind, done.conversation, done.text) == ("send", number, "写错了")
    assert draft_of(desk, number) == ["写错了"]
    assert messages.get(desk.store.reader(), sent.id) is None
    assert outbox.tally(desk.store.reader()) == {}
    assert see(desk, number).waiting_since == since
    assert refusal(desk) == "undo.nothing"


def test_a_reply_taken_back_is_the_beginning_of_what_is_being_written(desk: Desk) -> None:
    number = hears(desk, "t")
    sending.reply(desk, number, "first")
    sending.save_draft(desk, number, Mode.REPLY, "newer", 5).result(60)
    assert undoing.undo(desk).text == "first"
    assert draft_of(desk, number) == ["first\nnewer"]


def test_a_reply_taken_back_stands_beside_what_another_window_writes(desk: Desk) -> None:
    number = hears(desk, "t")
    sending.reply(desk, number, "first")
    elsewhere = replace(desk, session="another window")
    sending.save_draft(elsewhere, number, Mode.REPLY, "newer", 5).result(60)
    assert undoing.undo(desk).text == "first"
    assert sorted(draft_of(desk, number)) == ["first", "newer"]


def test_after_its_release_it_is_too_late(desk: Desk) -> None:
    number = hears(desk, "t")
    sending.reply(desk, number, "gone")
    clock_of(desk).advance(3_000)
    runner = Runner(desk)
    runner.step()
    assert undoing.last(desk) is None
    assert refusal(desk) == "undo.nothing"
    runner.close()
    assert draft_of(desk, number) == []


def test_what_nobody_released_can_still_be_taken_back(desk: Desk) -> None:
    """No runner: a reply written on the command line stays held, however much else is done."""
    number, other = hears(desk, "t"), hears(desk, "u")
    sending.reply(desk, number, "held")
    clock_of(desk).advance(10**7)
    work.resolve(desk, other)
    undoing.undo(desk, other)
    assert undoing.undo(desk).text == "held"


def test_the_last_comes_first(desk: Desk) -> None:
    number = hears(desk, "t")
    sending.reply(desk, number, "one")
    sending.reply(desk, number, "two")
    work.resolve(desk, number)
    kinds = [undoing.undo(desk) for _time in range(3)]
    assert [(done.kind.value, done.text) for done in kinds] == [
        ("resolve", ""),
        ("send", "two"),
        ("send", "one"),
    ]
    assert draft_of(desk, number) == ["one\ntwo"]


def test_one_conversation_alone(desk: Desk) -> None:
    one, two = hears(desk, "one"), hears(desk, "two")
    sending.reply(desk, one, "in one")
    sending.reply(desk, two, "in two")
    assert undoing.undo(desk, one).text == "in one"
    assert refusal(desk, one) == "undo.nothing"


def test_only_what_i_did(desk: Desk, bo: Desk) -> None:
    number = hears(desk, "t")
    sending.reply(desk, number, "mine")
    assert refusal(bo) == "undo.nothing"


def test_resolve_is_taken_back(desk: Desk) -> None:
    number = hears(desk, "t")
    before = see(desk, number)
    work.resolve(desk, number)
    clock_of(desk).advance(undoing.LEAST_MS - 1)
    assert undoing.undo(desk).kind == "resolve"
    after = see(desk, number)
    assert (after.status, after.waiting_since, after.resolved_at) == (Status.OPEN, before.waiting_since, None)
    lines = [each.text for each in messages.after(desk.store.reader(), number, None, 9)]
    assert lines == ["在吗"]


def test_resolve_of_what_was_snoozed_is_taken_back(desk: Desk) -> None:
    number = hears(desk, "t")
    since = see(desk, number).waiting_since
    until = desk.now_ms() + 60_000
    work.snooze(desk, number, until)
    work.resolve(desk, number)
    undoing.undo(desk)
    after = see(desk, number)
    assert (after.status, after.snooze_until, after.waiting_since) == (Status.SNOOZED, until, None)
    clock_of(desk).advance(60_000)
    work.wake_due(desk)
    assert see(desk, number).waiting_since == since


def test_resolve_is_final_after_its_time(desk: Desk) -> None:
    work.resolve(desk, hears(desk, "t"))
    clock_of(desk).advance(undoing.LEAST_MS)
    assert refusal(desk) == "undo.nothing"


def test_a_longer_hold_is_a_longer_undo(tmp_path: Path) -> None:
    with open_desk(tmp_path / "slow.db", hold_ms=30_000) as desk:
        work.resolve(desk, hears(desk, "t"))
        clock_of(desk).advance(29_999)
        assert undoing.undo(desk).kind == "resolve"


def test_a_customer_who_wrote_since_is_not_hidden_again(desk: Desk) -> None:
    number = hears(desk, "t")
    work.snooze(desk, number, None)
    work.resolve(desk, number)
    hears(desk, "t", "还在吗")
    assert refusal(desk) == "undo.changed"
    assert see(desk, number).status is Status.OPEN


def test_transfer_is_taken_back(desk: Desk, bo: Desk) -> None:
    number = hears(desk, "t")
    work.claim(desk, number)
    work.transfer(desk, number, work.Target(agent="Bo"), "because")
    assert undoing.undo(desk).kind == "transfer"
    assert see(desk, number).assignee_name == "Mia"
    assert desk.store.reader().execute("SELECT count(*) FROM transfer").fetchone() == (0,)
    lines = [each.text for each in messages.after(desk.store.reader(), number, None, 9)]
    assert lines == ["在吗", "Mia claimed the conversation"]


def test_transfer_to_a_team_is_taken_back(desk: Desk) -> None:
    desk.store.write(lambda tx: people.add_team(tx, "team"))
    number = hears(desk, "t")
    work.transfer(desk, number, work.Target(team="team"), "because")
    undoing.undo(desk)
    assert (see(desk, number).assignee, see(desk, number).team) == (None, None)


def test_what_the_other_took_stays_theirs(desk: Desk, bo: Desk) -> None:
    number = hears(desk, "t")
    desk.store.write(lambda tx: people.add_team(tx, "team"))
    work.transfer(desk, number, work.Target(team="team"), "because")
    work.claim(bo, number)
    assert refusal(desk) == "undo.changed"
    assert see(desk, number).assignee_name == "Bo"
