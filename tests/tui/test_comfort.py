"""Settings on the screen, help, the tour, density: what is chosen holds at once and in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.geometry import Region, Size
from textual.pilot import Pilot
from textual.widgets import OptionList, Static

from csdesk import paths
from csdesk.config import Settings, describe, load
from csdesk.desk.context import Desk
from csdesk.i18n import LANGUAGES, language
from csdesk.model.conversation import Sort
from csdesk.text import cell_width
from csdesk.tui.keys import KEYS, shown
from csdesk.tui.screens.desk import DeskScreen
from csdesk.tui.screens.help import NARROW_KEY_CELLS, HelpScreen, _lit, read_pages
from csdesk.tui.screens.modals import Choice, ChoiceQuestion
from csdesk.tui.screens.palette import Palette
from csdesk.tui.screens.settings import SECTIONS, SettingsScreen
from csdesk.tui.screens.tour import STEPS, TourScreen, spot, step_to_go_on_with
from csdesk.tui.widgets.key_bar import KeyBar
from tests.desks import hears, open_desk
from tests.tui.test_desk import click, opened, until


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path / "desk.db") as opened_desk:
        hears(opened_desk, "t1", "在吗")
        yield opened_desk


def about(pilot: Pilot[int]) -> str:
    return str(pilot.app.screen.query_one("#settings-about", Static).content)


async def find(pilot: Pilot[int], words: str) -> None:
    """Search the settings for ``words``; the cursor is in the list again."""
    await pilot.press("slash", *words, "enter")
    await pilot.pause()


async def test_a_choice_holds_at_once_and_in_the_file(desk: Desk) -> None:
    async with opened(desk) as (pilot, screen):
        await pilot.press("comma")
        await find(pilot, "theme")
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.theme == "csdesk-light")
        assert load(paths.config_path()).ui.theme == "light"
        await until(pilot, lambda: "Kept." in about(pilot))
        await pilot.press("delete")
        await until(pilot, lambda: pilot.app.theme == "csdesk-dark")
        assert "# theme = " in paths.config_path().read_text("utf-8")
        await pilot.press("escape")
        assert pilot.app.screen is screen


async def test_language_density_and_limits_change_what_is_drawn(desk: Desk) -> None:
    async with opened(desk) as (pilot, screen):
        await pilot.press("comma")
        await find(pilot, "density")
        await pilot.press("right")
        await until(pilot, lambda: screen.queue.rows.row_height == 1)
        await find(pilot, "language")
        await pilot.press("enter")
        await until(pilot, lambda: language() == "zh_CN")
        await until(
            pilot, lambda: "界面" in str(pilot.app.screen.query_one(OptionList).get_option_at_index(0).prompt)
        )
        await pilot.press("left")
        await until(pilot, lambda: language() == "en")
        await find(pilot, "queue.red_after_s")
        await pilot.press("enter", *["backspace"] * 3, *"150", "enter")
        await until(pilot, lambda: desk.settings.queue.red_after_s == 150)
        assert load(paths.config_path()).queue.red_after_s == 150


async def test_a_wrong_value_is_told_in_place_and_changes_nothing(desk: Desk) -> None:
    async with opened(desk) as (pilot, _screen):
        await pilot.press("comma")
        await find(pilot, "queue.red_after_s")
        await pilot.press("enter", "x")
        await until(pilot, lambda: "a whole number" in about(pilot) and "cannot be" in about(pilot))
        await pilot.press(*["backspace"] * 4, "5", "enter")
        await until(pilot, lambda: "red_after_s is less than amber_after_s" in about(pilot))
        assert not paths.config_path().exists()
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, SettingsScreen)


async def test_an_own_key_is_set_works_and_is_taken_off(desk: Desk) -> None:
    async with opened(desk) as (pilot, screen):
        await pilot.press("comma")
        await find(pilot, "keymap")
        await pilot.press("enter", *"queue.longest = f12", "enter")
        await until(pilot, lambda: desk.settings.keymap == {"queue.longest": "f12"})
        await pilot.press("escape", "f12")
        await until(pilot, lambda: screen.is_writing)
        await pilot.press("escape", "escape")
        await until(pilot, lambda: screen.queue.rows.has_focus)
        await pilot.press("comma")
        await find(pilot, "keymap.queue.longest")
        await pilot.press("down", "delete")
        await until(pilot, lambda: desk.settings.keymap == {})


async def test_density_by_key_is_remembered(desk: Desk) -> None:
    async with opened(desk) as (pilot, screen):
        await pilot.press("D")
        assert screen.queue.rows.row_height == 1
        await until(pilot, lambda: paths.config_path().exists())
        await until(pilot, lambda: load(paths.config_path()).ui.density == "compact")


async def test_a_theme_from_the_palette_is_remembered_and_a_broken_file_told(desk: Desk) -> None:
    async with opened(desk) as (pilot, screen):
        await pilot.app.run_action("app.use_theme('contrast')")
        await until(pilot, lambda: desk.settings.ui.theme == "contrast")
        paths.config_path().write_text("[ui\n", "utf-8")
        await pilot.app.run_action("app.use_theme('light')")
        await until(pilot, lambda: screen.card.is_open)
        assert pilot.app.theme == "csdesk-light"
        assert paths.config_path().read_text("utf-8") == "[ui\n"


async def test_help_has_pages_can_be_searched_and_leads_on(desk: Desk) -> None:
    async with opened(desk, (80, 24)) as (pilot, screen):
        await pilot.press("f1")
        text = pilot.app.screen.query_one("#help-text", Static)

        def says(words: str) -> bool:
            """Wherever the lines break."""
            return words in " ".join(str(text.content).split())

        await until(pilot, lambda: "Queue and other lists" in str(text.content))
        await pilot.press("right")
        await until(pilot, lambda: "First steps" in str(text.content))
        await pilot.press("slash", *"failed", "enter")
        await until(pilot, lambda: says("Send failed messages again") and says("Writing"))
        await pilot.press("comma")
        await until(pilot, lambda: isinstance(pilot.app.screen, SettingsScreen))
        await pilot.press("escape", "f1")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        await click(pilot, "#help-pages", offset=(3, 2))
        await until(
            pilot,
            lambda: "The time in front" in str(pilot.app.screen.query_one("#help-text", Static).content),
        )
        await pilot.press("t")
        await until(pilot, lambda: isinstance(pilot.app.screen, TourScreen))
        await pilot.press("escape")
        assert pilot.app.screen is screen


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50), (60, 20)])
async def test_the_tour_stays_on_the_screen_and_stands_aside(desk: Desk, size: tuple[int, int]) -> None:
    async with opened(desk, size) as (pilot, screen):
        await pilot.app.run_action("screen.show_tour", screen)
        for step in range(len(STEPS)):
            tour = pilot.app.screen
            assert isinstance(tour, TourScreen) and tour.left_at == step
            await pilot.pause()
            assert tour.region.contains_region(tour.query_one("#tour-card").region)
            if step == 2:
                await pilot.press("escape")
                await pilot.app.run_action("screen.show_tour", screen)
            await pilot.press("enter")
        assert pilot.app.screen is screen
        await pilot.app.run_action("screen.show_tour", screen)
        await pilot.press("f8")
        await until(pilot, lambda: screen.is_writing)


async def test_the_tour_goes_on_after_a_restart(desk: Desk) -> None:
    async with opened(desk) as (pilot, screen):
        await pilot.app.run_action("screen.show_tour", screen)
        await pilot.pause()
        await pilot.press("enter", "enter", "escape")
        assert pilot.app.screen is screen
    async with opened(desk) as (pilot, screen):
        await pilot.app.run_action("screen.show_tour", screen)
        await pilot.pause()
        assert isinstance(pilot.app.screen, TourScreen) and pilot.app.screen.left_at == 2
    (paths.state_folder() / "tour").write_text("99")
    assert step_to_go_on_with() == 0


async def test_choices_keep_their_blanks(desk: Desk) -> None:
    async with opened(desk) as (pilot, _screen):
        pilot.app.push_screen(ChoiceQuestion("title", [Choice("a   b\nc\x1b", 1)]))
        await pilot.pause()
        shown = pilot.app.screen.query_one(OptionList).get_option_at_index(0)
        assert str(shown.prompt) == "1  a   b c␛"


async def test_the_foot_of_the_queue_does_what_it_says_when_it_is_clicked(desk: Desk) -> None:
    async with opened(desk) as (pilot, screen):
        await click(pilot, "#queue-foot", offset=(2, 0))
        await until(pilot, lambda: screen.queue.sort is Sort.PRIORITY)
        await click(pilot, "#queue-foot", offset=(30, 0))
        await until(pilot, lambda: screen.is_writing)


async def test_keys_in_a_narrow_help_leave_room_for_what_they_do(desk: Desk) -> None:
    async with opened(desk, (80, 24)) as (pilot, _screen):
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        text = pilot.app.screen.query_one("#help-text", Static)
        await until(pilot, lambda: "Enter" in str(text.content))
        lines = str(text.content).split("\n")
        opening = next(line for line in lines if line.startswith("  Enter"))
        assert opening.index("Open") == NARROW_KEY_CELLS + 3
        assert all(cell_width(line) <= text.size.width for line in lines)


def test_a_card_stands_beside_what_it_is_about() -> None:
    card, screen = Size(54, 9), Size(120, 40)
    assert spot(Region(0, 2, 36, 36), card, screen) == (37, 4)
    assert spot(Region(0, 39, 120, 1), card, screen) == (2, 30)
    assert spot(Region(0, 0, 120, 1), card, screen) == (2, 2)


def test_the_pages_say_the_same_in_both_languages() -> None:
    pages = {code: read_pages(code) for code in LANGUAGES}
    keys = {
        code: [re.findall("`([^`]+)`", " ".join(page.lines)) for page in found]
        for code, found in pages.items()
    }
    assert keys["en"] and [sorted(each) for each in keys["en"]] == [sorted(each) for each in keys["zh_CN"]]


def test_the_pages_name_keys_that_are_there() -> None:
    known = {shown(name) for key in KEYS for name in key.keys} | {"Tab", "Shift+Tab", "Esc", "/", ","}
    named = {
        sign for page in read_pages("en") for line in page.lines for sign in re.findall("`([^`]+)`", line)
    }
    signs = {"▲", "◆", "↺", "◷", "✓", "✓✓", "✗"}
    commands = {name for name in named if name.startswith("csdesk ")}
    assert named - known - signs - commands == set()


@pytest.mark.parametrize("width", [20, 40, 84])
@pytest.mark.parametrize("code", list(LANGUAGES))
def test_no_line_of_a_page_is_wider_than_its_place(code: str, width: int) -> None:
    for page in read_pages(code):
        for line in page.lines:
            rows = [row.plain for row in _lit(line, width)]
            assert all(cell_width(row) <= width for row in rows)
            assert "".join("".join(rows).split()) == "".join(line.replace("`", "").split())


async def test_the_desk_is_still_there_behind_the_settings(desk: Desk) -> None:
    async with opened(desk) as (pilot, _screen):
        await pilot.press("comma")
        await pilot.resize_terminal(60, 16)
        await pilot.pause()
        assert isinstance(pilot.app.screen, SettingsScreen)
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, DeskScreen)


async def test_what_the_top_line_and_the_mode_line_say_can_be_clicked(desk: Desk) -> None:
    async with opened(desk) as (pilot, screen):
        line = screen.status_bar.render_line(0).text

        async def click_word(word: str) -> None:
            await click(pilot, screen.status_bar, offset=(line.index(word) + 1, 0))
            await pilot.pause()

        await click_word("Mine")
        assert screen.queue.key == "mine"
        await click_word("Waiting")
        assert screen.queue.key == "waiting"
        await click_word("Longest")
        await until(pilot, lambda: screen.is_writing)
        assert screen.composer is not None
        await click(pilot, "#mode", offset=(8, 0))
        assert screen.composer.mode.value == "note"
        await click(pilot, "#mode", offset=(2, 0))
        assert screen.composer.mode.value == "reply"
        screen.news("done")
        await pilot.pause()
        await click(pilot, "#card")
        assert not screen.card.is_open


async def test_the_footer_below_a_question_stays_as_it_was_and_follows_again_behind_it(desk: Desk) -> None:
    async with opened(desk) as (pilot, screen):
        bar = screen.query_one(KeyBar)
        ids = [item.id for item in bar.items]
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(pilot.app.screen, Palette))
        await pilot.resize_terminal(110, 30)
        await pilot.pause()
        assert [item.id for item in bar.items if item.id in ids] == [item.id for item in bar.items]
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen)
        await pilot.press("r")
        await until(pilot, lambda: screen.is_writing)
        await until(pilot, lambda: "message.toggle" in [item.id for item in bar.items])
        assert "practice.end" not in [item.id for item in bar.items]


def test_every_part_of_the_settings_has_a_heading_in_words() -> None:
    assert {each.key.partition(".")[0] for each in describe(Settings())} == set(SECTIONS)
