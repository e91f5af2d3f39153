"""Quick replies of one's own on the screen: kept from a message, changed, moved, deleted, and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from csdesk.desk import sending
from csdesk.desk.context import Desk
from csdesk.model.reply import Slot
from csdesk.paths import data_folder
from csdesk.tui.screens.desk import DeskScreen
from csdesk.tui.screens.field_form import FieldForm
from csdesk.tui.screens.modals import ChoiceQuestion
from csdesk.tui.screens.replies import RepliesScreen
from csdesk.tui.screens.reply_browser import PROPOSED
from csdesk.tui.screens.reply_form import ReplyForm
from csdesk.tui.screens.reply_parts import SlotList, VariantForm, VariantList
from csdesk.tui.screens.slot_form import SlotForm
from tests.desks import hears, open_desk
from tests.tui.test_desk import opened, three_wait, until

PACK = """\
schema: csdesk.pack/1
pack: {id: mine, title: Mine, lang: en}
replies:
  # the shop's own
  - code: zz
    title: First
    folder: greetings
    body: Good to see you.  # kept
  - {code: zy, title: Second, body: Bye.}
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    own().parent.mkdir(parents=True)
    own().write_text(PACK, "utf-8")
    opened_desk = open_desk(tmp_path / "desk.db")
    yield opened_desk
    opened_desk.close()


def own() -> Path:
    return data_folder() / "quick_replies" / "personal.yaml"


async def manager(pilot: Pilot[int], screen: DeskScreen, code: str = "zz") -> RepliesScreen:
    """The screen of replies, with the own ones found by what is searched for."""
    await pilot.press("M")
    await until(pilot, lambda: isinstance(pilot.app.screen, RepliesScreen) and len(pilot.app.screen.list) > 2)
    shown = pilot.app.screen
    assert isinstance(shown, RepliesScreen)
    await pilot.press("slash", *code, "enter")
    await until(pilot, lambda: code_of(shown) == code)
    return shown


def code_of(shown: RepliesScreen) -> str:
    return shown.reply.code if shown.reply is not None else ""


async def form(pilot: Pilot[int]) -> ReplyForm:
    await until(pilot, lambda: isinstance(pilot.app.screen, ReplyForm))
    asked = pilot.app.screen
    assert isinstance(asked, ReplyForm)
    return asked


def wrong_at(asked: FieldForm[Any], name: str) -> str:
    """What stands below a field; empty when nothing is wrong there."""
    row = asked.rows[name]
    return str(row.query_one(".wrong", Static).render()) if row.has_class("refused") else ""


async def test_a_sent_message_is_kept_as_a_reply(desk: Desk) -> None:
    conversation = hears(desk, "t1")
    sending.reply(desk, conversation, "Customer t1, your parcel is on its way to you")
    async with opened(desk) as (pilot, screen):
        screen.show_conversation(conversation)
        screen.conversation.lines.focus()
        await until(pilot, lambda: bool(screen.conversation.lines.window_messages))
        await pilot.press("N")
        asked = await form(pilot)
        assert asked.written.body == "{{contact.name}}, your parcel is on its way to you"
        assert (asked.written.title, asked.written.code) == ("your parcel is on its w…", "your-parcel")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: pilot.app.screen is screen)
        text = own().read_text("utf-8")
        assert text.startswith(PACK)
        assert "    code: your-parcel\n" in text
        await until(
            pilot,
            lambda: (
                screen.shelf.library is not None and screen.shelf.library.find_code("your-parcel") is not None
            ),
        )


