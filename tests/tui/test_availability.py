"""Being there, as an agent sees it: the countdown, away and back, what was missed, F4, hold, two windows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import OptionList

from csdesk.desk import availability, people, work
from csdesk.desk.context import Desk
from csdesk.desk.runner import Runner
from csdesk.model.availability import Availability, Cause
from csdesk.model.message import Sender
from csdesk.store import conversations, messages
from csdesk.store.verify import verify
from csdesk.tui.screens.availability import Countdown, WhileAway, read_until
from csdesk.tui.screens.desk import DeskScreen
from csdesk.tui.screens.modals import ChoiceQuestion, LineQuestion
from tests.desks import START_MS, Line, clock_of, hears, open_desk
from tests.tui.test_desk import opened, until, write

MINUTE = 60_000


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened_desk = open_desk(tmp_path / "desk.db")
    yield opened_desk
    assert verify(opened_desk.store.path).problems == ()
    opened_desk.close()


def status(desk: Desk) -> tuple[Availability, Cause]:
    now = availability.standing(desk)
    return now.status, now.cause


async def online(pilot: Pilot[int], screen: DeskScreen) -> None:
    """The window knows that it has arrived."""
    await until(pilot, lambda: "online" in top_line(screen))


def passes(screen: DeskScreen, desk: Desk, by_ms: int) -> None:
    """Time passes with a tick each second."""
    for _second in range(by_ms // 1_000):
        clock_of(desk).advance(1_000)
        assert screen.attendance is not None
        screen.attendance.tick(desk.now_ms())
    screen.tick()


def said(desk: Desk, conversation: int) -> list[str]:
    """What the agent said there."""
    found = messages.before(desk.store.reader(), conversation, None, 50, with_events=False)
    return [message.text for message in found if message.sender is Sender.AGENT]


def banners(screen: DeskScreen) -> list[str]:
    return [str(each.render()) for each in screen.app.screen.query(Countdown)]


def top_line(screen: DeskScreen) -> str:
    return screen.status_bar.render_line(0).text


async def test_a_countdown_that_any_key_ends_and_the_key_acts(desk: Desk) -> None:
    hears(desk, "t1")
    hears(desk, "t2")
    async with opened(desk) as (pilot, screen):
        await online(pilot, screen)
        first = screen.queue.rows.selected_id
        passes(screen, desk, 305_000)
        await until(pilot, lambda: len(banners(screen)) == 1)
        assert "Away in 25 s" in banners(screen)[0]
        await pilot.press("j")
        await until(pilot, lambda: banners(screen) == [])
        assert screen.queue.rows.selected_id != first
        assert status(desk) == (Availability.ONLINE, Cause.STARTED)


async def test_away_by_itself_then_back_with_a_key_that_acts(desk: Desk) -> None:
    number = hears(desk, "t1", "第一句")
    work.claim(desk, number)
    async with opened(desk) as (pilot, screen):
        await online(pilot, screen)
        passes(screen, desk, 331_000)
        await until(pilot, lambda: status(desk) == (Availability.AWAY, Cause.IDLE))
        await until(pilot, lambda: "away (automatic)" in top_line(screen))
        assert banners(screen) == []
        hears(desk, "t1", "有人吗")
        hears(desk, "t2", "快递还没到")
        await pilot.press("2")
        await until(pilot, lambda: status(desk) == (Availability.ONLINE, Cause.RETURNED))
        await until(pilot, lambda: isinstance(screen.app.screen, WhileAway))
        assert screen.queue.view.value == "unassigned"
        await pilot.press("enter")
        await until(pilot, lambda: screen.app.screen is screen and screen.shown is not None)
        assert screen.shown is not None and screen.shown.id == number


async def test_typing_goes_on_behind_the_card(desk: Desk) -> None:
    number = hears(desk, "t1")
    work.claim(desk, number)
    async with opened(desk) as (pilot, screen):
        await online(pilot, screen)
        await pilot.press("f8")
        passes(screen, desk, 331_000)
        await until(pilot, lambda: status(desk)[0] is Availability.AWAY)
        hears(desk, "t1", "在吗")
        await write(pilot, "您")
        await until(pilot, lambda: isinstance(screen.app.screen, WhileAway))
        await write(pilot, "好我回来了")
        assert screen.composer is not None
        await until(pilot, lambda: screen.composer.editor.text == "您好我回来了")  # type: ignore[union-attr]
        assert screen.app.screen is screen


async def comes_back_writing(pilot: Pilot[int], screen: DeskScreen, desk: Desk, first: str) -> None:
    """Away by itself over the composer, somebody writes, and ``first`` is typed: the card is there."""
    passes(screen, desk, 331_000)
    await until(pilot, lambda: status(desk)[0] is Availability.AWAY)
    hears(desk, "t2", "还在吗")
    await write(pilot, first)
    await until(pilot, lambda: isinstance(screen.app.screen, WhileAway))


async def test_a_paste_and_an_enter_are_the_texts_not_the_cards(desk: Desk) -> None:
    number = hears(desk, "t1")
    hears(desk, "t2")
    work.claim(desk, number)
    async with opened(desk) as (pilot, screen):
        await online(pilot, screen)
        await pilot.press("f8")
        await comes_back_writing(pilot, screen, desk, "您")
        screen.app.post_message(events.Paste("好，订单"))
        await until(pilot, lambda: screen.app.screen is screen)
        await comes_back_writing(pilot, screen, desk, "A")
        await pilot.press("enter")
        await until(pilot, lambda: said(desk, number) == ["您好，订单A"])
        assert screen.app.screen is screen
        assert screen.shown is not None and screen.shown.id == number


async def test_f8_on_the_card_over_what_is_being_written_goes_to_the_longest_wait(desk: Desk) -> None:
    waits = hears(desk, "t1")
    clock_of(desk).advance(60_000)
    hears(desk, "t2")
    async with opened(desk) as (pilot, screen):
        await online(pilot, screen)
        await pilot.press("f8", "f8")
        assert screen.is_writing and screen.shown is not None and screen.shown.id != waits
        await comes_back_writing(pilot, screen, desk, "您")
        foot = str(screen.app.screen.query_one(".foot").render())
        assert "F8" in foot and "Enter" not in foot
        await pilot.press("f8")
        await until(pilot, lambda: screen.app.screen is screen and screen.shown.id == waits)  # type: ignore[union-attr]


async def test_nothing_missed_is_said_in_a_line(desk: Desk) -> None:
    async with opened(desk) as (pilot, screen):
        await online(pilot, screen)
        passes(screen, desk, 331_000)
        await until(pilot, lambda: status(desk)[0] is Availability.AWAY)
        await pilot.press("j")
        await until(pilot, lambda: screen.card.is_open)
        assert "nobody wrote" in str(screen.card.render())


async def test_f4_chooses_for_how_long_and_why_and_no_key_undoes_it(desk: Desk) -> None:
    async with opened(desk) as (pilot, screen):
        await online(pilot, screen)
        await pilot.press("f4")
        await until(pilot, lambda: isinstance(screen.app.screen, ChoiceQuestion))
        await pilot.press("2")
        await until(pilot, lambda: "lunch, back" in choices(screen))
        await pilot.press("6")
        await until(pilot, lambda: isinstance(screen.app.screen, LineQuestion))
        await write(pilot, "+20m stocktake")
        await pilot.press("enter")
        await until(pilot, lambda: status(desk) == (Availability.BUSY, Cause.CHOSEN))
        now = availability.standing(desk)
        assert (now.until, now.reason) == (now.at + 20 * MINUTE, "stocktake")
        await until(pilot, lambda: "busy until" in top_line(screen))
        await pilot.press("j", "k")
        passes(screen, desk, 10 * MINUTE)
        assert status(desk) == (Availability.BUSY, Cause.CHOSEN)
        passes(screen, desk, 10 * MINUTE)
        assert status(desk) == (Availability.BUSY, Cause.CHOSEN)
        await until(pilot, lambda: "F4" in str(screen.card.render()))


def choices(screen: DeskScreen) -> str:
    found = screen.app.screen.query(OptionList)
    return "\n".join(
        str(each.get_option_at_index(n).prompt) for each in found for n in range(each.option_count)
    )


async def test_f4_knows_the_usual_reasons_and_the_desk_reminds(desk: Desk) -> None:
    async with opened(desk) as (pilot, screen):
        await online(pilot, screen)
        await pilot.press("f4")
        await until(pilot, lambda: isinstance(screen.app.screen, ChoiceQuestion))
        await pilot.press("3")
        await until(pilot, lambda: "lunch, back" in choices(screen))
        await pilot.press("1")
        await until(pilot, lambda: status(desk) == (Availability.AWAY, Cause.CHOSEN))
        now = availability.standing(desk)
        assert (now.until, now.reason) == (now.at + 45 * MINUTE, "lunch")
        clock_of(desk).advance(45 * MINUTE)
        await until(pilot, lambda: "meant to be back" in str(screen.card.render()))
        await until(pilot, lambda: "away, back was" in top_line(screen))
        assert status(desk) == (Availability.AWAY, Cause.CHOSEN)


async def test_the_card_opens_the_one_that_is_marked(desk: Desk) -> None:
    first, second = hears(desk, "t1"), hears(desk, "t2")
    async with opened(desk) as (pilot, screen):
        await online(pilot, screen)
        passes(screen, desk, 331_000)
        await until(pilot, lambda: status(desk)[0] is Availability.AWAY)
        hears(desk, "t1", "one")
        hears(desk, "t2", "two")
        await pilot.press("j")
        await until(pilot, lambda: isinstance(screen.app.screen, WhileAway))
        await pilot.press("down", "enter")
        await until(pilot, lambda: screen.shown is not None and screen.is_writing)
        assert screen.shown is not None and screen.shown.id == second != first


async def test_leaving_the_chooser_changes_nothing(desk: Desk) -> None:
    async with opened(desk) as (pilot, screen):
        await online(pilot, screen)
        for keys in (("f4", "escape"), ("f4", "3", "escape")):
            for key in keys:
                await pilot.press(key)
                await pilot.pause()
            await until(pilot, lambda: screen.app.screen is screen)
        assert status(desk) == (Availability.ONLINE, Cause.STARTED)


async def test_two_windows_agree(desk: Desk) -> None:
    other = Desk(desk.store, desk.clock, desk.settings, people.me(desk.store, "Mia"))
    async with opened(desk) as (pilot, screen):
        await online(pilot, screen)
        availability.arrive(other).result()
        passes(screen, desk, 200_000)
        availability.show(other, desk.now_ms()).result()
        await until(pilot, lambda: screen.attendance.seat.active_at == desk.now_ms())  # type: ignore[union-attr]
        passes(screen, desk, 200_000)
        assert (banners(screen), status(desk)[0]) == ([], Availability.ONLINE)
        availability.choose(other, Availability.OFFLINE)
        await until(pilot, lambda: "offline" in top_line(screen))


async def test_one_chat_too_many_asks_once(desk: Desk) -> None:
    for name in ("a", "b", "c"):
        work.claim(desk, hears(desk, name))
    fourth, fifth = hears(desk, "d"), hears(desk, "e")

    def mine(number: int) -> bool:
        return conversations.get(desk.store.reader(), number).assignee == desk.agent.id

    async with opened(desk) as (pilot, screen):
        await online(pilot, screen)
        await pilot.press("2")
        await until(pilot, lambda: screen.queue.rows.selected_id == fourth)
        assert "on hold" in top_line(screen)
        await pilot.press("i")
        await until(pilot, lambda: isinstance(screen.app.screen, ChoiceQuestion))
        await pilot.press("1")
        await until(pilot, lambda: screen.app.screen is screen)
        assert not mine(fourth)
        await pilot.press("i")
        await until(pilot, lambda: isinstance(screen.app.screen, ChoiceQuestion))
        await pilot.press("2")
        await until(pilot, lambda: mine(fourth))
        await until(pilot, lambda: screen.queue.rows.selected_id == fifth)
        await pilot.press("i")
        await until(pilot, lambda: mine(fifth))


async def test_the_transfer_chooser_says_who_is_there(desk: Desk) -> None:
    hears(desk, "t")
    for name, there in (("Ann", None), ("Bo", Availability.AWAY), ("Cy", Availability.ONLINE)):
        colleague = Desk(desk.store, desk.clock, desk.settings, people.me(desk.store, name))
        if there is not None:
            availability.arrive(colleague).result()
            availability.choose(colleague, there)
    async with opened(desk) as (pilot, screen):
        await pilot.press("t")
        await until(pilot, lambda: isinstance(screen.app.screen, ChoiceQuestion))
        question = screen.app.screen
        assert isinstance(question, ChoiceQuestion)
        said = [" ".join(choice.text.split()) for choice in question._choices]
        assert said == ["● Cy online · 0/3", "☾ Bo away · 0/3", "○ Ann offline · 0/3"]
        await pilot.press("escape")


async def test_customers_are_told_and_the_card_says_so(desk: Desk) -> None:
    line = Line()
    runner = Runner(desk, [line])
    async with opened(desk, (80, 24)) as (pilot, screen):
        await online(pilot, screen)
        runner.step()
        number = hears(desk, "t1", "快递还没到 [/x] \x1b[31m")
        work.claim(desk, number)
        for _round in range(200):
            passes(screen, desk, 2_000)
            await pilot.pause()
            runner.step()
        assert [asked.is_automatic for asked in line.asked] == [True, True]
        await pilot.press("space")
        await until(pilot, lambda: isinstance(screen.app.screen, WhileAway))
        card = screen.app.screen
        said = "\n".join(str(each.render()) for each in card.query("Static"))
        assert "0 customers wrote" in said, "the one who did wrote before"
        assert "1 waits" in said and "1 automatic text sent" in said and "  away" in said
        await pilot.press("escape")
        await until(pilot, lambda: screen.app.screen is screen)
        await pilot.press("f8")
        await until(pilot, lambda: any("Automatic · away" in row for row in seen(screen)))
    runner.close()


def seen(screen: DeskScreen) -> list[str]:
    lines = screen.conversation.lines
    return [lines.render_line(y).text for y in range(lines.size.height)]


@pytest.mark.parametrize(
    ("typed", "minutes", "reason"),
    [
        ("", None, ""),
        ("lunch", None, "lunch"),
        ("+20m 午饭", 20, "午饭"),
        ("+2h", 120, ""),
        ("+5", 5, ""),
        ("3 people", None, "3 people"),
        ("25:00", None, "25:00"),
    ],
)
def test_until_and_why_in_one_line(typed: str, minutes: int | None, reason: str) -> None:
    until_ms = None if minutes is None else START_MS + minutes * MINUTE
    assert read_until(typed, START_MS) == (until_ms, reason)


def test_a_time_of_day_is_the_next_one() -> None:
    for typed in ("14:30 午饭", "14：30 午饭"):
        until_ms, reason = read_until(typed, START_MS)
        assert until_ms is not None and 0 < until_ms - START_MS <= 24 * 60 * MINUTE
        assert reason == "午饭"
