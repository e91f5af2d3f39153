"""Whispers and approvals: nothing leaves unapproved, nothing written is lost, and one decision holds."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from csdesk.desk import approving, automatic, people, sending, undoing, work
from csdesk.desk.context import Desk
from csdesk.desk.moves import Target
from csdesk.desk.runner import Runner
from csdesk.errors import CsdeskError, Refused, UsageError
from csdesk.model.conversation import Conversation, Mark, Status
from csdesk.model.message import WHISPER, Delivery, Message, Mode, Sender
from csdesk.model.people import Role
from csdesk.model.reply import InsertedReply, ReplyAction
from csdesk.model.transcript_file import TranscriptFile
from csdesk.store import backup, conversations, drafts, messages, outbox, reply_uses
from csdesk.store.verify import verify
from tests.desks import Line, clock_of, hears, open_desk

MINUTE_MS = 60_000


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """The trainee Mia's, whose replies wait for Lee."""
    with open_desk(tmp_path / "desk.db") as opened:
        opened.store.write(lambda tx: people.add_agent(tx, "Lee", Role.LEAD))
        opened.store.write(lambda tx: people.edit_agent(tx, "Mia", {"approver": "Lee"}))
        yield opened
        assert verify(opened.store.path, deep=True).problems == ()


@pytest.fixture
def lee(desk: Desk) -> Desk:
    return colleague(desk, "Lee")


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def runner(desk: Desk, line: Line) -> Runner:
    return Runner(desk, [line])


def colleague(desk: Desk, name: str) -> Desk:
    return Desk(desk.store, desk.clock, desk.settings, people.me(desk.store, name))


def see(desk: Desk, number: int) -> Conversation:
    return conversations.get(desk.store.reader(), number)


def lines_of(desk: Desk, number: int) -> list[Message]:
    return messages.after(desk.store.reader(), number, None, 50, with_events=False)


def stands(desk: Desk, message: int) -> Delivery | None:
    found = messages.get(desk.store.reader(), message)
    return found.delivery if found else None


def drafts_of(desk: Desk, number: int) -> list[str]:
    return [each.draft.text for each in drafts.held(desk.store.reader(), number, desk.agent.id, Mode.REPLY)]


def refusal(act: object, *arguments: object, **more: object) -> str:
    assert callable(act)
    with pytest.raises(CsdeskError) as raised:
        act(*arguments, **more)
    assert raised.value.hint
    return raised.value.code


def run(desk: Desk, runner: Runner, *, for_ms: int = 4_000) -> None:
    runner.step()
    clock_of(desk).advance(for_ms)
    runner.step()
    runner.step()


def test_time_never_lets_a_reply_go_that_nobody_approved(desk: Desk, runner: Runner, line: Line) -> None:
    number = hears(desk, "t")
    since = see(desk, number).waiting_since
    sent = sending.reply(desk, number, "您好，今天发货")
    assert (sent.delivery, sent.reason) == (Delivery.APPROVAL, "Lee")
    run(desk, runner, for_ms=90 * MINUTE_MS)
    assert line.asked == [] and stands(desk, sent.id) is Delivery.APPROVAL
    assert see(desk, number).waiting_since == since, "the customer has no answer yet"
    marks = (
        desk.store.reader().execute("SELECT marks FROM conversation WHERE id = ?", (number,)).fetchone()[0]
    )
    assert marks & Mark.APPROVAL


def test_approved_it_leaves_and_the_customer_is_answered(
    desk: Desk, lee: Desk, runner: Runner, line: Line
) -> None:
    number = hears(desk, "t")
    sent = sending.reply(desk, number, "今天发货")
    (waits,) = approving.waiting(lee)
    assert (waits.message, waits.agent_name, waits.reason) == (sent.id, "Mia", "Lee")
    assert approving.approve(lee, sent.id).delivery is Delivery.QUEUED
    assert see(desk, number).waiting_since is None
    assert approving.waiting(lee) == []
    run(desk, runner)
    assert list(line.delivered.values()) == ["今天发货"]
    assert stands(desk, sent.id) is Delivery.SENT
    assert refusal(undoing.undo, desk, number) == "undo.nothing"


def test_what_the_customer_wrote_meanwhile_is_not_answered_by_it(desk: Desk, lee: Desk) -> None:
    number = hears(desk, "t")
    sent = sending.reply(desk, number, "今天发货")
    clock_of(desk).advance(MINUTE_MS)
    hears(desk, "t", "还有赠品吗")
    approving.approve(lee, sent.id)
    assert see(desk, number).waiting_since == desk.now_ms()


