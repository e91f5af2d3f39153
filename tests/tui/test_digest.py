"""What others did, on the screen: the line that offers it, the list, and an offline shift in the top line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from csdesk.desk import availability, changes, sending
from csdesk.desk.context import Desk
from csdesk.model.availability import Availability
from csdesk.store import hub
from csdesk.tui import hub_watch
from csdesk.tui.screens.desk import DeskScreen
from csdesk.tui.screens.digest import DigestScreen
from tests.desks import clock_of, hears
from tests.store.test_receiving import exchange, of, two_desks
from tests.tui.test_desk import opened, until
from tests.tui.test_hub import LIVE, top


@pytest.fixture
def mia(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A desk that looked once; then Bo's did something, and the two met."""
    monkeypatch.setattr(hub_watch, "command", lambda _store, _agent: [sys.executable, "-c", LIVE])
    with two_desks(tmp_path) as (relay, mia, bo):
        hears(mia, "t1")
        exchange(relay, mia, bo)
        changes.begin(mia)
        sending.note(bo, of(bo, "t1"), "look [/x] here")
        hears(bo, "t2")
        exchange(relay, mia, bo)
        mia.store.write(lambda tx: hub.note_contact(tx, tx.now_ms, 0))
        yield mia


def said(screen: DeskScreen) -> str:
    return str(screen.card.render())


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_line_offers_it_and_enter_opens_what_is_marked(mia: Desk, size: tuple[int, int]) -> None:
    async with opened(mia, size) as (pilot, screen):
        await until(pilot, lambda: "Others changed 2 conversations" in said(screen))
        await pilot.press("W")
        await until(pilot, lambda: isinstance(pilot.app.screen, DigestScreen))
        digest = pilot.app.screen
        assert isinstance(digest, DigestScreen)
        await until(pilot, lambda: digest.list.has_focus and digest.list.chosen is not None)
        drawn = [digest.list.render_line(y).text for y in range(3)]
        assert any("note" in line for line in drawn) and any("new" in line for line in drawn)
        chosen = digest.list.chosen
        assert chosen is not None
        await pilot.press("enter")
        await until(pilot, lambda: screen.shown is not None and screen.shown.id == chosen.conversation.id)
        assert changes.digest(mia).is_empty
        screen.back_to_list()
        await until(pilot, lambda: screen.queue.rows.has_focus)
        await pilot.press("W")
        await until(pilot, lambda: "Nobody else did anything" in said(screen))


async def test_in_an_offline_shift_the_agent_is_offline_and_then_as_before(mia: Desk) -> None:
    availability.choose(mia, Availability.BUSY)
    async with opened(mia, (160, 40)) as (pilot, screen):
        await until(pilot, lambda: "busy" in top(screen))
        clock_of(mia).advance(60_000)
        await until(pilot, lambda: "offline (no hub)" in top(screen))
        assert "offline shift" in top(screen)
        mia.store.write(lambda tx: hub.note_contact(tx, tx.now_ms, 0))
        clock_of(mia).advance(hub_watch.EVERY_MS)
        await until(pilot, lambda: "busy" in top(screen) and "no hub" not in top(screen))


async def test_what_is_left_to_take_in_stands_in_the_top_line(mia: Desk) -> None:
    async with opened(mia, (160, 40)) as (pilot, screen):
        await until(pilot, lambda: "in step with" in top(screen))
        assert screen.hub_watch is not None
        screen.hub_watch.hear({"state": "live", "down": 12_345})
        assert "↓ 12345" in top(screen)
        screen.hub_watch.hear({"state": "live", "down": 0})
        assert "↓" not in top(screen)
