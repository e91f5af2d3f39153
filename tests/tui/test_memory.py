"""Hours at the desk: what was drawn once is not kept for the rest of the shift."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import pytest
from rich.cells import cached_cell_len
from textual._styles_cache import StylesCache
from textual.strip import Strip

from csdesk.tui.screens.modals import ChoiceQuestion
from csdesk.tui.upkeep import EVERY_MS, QUIET_MS, Upkeep, forget_drawn
from csdesk.tui.widgets.line_view import MOST_KEPT
from tests.desks import clock_of, hears, open_desk
from tests.tui.test_desk import opened, until

pytestmark = pytest.mark.usefixtures("drawn_at_once")


class Knot:
    """Something that can be watched."""


def alive(kind: type) -> int:
    gc.collect()
    return sum(type(each) is kind for each in gc.get_objects())


async def test_a_queue_that_ages_keeps_a_few_screens_of_lines(tmp_path: Path) -> None:
    with open_desk(tmp_path / "desk.db") as desk:
        for number in range(12):
            hears(desk, f"t{number}", f"第 {number} 个问题")
        async with opened(desk) as (_pilot, screen):
            rows = screen.queue.rows
            before = alive(Strip)
            for _second in range(200):
                clock_of(desk).advance(1_000)
                rows.tick(desk.now_ms())
                rows.render_lines(rows.size.region)
            assert len(rows._strips) <= MOST_KEPT // rows.row_height
            assert len(rows._edged) <= MOST_KEPT
            assert alive(Strip) - before < 4 * MOST_KEPT


async def test_a_question_that_was_closed_is_forgotten(tmp_path: Path) -> None:
    with open_desk(tmp_path / "desk.db") as desk:
        hears(desk, "t1")
        async with opened(desk) as (pilot, screen):

            async def ask(times: int) -> None:
                for _time in range(times):
                    await pilot.press("f4")
                    await until(pilot, lambda: isinstance(screen.app.screen, ChoiceQuestion))
                    await pilot.press("escape")
                    await until(pilot, lambda: screen.app.screen is screen)

            await until(pilot, lambda: screen.chosen is not None)
            await ask(3)
            before = alive(StylesCache)
            await ask(12)
            assert alive(StylesCache) - before < 12


async def test_what_was_needed_once_is_let_go_while_nobody_types(tmp_path: Path) -> None:
    with open_desk(tmp_path / "desk.db") as desk:
        hears(desk, "t1")
        async with opened(desk) as (_pilot, screen):
            now = desk.now_ms()
            upkeep = Upkeep(screen, desk.store, now)
            knot = Knot()
            knot.itself = knot  # type: ignore[attr-defined]
            mark = weakref.ref(knot)
            gc.disable()
            try:
                del knot
                assert not upkeep.tick(now + EVERY_MS - 1, now)
                assert not upkeep.tick(now + EVERY_MS, now + EVERY_MS - QUIET_MS + 1)
                assert mark() is not None
                assert cached_cell_len.cache_info().currsize and screen._styles_cache._cache
                assert upkeep.tick(now + EVERY_MS, now)
                assert mark() is None
                assert not cached_cell_len.cache_info().currsize and not screen._styles_cache._cache
            finally:
                gc.enable()
            assert not upkeep.tick(now + 2 * EVERY_MS - 1, now)


async def test_the_screen_stays_what_it_was_when_its_lines_are_forgotten(tmp_path: Path) -> None:
    with open_desk(tmp_path / "desk.db") as desk:
        hears(desk, "t1", "还没发货吗")
        async with opened(desk) as (pilot, screen):
            await until(pilot, lambda: screen.shown is not None)
            await pilot.pause()

            def drawn() -> list[str]:
                lines = screen._compositor.render_strips()
                return ["".join(segment.text for segment in line) for line in lines]

            before = drawn()
            assert any("还没发货吗" in line for line in before)
            forget_drawn(screen.app.screen_stack)
            assert drawn() == before