def test_of_two_teachers_who_press_at_once_one_wins(desk: Desk, lee: Desk, tmp_path: Path) -> None:
    number = hears(desk, "t")
    sent = sending.reply(desk, number, "x")
    outcomes: list[str] = []
    start = threading.Barrier(4)

    def press(agent: str) -> None:
        with open_desk(desk.store.path, desk.clock, agent) as mine:
            start.wait(60)
            try:
                approving.approve(mine, sent.id)
                outcomes.append("approved")
            except Refused as error:
                outcomes.append(error.code)

    threads = [threading.Thread(target=press, args=(f"T{each}",)) for each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes) == ["approval.decided"] * 3 + ["approved"]


def test_approving_with_another_text_sends_that_and_keeps_the_first_for_its_writer(
    desk: Desk, lee: Desk, runner: Runner, line: Line
) -> None:
    number = hears(desk, "t")
    kept = InsertedReply("p/thanks", 0, "谢谢您的耐心等待", "", ())
    gone = InsertedReply("p/no", 0, "这个真的没有办法做到", "", ())
    sent = sending.reply(desk, number, "谢谢您的耐心等待。这个真的没有办法做到", quick=(kept, gone))
    changed = approving.approve(lee, sent.id, "谢谢您的耐心等待。我帮您问一下")
    assert changed.author_name == "Mia" and changed.uid != sent.uid
    assert refusal(approving.approve, lee, changed.id, uid=sent.uid) == "approval.decided"
    run(desk, runner)
    assert list(line.delivered.values()) == ["谢谢您的耐心等待。我帮您问一下"]
    told = lines_of(desk, number)[-1]
    assert (told.sender, told.rule, told.author_name) == (Sender.NOTE, WHISPER, "Lee")
    assert "这个真的没有办法做到" in told.text
    uses = reply_uses.of_agent(desk.store.reader(), desk.agent.id)
    assert set(uses) == {"p/thanks"}


def test_files_go_with_a_text_that_was_changed(desk: Desk, lee: Desk, tmp_path: Path) -> None:
    from csdesk.desk import enclosing

    number = hears(desk, "t")
    picture = tmp_path / "size.txt"
    picture.write_text("M")
    with enclosing.taken_in(desk, (picture,)) as files:
        sent = sending.reply(desk, number, "给您", enclosed=files)
    changed = approving.approve(lee, sent.id, "给您，请看")
    assert [each.name for each in changed.attachments] == ["size.txt"]


def test_returned_it_is_its_writers_draft_beside_what_they_write_now(desk: Desk, lee: Desk) -> None:
    number = hears(desk, "t")
    sent = sending.reply(desk, number, "没有")
    sending.save_draft(desk, number, Mode.REPLY, "另外一句", 4).result(60)
    told = approving.give_back(lee, sent.id, "先问候一声")
    assert (told.text, told.rule) == ("先问候一声", WHISPER)
    assert drafts_of(desk, number) == ["没有", "另外一句"]
    assert stands(desk, sent.id) is None and outbox.tally(desk.store.reader()) == {}
    assert see(desk, number).waiting_since is not None
    assert refusal(undoing.undo, desk, number) == "undo.nothing"


def test_a_reply_cannot_be_returned_without_a_reason(desk: Desk, lee: Desk) -> None:
    sent = sending.reply(desk, hears(desk, "t"), "没有")
    with pytest.raises(UsageError):
        approving.give_back(lee, sent.id, "  ")
    assert stands(desk, sent.id) is Delivery.APPROVAL


def test_returning_opens_a_conversation_that_was_resolved_behind_it(desk: Desk, lee: Desk) -> None:
    number = hears(desk, "t")
    sent = sending.reply(desk, number, "再见")
    work.resolve(desk, number)
    approving.give_back(lee, sent.id, "客户还没有答复")
    assert see(desk, number).status is Status.OPEN
    assert see(desk, number).waiting_since is not None


def test_returning_puts_back_what_the_quick_reply_did(desk: Desk, lee: Desk) -> None:
    number = hears(desk, "t")
    quick = InsertedReply("p/l", 0, "帮您登记好了", "", (ReplyAction("label", "登记"),))
    sent = sending.reply(desk, number, "帮您登记好了", quick=(quick,))
    assert see(desk, number).labels == ("登记",)
    approving.give_back(lee, sent.id, "还没有登记")
    assert see(desk, number).labels == ()
    (held,) = drafts.held(desk.store.reader(), number, desk.agent.id, Mode.REPLY)
    assert held.draft.replies == (quick,)


def test_its_writer_can_take_it_back_for_as_long_as_it_waits(desk: Desk, lee: Desk) -> None:
    number = hears(desk, "t")
    sent = sending.reply(desk, number, "写错了")
    clock_of(desk).advance(30 * MINUTE_MS)
    hears(desk, "other")
    assert undoing.last(desk) is None, "nobody means that by an undo from elsewhere"
    assert undoing.undo(desk, number).text == "写错了"
    assert drafts_of(desk, number) == ["写错了"]
    assert refusal(approving.approve, lee, sent.id) == "approval.decided"
    assert refusal(approving.give_back, lee, sent.id, "why") == "approval.decided"


