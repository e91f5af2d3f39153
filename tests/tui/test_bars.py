"""The footer shows only what works now, whole; the top line never moves when a second ticks."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from csdesk.i18n import set_language
from csdesk.tui.panes.status_bar import DeskState, StatusBar
from csdesk.tui.widgets.key_bar import KeyBar
from csdesk.tui.widgets.message_list import MessageList
from tests.tui.harness import NOW, Harness, harness
from tests.tui.test_desk import click


@pytest.fixture(autouse=True)
def english() -> None:
    set_language("en")


def footer(app: Harness) -> str:
    return app.desk.query_one(KeyBar).render_line(0).text


@pytest.mark.parametrize("width", [200, 120, 80, 60, 40, 20])
async def test_the_footer_is_never_cut_inside_a_word(width: int) -> None:
    app = harness()
    async with app.run_test(size=(width, 24)) as pilot:
        await pilot.pause()
        bar = app.desk.query_one(KeyBar)
        shown = [f"{item.key} {item.label}" for item in bar.items]
        assert footer(app).strip() == "   ".join(shown)
        assert cell_len(footer(app)) == width
        assert bar.items[-1].id == "help.show"
        assert all(item.end <= width for item in bar.items)


async def test_the_footer_follows_the_focus_and_a_click_runs_the_action() -> None:
    app = harness()
    async with app.run_test(size=(120, 24)) as pilot:
        await pilot.pause()
        assert footer(app).startswith(" Enter Open")
        app.desk.query_one(MessageList).focus()
        await pilot.pause()
        assert "Enter Open" not in footer(app)
        longest = next(item for item in app.desk.query_one(KeyBar).items if item.id == "queue.longest")
        assert longest.key == "F8"
        await click(pilot, KeyBar, offset=(longest.start, 0))
        assert "longest" in app.desk.events


@pytest.mark.parametrize("width", [200, 120, 80, 60, 40])
async def test_the_top_line_keeps_its_columns_while_time_passes(width: int) -> None:
    app = harness()
    async with app.run_test(size=(width, 24)) as pilot:
        bar = app.desk.query_one(StatusBar)
        columns = set()
        for second in (0, 60_000, 101_000, 181_000, 3_599_000, 3_600_000, 9 * 3_600_000):
            bar.show(DeskState("张敏", "在线", "online", 7, 3, 3, NOW, 2, 0, NOW + second))
            await pilot.pause()
            text = bar.render_line(0).text
            assert cell_len(text) == width
            columns.add((text.find("Mine"), text.find("3/3"), text.find("Longest"), text.find("going out")))
        assert len(columns) == 1


async def test_the_top_line_says_what_matters_at_any_width() -> None:
    app = harness()
    async with app.run_test(size=(120, 24)) as pilot:
        await pilot.pause()
        text = app.desk.query_one(StatusBar).render_line(0).text
        assert "csdesk  ● 在线 张敏" in text
        assert "Waiting 7" in text
        assert "Mine 3/3 on hold" in text
        assert "Longest ◆ 03:12" in text
        await pilot.resize_terminal(44, 20)
        await pilot.pause()
        text = app.desk.query_one(StatusBar).render_line(0).text
        assert "Waiting 7" in text
        assert "◆ 03:12" in text
