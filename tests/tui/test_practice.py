"""Practising in the desk: the chooser, the same panes over a store of its own, the debrief, the way back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList, Static

from csdesk.config import Settings, ShopSettings
from csdesk.desk.context import Desk
from csdesk.i18n import set_language
from csdesk.text import cell_width
from csdesk.trainer import attempts as kept
from csdesk.trainer import journal as journals
from csdesk.trainer.attempts import Attempt
from csdesk.trainer.lessons import Lesson, Mode, Plan
from csdesk.trainer.scenario import Scenario
from csdesk.tui.app import DeskApp
from csdesk.tui.practising import settings_for
from csdesk.tui.screens.debrief import DebriefScreen, rule_name
from csdesk.tui.screens.desk import DeskScreen
from csdesk.tui.screens.getting_on import GettingOnScreen
from csdesk.tui.screens.lesson_choice import LessonChoice
from csdesk.tui.screens.modals import ChoiceQuestion, ConfirmQuestion
from csdesk.tui.screens.practice import PracticeScreen
from csdesk.tui.widgets.plots import bar, line
from tests.desks import clock_of, open_desk
from tests.tui.test_desk import until, write
from tests.unit.trainer.scene import SMALL, small

LONG = "很长的标题" * 12


@pytest.fixture
def school(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two small scenarios in place of the shipped ones, and a data folder of the test's own."""
    monkeypatch.setenv("CSDESK_DATA_DIR", str(tmp_path / "data"))
    folder = tmp_path / "school"
    folder.mkdir()
    (folder / "a.yaml").write_text(SMALL, "utf-8")
    other = (
        SMALL.replace("zh.small", "zh.second")
        .replace("title: 问价格", f"title: {LONG}")
        .replace("difficulty: 1", "difficulty: 3")
    )
    (folder / "b.yaml").write_text(other, "utf-8")
    monkeypatch.setattr("csdesk.trainer.library.SHIPPED", folder)
    return folder


@pytest.fixture
def desk(tmp_path: Path, school: Path) -> AsyncIterator[Desk]:
    opened_desk = open_desk(tmp_path / "desk.db")
    yield opened_desk  # type: ignore[misc]
    opened_desk.close()


@asynccontextmanager
async def chooser_over(
    desk: Desk, size: tuple[int, int] = (120, 40)
) -> AsyncIterator[tuple[Pilot[int], DeskApp]]:
    """The desk with T pressed: the chooser stands over it."""
    app = DeskApp(desk)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: isinstance(app.screen, DeskScreen) and app.screen.composer is not None)
        await pilot.press("T")
        await shown(pilot, LessonChoice)
        yield pilot, app
    for close in app.after_run:
        close()


async def shown(pilot: Pilot[int], kind: type) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, kind))
    await pilot.pause()


async def begin(pilot: Pilot[int], *keys: str) -> PracticeScreen:
    """Press ``keys`` in the chooser, then begin: the desk of the practice, its first customer waiting."""
    await until(pilot, lambda: pilot.app.screen.query_one(OptionList).option_count > 0)
    await pilot.press(*keys, "enter")
    await shown(pilot, PracticeScreen)
    screen = pilot.app.screen
    assert isinstance(screen, PracticeScreen)
    await until(pilot, lambda: len(screen.queue.rows.window_rows) > 0)
    return screen


def texts(pilot: Pilot[int]) -> str:
    """Everything the top screen's statics say."""
    return "\n".join(str(one.render()) for one in pilot.app.screen.query(Static))


def turns(screen: PracticeScreen) -> int:
    practice = screen._sitting.practices[0]
    return 0 if practice is None else len(practice.turns)


async def answer(pilot: Pilot[int], screen: PracticeScreen, text: str) -> None:
    before = turns(screen)
    await pilot.press("f8")
    await until(pilot, lambda: screen.is_writing)
    await write(pilot, text)
    await pilot.press("ctrl+s")

    def heard() -> bool:
        clock_of(screen.desk).advance(1_000)
        return turns(screen) > before or screen._sitting.is_over

    await until(pilot, heard)


