"""Keys typed faster than a question opens act where they were meant to: in one burst, as a fast hand types them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot

from csdesk.desk import people
from csdesk.desk.context import Desk
from csdesk.model.availability import Availability
from csdesk.model.conversation import Priority, Status, View
from csdesk.store import conversations
from csdesk.tui.screens.desk import DeskScreen
from csdesk.tui.screens.modals import LineQuestion
from csdesk.tui.screens.replies import RepliesScreen
from csdesk.tui.screens.reply_form import ReplyForm
from csdesk.tui.typed_ahead import ASKS, LONGEST_S
from csdesk.tui.widgets.in_order import LineInput
from tests.desks import open_desk
from tests.tui.test_desk import opened, three_wait, until


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path / "desk.db") as opened_desk:
        yield opened_desk


def burst(pilot: Pilot[int], *keys: str) -> None:
    """All ``keys`` at once: each is read before the first has done anything. A longer one is text or a name."""
    names = {"enter", "down", "f4", "escape"}
    for key in keys:
        for one in (key,) if key in names else key:
            event = events.Key(one, None if one in names else one)
            event.set_sender(pilot.app)
            assert pilot.app._driver is not None
            pilot.app._driver.send_message(event)


async def listing(pilot: Pilot[int], screen: DeskScreen) -> None:
    await until(pilot, lambda: screen.queue.rows.has_focus and screen.chosen is not None)


async def test_a_number_behind_the_key_that_asks_is_the_answer(desk: Desk) -> None:
    first, second, _third = three_wait(desk)
    async with opened(desk) as (pilot, screen):
        await listing(pilot, screen)
        burst(pilot, "s", "1")
        await until(pilot, lambda: conversations.get(desk.store.reader(), first).status is Status.SNOOZED)
        assert screen.queue.view is View.WAITING

        await until(pilot, lambda: screen.chosen == second)
        burst(pilot, "p", "1")
        await until(pilot, lambda: conversations.get(desk.store.reader(), second).priority is Priority.URGENT)


async def test_keys_before_the_one_that_asks_have_acted(desk: Desk) -> None:
    _first, _second, third = three_wait(desk)
    async with opened(desk) as (pilot, screen):
        await listing(pilot, screen)
        burst(pilot, "down", "j", "s", "1")
        await until(pilot, lambda: conversations.get(desk.store.reader(), third).status is Status.SNOOZED)


async def test_one_question_after_another_is_answered_in_one_go(desk: Desk) -> None:
    first, *_rest = three_wait(desk)
    bo = desk.store.write(lambda tx: people.add_agent(tx, "Bo"))
    async with opened(desk) as (pilot, screen):
        await listing(pilot, screen)
        burst(pilot, "t", "1", "x换货", "enter")
        await until(pilot, lambda: conversations.get(desk.store.reader(), first).assignee == bo.id)
        assert not screen.queue.rows.ticks


async def test_a_text_behind_a_choice_is_written_into_the_question_that_follows(desk: Desk) -> None:
    three_wait(desk)
    async with opened(desk) as (pilot, screen):
        await until(pilot, lambda: screen.attendance is not None)
        await listing(pilot, screen)
        burst(pilot, "f4", "3", "6", "eat", "enter")
        await until(
            pilot,
            lambda: (
                screen.attendance is not None
                and screen.attendance.seat.standing.status is Availability.AWAY
                and screen.attendance.seat.standing.reason == "eat"
            ),
        )


async def test_keys_do_not_wait_for_ever_for_a_question_that_does_not_come(desk: Desk) -> None:
    three_wait(desk)
    async with opened(desk) as (pilot, screen):
        await listing(pilot, screen)

        async def think() -> None:
            await until(pilot, lambda: screen.queue.view is View.MINE)

        worker = screen.run_worker(think(), group=ASKS)
        burst(pilot, "3")
        await pilot.pause(LONGEST_S / 4)
        assert screen.queue.view is View.WAITING
        await worker.wait()


async def test_a_code_behind_the_key_that_makes_a_reply_is_written_into_its_form(desk: Desk) -> None:
    async with opened(desk) as (pilot, screen):
        await pilot.press("M")
        await until(
            pilot, lambda: isinstance(screen.app.screen, RepliesScreen) and len(screen.app.screen.list) > 2
        )
        burst(pilot, "down", "nxdz")
        await until(pilot, lambda: isinstance(screen.app.screen, ReplyForm))
        form = screen.app.screen
        await until(pilot, lambda: [line.value for line in form.query(LineInput)][:2] == ["xdz", ""])


async def test_a_question_is_not_opened_twice(desk: Desk) -> None:
    three_wait(desk)
    async with opened(desk) as (pilot, screen):
        await listing(pilot, screen)
        burst(pilot, "l", "l")
        await until(pilot, lambda: isinstance(screen.app.screen, LineQuestion))
        question = screen.app.screen
        await until(pilot, lambda: [line.value for line in question.query(LineInput)] == ["l"])
        assert len(screen.app.screen_stack) == 2
