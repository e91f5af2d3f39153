"""The contact on the screen, by key: the form that loses nothing, merging, blocking, calls, all of theirs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from csdesk.desk import contacts, sending
from csdesk.desk.context import Desk
from csdesk.model.message import Mode
from csdesk.model.people import Contact
from csdesk.store import contacts as known
from csdesk.store import conversations, drafts, people
from csdesk.text import cell_width
from csdesk.tui.panes.contact import _fact
from csdesk.tui.screens.contact_form import FIELDS, ContactForm
from csdesk.tui.screens.desk import DeskScreen
from csdesk.tui.screens.modals import ChoiceQuestion, LineQuestion
from csdesk.tui.widgets.form_fields import ChoiceField
from tests.desks import clock_of, hears, open_desk
from tests.tui.test_desk import opened, until, write


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened_desk = open_desk(tmp_path / "desk.db")
    hears(opened_desk, "lin", "尺码")
    clock_of(opened_desk).advance(60_000)
    hears(opened_desk, "wang", "快递")
    yield opened_desk
    opened_desk.close()


def contact(desk: Desk, conversation: int = 1) -> Contact:
    number = conversations.get(desk.store.reader(), conversation).contact
    found = known.get(desk.store.reader(), number)
    assert found is not None
    return found


async def menu(pilot: Pilot[int], choice: str) -> None:
    """The contact's menu, and one of its choices by number."""
    await pilot.press("K")
    await until(pilot, lambda: isinstance(pilot.app.screen, ChoiceQuestion))
    await pilot.press(choice)
    await pilot.pause()


async def leave(pilot: Pilot[int], choice: str) -> None:
    """Esc in the form, and an answer to its question: a key right behind Esc would be taken for a slip."""
    await pilot.press("escape")
    await until(pilot, lambda: isinstance(pilot.app.screen, ChoiceQuestion))
    await pilot.press(choice)


async def form(pilot: Pilot[int]) -> ContactForm:
    await menu(pilot, "1")
    await until(pilot, lambda: isinstance(pilot.app.screen, ContactForm))
    shown = pilot.app.screen
    assert isinstance(shown, ContactForm)
    return shown


def card_of(screen: DeskScreen) -> str:
    return str(screen.contact.query_one(Static).render())


async def test_the_form_is_filled_in_by_key_and_saved(desk: Desk) -> None:
    async with opened(desk) as (pilot, screen):
        await form(pilot)
        await pilot.press("end", "ctrl+u")
        await write(pilot, "林女士")
        await pilot.press("enter", "1", "3", "8", "tab", "down", "right")
        await pilot.press("enter", "right", "right", "right", "right", "right", "enter")
        await write(pilot, "2-28")
        await pilot.press("enter", "enter")
        await write(pilot, "vip,退款")
        await pilot.press("enter")
        await write(pilot, "爱绿色")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, DeskScreen))
        saved = contact(desk)
        assert (saved.name, saved.phone, saved.tier, saved.lifecycle) == ("林女士", "138", "A", "loyal")
        assert (saved.birthday, saved.labels, saved.note) == ("02-28", ("vip", "退款"), "爱绿色")
        card = card_of(screen)
        for text in ("林女士", "138", "tier A", "loyal customer", "02-28", "vip", "爱绿色"):
            assert text in card, text


async def test_what_is_refused_stays_and_esc_asks(desk: Desk) -> None:
    async with opened(desk) as (pilot, _screen):
        shown = await form(pilot)
        await pilot.press("up", "up", "up", "up")
        await write(pilot, "tomorrow")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "no day of the year" in str(shown.query(Static).last().render()))
        assert shown.focused is not None and shown.focused.id == "contact-birthday"
        await leave(pilot, "2")
        await until(pilot, lambda: pilot.app.screen is shown)
        assert shown._written() == {"birthday": "tomorrow"}
        await leave(pilot, "escape")
        await until(pilot, lambda: pilot.app.screen is shown)
        await leave(pilot, "3")
        await until(pilot, lambda: isinstance(pilot.app.screen, DeskScreen))
        assert contact(desk).birthday is None
        await form(pilot)
        await pilot.press("up")
        await write(pilot, "note")
        await leave(pilot, "1")
        await until(pilot, lambda: contact(desk).note == "note")


async def test_a_choice_is_taken_by_digit_and_taken_away(desk: Desk) -> None:
    async with opened(desk) as (pilot, _screen):
        shown = await form(pilot)
        field = shown.query_one("#contact-tier", ChoiceField)
        await pilot.press("down", "down", "down", "2")
        assert field.value == "B"
        await pilot.press("backspace")
        assert field.value == ""
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, DeskScreen))


async def test_two_are_merged_after_a_preview_and_taken_back(desk: Desk) -> None:
    async with opened(desk) as (pilot, screen):
        await menu(pilot, "6")
        await until(pilot, lambda: isinstance(pilot.app.screen, LineQuestion))
        await write(pilot, "nobody")
        await pilot.press("enter")
        await until(pilot, lambda: "No other contact" in str(pilot.app.screen.query(Static).last().render()))
        await pilot.press("ctrl+u", "w", "a", "n", "g", "enter")
        await until(pilot, lambda: bool(pilot.app.screen.query(".body")))
        body = str(pilot.app.screen.query_one(".body", Static).render())
        assert "Customer lin" in body and "Customer wang" in body and "2 conversations" in body
        assert contact(desk, 2).name == "Customer wang"
        await pilot.press("1")
        await until(pilot, lambda: contact(desk, 2).name == "Customer lin")
        await until(pilot, lambda: "Customer wang" in card_of(screen))
        await pilot.press("z")
        await until(pilot, lambda: contact(desk, 2).name == "Customer wang")
        await until(pilot, lambda: "two contacts again" in str(screen.card.render()))


