"""Customers who wait too long, as the screen tells of them: the line, the bell, the notification, silence."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot

from csdesk.availability.alerts import Level, Line
from csdesk.config import AlertSettings, Settings, UiSettings
from csdesk.desk import alerts, sending
from csdesk.desk.context import Desk
from csdesk.tui.app import DeskApp
from csdesk.tui.screens.desk import DeskScreen
from tests.desks import clock_of, hears, open_desk
from tests.tui.test_desk import click, until, write

RED = Line(Level.RED, 1, 180_000)
OSC9 = "\x1b]9;csdesk: "


class Heard(DeskApp):
    """A desk whose terminal is a list."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.bells = 0
        self.sequences: list[str] = []
        self.titles: list[str] = []

    def bell(self) -> None:
        self.bells += 1

    def tell_terminal(self, sequence: str) -> None:
        self.sequences.append(sequence)

    def name_window(self, title: str) -> None:
        self.titles.append(title)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("TMUX", raising=False)
    with open_desk(tmp_path / "desk.db") as opened:
        opened.settings = Settings(alerts=AlertSettings(notify="osc9"))
        yield opened


@asynccontextmanager
async def opened(
    desk: Desk, size: tuple[int, int] = (120, 40)
) -> AsyncIterator[tuple[Pilot[int], Heard, DeskScreen]]:
    app = Heard(desk)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: isinstance(app.screen, DeskScreen) and app.screen.alerts is not None)
        screen = app.screen
        assert isinstance(screen, DeskScreen)
        await pilot.pause()
        yield pilot, app, screen


async def pass_time(pilot: Pilot[int], screen: DeskScreen, seconds: int) -> None:
    """So many seconds later; the screen ticks, and what it started is done."""
    clock_of(screen.desk).advance(seconds * 1000)
    screen.tick()
    await screen.workers.wait_for_complete(
        [worker for worker in screen.workers if "_be_loud" in worker.name or worker.group == "default"]
    )
    await pilot.pause()


def line_of(screen: DeskScreen) -> Line | None:
    assert screen.alert_line is not None
    return screen.alert_line.line


async def test_a_late_wait_opens_a_line_rings_and_notifies_who_looks_elsewhere(desk: Desk) -> None:
    hears(desk, "t1", "我的快递呢？订单 12345")
    async with opened(desk) as (pilot, app, screen):
        assert (line_of(screen), app.bells) == (None, 0)
        app.post_message(events.AppBlur())
        await pilot.pause()
        await pass_time(pilot, screen, 100)
        assert line_of(screen) == Line(Level.AMBER, 1, 100_000)
        await pass_time(pilot, screen, 80)
        assert line_of(screen) == RED
        assert app.bells == 2
        assert app.sequences == [
            f"{OSC9}1 customer has waited over 01:40\x07",
            f"{OSC9}1 customer has waited over 03:00\x07",
        ]
        assert app.titles[-1] == "csdesk (1 waiting, 03:00)"
        assert [each.level for each in alerts.recent(desk)] == [Level.RED]


async def test_who_looks_is_only_rung(desk: Desk) -> None:
    hears(desk, "t1")
    async with opened(desk) as (pilot, app, screen):
        app.post_message(events.AppFocus())
        await pilot.pause()
        await pass_time(pilot, screen, 180)
        assert (line_of(screen), app.bells, app.sequences) == (RED, 1, [])


async def test_a_terminal_that_tells_no_focus_notifies_after_a_minute_without_keys(desk: Desk) -> None:
    hears(desk, "t1")
    async with opened(desk) as (pilot, app, screen):
        await pilot.press("j")
        await pass_time(pilot, screen, 180)
        assert len(app.sequences) == 1


async def test_always_and_without_a_bell(desk: Desk) -> None:
    hears(desk, "t1")
    desk.settings = Settings(
        ui=UiSettings(bell=False), alerts=AlertSettings(notify="osc777", notify_when="always")
    )
    async with opened(desk) as (pilot, app, screen):
        app.post_message(events.AppFocus())
        await pilot.pause()
        await pass_time(pilot, screen, 180)
        assert (app.bells, app.sequences) == (
            0,
            ["\x1b]777;notify;csdesk;1 customer has waited over 03:00\x07"],
        )


async def test_the_line_closes_by_key_and_opens_with_the_next(desk: Desk) -> None:
    hears(desk, "t1")
    async with opened(desk) as (pilot, _app, screen):
        await pass_time(pilot, screen, 180)
        assert line_of(screen) == RED
        await pilot.press("A")
        assert line_of(screen) is None
        hears(desk, "t2")
        await until(pilot, lambda: screen.status_bar.state.waiting == 2)
        await pass_time(pilot, screen, 100)
        assert line_of(screen) == Line(Level.AMBER, 2, 100_000)


async def test_an_answer_closes_it_and_writing_keeps_it_quiet(desk: Desk) -> None:
    hears(desk, "t1")
    async with opened(desk) as (pilot, app, screen):
        await pilot.press("f8")
        await write(pilot, "您")
        clock_of(desk).advance(179_000)
        await write(pilot, "好")
        await pass_time(pilot, screen, 1)
        assert (line_of(screen), app.bells) == (None, 0)
        await pass_time(pilot, screen, 60)
        assert (line_of(screen), app.bells) == (RED, 1)
        assert screen.shown is not None
        sending.reply(desk, screen.shown.id, "您好")
        await until(pilot, lambda: screen.status_bar.state.waiting == 0)
        await pass_time(pilot, screen, 1)
        assert line_of(screen) is None
        assert app.titles[-1] == "csdesk"


async def test_a_click_goes_to_the_longest_wait(desk: Desk) -> None:
    first = hears(desk, "t1")
    clock_of(desk).advance(1_000)
    hears(desk, "t2")
    async with opened(desk) as (pilot, _app, screen):
        await pass_time(pilot, screen, 200)
        await click(pilot, "#alert")
        await until(
            pilot, lambda: screen.shown is not None and screen.shown.id == first and screen.is_writing
        )


async def test_a_restart_says_nothing_twice(desk: Desk) -> None:
    hears(desk, "t1")
    async with opened(desk) as (pilot, app, screen):
        await pass_time(pilot, screen, 180)
        assert app.bells == 1
    clock_of(desk).advance(5_000)
    async with opened(desk) as (pilot, app, screen):
        await pass_time(pilot, screen, 5)
        assert (line_of(screen), app.bells) == (None, 0)


async def test_off_means_off(desk: Desk) -> None:
    hears(desk, "t1")
    desk.settings = Settings(alerts=AlertSettings(is_on=False, title=False))
    async with opened(desk) as (pilot, app, screen):
        await pass_time(pilot, screen, 500)
        assert (line_of(screen), app.bells, app.sequences, app.titles) == (None, 0, [], [])


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 20), (40, 12)])
async def test_the_line_fits(desk: Desk, size: tuple[int, int]) -> None:
    hears(desk, "t1")
    async with opened(desk, size) as (pilot, _app, screen):
        await pass_time(pilot, screen, 180)
        assert screen.alert_line is not None
        shown = screen.alert_line.region
        assert (shown.y, shown.height, shown.width) == (1, 1, size[0])
        said = str(screen.alert_line.render())
        assert "1 customer has waited over 03:00" in said
        assert len(said) <= size[0] - 2


async def test_trying_one_needs_nobody_to_wait(desk: Desk) -> None:
    async with opened(desk) as (pilot, app, screen):
        screen.action_try_alert()
        await pilot.pause()
        assert app.bells == 1
        assert app.sequences == [f"{OSC9}This is what an alert looks like.\x07"]
