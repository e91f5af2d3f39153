"""What changed on the screen is drawn from its own lines, and looks as if all had been rendered."""

from __future__ import annotations

import random
from pathlib import Path

import pyte
import pytest
from textual._compositor import Compositor
from textual.geometry import Region
from textual.strip import Strip

from csdesk.clock import ManualClock
from csdesk.tui.app import DeskApp
from csdesk.tui.compositor import BandCompositor
from csdesk.tui.screens.desk import DeskScreen
from csdesk.tui.screens.desk_parts import APART_S
from csdesk.tui.widgets.message_list import MessageList
from tests.desks import hears, open_desk
from tests.tui.test_desk import until

pytestmark = pytest.mark.usefixtures("drawn_at_once")

SIZE = (120, 30)


def drawn(compositor: Compositor, kind: type[Compositor], crop: Region) -> list[dict[int, Strip | None]]:
    """The pieces of ``crop``'s lines, rendered in the way of ``kind``."""
    lines = set(crop.line_range)
    compositor.__class__ = kind
    try:
        return [dict(each) for each in compositor._render_chops(crop, lines.__contains__)]
    finally:
        compositor.__class__ = BandCompositor


def cells(terminal: pyte.Screen) -> list[list[str]]:
    width, height = SIZE
    return [[terminal.buffer[y][x].data for x in range(width)] for y in range(height)]


async def test_a_wide_character_at_the_edge_of_what_changed_stays_whole(tmp_path: Path) -> None:
    chance = random.Random(6)
    with open_desk(tmp_path / "desk.db", ManualClock(1_795_313_162_000)) as desk:
        for number in range(12):
            hears(desk, f"t{number}", f"{'x' * (number % 3)}快递到哪里了呀？都五天了！")
        app = DeskApp(desk)
        async with app.run_test(size=SIZE) as pilot:
            await until(pilot, lambda: getattr(app.screen, "shown", None) is not None)
            await pilot.pause()
            compositor = app.screen._compositor
            terminal = pyte.Screen(*SIZE)
            stream = pyte.Stream(terminal)
            stream.feed(compositor.render_full_update().render_segments(app.console).replace("\n", ""))
            whole = cells(terminal)
            assert any("快递到哪里" in line for line in terminal.display)
            for _ in range(60):
                x, y = chance.randrange(SIZE[0]), chance.randrange(SIZE[1])
                compositor._dirty_regions = {
                    Region(x, y, chance.randint(1, SIZE[0] - x), chance.randint(1, SIZE[1] - y))
                }
                update = compositor.render_partial_update()
                assert update is not None
                stream.feed(update.render_segments(app.console).replace("\n", ""))
                assert cells(terminal) == whole


async def test_a_band_looks_as_if_everything_had_been_rendered(tmp_path: Path) -> None:
    chance = random.Random(5)
    with open_desk(tmp_path / "desk.db", ManualClock(1_795_313_162_000)) as desk:
        for number in range(12):
            hears(desk, f"t{number}", f"你好，第 {number} 个问题 question {number}")
        app = DeskApp(desk)
        async with app.run_test(size=SIZE) as pilot:
            await until(pilot, lambda: getattr(app.screen, "shown", None) is not None)
            await pilot.pause()
            compositor = app.screen._compositor
            assert isinstance(compositor, BandCompositor)
            for _ in range(40):
                x, y = chance.randrange(SIZE[0]), chance.randrange(SIZE[1])
                crop = Region(x, y, chance.randint(1, SIZE[0] - x), chance.randint(1, SIZE[1] - y))
                ours, all_of_it = (drawn(compositor, kind, crop) for kind in (BandCompositor, Compositor))
                for line in crop.line_range:
                    wanted = {
                        at: strip
                        for at, strip in all_of_it[line].items()
                        if strip is not None and at < crop.right and at + strip.cell_length > crop.x
                    }
                    assert sum(strip.cell_length for strip in wanted.values()) >= crop.width
                    assert {at: ours[line][at] for at in wanted} == wanted


async def test_a_second_that_ticks_renders_no_messages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = ManualClock(1_795_313_162_000)
    with open_desk(tmp_path / "desk.db", clock) as desk:
        hears(desk, "t0")
        app = DeskApp(desk)
        async with app.run_test(size=SIZE) as pilot:
            await until(pilot, lambda: getattr(app.screen, "beside", None) is not None)
            screen = app.screen
            assert isinstance(screen, DeskScreen)
            await until(pilot, lambda: screen.shown is not None)
            await pilot.pause()
            rendered: list[Region] = []
            genuine = MessageList.render_lines
            monkeypatch.setattr(
                MessageList,
                "render_lines",
                lambda self, crop: (rendered.append(crop), genuine(self, crop))[1],
            )
            before = screen.status_bar.render_line(0).text
            clock.advance(1_000)
            screen.tick()
            await until(pilot, lambda: screen.status_bar.render_line(0).text != before)
            await pilot.pause(3 * APART_S)
            await pilot.pause()
            assert rendered == []
