"""The way of a practice over whatever is shown: choose, practise, read what it was worth, choose again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from textual.app import App

from csdesk.bootstrap import open_desk
from csdesk.clock import Clock, ShiftedClock, clock_from_environment
from csdesk.config import Settings
from csdesk.desk.context import Desk
from csdesk.errors import CsdeskError
from csdesk.etiquette.context import Policy
from csdesk.i18n import _, language
from csdesk.ids import new_uid
from csdesk.trainer import attempts as kept
from csdesk.trainer import journal as journals
from csdesk.trainer.journal import Journal, Unfinished
from csdesk.trainer.lessons import Mode, Plan, plan
from csdesk.trainer.library import Library, load_library, scenario_folders
from csdesk.trainer.progress import suggest
from csdesk.trainer.rubric import weights_with
from csdesk.trainer.sitting import Sitting
from csdesk.tui.screens.debrief import DebriefScreen
from csdesk.tui.screens.getting_on import GettingOnScreen
from csdesk.tui.screens.lesson_choice import LessonChoice, Wishes
from csdesk.tui.screens.modals import Choice, ChoiceQuestion
from csdesk.tui.screens.practice import PracticeScreen
from csdesk.tui.surviving import TellsTrouble
from csdesk.tui.times import day_and_time

if TYPE_CHECKING:
    from csdesk.trainer.attempts import Attempt

AfterRun = list[Callable[[], None]]
"""What an app calls once nothing of it is shown any more."""

GO_ON, THROW_AWAY, LATER = "go on", "throw away", "later"


@dataclass
class Trainee:
    """Who practises, with which settings, and how they set the chooser."""

    agent: str
    settings: Settings
    clock: Clock = field(default_factory=clock_from_environment)
    wishes: Wishes | None = None

    def library(self) -> Library:
        return load_library(scenario_folders(self.settings.trainer.folder))

    def attempts(self) -> Sequence[Attempt]:
        return kept.of_agent(kept.read().attempts, self.agent)


async def practise_over(app: App[int], after_run: AfterRun, desk: Desk) -> None:
    """As ``practise``, for the agent of ``desk``; what stands in the way is told on a card."""
    try:
        await practise(app, after_run, Trainee(desk.agent.name, desk.settings, desk.clock))
    except CsdeskError as error:
        if not (isinstance(app, TellsTrouble) and app.tell_trouble(error)):
            raise


async def practise(app: App[int], after_run: AfterRun, trainee: Trainee) -> None:
    """Until the trainee leaves the chooser, in a worker. What is to be closed should the app end in between
    stands in ``after_run``; it can be taken up again.

    Raises CsdeskError when settings, scenarios or attempts cannot be read.
    """
    weights_with(trainee.settings.trainer.weights)  # a wrong weight is told before anybody practises
    library = await asyncio.to_thread(trainee.library)
    await _take_up(app, after_run, trainee, library)
    while True:
        attempts = await asyncio.to_thread(trainee.attempts)
        chooser = LessonChoice(library, attempts, trainee.agent, trainee.clock.now_ms(), trainee.wishes)
        chosen = await app.push_screen_wait(chooser)
        trainee.wishes = chooser.wishes
        if chosen is None:
            return
        if not chosen.scenarios:
            await _show_progress(app, trainee, library)
            continue
        await _sit(
            app, after_run, trainee, library, plan(trainee.agent, chosen.mode, chosen.scenarios, attempts)
        )


async def _take_up(app: App[int], after_run: AfterRun, trainee: Trainee, library: Library) -> None:
    """Offer what a killed program left of this trainee's."""
    for left in await asyncio.to_thread(journals.unfinished, library):
        if left.agent.casefold() != trainee.agent.casefold():
            continue
        wish = await app.push_screen_wait(_question(left))
        if wish == THROW_AWAY:
            await asyncio.to_thread(journals.discard, left.folder)
        elif wish == GO_ON and left.plan is not None:
            await _sit(app, after_run, trainee, library, left.plan, left)


def _question(left: Unfinished) -> ChoiceQuestion[str]:
    title = _("A practice of {time} was not ended: {titles}").format(
        time=day_and_time(left.began_at), titles=_(", ").join(left.titles)
    )
    if left.plan is None:
        return ChoiceQuestion(
            _("{question}. Its scenario has changed since, so the attempt is void.").format(question=title),
            [Choice(_("Throw it away"), THROW_AWAY), Choice(_("Decide later"), LATER)],
        )
    return ChoiceQuestion(
        title,
        [
            Choice(_("Go on where it stopped"), GO_ON),
            Choice(_("Throw it away"), THROW_AWAY),
            Choice(_("Decide later"), LATER),
        ],
    )


async def _sit(
    app: App[int],
    after_run: AfterRun,
    trainee: Trainee,
    library: Library,
    given: Plan,
    left: Unfinished | None = None,
) -> None:
    sitting = await asyncio.to_thread(open_sitting, given, trainee, left)
    after_run.append(sitting.close)
    await app.push_screen_wait(PracticeScreen(sitting))
    if sitting.done:
        wants_progress = await app.push_screen_wait(DebriefScreen(sitting.done))
        if wants_progress:
            await _show_progress(app, trainee, library)
    after_run.remove(sitting.close)
    await asyncio.to_thread(sitting.close)


def open_sitting(given: Plan, trainee: Trainee, left: Unfinished | None = None) -> Sitting:
    """A sitting on a store of its own, begun anew or taken up where it was ``left``. Raises CsdeskError."""
    settings = settings_for(given, trainee.settings)
    clock = trainee.clock if left is None else ShiftedClock(left.last_at)
    name = new_uid(clock.now_ms()).hex()
    journal = Journal(journals.new_folder(name) if left is None else left.folder)
    try:
        desk = open_desk(journal.store_path, agent=given.agent, create=True, clock=clock, settings=settings)
        return Sitting(
            desk,
            journal,
            given,
            weights=weights_with(settings.trainer.weights),
            began_at=left.began_at if left else None,
            events=left.events if left else (),
        )
    except BaseException:
        journal.close(discard=left is None)
        raise


def settings_for(given: Plan, settings: Settings) -> Settings:
    """A coach is strict from the first word, an exam says nothing while one writes. What the shop allows is
    that of the scenarios, never of the real desk; where they differ only the score goes by it."""
    profile: Literal["strict", "off"] = "strict" if given.mode is Mode.COACH else "off"
    policies = {lesson.scenario.policy for lesson in given.lessons}
    policy = policies.pop() if len(policies) == 1 else Policy()
    return replace(
        settings,
        etiquette=replace(settings.etiquette, profile=profile),
        shop=replace(
            settings.shop,
            discount_percent=policy.discount_percent,
            return_days=policy.return_days,
            forbidden_promises="；".join(policy.forbidden),
        ),
    )


async def _show_progress(app: App[int], trainee: Trainee, library: Library) -> None:
    attempts = await asyncio.to_thread(trainee.attempts)
    spoken = [one for one in library.scenarios if one.lang == language()[:2]] or library.scenarios
    following = suggest(spoken, attempts, trainee.clock.now_ms())
    titles = {one.id: one.title for one in library.scenarios}
    await app.push_screen_wait(GettingOnScreen(trainee.agent, attempts, following, titles))
