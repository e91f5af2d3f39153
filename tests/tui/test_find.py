"""Finding words in the conversation that is shown: lit, counted, up and down, and back to where one was."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from csdesk.desk import import_texts, importing
from csdesk.desk.context import Desk
from csdesk.i18n import set_language
from csdesk.model.message import Sender
from csdesk.model.transcript import Transcript, TranscriptMessage
from csdesk.tui.commands import DeskCommands
from csdesk.tui.panes.find_line import FindLine
from csdesk.tui.screens.desk import DeskScreen
from csdesk.tui.screens.palette import Commands, Palette
from csdesk.tui.screens.search import SearchScreen
from csdesk.tui.widgets.message_window import MOST
from tests.desks import START_MS, hears, open_desk
from tests.tui.test_desk import opened, until

MESSAGES = 10_000
SAYING = (3, 4_000, 9_990)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A conversation of ten thousand messages, three of which speak of a refund, and a short one."""
    path = tmp_path_factory.mktemp("find") / "desk.db"
    texts = [f"第{n}句 退款 refund [b]x[/b]" if n in SAYING else f"第{n}句" for n in range(MESSAGES)]
    lines = [TranscriptMessage(Sender.CUSTOMER, text, START_MS + n * 1_000) for n, text in enumerate(texts)]
    with open_desk(path) as desk:
        long = import_texts.cleaned(Transcript("long", tuple(lines)))
        desk.store.write(lambda tx: importing.import_in(tx, [long]))
        hears(desk, "short", "退款在哪")
    return path


@pytest.fixture
def desk(filled: Path, tmp_path: Path) -> Iterator[Desk]:
    with open_desk(Path(shutil.copy(filled, tmp_path))) as desk:
        yield desk


async def finding(pilot: Pilot[int], screen: DeskScreen, text: str) -> FindLine:
    await pilot.press("ctrl+f")
    await until(pilot, lambda: screen.conversation.find is not None and screen.conversation.find.is_open)
    line = screen.conversation.find
    assert line is not None
    await until(pilot, lambda: line.has_focus_within)
    line.query_one(Input).value = text
    return line


def state(line: FindLine) -> str:
    return str(line.query_one("#find-state", Static).render())


def problem(line: FindLine) -> str:
    shown = line.query_one("#find-problem", Static)
    return str(shown.render()) if shown.display else ""


def lit(screen: DeskScreen) -> list[str]:
    """What stands on the ground of a hit."""
    lines = screen.conversation.lines
    ground = lines.palette.filled("accent").bgcolor
    drawn = lines.render_lines(lines.size.region)
    return [s.text for strip in drawn for s in strip if s.style is not None and s.style.bgcolor == ground]


def marked(screen: DeskScreen) -> str:
    found = screen.conversation.lines.marked
    return found.text.split("句")[0] if found else ""


async def test_hits_of_ten_thousand_messages_are_lit_counted_and_gone_through(desk: Desk) -> None:
    async with opened(desk) as (pilot, screen):
        screen.show_conversation(1)
        screen.conversation.lines.focus()
        line = await finding(pilot, screen, "退款 refund")
        await until(pilot, lambda: state(line) == "3 of 3")
        await until(pilot, lambda: marked(screen) == "第9990")
        await until(pilot, lambda: lit(screen) == ["退款", "refund"])
        await pilot.press("enter")
        await until(pilot, lambda: marked(screen) == "第4000")
        assert state(line) == "2 of 3" and lit(screen) == ["退款", "refund"]
        await pilot.press("up", "up")
        await until(pilot, lambda: state(line) == "3 of 3")  # round from the first to the last
        await pilot.press("down")
        await until(pilot, lambda: marked(screen) == "第3")
        assert len(screen.conversation.lines.window_messages) <= MOST
        await pilot.press("escape")
        await until(pilot, lambda: not line.is_open)
        assert screen.conversation.lines.has_focus and marked(screen) == "第3" and lit(screen) == []


async def test_it_begins_where_the_reader_is_and_says_what_is_wrong(desk: Desk) -> None:
    async with opened(desk) as (pilot, screen):
        screen.show_conversation(1)
        lines = screen.conversation.lines
        lines.focus()
        lines.action_move("first")
        line = await finding(pilot, screen, "退款")
        await until(pilot, lambda: state(line) == "1 of 3")
        line.query_one(Input).value = "没人说过"
        await until(pilot, lambda: state(line) == "nothing")
        await pilot.press("enter", "up")
        line.query_one(Input).value = "agent:Nemo"
        await until(pilot, lambda: "Nemo" in problem(line))
        line.query_one(Input).value = "退款 status:foo"
        await until(pilot, lambda: "foo" in problem(line))
        line.query_one(Input).value = ""
        await until(pilot, lambda: (state(line), problem(line), lit(screen)) == ("", "", []))


async def test_from_the_composer_and_back_to_it_with_its_text(desk: Desk) -> None:
    async with opened(desk) as (pilot, screen):
        screen.show_conversation(2, write=True)
        await until(pilot, lambda: screen.is_writing)
        await pilot.press("x", "y")
        line = await finding(pilot, screen, "退款")
        await until(pilot, lambda: state(line) == "1 of 1")
        await pilot.press("escape")
        await until(pilot, lambda: screen.is_writing)
        assert screen.composer is not None and screen.composer.editor.text == "xy"


async def test_another_conversation_ends_it_and_new_messages_are_found_in_place(desk: Desk) -> None:
    async with opened(desk) as (pilot, screen):
        screen.show_conversation(2)
        screen.conversation.lines.focus()
        line = await finding(pilot, screen, "退款")
        await until(pilot, lambda: state(line) == "1 of 1")
        hears(desk, "short", "退款 再问一次")
        assert screen.feed is not None
        screen.feed.poll()
        await until(pilot, lambda: state(line) == "1 of 2")
        screen.show_conversation(1)
        await until(pilot, lambda: not line.is_open and lit(screen) == [])


async def test_a_word_that_goes_on_in_the_next_line_is_lit_in_both(desk: Desk) -> None:
    hears(desk, "wide", "好" * 60 + "退款单" * 40)
    async with opened(desk, (80, 24)) as (pilot, screen):
        screen.show_conversation(3)
        screen.conversation.lines.focus()
        line = await finding(pilot, screen, "退款单退款单")
        await until(pilot, lambda: state(line) == "1 of 1")
        await until(pilot, lambda: "".join(lit(screen)) == "退款单" * 40)
        assert len(lit(screen)) > 2


async def test_the_palette_offers_what_the_screen_below_can_do(desk: Desk) -> None:
    async with opened(desk) as (pilot, screen):
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(pilot.app.screen, SearchScreen))
        actions = [action for _text, action, _help in DeskCommands(pilot.app.screen)._commands()]
        assert "screen.close" in actions and "app.quit" in actions and "screen.claim" not in actions
        assert "screen.claim" in [action for _text, action, _help in DeskCommands(screen)._commands()]


async def test_the_palette_says_in_the_persons_language_that_no_command_is_called_so(desk: Desk) -> None:
    set_language("zh_CN")
    try:
        async with opened(desk) as (pilot, _screen):
            await pilot.press("ctrl+p")
            await until(pilot, lambda: isinstance(pilot.app.screen, Palette))
            commands = pilot.app.screen.query_one(Commands)
            pilot.app.screen.query_one(Input).value = "qqqqqq"
            await until(pilot, lambda: commands.option_count == 1)
            assert str(commands.get_option_at_index(0).prompt) == "没有这样名称的命令。"
    finally:
        set_language("en")
