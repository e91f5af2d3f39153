"""Quick replies on the desk screen: slots walked and filled, what sending does, packs that change."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from csdesk.desk import undoing
from csdesk.desk.context import Desk
from csdesk.desk.quick import local_now
from csdesk.model.conversation import Status
from csdesk.model.message import Sender
from csdesk.paths import data_folder
from csdesk.replies.slots import day_in_words, read_day
from csdesk.store import conversations
from csdesk.tui.panes.card import Card
from csdesk.tui.panes.composer import Composer
from csdesk.tui.screens.desk import DeskScreen
from tests.desks import open_desk
from tests.tui.test_desk import opened, texts, three_wait, until
from tests.tui.test_writing import enter

PACK = """\
schema: csdesk.pack/1
pack: {id: mine, title: Mine, lang: en}
vars:
  eta: {prompt: How long, choices: [one hour, two hours]}
  day: {prompt: Which day, type: date}
  amount: {prompt: How much, type: number, max: 50}
  name: {prompt: Which item}
replies:
  - code: zz
    title: Slots of every kind
    body: "Your {{name}} comes in {{eta}}, on {{day}}, for {{amount}}; again: {{eta}}."
    actions: [{label: late}, {snooze: 1d}]
  - {code: zy, title: Short one, body: "Short for {{eta}}."}
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    write_pack(PACK)
    opened_desk = open_desk(tmp_path / "desk.db")
    yield opened_desk
    opened_desk.close()


def write_pack(text: str) -> Path:
    path = data_folder() / "quick_replies" / "mine.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text, "utf-8")
    os.utime(path, ns=(before + 1_000_000, before + 1_000_000))
    return path


def composer_of(screen: DeskScreen) -> Composer:
    assert screen.composer is not None
    return screen.composer


def said_below(composer: Composer) -> str:
    return str(composer.query_one("#finding").render())


async def test_slots_are_walked_filled_and_sent(desk: Desk) -> None:
    first, *_rest = three_wait(desk)
    async with opened(desk) as (pilot, screen):
        await pilot.press("f8")
        await until(pilot, lambda: screen.shelf.finder is not None)
        composer, editor = composer_of(screen), composer_of(screen).editor
        await pilot.press("slash", "z", "z")
        await enter(pilot)
        await until(pilot, lambda: editor.selected_text == "{name}")
        await pilot.press(*"mug", "tab")
        assert editor.selected_text == "{eta}"
        assert screen.word_picker is not None
        await until(pilot, lambda: screen.word_picker.is_open)  # type: ignore[union-attr]
        await pilot.press("shift+tab")
        assert editor.selected_text == "{eta}"  # the last of its name: nothing open stands before the first
        await pilot.press("2")
        assert editor.text.count("two hours") == 2
        assert editor.selected_text == "{day}"
        await pilot.press(*"+3d")
        await enter(pilot)
        friday = read_day("+3d", local_today(desk))
        assert friday is not None
        await until(pilot, lambda: day_in_words(friday, "en", local_today(desk)) in editor.text)
        assert editor.selected_text == "{amount}"
        await pilot.press(*"99", "tab")
        assert "out of bounds" in said_below(composer)
        await pilot.press("backspace", "backspace", *"40", "tab")
        assert "{" not in editor.text
        assert "After sending: label late, snooze 1d" in said_below(composer)
        text = editor.text
        await pilot.press("ctrl+s")
        await until(pilot, lambda: texts(desk, first)[-1] == (Sender.AGENT, text))
        after = conversations.get(desk.store.reader(), first)
        assert (after.labels, after.status) == (("late",), Status.SNOOZED)
        await until(pilot, lambda: bool(screen.shelf.uses))
        undoing.undo(desk, first)
        assert conversations.get(desk.store.reader(), first).status is Status.OPEN


def local_today(desk: Desk) -> date:
    return local_now(desk).date()


async def test_an_open_slot_stops_the_first_send_only(desk: Desk) -> None:
    first, *_rest = three_wait(desk)
    async with opened(desk) as (pilot, screen):
        await pilot.press("f8")
        await until(pilot, lambda: screen.shelf.finder is not None)
        composer, editor = composer_of(screen), composer_of(screen).editor
        await pilot.press("slash", "z", "y")
        await enter(pilot)
        await until(pilot, lambda: editor.selected_text == "{eta}")
        await pilot.press("ctrl+s")
        assert "How long will it take?" in said_below(composer)
        assert editor.selected_text == "{eta}"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: texts(desk, first)[-1] == (Sender.AGENT, "Short for {eta}."))


async def test_several_replies_go_into_one_message_at_the_cursor(desk: Desk) -> None:
    three_wait(desk)
    async with opened(desk) as (pilot, screen):
        await pilot.press("f8")
        await until(pilot, lambda: screen.shelf.finder is not None)
        composer, editor = composer_of(screen), composer_of(screen).editor
        for text in ("Short for one hour.", "Short for one hour. Short for one hour."):
            await pilot.press("slash", "z", "y")
            await enter(pilot)
            await until(pilot, lambda: editor.selected_text == "{eta}")
            await pilot.press("1")
            assert editor.text == text
            await pilot.press("space")
        assert len(composer.replies) == 2
        editor.clear()
        await until(pilot, lambda: composer.replies == ())


async def test_the_replies_of_a_draft_come_back_with_it(desk: Desk) -> None:
    first, second, *_rest = three_wait(desk)
    async with opened(desk) as (pilot, screen):
        await pilot.press("f8")
        await until(pilot, lambda: screen.shelf.finder is not None)
        composer = composer_of(screen)
        await pilot.press("slash", "z", "z")
        await enter(pilot)
        await until(pilot, lambda: len(composer.replies) == 1)
        screen.show_conversation(second, write=True)
        assert composer.replies == ()
        screen.show_conversation(first, write=True)
        assert [each.actions[0].value for each in composer.replies] == ["late"]


async def test_a_pack_that_changes_is_read_again_and_a_broken_one_is_told_once(desk: Desk) -> None:
    three_wait(desk)
    async with opened(desk) as (pilot, screen):
        await pilot.press("f8")
        await until(pilot, lambda: screen.shelf.finder is not None)
        card = screen.query_one(Card)
        write_pack(PACK.replace("code: zy", "code: zx"))
        assert screen.shelf.has_changed() is False  # it is still being written, perhaps
        assert screen.shelf.has_changed() is True
        screen.read_packs()
        await until(pilot, lambda: bool(screen.shelf.library and screen.shelf.library.find_code("zx")))
        path = write_pack(PACK.replace("code: zy", "code: ZX"))
        screen.read_packs()
        await until(pilot, lambda: card.is_open)
        assert f"{path}:13:12: " in str(card.render())
        assert screen.shelf.library is not None and screen.shelf.library.find_code("zx")
        card.close()
        screen.read_packs()
        await screen.workers.wait_for_complete()
        assert not card.is_open
        write_pack(PACK)
        screen.read_packs()
        await until(pilot, lambda: bool(screen.shelf.library and screen.shelf.library.find_code("zy")))
        assert not card.is_open
