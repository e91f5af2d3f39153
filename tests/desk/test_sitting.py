"""Practising in the desk: simulated customers in a store of their own, what is kept, and what a kill costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from csdesk.clock import ManualClock
from csdesk.desk import sending, wording, work
from csdesk.etiquette import ruleset
from csdesk.etiquette.checker import check
from csdesk.etiquette.context import Context
from csdesk.model.finding import Fate
from csdesk.model.message import Sender
from csdesk.store import conversations, messages
from csdesk.trainer import attempts as kept
from csdesk.trainer import journal as journals
from csdesk.trainer.journal import Journal
from csdesk.trainer.lessons import Mode, Plan, plan
from csdesk.trainer.library import Library
from csdesk.trainer.rubric import WEIGHTS
from csdesk.trainer.scenario import Ending
from csdesk.trainer.simulated import APART_MS
from csdesk.trainer.sitting import Sitting
from tests.desks import START_MS, clock_of, open_desk
from tests.unit.trainer.scene import small

GOOD = ["您好，69元。", "谢谢您，还有别的需要吗？随时联系我。"]


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSDESK_DATA_DIR", str(tmp_path / "data"))


@cache
def library() -> Library:
    scenario = small()
    return Library((scenario,), (), {scenario.id: scenario})


def plan_of(count: int = 1, mode: Mode = Mode.EXAM) -> Plan:
    return plan("Mia", mode, [library().scenarios[0]] * count, ())


class Room:
    """A sitting that is moved by hand, second by second."""

    def __init__(self, sitting: Sitting) -> None:
        self.sitting = sitting

    def wait(self, seconds: int) -> None:
        for _second in range(seconds):
            clock_of(self.sitting.desk).advance(1_000)
            self.sitting.step()

    def conversations(self) -> list[int]:
        reader = self.sitting.desk.store.reader()
        return [row[0] for row in reader.execute("SELECT id FROM conversation ORDER BY id")]

    def said(self, conversation: int, sender: Sender) -> list[str]:
        reader = self.sitting.desk.store.reader()
        found = messages.before(reader, conversation, None, 50, with_events=False)
        return [message.text for message in found if message.sender is sender]

    def answer(self, conversation: int, text: str) -> None:
        sending.reply(self.sitting.desk, conversation, text)
        self.wait(14)


def sit(given: Plan, *, name: str = "one", hold_ms: int = 3_000) -> Room:
    folder = journals.new_folder(name)
    desk = open_desk(folder / journals.STORE, ManualClock(START_MS), "Mia")
    return Room(Sitting(desk, Journal(folder), given, weights=WEIGHTS))


@pytest.fixture
def room() -> Iterator[Room]:
    made = sit(plan_of())
    yield made
    made.sitting.close()


def test_a_customer_comes_in_like_any_other_and_waits(room: Room) -> None:
    room.sitting.step()
    (talk,) = room.conversations()
    assert room.said(talk, Sender.CUSTOMER)[0] in ("多少钱？", "什么价？", "请问价格")
    room.wait(1)
    (card,) = room.said(talk, Sender.NOTE)
    assert "69元" in card
    standing = conversations.get(room.sitting.desk.store.reader(), talk)
    assert standing.waiting_since == START_MS


def test_the_card_does_not_hide_the_customers_line_in_the_queue(room: Room) -> None:
    room.wait(2)
    (talk,) = room.conversations()
    (line,) = room.said(talk, Sender.CUSTOMER)
    assert room.said(talk, Sender.NOTE) != []
    reader = room.sitting.desk.store.reader()
    preview = reader.execute("SELECT preview, preview_from FROM conversation").fetchone()
    assert preview == (line, "customer")


def test_a_good_talk_is_kept_as_an_attempt(room: Room) -> None:
    room.sitting.step()
    (talk,) = room.conversations()
    for text in GOOD:
        room.answer(talk, text)
    assert room.sitting.is_over
    (done,) = room.sitting.finish()
    assert done.score.outcome is Ending.SOLVED and done.score.total > 90
    assert kept.read().attempts == (done.attempt,)
    assert done.attempt.mode == "exam" and [text for text, _at in done.attempt.replies] == GOOD
    assert room.sitting.finish() == (done,) and len(kept.read().attempts) == 1


def test_what_was_ignored_while_writing_is_kept_with_the_attempt(room: Room) -> None:
    room.sitting.step()
    (talk,) = room.conversations()
    (finding, *_others) = check("明天肯定能到", Context(lang="zh"), ruleset.load())
    wording.remember(room.sitting.desk, talk, finding, Fate.IGNORED, "fits")
    for text in GOOD:
        room.answer(talk, text)
    (done,) = room.sitting.finish()
    assert done.attempt.ignored == ((finding.rule, "fits", 1),)


def test_nobody_answering_makes_them_leave_on_the_desks_clock(room: Room) -> None:
    room.wait(101)
    (talk,) = room.conversations()
    assert len(room.said(talk, Sender.CUSTOMER)) == 2
    room.wait(200)
    assert room.sitting.is_over
    assert room.sitting.finish()[0].score.outcome is Ending.LEFT


def test_three_customers_come_one_after_the_other() -> None:
    room = sit(plan_of(3))
    room.sitting.step()
    assert len(room.conversations()) == 1
    room.wait(APART_MS // 1000)
    assert len(room.conversations()) == 2
    room.wait(APART_MS // 1000)
    assert len(room.conversations()) == 3
    room.sitting.close()


def test_the_coach_says_at_once_what_was_missing_and_an_exam_says_nothing() -> None:
    for mode, count in ((Mode.COACH, 2), (Mode.EXAM, 1)):
        room = sit(plan_of(mode=mode), name=mode.value)
        room.sitting.step()
        (talk,) = room.conversations()
        room.answer(talk, "不知道")
        notes = room.said(talk, Sender.NOTE)
        assert len(notes) == count
        if mode is Mode.COACH:
            assert "您好，这件69元。" in notes[1]
        room.sitting.close()


def test_what_is_still_held_counts_at_the_end(room: Room) -> None:
    room.sitting.step()
    (talk,) = room.conversations()
    sending.reply(room.sitting.desk, talk, GOOD[0])
    (done,) = room.sitting.finish()
    assert [text for text, _at in done.attempt.replies] == [GOOD[0]]


def test_a_talk_nobody_said_anything_in_is_not_kept(room: Room) -> None:
    room.wait(5)
    assert room.sitting.finish() == () and kept.read().attempts == ()


def test_resolving_ends_the_talk_once_the_customer_has_answered(room: Room) -> None:
    room.sitting.step()
    (talk,) = room.conversations()
    room.answer(talk, GOOD[0])
    sending.reply(room.sitting.desk, talk, GOOD[1])
    work.resolve(room.sitting.desk, talk)
    room.wait(12)
    assert room.sitting.is_over and room.sitting.practices[0].outcome is Ending.SOLVED  # type: ignore[union-attr]


def test_a_kill_loses_nothing() -> None:
    whole, cut = sit(plan_of(), name="whole"), sit(plan_of(), name="cut")
    for room in (whole, cut):
        room.wait(30)
        (talk,) = room.conversations()
        room.answer(talk, GOOD[0])
    cut.sitting.close()  # not finished, as a kill leaves it: lock and lease of a dead process are free
    (left,) = journals.unfinished(library())
    assert left.plan == cut.sitting.plan and left.titles == ("问价格",) and left.agent == "Mia"
    desk = open_desk(left.folder / journals.STORE, ManualClock(left.last_at), "Mia")
    again = Sitting(
        desk, Journal(left.folder), left.plan, weights=WEIGHTS, began_at=left.began_at, events=left.events
    )
    resumed = Room(again)
    resumed.sitting.step()
    before = whole.sitting.practices[0]
    after = resumed.sitting.practices[0]
    assert before is not None and after is not None
    assert after.lines == before.lines[: len(after.lines)] and len(after.lines) >= 3
    (talk,) = resumed.conversations()
    assert resumed.said(talk, Sender.CUSTOMER) == [line.text for line in after.lines if line.is_customer]
    assert len(resumed.said(talk, Sender.NOTE)) == 1
    for room in (whole, resumed):
        room.answer(talk, GOOD[1])
    results = [room.sitting.finish()[0] for room in (whole, resumed)]
    assert results[0].score.total == results[1].score.total
    whole.sitting.close()
    resumed.sitting.close()
    assert journals.unfinished(library()) == ()


def test_a_sitting_that_goes_on_is_nobody_elses() -> None:
    room = sit(plan_of())
    room.sitting.step()
    assert journals.unfinished(library()) == ()
    room.sitting.close()
    assert len(journals.unfinished(library())) == 1


def test_a_changed_scenario_cannot_be_gone_on_with() -> None:
    room = sit(plan_of())
    room.sitting.step()
    room.sitting.close()
    changed = replace(small(), digest="another")
    (left,) = journals.unfinished(Library((changed,), (), {changed.id: changed}))
    assert left.plan is None and left.titles == ("问价格",)


def test_a_torn_last_line_of_the_journal_is_left_out() -> None:
    room = sit(plan_of())
    room.wait(2)
    room.sitting.close()
    path = next(Path(journals.places.data_folder()).glob(f"*/*/{journals.FILE}"))
    with path.open("ab") as stream:
        stream.write(b'{"at": 17')
    (left,) = journals.unfinished(library())
    assert left.plan is not None and left.last_at == START_MS + 1_000