async def test_a_blocked_contact_waits_no_more_and_is_said_to_be_blocked(desk: Desk) -> None:
    async with opened(desk) as (pilot, screen):
        await menu(pilot, "7")
        await until(pilot, lambda: contact(desk).is_blocked)
        await until(pilot, lambda: [row.id for row in screen.queue.rows.window_rows] == [2])
        await pilot.press("4")
        await until(pilot, lambda: len(screen.queue.rows.window_rows) == 2)
        screen.queue.rows.select(1)
        await until(pilot, lambda: "blocked" in card_of(screen))
        await menu(pilot, "7")
        await until(pilot, lambda: not contact(desk).is_blocked)


async def test_a_call_is_noted_as_a_draft_at_once(desk: Desk) -> None:
    async with opened(desk) as (pilot, screen):
        await menu(pilot, "3")
        await until(pilot, lambda: screen.is_writing and screen.shown is not None and screen.shown.id == 3)
        assert screen.composer is not None and screen.composer.mode is Mode.NOTE
        await write(pilot, "promised friday")
        held = lambda: drafts.held(desk.store.reader(), 3, desk.agent.id, Mode.NOTE)  # noqa: E731
        await until(pilot, lambda: [each.draft.text for each in held()] == ["promised friday"])
        assert [each.channel for each in people.inboxes(desk.store.reader()) if each.name == "Telephone"] == [
            "phone"
        ]


async def test_begin_a_conversation_then_all_of_theirs(desk: Desk) -> None:
    async with opened(desk) as (pilot, screen):
        await menu(pilot, "4")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChoiceQuestion))
        await pilot.press("1")
        await until(pilot, lambda: screen.is_writing and screen.shown is not None and screen.shown.id == 3)
        await pilot.press("escape")
        await until(pilot, lambda: screen.queue.rows.has_focus)
        await menu(pilot, "2")
        await until(pilot, lambda: {row.id for row in screen.queue.rows.window_rows} == {1, 3})
        assert screen.queue.rows.has_focus
        await pilot.press("escape")
        await until(pilot, lambda: len(screen.queue.rows.window_rows) == 3)


async def test_the_stage_is_set_and_remembered(desk: Desk) -> None:
    async with opened(desk) as (pilot, screen):
        await menu(pilot, "5")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChoiceQuestion))
        await pilot.press("3")
        await until(pilot, lambda: conversations.get(desk.store.reader(), 1).stage == "aftersale")
        await until(pilot, lambda: "after-sale" in card_of(screen))


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (120, 40), (200, 50), (40, 12)])
async def test_the_form_fits_every_size(desk: Desk, size: tuple[int, int]) -> None:
    contacts.edit(desk, contact(desk).id, {"note": "第一行\n" * 8, "name": "林" * 60})
    sending.note(desk, 1, "x")
    async with opened(desk, size) as (pilot, _screen):
        shown = await form(pilot)
        await pilot.pause()
        foot = shown.query(".foot").last().region
        assert shown.region.contains_region(foot) and foot.height >= 1
        await pilot.press("shift+tab")
        assert shown.focused is not None and shown.focused.id == "contact-note"


async def test_the_arrows_walk_the_form_where_it_scrolls_too(desk: Desk) -> None:
    async with opened(desk, (40, 12)) as (pilot, _screen):
        shown = await form(pilot)
        for name in list(FIELDS)[1:]:
            await pilot.press("down")
            assert shown.focused_name == name
        await pilot.press("up")
        assert shown.focused_name == list(FIELDS)[-2]


async def test_the_card_shows_what_another_window_changed(desk: Desk, tmp_path: Path) -> None:
    async with opened(desk) as (pilot, screen):
        await pilot.press("enter")
        await until(pilot, lambda: screen.shown is not None)
        assert screen.shown is not None
        card = screen.contact.query_one(Static)
        other = open_desk(desk.store.path)
        contacts.edit(other, screen.shown.contact, {"note": "rings at noon"})
        other.close()
        await until(pilot, lambda: "rings at noon" in str(card.content))


@pytest.mark.parametrize("value", ["+44 20 7946 0018", "margaret.featherstonehaugh@example.com", "短"])
def test_a_number_or_an_address_is_shown_whole(value: str) -> None:
    lines = [line.plain for line in _fact("E-mail  ", value, 15)]
    assert "".join(line[9:].strip() if number else line[9:] for number, line in enumerate(lines)).replace(
        " ", ""
    ) == value.replace(" ", "")
    assert all(cell_width(line) <= 24 for line in lines) and not any(line[:9].strip() for line in lines[1:])


def test_what_is_longer_than_three_lines_is_cut_and_says_so() -> None:
    lines = [line.plain for line in _fact("Also", "很长的名字" * 20, 15)]
    assert len(lines) == 3 and lines[-1].endswith("…") and all(cell_width(line) <= 20 for line in lines)


async def test_the_key_that_leaves_never_drops_what_was_written(desk: Desk) -> None:
    """It asks, as Esc does; and leaves once what is in the form is dropped or saved."""
    async with opened(desk) as (pilot, _screen):
        shown = await form(pilot)
        await write(pilot, "名")
        for answer in ("2", "escape"):
            await pilot.press("ctrl+q")
            await until(pilot, lambda: isinstance(pilot.app.screen, ChoiceQuestion))
            await pilot.press(answer)
            await until(pilot, lambda: pilot.app.screen is shown)
            assert pilot.app.return_code is None
        await leave(pilot, "1")
        await until(pilot, lambda: isinstance(pilot.app.screen, DeskScreen))
        assert contact(desk).name.endswith("名") and pilot.app.return_code is None