async def test_edit_move_delete_and_take_back(desk: Desk) -> None:
    three_wait(desk)
    async with opened(desk) as (pilot, screen):
        shown = await manager(pilot, screen)
        await pilot.press("e")
        await form(pilot)
        await pilot.press("down", *"x", "ctrl+s")
        await until(pilot, lambda: pilot.app.screen is shown and "title: Firstx" in own().read_text("utf-8"))
        assert own().read_text("utf-8") == PACK.replace("title: First", "title: Firstx")
        await until(pilot, lambda: shown.reply is not None and shown.reply.title == "Firstx")
        await pilot.press("m")
        await until(pilot, lambda: pilot.app.screen is not shown)
        await pilot.press("end", *"/new", "enter")
        await until(pilot, lambda: "folder: greetings/new" in own().read_text("utf-8"))
        await until(pilot, lambda: shown.reply is not None and shown.reply.folder == "greetings/new")
        await pilot.press("x")
        await until(pilot, lambda: "code: zz" not in own().read_text("utf-8"))
        assert "# the shop's own" in own().read_text("utf-8")
        await pilot.press("escape", "escape")
        await until(pilot, lambda: pilot.app.screen is screen)
        await manager(pilot, screen, "zy")  # what was done is taken back from another visit too
        for _change in range(3):
            before = own().read_text("utf-8")
            await pilot.press("z")
            await until(pilot, lambda before=before: own().read_text("utf-8") != before)  # type: ignore[misc]
        assert own().read_text("utf-8") == PACK


async def test_a_file_that_changed_meanwhile_is_named_and_read_again(desk: Desk) -> None:
    three_wait(desk)
    async with opened(desk) as (pilot, screen):
        shown = await manager(pilot, screen)
        await pilot.press("e")
        await form(pilot)
        own().write_text(PACK + "# theirs\n", "utf-8")
        await pilot.press("down", *"x", "ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChoiceQuestion))
        assert own().read_text("utf-8") == PACK + "# theirs\n"
        await pilot.press("1")
        await form(pilot)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: pilot.app.screen is shown)
        assert own().read_text("utf-8") == PACK.replace("title: First", "title: Firstx") + "# theirs\n"


async def test_what_comes_with_the_program_is_hidden_by_a_copy_never_changed(desk: Desk) -> None:
    three_wait(desk)
    async with opened(desk) as (pilot, screen):
        shown = await manager(pilot, screen)
        await pilot.press("slash", "backspace", "backspace", *"amends", "enter")
        await until(pilot, lambda: code_of(shown) == "amends")
        await pilot.press("x")
        assert "amends" not in own().read_text("utf-8")
        await pilot.press("e")
        asked = await form(pilot)
        assert asked.written.code == "amends"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: pilot.app.screen is shown and "code: amends" in own().read_text("utf-8"))


async def test_slots_and_variants_are_changed_in_lists_of_their_own(desk: Desk) -> None:
    three_wait(desk)
    async with opened(desk, (80, 24)) as (pilot, screen):
        shown = await manager(pilot, screen)
        await pilot.press("e")
        asked = await form(pilot)
        asked.fields["slots"].focus()
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, SlotList))
        await pilot.press("n")
        await until(pilot, lambda: isinstance(pilot.app.screen, SlotForm))
        await pilot.press(*"gift", "down", *"Which?", "down", "right", "down", *"socks", "enter", *"tea")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, SlotList))
        await pilot.press("escape")
        await until(pilot, lambda: asked.written.body == "Good to see you.{{gift}}")
        assert asked.written.slots == (Slot("gift", "Which?", "choice", ("socks", "tea")),)
        await pilot.press("up", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, VariantList))
        await pilot.press("n")
        await until(pilot, lambda: isinstance(pilot.app.screen, VariantForm))
        await pilot.press(*"Hi", "ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, VariantList))
        await pilot.press("escape")
        await until(pilot, lambda: asked.written.variants == ("Hi",))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: pilot.app.screen is shown)
        told = "vars:\n  gift:\n    prompt: Which?\n    choices: [socks, tea]\n\nreplies:\n"
        body = "    body: Good to see you.{{gift}}  # kept\n    variants: [Hi]\n"
        after = PACK.replace("replies:\n", told).replace("    body: Good to see you.  # kept\n", body)
        assert own().read_text("utf-8") == after