async def test_a_practice_from_the_first_key_to_the_kept_attempt(desk: Desk) -> None:
    async with chooser_over(desk) as (pilot, app):
        assert "问价格" in str(app.screen.query_one(OptionList).get_option_at_index(0).prompt)
        screen = await begin(pilot)
        assert screen.status_bar.badge and screen.desk is not desk
        assert screen.desk.store.path != desk.store.path
        await answer(pilot, screen, "您好69元")
        await answer(pilot, screen, "谢谢您还有别的需要吗随时联系我")
        await until(pilot, lambda: screen._sitting.is_over)
        screen._is_ending = True
        screen._end()
        await shown(pilot, DebriefScreen)
        (attempt,) = kept.read().attempts
        assert attempt.mode == "coach" and attempt.total > 90 and attempt.agent == "Mia"
        assert f"{attempt.total:.0f}" in str(app.screen.query_one("#paper-head").render())  # type: ignore[attr-defined]
        await pilot.press("n")
        assert "您好69元" in texts(pilot)
        await pilot.press("n", "p", "p")
        assert "您好69元" not in texts(pilot)
        await pilot.press("g")
        await shown(pilot, GettingOnScreen)
        await pilot.press("escape")
        await shown(pilot, LessonChoice)
        await pilot.press("escape")
        await until(pilot, lambda: type(app.screen) is DeskScreen)
        assert app.focused is app.screen.queue.rows  # type: ignore[attr-defined]
    assert desk.store.reader().execute("SELECT count(*) FROM message").fetchone() == (0,)
    assert not list((Path(journals.places.data_folder()) / journals.FOLDER).iterdir())


async def test_a_customer_who_is_kept_waiting_turns_amber_on_the_desks_clock(desk: Desk) -> None:
    async with chooser_over(desk) as (pilot, _app):
        screen = await begin(pilot)
        first = screen.queue.rows.window_rows[0]
        clock_of(screen.desk).advance(101_000)
        await until(pilot, lambda: screen.queue.rows.window_rows[0].preview != first.preview)
        assert screen.queue.rows.window_rows[0].waiting_since == first.waiting_since


async def test_ending_by_key_asks_and_scores_what_there_is(desk: Desk) -> None:
    async with chooser_over(desk) as (pilot, app):
        screen = await begin(pilot, "m")
        assert screen._sitting.plan.mode is Mode.EXAM
        await answer(pilot, screen, "不知道")
        await pilot.press("escape")
        await pilot.press("Q")
        await shown(pilot, ConfirmQuestion)
        await pilot.press("escape")
        await shown(pilot, PracticeScreen)
        await pilot.press("Q")
        await shown(pilot, ConfirmQuestion)
        await pilot.press("enter")
        await shown(pilot, DebriefScreen)
        (attempt,) = kept.read().attempts
        assert attempt.mode == "exam" and attempt.total < 50
        assert "您好，这件69元。" in texts(pilot)
        await pilot.press("escape")
        await shown(pilot, LessonChoice)
        assert isinstance(app.screen, LessonChoice) and app.screen.wishes.mode is Mode.EXAM


async def test_two_customers_at_once(desk: Desk) -> None:
    async with chooser_over(desk) as (pilot, _app):
        screen = await begin(pilot, "2")
        clock_of(screen.desk).advance(20_000)
        await until(pilot, lambda: len(screen.queue.rows.window_rows) == 2)


async def test_leaving_in_between_offers_to_go_on(desk: Desk) -> None:
    async with chooser_over(desk) as (pilot, _app):
        screen = await begin(pilot)
        await answer(pilot, screen, "您好69元")
    async with app_with_question(desk) as pilot:
        await pilot.press("1")
        await shown(pilot, PracticeScreen)
        screen = pilot.app.screen  # type: ignore[assignment]
        practice = screen._sitting.practices[0]
        assert practice is not None and any(one.text == "您好69元" for one in practice.lines)


async def test_what_is_thrown_away_is_not_offered_again(desk: Desk) -> None:
    async with chooser_over(desk) as (pilot, _app):
        await begin(pilot)
    async with app_with_question(desk) as pilot:
        await pilot.press("2")
        await shown(pilot, LessonChoice)
    assert not list((Path(journals.places.data_folder()) / journals.FOLDER).iterdir())


async def test_a_changed_scenario_makes_the_attempt_void(desk: Desk, school: Path) -> None:
    async with chooser_over(desk) as (pilot, _app):
        await begin(pilot)
    (school / "a.yaml").write_text(SMALL.replace("小李", "小王"), "utf-8")
    async with app_with_question(desk) as pilot:
        assert pilot.app.screen.query_one(OptionList).option_count == 2


@asynccontextmanager
async def app_with_question(desk: Desk) -> AsyncIterator[Pilot[int]]:
    app = DeskApp(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, DeskScreen) and app.screen.composer is not None)
        await pilot.press("T")
        await shown(pilot, ChoiceQuestion)
        yield pilot
    for close in app.after_run:
        close()


