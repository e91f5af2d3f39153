"""Handing over on the screen: look, edit, write, sign, tick, and go to a conversation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from textual.pilot import Pilot

from csdesk.desk import handover, people
from csdesk.desk.context import Desk
from csdesk.model.handover import ItemState, Section
from csdesk.store import conversations
from csdesk.text import cell_width, truncate
from csdesk.tui.screens.handover import HandoverScreen
from csdesk.tui.screens.handover_form import HandoverForm
from csdesk.tui.screens.handover_lines import HandoverPaper, _section_cells
from csdesk.tui.widgets.picked_list import PickedList
from tests.desks import clock_of, open_desk
from tests.tui.test_desk import opened, three_wait, until


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path / "desk.db") as opened_desk:
        yield opened_desk


async def handovers(pilot: Pilot[int], rows: int = 1) -> HandoverScreen:
    await pilot.press("H")
    await until(
        pilot,
        lambda: isinstance(pilot.app.screen, HandoverScreen) and len(pilot.app.screen.handovers) == rows,
    )
    shown = pilot.app.screen
    assert isinstance(shown, HandoverScreen)
    return shown


async def form(pilot: Pilot[int]) -> HandoverForm:
    await until(pilot, lambda: isinstance(pilot.app.screen, HandoverForm))
    shown = pilot.app.screen
    assert isinstance(shown, HandoverForm)
    return shown


def given_by(desk: Desk, name: str) -> handover.Looked:
    other = Desk(desk.store, desk.clock, desk.settings, people.me(desk.store, name))
    composed = handover.compose_now(other)
    return handover.look(other, handover.write(other, composed.text, composed.left))


async def test_the_shift_is_written_and_signed(desk: Desk) -> None:
    first, *_rest = three_wait(desk)
    async with opened(desk) as (pilot, _screen):
        shown = await handovers(pilot)
        assert len(shown.items) == 3
        await pilot.press("e")
        asked = await form(pilot)
        ref = conversations.get(desk.store.reader(), first).short_ref
        asked.area.text = f"只剩 #{ref}"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: pilot.app.screen is shown and len(shown.handovers) == 2)
        (written,) = handover.recent(desk)
        assert written.handover.text == f"只剩 #{ref}"
        assert [row.named.id for row, _state in written.items] == [first]
        assert [each.role.value for each in written.handover.signatures] == ["giver"]
        assert shown.chosen is not None and shown.chosen.handover.ref == written.handover.ref


async def test_what_was_not_finished_is_there_again(desk: Desk) -> None:
    three_wait(desk)
    async with opened(desk) as (pilot, _screen):
        shown = await handovers(pilot)
        await pilot.press("e")
        asked = await form(pilot)
        asked.area.move_cursor(asked.area.document.end)
        await pilot.press(*"abc", "escape")
        await until(pilot, lambda: pilot.app.screen is shown)
        assert handover.recent(desk) == []
        await pilot.press("e")
        again = await form(pilot)
        assert again is not asked and again.area.text.endswith("abc")
        await pilot.press("f5")
        await until(pilot, lambda: not again.area.text.endswith("abc"))
        assert again.area.text.startswith("Handover of Mia")


async def test_a_refusal_keeps_the_text(desk: Desk) -> None:
    async with opened(desk) as (pilot, _screen):
        await handovers(pilot)
        await pilot.press("e")
        asked = await form(pilot)
        asked.area.text = " "
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "no text" in str(asked._foot.render()))
        assert handover.recent(desk) == [] and pilot.app.screen is asked


async def test_taken_over_ticked_and_opened(desk: Desk) -> None:
    first, *_rest = three_wait(desk)
    given = given_by(desk, "Bo")
    clock_of(desk).advance(60_000)
    async with opened(desk) as (pilot, screen):
        shown = await handovers(pilot, 2)
        await until(pilot, lambda: len(shown.items) == 3)
        await pilot.press("s")
        await until(pilot, lambda: "earlier handover" in str(shown.news.render()))
        await pilot.press("down", "s")
        await until(pilot, lambda: bool(handover.find(desk, given.handover.ref).handover.takers))
        await until(pilot, lambda: "You took over" in str(shown.news.render()))
        await pilot.press("tab", "x")
        await until(pilot, lambda: handover.find(desk, given.handover.ref).items[0][1] is ItemState.DONE)
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen is screen)
        await until(pilot, lambda: screen.shown is not None and screen.shown.id == first)


async def test_the_whole_text_and_who_signed(desk: Desk) -> None:
    three_wait(desk)
    given_by(desk, "Bo")
    async with opened(desk, (80, 24)) as (pilot, screen):
        shown = await handovers(pilot, 2)
        await pilot.press("down", "v")
        await until(pilot, lambda: isinstance(pilot.app.screen, HandoverPaper))
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is shown)
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen)


async def test_nothing_goes_on_while_nobody_does_anything(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    three_wait(desk)
    shows: list[str] = []
    show = PickedList.show

    def noted(self: PickedList[object], rows: Sequence[object], index: int = 0) -> None:
        shows.append(str(self.id))
        show(self, rows, index)

    monkeypatch.setattr(PickedList, "show", noted)
    async with opened(desk) as (pilot, _screen):
        shown = await handovers(pilot)
        await until(pilot, lambda: len(shown.items) == 3)
        await pilot.pause(0.1)
        assert shows == ["handovers", "handover-items", "handover-items"]


def test_why_an_item_is_there_is_read_in_full_or_told_apart_where_it_is_narrow() -> None:
    headings = [section.heading for section in Section]
    assert _section_cells(112) >= max(map(cell_width, headings))
    assert len({truncate(each, _section_cells(74)) for each in headings}) == len(headings)
