"""What colleagues ask each other on the screen: the line, the keys, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from csdesk.config import Settings, TransferSettings
from csdesk.desk import offers, people, work
from csdesk.desk.context import Desk
from csdesk.desk.moves import Target
from csdesk.model.conversation import View
from csdesk.store import conversations, hub
from csdesk.store import offers as stored
from csdesk.store.hub import HubState
from csdesk.tui import hub_watch
from csdesk.tui.glyphs import glyphs
from csdesk.tui.screens.desk import DeskScreen
from csdesk.tui.screens.modals import ChoiceQuestion, LineQuestion
from tests.desks import clock_of, hears, open_desk
from tests.tui.test_desk import opened, until

MINUTE = 60_000


@pytest.fixture
def mia(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path / "desk.db") as desk:
        desk.settings = replace(Settings(), transfer=TransferSettings(ask="always"))
        yield desk


def colleague(mia: Desk, name: str = "Bo") -> Desk:
    """Who works on the same store."""
    return Desk(mia.store, mia.clock, mia.settings, people.me(mia.store, name))


def offered(giver: Desk, to: str, thread: str = "t1") -> int:
    number = hears(giver, thread)
    work.claim(giver, number)
    work.do(giver, number, offers.hand_on(giver, Target(agent=to), "knows [/x] the case"))
    return number


def line_of(screen: DeskScreen) -> str:
    assert screen.offer_watch is not None
    line = screen.offer_watch.line
    return str(line.render()) if line.has_class("-open") else ""


async def typed(pilot: Pilot[int], text: str) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, LineQuestion))
    await pilot.press(*text, "enter")


async def test_asked_one_key_takes_it(mia: Desk) -> None:
    bo = colleague(mia)
    other = hears(mia, "t9")
    async with opened(mia) as (pilot, screen):
        assert line_of(screen) == ""
        number = offered(bo, "Mia")
        await until(pilot, lambda: "Bo asks you to take" in line_of(screen))
        assert "knows [/x] the case" in line_of(screen) and "03:00" in line_of(screen)
        await until(pilot, lambda: screen.queue.rows.select(other))
        await pilot.press("I")
        await until(pilot, lambda: screen.shown is not None and screen.shown.id == number)
        assert conversations.get(mia.store.reader(), number).assignee == mia.agent.id
        await until(pilot, lambda: line_of(screen) == "")


async def test_asked_one_key_declines_with_a_word_why(mia: Desk) -> None:
    """Also where the marked conversation is offered by somebody to somebody else."""
    bo = colleague(mia)
    number = offered(bo, "Mia")
    colleague(mia, "Zoe")
    between = offered(bo, "Zoe", "t2")
    async with opened(mia, (80, 24)) as (pilot, screen):
        await until(pilot, lambda: "Bo asks you to take" in line_of(screen))
        await until(pilot, lambda: screen.queue.rows.select(between))
        await until(pilot, lambda: screen.chosen == between)
        await pilot.press("U")
        await typed(pilot, "full")
        await until(pilot, lambda: line_of(screen) == "")
        assert conversations.get(mia.store.reader(), number).assignee == bo.agent.id
        assert stored.of(mia.store.reader(), between) is not None


async def test_what_runs_out_goes_and_is_said(mia: Desk) -> None:
    offered(colleague(mia), "Mia")
    async with opened(mia) as (pilot, screen):
        await until(pilot, lambda: line_of(screen) != "")
        clock_of(mia).advance(3 * MINUTE)
        await until(pilot, lambda: line_of(screen) == "")
        await until(pilot, lambda: "it stays with Bo" in str(screen.card.render()))


async def test_given_it_is_marked_and_taken_back(mia: Desk) -> None:
    colleague(mia)
    number = hears(mia, "t1")
    async with opened(mia, (140, 40)) as (pilot, screen):
        await until(pilot, lambda: screen.queue.rows.select(number))
        await until(pilot, lambda: screen.shown is not None and screen.shown.id == number)
        await pilot.press("t")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChoiceQuestion))
        await pilot.press("1")
        await until(pilot, lambda: isinstance(pilot.app.screen, LineQuestion))
        question = pilot.app.screen
        assert "Bo is offline." in " ".join(str(each.render()) for each in question.query(".foot"))
        await typed(pilot, "French")
        await until(pilot, lambda: stored.of(mia.store.reader(), number) is not None)
        watch = screen.hub_watch
        assert watch is not None
        await until(pilot, lambda: "Bo is asked to take this" in str(watch.line.render()))
        rows = screen.queue.rows
        await until(pilot, lambda: any(glyphs().arrow in rows.render_line(y).text for y in range(6)))
        await pilot.press("U")
        await until(pilot, lambda: stored.of(mia.store.reader(), number) is None)
        await until(pilot, lambda: not watch.line.has_class("-open"))


async def test_declined_a_card_says_so_to_who_asked_without_any_hub(mia: Desk) -> None:
    bo = colleague(mia)
    number = offered(mia, "Bo")
    async with opened(mia) as (pilot, screen):
        screen.queue.show_view(View.MINE)
        screen.show_conversation(number)
        offers.decline(bo, number, "busy")
        watch = screen.hub_watch
        assert watch is not None
        await until(pilot, lambda: "Bo cannot take it: busy · L decides." in str(watch.line.render()))
        assert watch.following is None


async def test_a_store_that_joins_a_hub_meanwhile_is_followed(
    mia: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_watch, "command", lambda _store, _agent: ["true"])
    async with opened(mia, (140, 40)) as (pilot, screen):
        watch = screen.hub_watch
        assert watch is not None and watch.following is None
        mia.store.write(lambda tx: hub.join(tx, HubState("team", "host=hub", contact_at=tx.now_ms)))
        clock_of(mia).advance(hub_watch.EVERY_MS)
        await until(pilot, lambda: watch.following is not None)
        assert "team" in screen.status_bar.render_line(0).text
        mia.store.write(hub.leave)
        clock_of(mia).advance(hub_watch.EVERY_MS)
        await until(pilot, lambda: watch.following is None)


async def test_who_gave_it_hears_that_it_was_taken(mia: Desk) -> None:
    bo = colleague(mia)
    number = offered(mia, "Bo")
    async with opened(mia) as (pilot, screen):
        await until(pilot, lambda: screen.hub_watch is not None)
        await screen.acts_done()  # it looks for what others did before: that would be said in place of this
        offers.accept(bo, number)
        await until(pilot, lambda: "Bo took #" in str(screen.card.render()))
