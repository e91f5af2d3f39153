"""Writing on the desk screen: recalled texts, quotes, failed messages, lengths."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual import events
from textual.content import Content
from textual.pilot import Pilot

from csdesk.desk import people, sending
from csdesk.desk.context import Desk
from csdesk.desk.ports import Failed
from csdesk.desk.runner import Runner
from csdesk.model.conversation import Conversation, Status
from csdesk.model.limits import CHAT
from csdesk.model.message import Mode, Sender
from csdesk.store import conversations, drafts, outbox
from csdesk.tui.panes.composer import Composer
from csdesk.tui.panes.mode_line import ModeLine
from csdesk.tui.screens.desk import DeskScreen
from csdesk.tui.screens.modals import ChoiceQuestion
from tests.desks import Line, clock_of, hears, open_desk
from tests.tui.test_desk import opened, texts, three_wait, until, write


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened_desk = open_desk(tmp_path / "desk.db")
    yield opened_desk
    opened_desk.close()


def composer_of(screen: DeskScreen) -> Composer:
    assert screen.composer is not None
    return screen.composer


async def commit(pilot: Pilot[int], text: str) -> None:
    """Type ``text`` as an input method does: character by character, whatever they are called as keys."""
    for char in text:
        await _send(pilot, events.Key(f"key_{ord(char)}", char))


async def enter(pilot: Pilot[int]) -> None:
    """An Enter as fingers press it: a while after the key before."""
    await _send(pilot, events.Key("enter", "\r"), later_s=1.0)


async def _send(pilot: Pilot[int], event: events.Key, later_s: float = 0.0) -> None:
    event.time += later_s
    event.set_sender(pilot.app)
    assert pilot.app._driver is not None
    pilot.app._driver.send_message(event)
    await pilot.pause()


def kept(desk: Desk) -> list[str]:
    """The drafts on disk, newest first."""
    return [each.draft.text for each in drafts.of_agent(desk.store.reader(), desk.agent.id)]


def see(desk: Desk, conversation: int) -> Conversation:
    return conversations.get(desk.store.reader(), conversation)


def mode_line(screen: DeskScreen) -> str:
    shown = screen.query_one(ModeLine).render()
    assert isinstance(shown, Content)
    return shown.plain


async def test_a_draft_of_a_resolved_conversation_says_so_and_reopens_it(desk: Desk) -> None:
    first, *_rest = three_wait(desk)
    async with opened(desk) as (pilot, screen):
        await pilot.press("f8")
        await write(pilot, "还有一句")
        await until(pilot, lambda: kept(desk) == ["还有一句"])
        await pilot.press("f9")
        await until(pilot, lambda: see(desk, first).status is Status.RESOLVED)
        screen.action_show_view("drafts")
        await pilot.press("home", "enter")
        await until(
            pilot, lambda: screen.shown is not None and screen.shown.id == first and screen.is_writing
        )
        assert "resolved" in mode_line(screen)
        assert any("resolved" in screen.queue.rows.render_line(y).text for y in range(3))

        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(screen.app.screen, ChoiceQuestion))
        await pilot.press("escape")
        await until(pilot, lambda: screen.app.screen is screen)
        assert composer_of(screen).editor.text == "还有一句"

        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(screen.app.screen, ChoiceQuestion))
        await pilot.press("2")
        await until(pilot, lambda: (Sender.AGENT, "还有一句") in texts(desk, first))
        assert see(desk, first).status is Status.OPEN and kept(desk) == []
        await until(pilot, lambda: "resolved" not in mode_line(screen))


async def test_a_note_that_was_begun_is_a_note_again_after_a_restart(desk: Desk) -> None:
    first, *_rest = three_wait(desk)
    async with opened(desk) as (pilot, screen):
        await pilot.press("f8", "ctrl+r")
        await write(pilot, "客户在意价格")
        await until(pilot, lambda: kept(desk) == ["客户在意价格"])
        await until(pilot, lambda: "draft saved" in mode_line(screen))
        assert "only colleagues see notes" in mode_line(screen)
    async with opened(desk) as (pilot, screen):
        await pilot.press("d", "enter")
        await until(pilot, lambda: screen.shown is not None and screen.shown.id == first)
        assert composer_of(screen).mode is Mode.NOTE
        assert composer_of(screen).editor.text == "客户在意价格"


async def test_enter_behind_a_query_waits_for_the_quick_replies(desk: Desk) -> None:
    first, *_rest = three_wait(desk)
    async with opened(desk) as (pilot, screen):
        await pilot.press("f8")
        await until(pilot, lambda: screen.shelf.finder is not None)
        editor = composer_of(screen).editor
        for key in ("slash", "y", "h"):
            await pilot.press(key)
        assert screen.picker is not None and screen.picker.is_open
        await pilot.press("enter")
        await until(pilot, lambda: len(editor.text) > 5)
        assert not editor.text.startswith("/") and not screen.picker.is_open
        assert [sender for sender, _text in texts(desk, first)] == [Sender.CUSTOMER]


async def test_a_query_that_finds_no_reply_is_text_at_the_second_enter(desk: Desk) -> None:
    first, *_rest = three_wait(desk)
    async with opened(desk) as (pilot, screen):
        await pilot.press("f8", "slash", *"qqxxqq")
        assert screen.picker is not None and screen.picker.is_open
        await pilot.press("enter")
        await until(pilot, lambda: not screen.picker.is_open)  # type: ignore[union-attr]
        assert composer_of(screen).editor.text == "/qqxxqq"
        await enter(pilot)
        await until(pilot, lambda: (Sender.AGENT, "/qqxxqq") in texts(desk, first))


async def test_arrows_in_an_empty_composer_step_through_what_was_sent(desk: Desk) -> None:
    first, second, _third = three_wait(desk)
    sending.reply(desk, second, "别处的")
    sending.reply(desk, first, "您好")
    clock_of(desk).advance(1_000)
    sending.reply(desk, first, "马上查")
    async with opened(desk) as (pilot, screen):
        screen.show_conversation(first, write=True)
        editor = composer_of(screen).editor
        shown = []
        for key in ("up", "up", "up", "up", "down", "down", "down"):
            await pilot.press(key)
            shown.append(editor.text)
        assert shown == ["马上查", "您好", "别处的", "别处的", "您好", "马上查", ""]
        await pilot.press("up", "escape")
        assert editor.text == "" and screen.is_writing
        await pilot.press("escape")
        assert not screen.is_writing
        assert kept(desk) == []


async def test_a_recalled_text_that_is_changed_is_ones_own(desk: Desk) -> None:
    first, *_rest = three_wait(desk)
    sending.reply(desk, first, "一\n二")
    async with opened(desk) as (pilot, screen):
        screen.show_conversation(first, write=True)
        editor = composer_of(screen).editor
        await pilot.press("up")
        await write(pilot, "三")
        await pilot.press("up")
        assert editor.text == "一\n二三" and editor.cursor_location[0] == 0
        await pilot.press("escape")
        assert not screen.is_writing
        await until(pilot, lambda: kept(desk) == ["一\n二三"])


async def test_a_quote_stands_above_what_is_written(desk: Desk) -> None:
    conversation = hears(desk, "t1", "快递怎么还没到？")
    async with opened(desk) as (pilot, screen):
        await pilot.press("f8")
        await write(pilot, "马上查")
        screen.conversation.lines.focus()
        await pilot.press("greater_than_sign")
        await until(pilot, lambda: screen.is_writing)
        editor = composer_of(screen).editor
        assert editor.text == "> 快递怎么还没到？\n马上查"
        await write(pilot, "的")
        await until(pilot, lambda: kept(desk) == ["> 快递怎么还没到？\n马上查的"])
        assert screen.shown is not None and screen.shown.id == conversation


async def test_a_letter_is_quoted_as_letters_are(desk: Desk) -> None:
    desk.store.write(lambda tx: people.ensure_inbox(tx, "post", "mail"))
    hears(desk, "t1", "第一行\n第二行", inbox="post")
    async with opened(desk) as (pilot, screen):
        await pilot.press("f8")
        screen.conversation.lines.focus()
        await pilot.press("greater_than_sign")
        lines = composer_of(screen).editor.text.split("\n")
        assert "Customer t1" in lines[0]
        assert lines[1:] == ["> 第一行", "> 第二行", "", ""]


async def test_a_note_is_never_quoted_to_a_customer(desk: Desk) -> None:
    first, *_rest = three_wait(desk)
    sending.note(desk, first, "这位客人很急")
    async with opened(desk) as (pilot, screen):
        screen.show_conversation(first)
        screen.conversation.lines.focus()
        await pilot.press("left_square_bracket", "greater_than_sign")
        composer = composer_of(screen)
        assert composer.mode is Mode.NOTE
        assert composer.editor.text == "> Mia: 这位客人很急\n"


def failed_here(desk: Desk) -> int:
    """One conversation, whose only reply failed."""
    first = hears(desk, "t1")
    sending.reply(desk, first, "马上查")
    line = Line()
    line.answers = [Failed("no route", can_retry=False)]
    clock_of(desk).advance(5_000)
    runner = Runner(desk, [line])
    runner.step()
    runner.close()
    return first


async def test_a_failed_message_is_written_again_and_the_draft_comes_back(desk: Desk) -> None:
    first = failed_here(desk)
    async with opened(desk) as (pilot, screen):
        await pilot.press("4")
        await until(pilot, lambda: screen.queue.rows.selected_id == first)
        await pilot.press("enter")
        await write(pilot, "另外")
        screen.conversation.lines.focus()
        await pilot.press("left_square_bracket", "enter")
        editor = composer_of(screen).editor
        await until(pilot, lambda: editor.text == "马上查")
        assert outbox.listed(desk.store.reader()) == []
        assert "kept" in mode_line(screen)
        await write(pilot, "好了")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: editor.text == "另外")
        assert [text for sender, text in texts(desk, first) if sender is Sender.AGENT] == ["马上查好了"]
        await until(pilot, lambda: kept(desk) == ["另外"])


async def test_enter_in_the_conversation_writes_when_nothing_failed(desk: Desk) -> None:
    three_wait(desk)
    async with opened(desk) as (pilot, screen):
        await pilot.press("f8")
        screen.conversation.lines.focus()
        await pilot.press("enter")
        assert screen.is_writing and composer_of(screen).mode is Mode.REPLY


async def test_the_length_shows_near_the_limit_and_over_it_asks(desk: Desk) -> None:
    first, *_rest = three_wait(desk)
    async with opened(desk) as (pilot, screen):
        await pilot.press("f8")
        editor = composer_of(screen).editor
        editor.insert("好" * (CHAT.most * 9 // 10 - 1))
        await pilot.pause()
        assert "10,000" not in mode_line(screen)
        await write(pilot, "的")
        await until(pilot, lambda: "9,000" in mode_line(screen))
        editor.insert("好。" * 600)
        await until(pilot, lambda: "10,200" in mode_line(screen))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChoiceQuestion))
        await pilot.press("1")
        await until(pilot, lambda: pilot.app.screen is screen)
        assert len(editor.text) == 10_200
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChoiceQuestion))
        await pilot.press("2")
        await until(pilot, lambda: sum(sender is Sender.AGENT for sender, _text in texts(desk, first)) == 2)
        assert editor.text == "" and "10,000" not in mode_line(screen)


async def test_a_colon_and_letters_find_emoji_and_enter_puts_one_in(desk: Desk) -> None:
    first, *_rest = three_wait(desk)
    async with opened(desk) as (pilot, screen):
        await pilot.press("f8")
        editor = composer_of(screen).editor
        await pilot.press("colon", "g")
        assert screen.word_picker is not None and not screen.word_picker.is_open
        await pilot.press("i", "f", "t")
        assert screen.word_picker is not None and screen.word_picker.is_open
        await pilot.press("enter")
        await until(pilot, lambda: editor.text == "🎁")
        assert not screen.word_picker.is_open and screen.is_writing
        await pilot.press("space", "colon", *"kaixin", "down", "tab")
        await until(pilot, lambda: ":" not in editor.text)
        assert len(editor.text) == 3 and editor.cursor_index == 3
        await enter(pilot)
        await until(pilot, lambda: len(texts(desk, first)) == 2)


async def test_chinese_committed_behind_a_full_width_colon_finds_emoji(desk: Desk) -> None:
    three_wait(desk)
    async with opened(desk) as (pilot, screen):
        await pilot.press("f8")
        await commit(pilot, "：谢谢")
        editor = composer_of(screen).editor
        await until(pilot, lambda: screen.word_picker is not None and screen.word_picker.is_open)
        await pilot.press("enter")
        await until(pilot, lambda: editor.text == "🙏")


@pytest.mark.parametrize("typed", ["10:30", "http://ok.cn", "地址:笑", "你好：笑", ":", ":)", ": ok", "a:ok"])
async def test_everyday_colons_never_open_it(desk: Desk, typed: str) -> None:
    first, *_rest = three_wait(desk)
    async with opened(desk) as (pilot, screen):
        await pilot.press("f8")
        await commit(pilot, typed)
        assert screen.word_picker is not None and not screen.word_picker.is_open
        assert screen.picker is not None and not screen.picker.is_open
        await enter(pilot)
        await until(pilot, lambda: (Sender.AGENT, typed) in texts(desk, first))


async def test_esc_leaves_what_was_typed_as_text(desk: Desk) -> None:
    three_wait(desk)
    async with opened(desk) as (pilot, screen):
        await pilot.press("f8", "colon", *"gift", "escape", "s")
        assert screen.word_picker is not None and not screen.word_picker.is_open
        assert composer_of(screen).editor.text == ":gifts" and screen.is_writing


async def test_an_at_in_a_note_completes_a_colleague_and_lights_there(desk: Desk) -> None:
    first, *_rest = three_wait(desk)
    desk.store.write(lambda tx: people.add_agent(tx, "李伟"))
    desk.store.write(lambda tx: people.add_team(tx, "售后组", []))
    async with opened(desk) as (pilot, screen):
        await pilot.press("f8", "at")
        assert screen.word_picker is not None and not screen.word_picker.is_open
        await pilot.press("backspace", "ctrl+r")
        await write(pilot, "请")
        await pilot.press("at", "后")
        assert screen.word_picker is not None and screen.word_picker.is_open
        await pilot.press("enter")
        editor = composer_of(screen).editor
        await until(pilot, lambda: editor.text == "请@售后组 ")
        await pilot.press("at", "enter")
        await until(pilot, lambda: editor.text == "请@售后组 @李伟 ")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: (Sender.NOTE, "请@售后组 @李伟") in texts(desk, first))
        lines = screen.conversation.lines
        await until(pilot, lambda: len(lines.window_messages) > 1)
        lit = {
            segment.text
            for y in range(lines.size.height)
            for segment in lines.render_line(y)
            if segment.style is not None and segment.style.bold and "@" in segment.text
        }
        assert lit == {"@售后组", "@李伟"}
