"""The search screen under keys: found while typing, lit, more on scrolling, and back to where one was."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from csdesk.desk import sending, work
from csdesk.desk.context import Desk
from csdesk.i18n import set_language
from csdesk.model.message import Sender
from csdesk.store import search as finding
from csdesk.tui.screens.desk import DeskScreen
from csdesk.tui.screens.search import SearchScreen
from csdesk.tui.sources import ConversationSource
from csdesk.tui.widgets.message_window import FIRST_PAGE, MessageWindow
from tests.desks import clock_of, hears, open_desk
from tests.tui.test_desk import click, opened, until


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One long conversation and four short ones."""
    path = tmp_path_factory.mktemp("search") / "desk.db"
    with open_desk(path) as desk:
        for number in range(130):
            hears(desk, "long", f"第{number}句 kindle 退货 [b]x[/b]" if number == 7 else f"第{number}句")
            clock_of(desk).advance(1_000)
        work.claim(desk, 1)
        for number in range(4):
            hears(desk, f"t{number}", f"我要退货 {number}")
            clock_of(desk).advance(1_000)
        sending.note(desk, 2, "退货 noted")
    return path


@pytest.fixture
def desk(filled: Path, tmp_path: Path) -> Iterator[Desk]:
    with open_desk(Path(shutil.copy(filled, tmp_path))) as desk:
        yield desk


@asynccontextmanager
async def searching(
    desk: Desk, size: tuple[int, int] = (120, 40)
) -> AsyncIterator[tuple[Pilot[int], DeskScreen, SearchScreen]]:
    async with opened(desk, size) as (pilot, screen):
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(pilot.app.screen, SearchScreen))
        found = pilot.app.screen
        assert isinstance(found, SearchScreen)
        yield pilot, screen, found


def type_in(screen: SearchScreen, text: str) -> None:
    """As an input method commits a text."""
    screen.query_one(Input).insert_text_at_cursor(text)


def lines(screen: SearchScreen) -> list[str]:
    return [strip.text.rstrip() for strip in screen.list.render_lines(screen.list.size.region)]


def said(screen: SearchScreen, name: str) -> str:
    return str(screen.query_one(name, Static).render())


async def test_what_is_typed_is_found_lit_and_opened_at_the_message(desk: Desk) -> None:
    async with searching(desk) as (pilot, screen, found):
        type_in(found, "kindle退货")
        await until(pilot, lambda: len(found.list.hits) == 1)
        shown = next(line for line in lines(found) if "kindle" in line)
        assert "第7句 kindle 退货 [b]x[/b]" in shown and "Customer long" in shown
        lit = {
            s.text
            for strip in found.list.render_lines(found.list.size.region)
            for s in strip
            if s.style and s.style.bold
        }
        assert {"kindle", "退货"} <= lit
        assert "1 found" in said(found, "#search-head")
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen is screen)
        assert screen.shown is not None and screen.shown.id == 1
        lines_pane = screen.conversation.lines
        assert lines_pane.marked is not None and lines_pane.marked.text.startswith("第7句")
        assert lines_pane.has_focus and not lines_pane.is_at_tail
        assert any("第7句" in strip.text for strip in lines_pane.render_lines(lines_pane.size.region))
        lines_pane.to_end()
        assert lines_pane.is_at_tail and lines_pane.window_messages[-2].text == "第129句"
        await pilot.press("escape")
        assert screen.queue.rows.has_focus


@pytest.mark.parametrize("key", ["slash", "fullwidth_solidus", "ideographic_comma"])
async def test_a_slash_in_a_list_searches_under_any_input_method(desk: Desk, key: str) -> None:
    async with opened(desk) as (pilot, _screen):
        await pilot.press(key)
        await until(pilot, lambda: isinstance(pilot.app.screen, SearchScreen))


async def test_escape_goes_back_and_the_query_is_still_there(desk: Desk) -> None:
    async with searching(desk) as (pilot, screen, found):
        type_in(found, "退货")
        await until(pilot, lambda: len(found.list.hits) == 6)
        await pilot.press("down", "down")
        chosen = found.list.selected
        assert chosen is not None and chosen.message == found.list.hits[2].message
        before = screen.queue.rows.selected_id
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen)
        assert screen.queue.rows.has_focus and screen.queue.rows.selected_id == before
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(pilot.app.screen, SearchScreen))
        again = pilot.app.screen
        assert isinstance(again, SearchScreen) and again.asked.typed == "退货"
        await until(pilot, lambda: again.list.selected is not None)
        assert again.list.selected is not None and again.list.selected.message == chosen.message


async def test_more_comes_while_scrolling_and_each_hit_once(desk: Desk) -> None:
    async with searching(desk, (80, 24)) as (pilot, _screen, found):
        type_in(found, "第")
        await until(pilot, lambda: len(found.list.hits) >= 50)
        await until(pilot, lambda: "130" in said(found, "#search-head"))
        for _round in range(30):
            await pilot.press("pagedown")
        await until(pilot, lambda: len(found.list.hits) == 130)
        await pilot.press("ctrl+end")
        assert found.list.selected is not None and found.list.selected.snippet == "第0句"
        messages = [hit.message for hit in found.list.hits]
        assert messages == sorted(set(messages), reverse=True)
        await pilot.press("ctrl+home", "up", "up")
        assert found.list.cursor == 0 and found.list.top == 0


