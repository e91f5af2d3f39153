"""Stops of the walk that are not reached from the queue by keys alone: practising, and watching somebody work.

Every one is the real screen over a fixed morning: lessons that were practised before, a talk with the coach, what
it was worth, and a trainee whose reply waits for approval.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from picture_desk import CASTS, NOW_MS

if TYPE_CHECKING:
    from csdesk.trainer.attempts import Attempt
    from csdesk.trainer.library import Library
    from csdesk.trainer.scenario import Scenario
    from csdesk.trainer.sitting import Done, Sitting
    from csdesk.tui.screens.desk import DeskScreen

DAY_MS = 86_400_000
LESSONS = {"zh": ("zh.late-parcel", "zh.bargain-once"), "en": ("en.late-parcel", "en.bargain")}
WORDS = {
    "zh": (
        "您好，很抱歉让您久等了，我马上帮您查。",
        "林女士您好，包裹预计周五 18 点前送到，给您补一张 8 元券，您看可以吗？",
        "可以更有礼貌一点：先道歉，再说原因。",
        "没有了",
    ),
    "en": (
        "Hello, I am sorry you had to wait. Let me look at once.",
        "Nora, it is due by Friday 18:00. May I send you a voucher?",
        "Say you are sorry first, then why.",
        "No idea",
    ),
}
_open: list[Sitting] = []


def _language() -> str:
    from csdesk.i18n import language

    return language()[:2]


def _library() -> Library:
    from csdesk.trainer.library import load_library, scenario_folders

    return load_library(scenario_folders(""))


def _scenarios(library: Library) -> list[Scenario]:
    return [library.get(name) for name in LESSONS[_language()]]


def _done(scenario: Scenario, grade: str, number: int, agent: str, at: int) -> Done:
    """A recorded talk, scored."""
    from csdesk.trainer.attempts import attempt_of
    from csdesk.trainer.playing import play
    from csdesk.trainer.scorer import score
    from csdesk.trainer.sitting import Done

    practice = play(scenario, scenario.transcripts[grade], number)
    result = score(practice)
    return Done(practice, result, attempt_of(practice, result, agent=agent, at=at, mode="exam"))


def _history(agent: str) -> tuple[Library, list[Attempt]]:
    library = _library()
    first, second = _scenarios(library)
    grades = [(first, "bad"), (second, "mediocre"), (first, "mediocre"), (second, "good")]
    return library, [
        _done(scenario, grade, number // 2, agent, NOW_MS - (4 - number) * DAY_MS).attempt
        for number, (scenario, grade) in enumerate(grades)
    ]


def lessons(ground: DeskScreen) -> None:
    from csdesk.tui.screens.lesson_choice import LessonChoice

    library, attempts = _history(ground.desk.agent.name)
    ground.app.push_screen(LessonChoice(library, attempts, ground.desk.agent.name, NOW_MS))


def debrief(ground: DeskScreen) -> None:
    from csdesk.tui.screens.debrief import DebriefScreen

    scenario = _scenarios(_library())[0]
    ground.app.push_screen(DebriefScreen((_done(scenario, "mediocre", 0, ground.desk.agent.name, NOW_MS),)))


def progress(ground: DeskScreen) -> None:
    from csdesk.trainer.progress import suggest
    from csdesk.tui.screens.getting_on import GettingOnScreen

    library, attempts = _history(ground.desk.agent.name)
    spoken = [one for one in library.scenarios if one.lang == _language()]
    titles = {one.id: one.title for one in library.scenarios}
    following = suggest(spoken, attempts, NOW_MS)
    ground.app.push_screen(GettingOnScreen(ground.desk.agent.name, attempts, following, titles))


def coach(ground: DeskScreen) -> None:
    """A practice with the coach: the first customer has been answered once, a reply is being thought of."""
    from csdesk.clock import ManualClock
    from csdesk.desk import sending
    from csdesk.trainer.lessons import Mode, plan
    from csdesk.tui.practising import Trainee, open_sitting
    from csdesk.tui.screens.practice import PracticeScreen

    clock = ManualClock(NOW_MS)
    with _same_numbers():
        given = plan(ground.desk.agent.name, Mode.COACH, _scenarios(_library())[:1], ())
        sitting = open_sitting(given, Trainee(ground.desk.agent.name, ground.desk.settings, clock))
        _step(sitting, clock, 2)
        (conversation,) = sitting.desk.store.reader().execute("SELECT id FROM conversation").fetchone()
        sending.reply(sitting.desk, conversation, WORDS[_language()][0])
        _step(sitting, clock, 40)
    _open.append(sitting)
    ground.app.push_screen(PracticeScreen(sitting))


def _step(sitting: Sitting, clock: object, seconds: int) -> None:
    for _second in range(seconds):
        sitting.step()
        clock.advance(1_000)  # type: ignore[attr-defined]


@contextmanager
def _same_numbers() -> Iterator[None]:
    """Conversations get the same numbers each time: a number follows from a uid, which follows from chance."""
    from csdesk.desk import intake

    real, count = intake.new_uid, itertools.count(1)
    intake.new_uid = lambda _now: next(count).to_bytes(16, "big")  # type: ignore[assignment]
    try:
        yield
    finally:
        intake.new_uid = real


def end_coach(ground: DeskScreen) -> None:
    ground.app.pop_screen()
    _open.pop().close()


def watch(ground: DeskScreen) -> None:
    """The colleague watches: one reply of the agent's waits, another is being written, something was whispered."""
    from dataclasses import replace

    from csdesk.desk import approving, people, sending
    from csdesk.model.message import Mode
    from csdesk.store import people as known
    from csdesk.tui.screens.watch import WatchScreen

    desk = ground.desk
    cast = CASTS["zh_CN" if _language() == "zh" else "en"]
    colleague = known.agent_named(desk.store.reader(), cast.colleague)
    if colleague is None or ground.shown is None:
        raise LookupError(cast.colleague)
    beside = replace(desk, agent=colleague)
    change = {"approver": colleague.name}
    desk.store.write(lambda tx: people.edit_agent(tx, desk.agent.name, change))
    _first, second, whispered, third = WORDS[_language()]
    sending.reply(desk, ground.shown.id, third)
    approving.whisper(beside, ground.shown.id, whispered)
    sending.save_draft(desk, ground.shown.id, Mode.REPLY, second, 0).result(5)
    ground.app.push_screen(WatchScreen(beside, desk.agent, ground.shown.id))