def test_nobody_approves_their_own_and_no_trainee_does(desk: Desk) -> None:
    sent = sending.reply(desk, hears(desk, "t"), "x")
    assert refusal(approving.approve, desk, sent.id) == "approval.own"
    desk.store.write(lambda tx: people.add_agent(tx, "Neu", Role.TRAINEE))
    assert refusal(approving.approve, colleague(desk, "Neu"), sent.id) == "approval.own"
    for name in ("Mia", "Neu"):
        change = partial(people.edit_agent, name="Mia", changes={"approver": name})
        assert refusal(desk.store.write, change) == "approver.unfit"


def test_turning_it_off_lets_nothing_go(desk: Desk, lee: Desk, runner: Runner, line: Line) -> None:
    number = hears(desk, "t")
    first = sending.reply(desk, number, "first")
    desk.store.write(lambda tx: people.edit_agent(tx, "Mia", {"approver": ""}))
    second = sending.reply(desk, number, "second")
    assert second.delivery is Delivery.HELD
    run(desk, runner)
    assert line.delivered == {} and stands(desk, first.id) is Delivery.APPROVAL
    approving.approve(lee, first.id)
    run(desk, runner)
    assert list(line.delivered.values()) == ["first", "second"]


def test_a_teachers_own_answer_need_not_wait_for_it(
    desk: Desk, lee: Desk, runner: Runner, line: Line
) -> None:
    number = hears(desk, "t")
    sending.reply(desk, number, "waits")
    work.transfer(desk, number, Target(agent="Lee"), "mine")
    sending.reply(lee, number, "Lee answers")
    run(desk, runner)
    assert list(line.delivered.values()) == ["Lee answers"]


def test_it_answers_nobody_for_the_automatic_texts(desk: Desk, lee: Desk) -> None:
    number = hears(desk, "t")
    sent = sending.reply(desk, number, "x")
    found = automatic.automatic.subject(desk.store.reader(), number)
    assert found is not None and found.talk.agent_at is None and found.talk.since is not None
    approving.approve(lee, sent.id)
    found = automatic.automatic.subject(desk.store.reader(), number)
    assert found is not None and found.talk.agent_at == sent.at and found.talk.since is None


def test_a_restored_backup_sends_nothing_unapproved(desk: Desk, tmp_path: Path) -> None:
    number = hears(desk, "t")
    sent = sending.reply(desk, number, "x")
    copy, fresh = tmp_path / "copy.csdesk", tmp_path / "fresh.db"
    backup.backup(desk.store.path, copy, desk.clock)
    backup.restore(copy, fresh, desk.clock)
    with open_desk(fresh, desk.clock) as again:
        assert stands(again, sent.id) is Delivery.FAILED
        sending.retry(again, sent.id)
        assert stands(again, sent.id) is Delivery.APPROVAL


def test_a_whisper_is_a_note_with_a_mark(desk: Desk, lee: Desk, runner: Runner, line: Line) -> None:
    number = hears(desk, "t")
    told = approving.whisper(lee, number, "先道歉 [/x]")
    assert (told.sender, told.rule, told.author_name, told.delivery) == (Sender.NOTE, WHISPER, "Lee", None)
    run(desk, runner)
    assert line.asked == [] and see(desk, number).waiting_since is not None
    with pytest.raises(UsageError):
        approving.whisper(lee, number, " ")


def test_a_draft_that_was_returned_is_never_older_than_what_its_writer_saw(desk: Desk, lee: Desk) -> None:
    """In one and the same millisecond: sending the older draft must not take the returned one along."""
    number = hears(desk, "t")
    sent = sending.reply(desk, number, "returned")
    sending.save_draft(colleague(desk, "Mia"), number, Mode.REPLY, "seen", 4).result(60)
    (seen,) = drafts.held(desk.store.reader(), number, desk.agent.id, Mode.REPLY)
    approving.give_back(lee, sent.id, "why")
    sending.reply(desk, number, "seen", seen_at=seen.draft.updated_at)
    assert drafts_of(desk, number) == ["returned"]


def test_files_of_a_returned_reply_are_with_its_draft(desk: Desk, lee: Desk, tmp_path: Path) -> None:
    from csdesk.desk import enclosing

    number = hears(desk, "t")
    picture = tmp_path / "size.txt"
    picture.write_text("M")
    with enclosing.taken_in(desk, (picture,)) as files:
        sent = sending.reply(desk, number, "", enclosed=files)
    approving.give_back(lee, sent.id, "say what it is")
    (held,) = drafts.held(desk.store.reader(), number, desk.agent.id, Mode.REPLY)
    assert [file.name for file in held.draft.files] == ["size.txt"]
    assert isinstance(held.draft.files[0], TranscriptFile)