async def test_the_chooser_filters_and_says_when_nothing_fits(desk: Desk) -> None:
    async with chooser_over(desk, (80, 24)) as (pilot, app):
        lessons = app.screen.query_one(OptionList)
        await until(pilot, lambda: lessons.option_count == 2)
        await pilot.press("d")
        assert lessons.option_count == 1
        await pilot.press("d")
        assert lessons.option_count == 0
        assert app.screen.query_one("#lesson-about", Static).render().plain.strip()  # type: ignore[union-attr]
        await pilot.press("enter")
        assert isinstance(app.screen, LessonChoice)
        await pilot.press("d", "d")
        assert lessons.option_count == 2
        await pilot.press("t", "T", "l", "l", "w", "w", "3")
        assert isinstance(app.screen, LessonChoice) and app.screen.wishes.count == 3
        assert lessons.option_count == 2


async def test_no_scenario_at_all(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("csdesk.trainer.library.SHIPPED", desk.store.path.parent / "nothing")
    async with chooser_over(desk, (80, 24)) as (pilot, _app):
        await until(pilot, lambda: bool(texts(pilot).strip()))
        assert "csdesk train lint" in texts(pilot)
        await pilot.press("g")
        await shown(pilot, GettingOnScreen)
        await pilot.press("escape")
        await shown(pilot, LessonChoice)


@pytest.mark.parametrize("lang", ["en", "zh_CN"])
@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_nothing_is_wider_than_the_screen(desk: Desk, size: tuple[int, int], lang: str) -> None:
    set_language(lang)
    try:
        for number in range(1, 15):
            kept.keep(
                Attempt("Mia", "zh.second", "x", number, number * 90_000_000, "exam", 55.0, "lost", (),
                        {"answered": 0.4, "time": number / 15}, (kept.Slip("answered", LONG[:60], 9.0),), (("a", 1),))
            )  # fmt: skip
        async with chooser_over(desk, size) as (pilot, app):
            lessons = app.screen.query_one(OptionList)
            await until(pilot, lambda: lessons.option_count == 2)
            assert_fits(app)
            await pilot.press("g")
            await shown(pilot, GettingOnScreen)
            assert_fits(app)
    finally:
        set_language("en")


def assert_fits(app: DeskApp) -> None:
    """Each text stands within its widget's width, so nothing was wrapped or cut by force."""
    for widget in app.screen.query(Static):
        for shown_line in str(widget.render()).split("\n"):
            assert cell_width(shown_line) <= max(widget.size.width, 1), (widget.id, shown_line)


def test_plots_keep_their_width() -> None:
    for share in (0.0, 0.001, 0.5, 0.999, 1.0):
        full, empty = bar(share, 10)
        assert cell_width(full + empty) == 10
        assert (full == "") is (share == 0.0) and (empty == "") is (share == 1.0)
    assert line([], 5) == "     "
    assert line([0.0, None, 1.0], 5) == "  ▁ █"
    assert line([0.0] * 9 + [1.0], 3) == "▁▁█"


async def test_a_wrong_weight_is_told_on_a_card(desk: Desk) -> None:
    from dataclasses import replace
    from types import MappingProxyType

    trainer = replace(Settings().trainer, weights=MappingProxyType({"courtesy": 5}))
    desk.settings = replace(desk.settings, trainer=trainer)
    app = DeskApp(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, DeskScreen) and app.screen.composer is not None)
        screen = app.screen
        assert isinstance(screen, DeskScreen)
        await pilot.press("T")
        await until(pilot, lambda: screen.card.is_open)


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_a_loss_names_no_fact_by_its_id(language: str) -> None:
    set_language(language)
    for rule in ("price", "wrong:price", "price|size", "outcome:lost", "fatal", "repeat", "greet|thank"):
        said = rule_name(rule)
        assert said and "price" not in said and ":" not in said, rule


def test_the_check_of_a_practice_goes_by_the_shop_of_its_scenarios() -> None:
    real = Settings(shop=ShopSettings(name="Tea", discount_percent=50, forbidden_promises="现货"))
    ten, five = (
        small(("mood: 0\n", f"mood: 0\nshop: {{discount_percent: {most}, forbidden: [假一赔十]}}\n"))
        for most in (10, 5)
    )

    def shop(*scenarios: Scenario) -> ShopSettings:
        given = Plan("Mia", Mode.COACH, tuple(Lesson(one, 1) for one in scenarios))
        return settings_for(given, real).shop

    assert shop(ten) == ShopSettings(name="Tea", discount_percent=10, forbidden_promises="假一赔十")
    assert shop(small()) == shop(ten, five) == ShopSettings(name="Tea")
