"""Quick replies on their way: wordings that take turns, and what sending them does besides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from csdesk.config import AutomaticSettings
from csdesk.desk import people, quick, reply_actions, sending, undoing, work
from csdesk.desk.context import Desk
from csdesk.desk.runner import Runner
from csdesk.errors import Refused
from csdesk.model.conversation import Conversation, Priority, SnoozeKind, Status
from csdesk.model.message import Mode
from csdesk.model.reply import FALLBACK, InsertedReply, PackScope, QuickReply, ReplyAction
from csdesk.store import conversations, drafts, reply_uses
from csdesk.store.verify import verify
from tests.desks import clock_of, hears, open_desk

REPLY = QuickReply(
    id="r1",
    code="tk",
    title="退款进度",
    body="您的退款已经审核，{{contact.name|亲}}请放心。",
    pack="p",
    scope=PackScope.PERSONAL,
    lang="zh-CN",
    variants=("退款正在路上，请您留意到账短信。", "这笔退款已提交银行处理。"),
    actions=(
        ReplyAction("label", "退款"),
        ReplyAction("label", "跟进"),
        ReplyAction("priority", "high"),
        ReplyAction("status", "resolved"),
        ReplyAction("snooze", "1d"),
    ),
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path / "desk.db") as opened:
        yield opened
        assert verify(opened.store.path).problems == ()


def see(desk: Desk, number: int) -> Conversation:
    return conversations.get(desk.store.reader(), number)


def send(desk: Desk, number: int, reply: QuickReply = REPLY) -> str:
    prepared = quick.prepare(desk, reply, see(desk, number))
    text = prepared.expansion.text
    sending.reply(desk, number, text, quick=[prepared.note])
    return text


def test_wordings_take_turns_in_a_conversation(desk: Desk) -> None:
    plain = replace(REPLY, actions=())
    one, other = hears(desk, "a"), hears(desk, "b")
    said = [send(desk, one, plain) for _time in range(4)]
    assert said[0].startswith("您的退款已经审核，Customer a")
    assert said[1:3] == list(REPLY.variants)
    assert said[3] == said[0]
    assert send(desk, other, plain).startswith("您的退款已经审核")
    assert quick.prepare(desk, plain, None).note.wording == 0


def test_a_fallback_counts_as_no_wording(desk: Desk) -> None:
    number = hears(desk, "a")
    reply = replace(
        REPLY, actions=(), variants=("单号 {{order.number}}，请您留意查收。",), fallback="请您稍后再看。"
    )
    assert send(desk, number, reply).startswith("您的退款")
    assert send(desk, number, reply) == "请您稍后再看。"
    assert reply_uses.last_wording(desk.store.reader(), number, "r1") == FALLBACK
    assert send(desk, number, reply).startswith("您的退款")


def test_sending_does_what_the_reply_does(desk: Desk) -> None:
    number = hears(desk, "a")
    send(desk, number)
    after = see(desk, number)
    assert set(after.labels) == {"退款", "跟进"}
    assert after.priority is Priority.HIGH
    assert (after.status, after.snooze_kind) == (Status.SNOOZED, SnoozeKind.UNTIL)
    assert after.snooze_until == desk.now_ms() + 86_400_000


def test_undo_takes_all_of_it_back(desk: Desk) -> None:
    number = hears(desk, "a")
    work.label(desk, number, add=("跟进",))
    send(desk, number)
    undoing.undo(desk, number)
    after = see(desk, number)
    assert (after.labels, after.priority, after.status) == (("跟进",), Priority.NORMAL, Status.OPEN)
    assert after.is_waiting
    (held,) = drafts.held(desk.store.reader(), number, desk.agent.id, Mode.REPLY)
    assert held.draft.replies[0].actions == REPLY.actions
    assert reply_uses.of_agent(desk.store.reader(), desk.agent.id) == {}
    sending.reply(desk, number, held.draft.text, quick=held.draft.replies)
    assert see(desk, number).status is Status.SNOOZED
    assert reply_uses.of_agent(desk.store.reader(), desk.agent.id)["r1"].count == 1


def test_once_the_message_left_only_the_moves_themselves_can_be_undone_by_hand(desk: Desk) -> None:
    number = hears(desk, "a")
    send(desk, number)
    clock_of(desk).advance(60_000)
    runner = Runner(desk)
    runner.step()
    runner.close()
    with pytest.raises(Refused):
        undoing.undo(desk, number)
    assert see(desk, number).status is Status.SNOOZED


def test_what_others_did_since_is_left_alone_by_the_undo(desk: Desk) -> None:
    number = hears(desk, "a")
    send(desk, number)
    hears(desk, "a", "还有一件事")
    undoing.undo(desk, number)
    after = see(desk, number)
    assert after.status is Status.OPEN
    assert after.is_waiting


@pytest.mark.parametrize(
    ("actions", "status", "kind"),
    [
        ((ReplyAction("status", "snoozed"),), Status.SNOOZED, SnoozeKind.REPLY),
        ((ReplyAction("snooze", "reply"),), Status.SNOOZED, SnoozeKind.REPLY),
        ((ReplyAction("status", "resolved"),), Status.RESOLVED, None),
        ((ReplyAction("snooze", "1d"), ReplyAction("status", "resolved")), Status.RESOLVED, None),
        ((ReplyAction("snooze", "30m"), ReplyAction("status", "open")), Status.OPEN, None),
        ((), Status.OPEN, None),
    ],
)
def test_the_last_standing_counts(
    desk: Desk, actions: tuple[ReplyAction, ...], status: Status, kind: SnoozeKind | None
) -> None:
    number = hears(desk, "a")
    send(desk, number, replace(REPLY, actions=actions))
    assert (see(desk, number).status, see(desk, number).snooze_kind) == (status, kind)
    undoing.undo(desk, number)
    assert see(desk, number).status is Status.OPEN


def test_a_reply_that_was_deleted_from_the_text_does_nothing(desk: Desk) -> None:
    number = hears(desk, "a")
    note = quick.prepare(desk, REPLY, see(desk, number)).note
    sending.reply(desk, number, "还是换个说法吧。", quick=[note])
    assert see(desk, number).status is Status.OPEN
    assert reply_uses.of_agent(desk.store.reader(), desk.agent.id) == {}


def test_a_mended_reply_is_still_there_and_counts_once() -> None:
    note = InsertedReply("r", 0, "非常抱歉，让您久等了，已经为您加急处理。")
    assert reply_actions.still_in("非常抱歉，让您久等了，马上为您加急！", [note, note]) == (note,)
    assert reply_actions.still_in("非常抱歉。", [note]) == ()
    with_slots = InsertedReply("r", 0, "您的订单预计 {eta} 发出，由{carrier}承运。")
    assert reply_actions.still_in("您的订单预计 今天 发出，由顺丰承运。", [with_slots]) == (with_slots,)
    assert reply_actions.still_in("好的", [InsertedReply("r", 0, "好的")]) != ()


def test_a_mail_without_a_subject_gets_the_replys(desk: Desk) -> None:
    desk.store.write(lambda tx: people.ensure_inbox(tx, "letters", channel="mail", hold_ms=3_000))
    number = hears(desk, "a", inbox="letters")
    reply = replace(REPLY, actions=(), subject="关于您的退款 {{conversation.ref}}")
    send(desk, number, reply)
    ref = see(desk, number).short_ref
    assert see(desk, number).subject == f"关于您的退款 {ref}"
    undoing.undo(desk, number)
    assert see(desk, number).subject == ""
    chat = hears(desk, "b")
    send(desk, chat, reply)
    assert see(desk, chat).subject == ""


def test_the_replies_of_a_draft_outlive_the_run(desk: Desk) -> None:
    number = hears(desk, "a")
    note = quick.prepare(desk, REPLY, see(desk, number)).note
    sending.save_draft(desk, number, Mode.REPLY, note.text, 0, replies=(note,)).result()
    (held,) = drafts.held(desk.store.reader(), number, desk.agent.id, Mode.REPLY)
    assert held.draft.replies == (note,)


def test_days_and_hours_are_those_of_the_inbox(desk: Desk) -> None:
    number = hears(desk, "a")
    hours = {"web": "mon-fri 09:00-18:00 America/Los_Angeles"}
    there = replace(desk, settings=replace(desk.settings, automatic=AutomaticSettings(open=hours)))
    assert quick.today_in(there, number).isoformat() == "2026-01-01"
    assert quick.local_now(there, see(desk, number)).hour == 19
    greeted = replace(REPLY, body="{{time.greeting}}！", variants=())
    assert quick.prepare(there, greeted, see(desk, number)).expansion.text == "晚上好！"


def test_packs_of_teams_one_is_not_in_are_left_out(desk: Desk) -> None:
    assert quick.unseen_teams(desk) == frozenset()
    desk.store.write(lambda tx: people.add_team(tx, "售后", ("Mia",)))
    desk.store.write(lambda tx: people.add_team(tx, "售前"))
    assert quick.unseen_teams(desk) == {"售前"}


@pytest.mark.parametrize(
    ("said", "lang"), [("快递呢", "zh"), ("Where is it?", "en"), ("Где?", None), ("???", None)]
)
def test_the_language_is_that_of_the_customers_last_words(desk: Desk, said: str, lang: str | None) -> None:
    number = hears(desk, "a", "hello there 你好" if lang == "en" else "hi")
    hears(desk, "a", said)
    assert quick.spoken_in(desk, see(desk, number)) == (lang if said != "???" else "en")