async def test_what_a_slot_may_not_be_is_told_below_its_field(desk: Desk) -> None:
    three_wait(desk)
    async with opened(desk, (80, 24)) as (pilot, screen):
        await manager(pilot, screen)
        await pilot.press("e")
        (await form(pilot)).fields["slots"].focus()
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, SlotList))
        await pilot.press("n")
        await until(pilot, lambda: isinstance(pilot.app.screen, SlotForm))
        asked = pilot.app.screen
        assert isinstance(asked, SlotForm)
        await pilot.press(*"Gift", "down", "down", "right", "ctrl+s")
        await until(pilot, lambda: "eta" in wrong_at(asked, "name"))
        assert "one a line" in wrong_at(asked, "choices")
        assert asked.focused_name == "name"
        await pilot.press("home", "delete", "g", "down", "down", "right", "right")
        asked.fields["min"].focus()
        await pilot.press(*"5", "down", "1", "ctrl+s")
        await until(pilot, lambda: "min" in wrong_at(asked, "max"))
        assert not wrong_at(asked, "name")
        await pilot.press("backspace", "x", "ctrl+s")
        await until(pilot, lambda: "0.5" in wrong_at(asked, "max"))
        await pilot.press("backspace", "9", "ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, SlotList))


async def test_a_slot_that_is_taken_away_goes_from_the_text_and_the_pack(desk: Desk) -> None:
    slots = "vars:\n  eta: {prompt: When}\n  # sizes\n  size: {prompt: Size}\nreplies:\n"
    own().write_text(
        PACK.replace("replies:\n", slots).replace("Good to see you.", "Good to {{eta}} {{size}} see."),
        "utf-8",
    )
    three_wait(desk)
    async with opened(desk, (80, 24)) as (pilot, screen):
        shown = await manager(pilot, screen)
        await pilot.press("e")
        asked = await form(pilot)
        asked.fields["slots"].focus()
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, SlotList))
        await pilot.press("x", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, SlotForm))
        await pilot.press("end", "2", "ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, SlotList))
        await pilot.press("escape")
        await until(pilot, lambda: asked.written.body == "Good to  {{size2}} see.")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: pilot.app.screen is shown)
        after = "vars:\n  # sizes\n  size2:\n    prompt: Size\nreplies:\n"
        assert after in own().read_text("utf-8")


async def test_a_slot_nobody_described_is_named_and_nothing_is_written(desk: Desk) -> None:
    three_wait(desk)
    async with opened(desk, (80, 24)) as (pilot, screen):
        await manager(pilot, screen)
        await pilot.press("e")
        asked = await form(pilot)
        asked.fields["body"].focus()
        await pilot.press(*"{{eta}}", "ctrl+s")
        await until(pilot, lambda: "{{eta}}" in wrong_at(asked, "slots"))
        assert (pilot.app.screen, asked.focused_name) == (asked, "slots")
        assert own().read_text("utf-8") == PACK


async def test_a_proposal_becomes_a_reply_with_one_key(desk: Desk) -> None:
    for number in range(5):
        sending.reply(desk, hears(desk, f"t{number}"), "Invoices come by e-mail within one hour")
    async with opened(desk) as (pilot, screen):
        screen.queue.rows.focus()
        shown = await manager(pilot, screen)
        await pilot.press("escape", "shift+tab")
        assert shown.view == PROPOSED
        await until(pilot, lambda: len(shown.list) == 1)
        await pilot.press("enter")
        await form(pilot)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "Invoices come by e-mail within one hour" in own().read_text("utf-8"))
        await until(pilot, lambda: len(shown.list) == 0)


@pytest.mark.parametrize("size", [(40, 12), (80, 24)])
async def test_it_fits_small_terminals(desk: Desk, size: tuple[int, int]) -> None:
    three_wait(desk)
    async with opened(desk, size) as (pilot, screen):
        shown = await manager(pilot, screen)
        assert shown.list.size.height >= 1
        await pilot.press("escape", "escape")
        await until(pilot, lambda: pilot.app.screen is screen)
