"""Nothing written is lost or lands in a wrong place, and a store that fails is a card, not the end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from textual import events
from textual.widgets import Static

from csdesk.desk import people, sending
from csdesk.desk.context import Desk
from csdesk.model.limits import NOTE
from csdesk.model.message import Mode
from csdesk.store import drafts, outbox
from csdesk.store.connect import open_writer
from csdesk.tui.app import DeskApp
from csdesk.tui.screens.help import HelpScreen
from csdesk.tui.screens.modals import ChoiceQuestion, LineQuestion
from tests.desks import hears, open_desk
from tests.tui.test_desk import opened, three_wait, until, write


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened_desk = open_desk(tmp_path / "desk.db")
    yield opened_desk
    opened_desk.close()


def drafted(desk: Desk, conversation: int, mode: Mode) -> list[str]:
    found = drafts.held(desk.store.reader(), conversation, desk.agent.id, mode)
    return [held.draft.text for held in found]


async def test_a_withdrawn_reply_stands_before_what_was_typed_since(desk: Desk) -> None:
    three_wait(desk)
    async with opened(desk) as (pilot, screen):
        await pilot.press("f8")
        await write(pilot, "第一句")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: len(outbox.listed(desk.store.reader())) == 1)
        await write(pilot, "第二句")
        await pilot.press("ctrl+g")
        assert screen.composer is not None
        editor = screen.composer.editor
        await until(pilot, lambda: editor.text == "第一句\n第二句")


async def test_a_withdrawn_reply_is_shown_to_somebody_who_writes_a_note(desk: Desk) -> None:
    first, *_rest = three_wait(desk)
    async with opened(desk) as (pilot, screen):
        await pilot.press("f8")
        await write(pilot, "第一句")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: len(outbox.listed(desk.store.reader())) == 1)
        await pilot.press("ctrl+r")
        await write(pilot, "备忘")
        await pilot.press("ctrl+g")
        composer = screen.composer
        assert composer is not None
        await until(pilot, lambda: (composer.mode, composer.editor.text) == (Mode.REPLY, "第一句"))
        await until(pilot, lambda: drafted(desk, first, Mode.NOTE) == ["备忘"])


async def test_a_slow_disk_brings_no_older_text_back(desk: Desk) -> None:
    three_wait(desk)
    async with opened(desk) as (pilot, screen):
        await pilot.press("f8")
        await write(pilot, "甲乙")
        is_free = threading.Event()
        desk.store.submit(lambda _tx: is_free.wait(60))
        await pilot.press("ctrl+r", "ctrl+r")
        assert screen.composer is not None
        shown = screen.composer.editor.text
        is_free.set()
        assert shown == "甲乙"


async def test_a_refused_note_never_lands_in_the_reply(desk: Desk) -> None:
    first, *_rest = three_wait(desk)
    too_long = "注" * (NOTE.most + 1)
    async with opened(desk) as (pilot, screen):
        await pilot.press("f8", "ctrl+r")
        composer = screen.composer
        assert composer is not None
        composer.editor.load(too_long)
        screen.action_send()
        screen.action_toggle_mode()
        await until(pilot, lambda: drafted(desk, first, Mode.NOTE) == [too_long])
        assert (composer.mode, composer.editor.text) == (Mode.REPLY, "")
        await pilot.press("ctrl+r")
        assert (composer.mode, composer.editor.text) == (Mode.NOTE, too_long)


async def test_a_reply_filled_in_for_one_customer_is_not_put_before_another(desk: Desk) -> None:
    three_wait(desk)
    async with opened(desk) as (pilot, screen):
        await until(pilot, lambda: bool(screen.shelf.finder))
        await pilot.press("f8")
        await pilot.press("slash")
        picker = screen.picker
        assert picker is not None and screen.composer is not None
        await until(pilot, lambda: picker.is_open)
        picker.press("enter")
        screen.action_next_conversation()
        await pilot.pause()
        assert screen.composer.editor.text == ""


async def test_enter_sends_before_the_key_behind_it_shows_another_conversation(desk: Desk) -> None:
    first, second, _third = three_wait(desk)
    sending.save_draft(desk, second, Mode.REPLY, "未写完", 3).result()
    async with opened(desk) as (pilot, screen):
        await pilot.press("f8")
        await write(pilot, "好的")
        assert screen.composer is not None
        editor = screen.composer.editor
        for key, later_s in (("enter", 1.0), ("ctrl+down", 1.1)):
            event = events.Key(key, None)
            event.time += later_s
            editor.post_message(event)
        await until(pilot, lambda: len(outbox.listed(desk.store.reader())) == 1)
        [item] = outbox.listed(desk.store.reader())
        assert (item.conversation, item.text) == (first, "好的")
        assert editor.text == "未写完"


async def test_quick_replies_are_filled_in_for_the_row_under_the_cursor(desk: Desk) -> None:
    _first, second, _third = three_wait(desk)
    async with opened(desk) as (pilot, screen):
        await until(pilot, lambda: screen.shown is not None)
        await pilot.press("j", "f2")
        assert screen.shown is not None and screen.shown.id == second
        assert screen.picker is not None and screen.picker.is_open


async def test_a_store_that_cannot_be_read_is_a_card_and_comes_back(desk: Desk) -> None:
    first, *_rest = three_wait(desk)
    async with opened(desk) as (pilot, screen):
        await pilot.press("f8")
        other = open_writer(desk.store.path)
        other.execute("ALTER TABLE message RENAME TO gone")
        sending.save_draft(desk, first, Mode.NOTE, "x", 1).result()
        await until(pilot, lambda: screen.card.is_open)
        for key in ("escape", "down", "enter", "ctrl+down", "f3", "escape", "escape"):
            await pilot.press(key)
            await pilot.pause()
        other.execute("ALTER TABLE gone RENAME TO message")
        other.close()
        await pilot.press("f8")
        await until(pilot, lambda: bool(screen.conversation.lines.window_messages))
        assert screen.is_writing


async def test_a_draft_that_cannot_be_saved_is_said_and_saved_later(desk: Desk) -> None:
    first, *_rest = three_wait(desk)
    async with opened(desk) as (pilot, screen):
        await pilot.press("f8")
        other = open_writer(desk.store.path)
        other.execute("ALTER TABLE draft RENAME TO gone")
        await write(pilot, "甲乙")
        await until(pilot, lambda: screen.card.is_open)
        await pilot.press("ctrl+down")
        other.execute("ALTER TABLE gone RENAME TO draft")
        other.close()
        await pilot.press("ctrl+up")
        assert screen.composer is not None and screen.composer.editor.text == "甲乙"
        await write(pilot, "丙")
        await until(pilot, lambda: drafted(desk, first, Mode.REPLY) == ["甲乙丙"])


async def test_a_refused_draft_is_saved_without_another_key_and_its_card_goes(desk: Desk) -> None:
    first, *_rest = three_wait(desk)
    async with opened(desk) as (pilot, screen):
        await pilot.press("f8")
        other = open_writer(desk.store.path)
        other.execute("ALTER TABLE draft RENAME TO gone")
        await write(pilot, "甲乙")
        await until(pilot, lambda: screen.card.is_open)
        screen.tick()
        other.execute("ALTER TABLE gone RENAME TO draft")
        other.close()
        screen.tick()
        await until(pilot, lambda: drafted(desk, first, Mode.REPLY) == ["甲乙"])
        await until(pilot, lambda: not screen.card.is_open)


async def test_a_refused_draft_is_on_disk_before_the_program_ends(desk: Desk) -> None:
    first, *_rest = three_wait(desk)
    async with opened(desk) as (pilot, screen):
        await pilot.press("f8")
        other = open_writer(desk.store.path)
        other.execute("ALTER TABLE draft RENAME TO gone")
        await write(pilot, "甲乙")
        await until(pilot, lambda: screen.card.is_open)
        assert not await screen.finish()
        other.execute("ALTER TABLE gone RENAME TO draft")
        other.close()
        assert await screen.finish()
        assert drafted(desk, first, Mode.REPLY) == ["甲乙"]


async def test_what_could_not_be_drawn_is_drawn_by_the_tick_and_its_card_goes(desk: Desk) -> None:
    three_wait(desk)
    async with opened(desk) as (pilot, screen):
        is_shut = True
        reader = desk.store.reader()
        assert reader.execute("PRAGMA busy_timeout").fetchone() == (100,)
        reader.set_authorizer(lambda action, table, *_names: int(is_shut and table == "view_count"))
        hears(desk, "t4", "新来的")
        await until(pilot, lambda: screen.card.is_open)
        assert screen.status_bar.state.waiting == 3
        is_shut = False
        screen.tick()
        assert screen.status_bar.state.waiting == 4
        assert not screen.card.is_open
        reader.set_authorizer(lambda *_names: 0)


async def test_the_first_start_asks_again_for_a_name_that_is_taken(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CSDESK_CONFIG_DIR", str(tmp_path))
    desk.store.write(lambda tx: people.add_agent(tx, "Kim"))
    app = DeskApp(desk, is_first_start=True)
    async with app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, ChoiceQuestion))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, LineQuestion))
        first = app.screen
        await pilot.press("ctrl+u", *"Kim", "enter")
        await until(pilot, lambda: isinstance(app.screen, LineQuestion) and app.screen is not first)
        await pilot.press(*"Lee", "enter")
        await until(pilot, lambda: desk.agent.name == "Lee")


async def test_the_help_shows_a_person_s_own_keys(desk: Desk) -> None:
    desk.settings = replace(desk.settings, keymap={"queue.longest": "f12"})
    async with opened(desk) as (pilot, _screen):
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        said = str(pilot.app.screen.query_one("VerticalScroll > Static", Static).render())
        assert "F12" in said and "F8" not in said
