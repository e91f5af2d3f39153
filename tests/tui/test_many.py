"""Many at once on the screen: ticks, views of one's own, sorting, switching and leaving, by key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from csdesk.desk import people, sending, undoing, work
from csdesk.desk import views as own_views
from csdesk.desk.context import Desk
from csdesk.model.conversation import Priority, Sort, Status, View
from csdesk.model.message import Mode
from csdesk.store import conversations, outbox, saved_views
from csdesk.tui.screens.modals import Choice, ChoiceQuestion, ConfirmQuestion, LineQuestion
from csdesk.tui.screens.switcher import SwitchScreen
from tests.desks import clock_of, hears, open_desk
from tests.tui.test_desk import opened, until, write


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened_desk = open_desk(tmp_path / "desk.db")
    yield opened_desk
    opened_desk.close()


def customers(desk: Desk, number: int) -> list[int]:
    """So many, the first has waited longest."""
    found = []
    for each in range(number):
        found.append(hears(desk, f"t{each}", f"在吗 {each}"))
        clock_of(desk).advance(1_000)
    return found


def statuses(desk: Desk, numbers: list[int]) -> list[Status]:
    return [conversations.get(desk.store.reader(), number).status for number in numbers]


async def test_ticked_ones_are_resolved_together_and_come_back_together(desk: Desk) -> None:
    numbers = customers(desk, 5)
    async with opened(desk) as (pilot, screen):
        await pilot.press("x", "x", "down", "x")
        assert screen.queue.rows.ticks == (numbers[0], numbers[1], numbers[3])
        await pilot.press("e")
        await until(pilot, lambda: statuses(desk, numbers).count(Status.RESOLVED) == 3)
        await until(pilot, lambda: not screen.queue.rows.ticks)
        assert "3 resolved." in str(screen.card.render())
        await pilot.press("z")
        await until(pilot, lambda: statuses(desk, numbers) == [Status.OPEN] * 5)
        assert undoing.last(desk) is None


async def test_a_stretch_follows_the_cursor_both_ways(desk: Desk) -> None:
    numbers = customers(desk, 6)
    async with opened(desk) as (pilot, screen):
        rows = screen.queue.rows
        await pilot.press("down", "down", "v", "down", "down")
        assert sorted(rows.ticks) == numbers[2:5]
        await pilot.press("up", "up", "up")
        assert sorted(rows.ticks) == numbers[1:3]
        await pilot.press("v", "end")
        assert sorted(rows.ticks) == numbers[1:3]
        await pilot.press("escape")
        assert rows.ticks == () and not rows.is_stretching


async def test_all_of_more_than_a_page_and_a_question_with_their_number(desk: Desk) -> None:
    numbers = customers(desk, 130)
    async with opened(desk) as (pilot, screen):
        await pilot.press("X")
        assert len(screen.queue.rows.ticks) == 130
        await pilot.press("i")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmQuestion))
        assert "130" in str(pilot.app.screen.query_one(".title").render())  # type: ignore[attr-defined]
        await pilot.press("n")
        await until(pilot, lambda: pilot.app.screen is screen)
        assert conversations.get(desk.store.reader(), numbers[0]).assignee is None
        await pilot.press("i")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmQuestion))
        await pilot.press("y")
        await until(pilot, lambda: conversations.get(desk.store.reader(), numbers[-1]).assignee_name == "Mia")


async def test_refusals_are_told_and_the_rest_is_done(desk: Desk) -> None:
    numbers = customers(desk, 4)
    bo = Desk(desk.store, desk.clock, desk.settings, people.me(desk.store, "Bo"))
    async with opened(desk) as (pilot, screen):
        await pilot.press("X")
        work.claim(bo, numbers[1])
        await pilot.press("i")
        await until(pilot, lambda: screen.card.is_open)
        assert "3 claimed. 1 of 4 was claimed by others." in str(screen.card.render())


async def test_labels_priority_and_snooze_of_many(desk: Desk) -> None:
    numbers = customers(desk, 3)
    work.label(desk, numbers[0], ("old",))
    async with opened(desk) as (pilot, _screen):
        await pilot.press("X", "l")
        await until(pilot, lambda: isinstance(pilot.app.screen, LineQuestion))
        await pilot.press(*"vip,-old", "enter")
        await until(
            pilot,
            lambda: (
                [conversations.get(desk.store.reader(), each).labels for each in numbers] == [("vip",)] * 3
            ),
        )
        await pilot.press("X", "p")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChoiceQuestion))
        await pilot.press("1")
        await until(
            pilot, lambda: conversations.get(desk.store.reader(), numbers[2]).priority is Priority.URGENT
        )
        await pilot.press("X", "s")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChoiceQuestion))
        await pilot.press("1")
        await until(pilot, lambda: statuses(desk, numbers) == [Status.SNOOZED] * 3)


async def test_ticks_are_for_the_list_only(desk: Desk) -> None:
    """In the editor F9 is about the conversation that is shown."""
    first, second, third = customers(desk, 3)
    async with opened(desk) as (pilot, screen):
        await pilot.press("end", "x", "f8")
        await until(pilot, lambda: screen.is_writing)
        await pilot.press("f9")
        await until(pilot, lambda: statuses(desk, [first, second, third])[0] is Status.RESOLVED)
        assert statuses(desk, [second, third]) == [Status.OPEN, Status.OPEN]


async def test_a_filter_becomes_a_view_that_is_deleted_and_comes_back(desk: Desk) -> None:
    numbers = customers(desk, 3)
    work.label(desk, numbers[1], ("退款",))
    async with opened(desk) as (pilot, screen):
        await pilot.press("backslash")
        await write(pilot, "label:退款")
        await pilot.press("enter", "S")
        await until(pilot, lambda: isinstance(pilot.app.screen, LineQuestion))
        await write(pilot, "退款单")
        await pilot.press("enter")
        await until(pilot, lambda: screen.queue.saved is not None)
        await until(pilot, lambda: screen.shown is not None and screen.shown.id == numbers[1])
        assert [row.id for row in screen.queue.rows.window_rows] == [numbers[1]]
        await until(pilot, lambda: [tab.text for tab in screen.queue.own] == ["退款单 1"])

        await pilot.press("4")
        assert screen.queue.saved is None and len(screen.queue.rows.window_rows) == 3
        await pilot.press("7")
        assert screen.queue.saved is not None and len(screen.queue.rows.window_rows) == 1
        await screen.run_action("delete_view")
        await until(pilot, lambda: screen.queue.own == ())
        assert screen.queue.view is View.WAITING and len(screen.queue.rows.window_rows) == 3
        await pilot.press("z")
        await until(pilot, lambda: [tab.name for tab in screen.queue.own] == ["退款单"])


async def test_a_view_remembers_how_it_is_sorted(desk: Desk) -> None:
    numbers = customers(desk, 3)
    work.prioritise(desk, numbers[2], Priority.URGENT)
    async with opened(desk) as (pilot, screen):
        await pilot.press("O")
        assert screen.queue.sort is Sort.PRIORITY
        assert [row.id for row in screen.queue.rows.window_rows] == [numbers[2], numbers[0], numbers[1]]
        await pilot.press("2")
        assert screen.queue.sort is Sort.WAIT
        await until(
            pilot,
            lambda: saved_views.sort_of(desk.store.reader(), desk.agent.id, "waiting") is Sort.PRIORITY,
        )
        await pilot.press("1")
        assert screen.queue.sort is Sort.PRIORITY
        await pilot.press("4", "O")
        assert screen.queue.sort is Sort.WAIT


async def test_drafts_and_failures_are_views(desk: Desk) -> None:
    numbers = customers(desk, 3)
    sending.save_draft(desk, numbers[1], Mode.REPLY, "还没写完", 4).result(60)
    sending.reply(desk, numbers[2], "发不出去")
    desk.store.write(
        lambda tx: outbox.fail(tx.connection, outbox.listed(tx.connection)[0].message, "no line")
    )
    own_views.save(desk, "two", View.ALL, "customer t2")
    async with opened(desk) as (pilot, screen):
        await until(pilot, lambda: [tab.text for tab in screen.queue.own] == ["two 1"])
        await pilot.press("d")
        assert [row.id for row in screen.queue.rows.window_rows] == [numbers[1]]
        await pilot.press("F")
        assert [row.id for row in screen.queue.rows.window_rows] == [numbers[2]]
        await pilot.press("V")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChoiceQuestion))
        offered = pilot.app.screen
        assert isinstance(offered, ChoiceQuestion)
        assert [choice.text for choice in offered._choices][-3:] == ["Drafts 1", "Failed 1", "two 1"]
        await pilot.press("7")
        await until(pilot, lambda: screen.queue.view is View.DRAFTS)


async def test_scroll_and_mode_are_kept_while_another_is_open(desk: Desk) -> None:
    first, second = customers(desk, 2)
    for each in range(60):
        hears(desk, "t0", f"第 {each} 句")
    work.claim(desk, first)
    work.claim(desk, second)
    async with opened(desk, (100, 30)) as (pilot, screen):
        lines = screen.conversation.lines
        await pilot.press("f8")
        await until(pilot, lambda: screen.shown is not None and screen.shown.id == first)
        lines.scroll_lines(-40)
        top = lines.window_messages, lines.top
        await pilot.press("ctrl+r")
        await write(pilot, "写给同事")
        await pilot.press("f7")
        await until(pilot, lambda: isinstance(pilot.app.screen, SwitchScreen))
        await pilot.press("enter")
        await until(pilot, lambda: screen.shown is not None and screen.shown.id == second)
        assert screen.composer is not None and screen.composer.mode is Mode.REPLY
        assert lines.is_at_tail
        hears(desk, "t0", "还在吗")
        await pilot.press("f7")
        await until(pilot, lambda: isinstance(pilot.app.screen, SwitchScreen))
        await pilot.press("enter")
        await until(pilot, lambda: screen.shown is not None and screen.shown.id == first)
        assert (screen.composer.mode, screen.composer.editor.text) == (Mode.NOTE, "写给同事")
        assert not lines.is_at_tail and lines.unseen_count == 1
        first_seen = lines._view.place_of(lines.top)[0].message.text
        assert first_seen in [message.text for message in top[0]]
        await pilot.press("escape", "backspace")
        await until(pilot, lambda: screen.shown is not None and screen.shown.id == second)


async def test_leaving_asks_once_and_names_what_is_unsent(desk: Desk) -> None:
    customers(desk, 2)
    async with opened(desk) as (pilot, screen):
        await pilot.press("f8")
        await write(pilot, "还没发")
        await pilot.press("ctrl+q")
        await until(pilot, lambda: screen.card.is_open)
        assert "1 draft" in str(screen.card.render())
        assert pilot.app.is_running and pilot.app.return_code is None
        await pilot.press("ctrl+q")
        await until(pilot, lambda: pilot.app.return_code == 0)


async def test_leaving_with_nothing_unsent_does_not_ask(desk: Desk) -> None:
    customers(desk, 1)
    async with opened(desk) as (pilot, _screen):
        await pilot.press("ctrl+q")
        await until(pilot, lambda: pilot.app.return_code == 0)


@pytest.mark.parametrize("opens", ["s", "comma", "f1", "ctrl+p", "backslash", "e"])
async def test_the_key_that_leaves_closes_what_lies_over_the_desk_and_leaves(desk: Desk, opens: str) -> None:
    customers(desk, 1)
    async with opened(desk) as (pilot, screen):
        await until(pilot, lambda: screen.shown is not None)
        await pilot.press(opens)
        await pilot.press("ctrl+q")
        await until(pilot, lambda: pilot.app.return_code == 0)


async def test_the_key_that_leaves_takes_a_stack_of_questions_down(desk: Desk) -> None:
    customers(desk, 1)
    async with opened(desk) as (pilot, _screen):
        pilot.app.push_screen(ChoiceQuestion("?", [Choice("1", 1)]))
        pilot.app.push_screen(LineQuestion("?", value="half an answer"))
        await until(pilot, lambda: isinstance(pilot.app.screen, LineQuestion) and pilot.app.screen.is_mounted)
        await pilot.press("ctrl+q")
        await until(pilot, lambda: pilot.app.return_code == 0)