async def test_a_slip_is_shown_under_its_place_and_what_was_found_stays(desk: Desk) -> None:
    async with searching(desk) as (pilot, _screen, found):
        type_in(found, "退货")
        await until(pilot, lambda: len(found.list.hits) == 6)
        type_in(found, " status:foo")
        await until(pilot, lambda: "status" in said(found, "#search-problem"))
        mark, *_rest = said(found, "#search-problem").split("\n")
        assert mark == " " * 5 + "↑" and "snoozed" in said(found, "#search-problem")
        assert len(found.list.hits) == 6
        found.query_one(Input).value = "退货 agent:Nemo"
        await until(pilot, lambda: "Mia" in said(found, "#search-problem"))
        found.query_one(Input).value = "退货 from:note"
        await until(pilot, lambda: [hit.sender for hit in found.list.hits] == [Sender.NOTE])
        assert said(found, "#search-problem").strip() == ""


async def test_an_empty_line_teaches_and_nothing_found_says_so(desk: Desk) -> None:
    async with searching(desk) as (pilot, _screen, found):
        await until(pilot, lambda: any("from:customer" in line for line in lines(found)))
        assert any("sort:relevance" in line for line in lines(found))
        type_in(found, "没有人说过")
        await until(pilot, lambda: any("fewer words" in line for line in lines(found)))


async def test_a_slow_search_tells_what_it_has_and_goes_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deadline of nothing cuts the first parts; the later ones find the rest."""
    heads: list[str] = []
    whole = finding.search

    def slow(*args: object, limit: int, deadline_ms: float, **rest: object) -> object:
        page = whole(*args, limit=min(limit, 2), deadline_ms=60_000, **rest)  # type: ignore[arg-type]
        return type(page)(page.hits, page.next, page.next is None)

    monkeypatch.setattr("csdesk.tui.searching.search", slow)
    async with searching(desk) as (pilot, _screen, found):
        show = found._show_state

        def told() -> None:
            show()
            heads.append(said(found, "#search-head"))

        monkeypatch.setattr(found, "_show_state", told)
        type_in(found, "退货")
        await until(pilot, lambda: len(found.list.hits) == 6)
        await until(pilot, lambda: "6 found" in said(found, "#search-head"))
        assert any("searching on" in head for head in heads)


async def test_typing_on_stops_the_search_before(desk: Desk) -> None:
    async with searching(desk) as (pilot, _screen, found):
        for part in ("第", "1", "2", "句"):
            type_in(found, part)
            await pilot.pause(0.01)
        await until(pilot, lambda: [hit.snippet for hit in found.list.hits] == ["第12句"])
        await until(pilot, lambda: not found._is_reading)
        assert [hit.snippet for hit in found.list.hits] == ["第12句"]


@pytest.mark.parametrize("size", [(200, 50), (100, 30), (60, 20), (40, 12)])
@pytest.mark.parametrize("language", ["en", "zh_CN"])
async def test_every_line_fits_at_every_size(desk: Desk, size: tuple[int, int], language: str) -> None:
    set_language(language)
    async with searching(desk, size) as (pilot, _screen, found):
        type_in(found, "退货")
        await until(pilot, lambda: len(found.list.hits) == 6)
        strips = found.list.render_lines(found.list.size.region)
        assert {strip.cell_length for strip in strips} == {size[0]}
        assert sum("退货" in strip.text for strip in strips) >= 3


async def test_a_click_opens(desk: Desk) -> None:
    async with searching(desk) as (pilot, screen, found):
        type_in(found, "退货")
        await until(pilot, lambda: len(found.list.hits) == 6)
        await click(pilot, "#hits", offset=(20, 1))
        await until(pilot, lambda: pilot.app.screen is screen)
        assert screen.shown is not None


async def test_nothing_but_text_is_drawn_of_what_customers_wrote(desk: Desk) -> None:
    hears(desk, "evil", "退货 \x1b]0;pwned\x07 [@click=app.quit]x[/] \u202e")
    async with searching(desk) as (pilot, _screen, found):
        type_in(found, "退货 pwned")
        await until(pilot, lambda: len(found.list.hits) == 1)
        shown = "".join(lines(found))
        assert "[@click=app.quit]x[/]" in shown and "\x1b" not in shown and "\u202e" not in shown


def test_a_window_goes_on_both_ways_from_any_message_also_among_events(desk: Desk) -> None:
    source = ConversationSource(desk, 1)
    window = MessageWindow(source)
    assert len(window.messages) > FIRST_PAGE and window.has_older  # fifty messages and the claim
    while window.load_older():
        pass
    every = [message.id for message in window.messages]
    assert len(every) == 131
    for place in (0, 5, 64, 128):
        window = MessageWindow(source)
        at = window.load_around(every[place])
        assert at is not None and window.messages[at].id == every[place]
        while window.load_older() or window.load_newer():
            pass
        assert [message.id for message in window.messages] == every
    assert window.load_around(12_345) is None and [message.id for message in window.messages] == every
