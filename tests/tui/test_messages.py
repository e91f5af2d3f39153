"""The conversation: opens at its end, keeps its place, shows what became of messages, can be copied."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from rich.cells import cell_len
from textual.geometry import Offset
from textual.selection import SELECT_ALL, Selection

from csdesk.i18n import set_language
from csdesk.model.message import Attachment, Delivery, Message, Sender
from csdesk.tui.widgets.message_list import MessageList
from csdesk.tui.widgets.message_view import MessageView
from csdesk.tui.widgets.message_window import MOST
from tests.tui.harness import NOW, SAMPLE_MESSAGES, Harness, MemoryMessages, harness, message


@pytest.fixture(autouse=True)
def shanghai(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    set_language("en")
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def texts(app: Harness) -> list[str]:
    found = app.desk.query_one(MessageList)
    return [found.render_line(y).text for y in range(found.size.height)]


def many(count: int, text: str = "第{0}条，快递怎么还没到？") -> list[Message]:
    senders = (Sender.CUSTOMER, Sender.AGENT)
    return [message(n, senders[n % 2], text.format(n), at=NOW + n * 61_000) for n in range(1, count + 1)]


def top_line(view: MessageView) -> tuple[int, str]:
    block, number = view.place_of(view.top)
    return block.message.id, block.lines[number].text


# Where the conversation stands


def test_it_opens_at_the_end_and_reads_older_pages_to_the_first_message() -> None:
    view = MessageView(MemoryMessages(many(1_000)), 50, 20)
    assert view.blocks[-1].message.id == 1_000
    assert view.top == view.last_top
    seen = set()
    for _ in range(400):
        before = view.top + view.shift
        seen.update(block.message.id for _line, block in view.visible_blocks())
        view.scroll_by(-10)
        if view.top > 0:
            assert view.top + view.shift == before - 10
    assert seen == set(range(1, 1_001))
    assert not view.is_at_tail


def test_the_window_is_bounded_and_the_way_back_down_is_complete() -> None:
    view = MessageView(MemoryMessages(many(5_000)), 50, 20)
    while view.window.has_older or view.top:
        view.scroll_by(-200)
        assert len(view.blocks) <= MOST
    assert view.window.has_newer
    seen = set()
    while not view.is_at_tail:
        seen.update(block.message.id for _line, block in view.visible_blocks())
        view.scroll_by(15)
        assert len(view.blocks) <= MOST
    seen.update(block.message.id for _line, block in view.visible_blocks())
    assert seen == set(range(1, 5_001))


def test_new_messages_are_followed_at_the_tail_and_counted_away_from_it() -> None:
    source = MemoryMessages(many(200))
    view = MessageView(source, 50, 20)
    source.messages.append(message(201, Sender.CUSTOMER, "在吗", at=NOW + 201 * 61_000))
    assert view.reload_tail(set())
    assert (view.top, view.unseen) == (view.last_top, 0)
    view.scroll_by(-30)
    place = top_line(view)
    source.messages += [message(n, Sender.CUSTOMER, "喂", at=NOW + n * 61_000) for n in (202, 203)]
    assert view.reload_tail({202, 203})
    assert (top_line(view), view.unseen) == (place, 2)
    assert not view.reload_tail(set())
    view.to_end()
    assert (view.unseen, view.is_at_tail) == (0, True)


def test_a_changed_message_keeps_the_place_and_the_rest() -> None:
    source = MemoryMessages(many(300))
    view = MessageView(source, 50, 20)
    view.scroll_by(-300)
    place = top_line(view)
    old = source.messages[295]
    source.messages[295] = replace(old, delivery=Delivery.FAILED, reason="offline", text=old.text * 20)
    assert view.reload_tail({296})
    assert top_line(view) == place
    assert view.window.messages[-5] == source.messages[295]
    del source.messages[298]
    assert view.reload_tail({299})
    assert [one.id for one in view.window.messages[-3:]] == [297, 298, 300]


def test_narrowing_keeps_the_message_at_the_top() -> None:
    view = MessageView(MemoryMessages(many(300, "很长的一句话，" * 12)), 80, 20)
    view.scroll_by(-100)
    place = top_line(view)[0]
    view.resize(30, 12)
    assert top_line(view)[0] == place


def test_any_order_of_scrolling_and_changes_shows_the_messages_in_order() -> None:
    pick = random.Random(3)
    source = MemoryMessages(many(400))
    view = MessageView(source, 40, 15)
    for number in range(401, 700):
        view.scroll_by(pick.choice([-500, -40, -3, 3, 40, 500]))
        source.messages.append(
            message(number, Sender.CUSTOMER, "新" * pick.randrange(1, 90), at=NOW + number * 61_000)
        )
        view.reload_tail({number})
        ids = [block.message.id for block in view.blocks]
        assert ids == list(range(ids[0], ids[-1] + 1))
        assert 0 <= view.top <= view.last_top
        assert view.is_at_tail == (view.top == view.last_top and ids[-1] == number)


# What is drawn


@pytest.mark.parametrize("size", [(200, 50), (120, 40), (80, 24), (60, 20)])
async def test_each_line_is_exactly_as_wide_as_the_pane(size: tuple[int, int]) -> None:
    app = harness()
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        width = app.desk.query_one(MessageList).size.width
        assert {cell_len(text) for text in texts(app)} == {width}


async def test_messages_say_who_when_and_how_far_they_came() -> None:
    extra = [
        message(20, Sender.AGENT, "一", at=NOW, delivery=Delivery.QUEUED),
        message(21, Sender.AGENT, "二", at=NOW, delivery=Delivery.FAILED, reason="mailbox full"),
        message(22, Sender.AGENT, "三", at=NOW, delivery=Delivery.READ, is_time_assumed=True),
        message(23, Sender.CUSTOMER, "四", at=NOW, attachments=(Attachment(b"1", "照片.jpg", "image", 3),)),
    ]
    app = harness(messages=SAMPLE_MESSAGES + extra)
    async with app.run_test(size=(120, 60)) as pilot:
        await pilot.pause()
        lines = [text.strip() for text in texts(app)]
        assert lines[0] == "Today Nov 22"
        assert "▍ 林女士 10:01" in lines
        assert lines[lines.index("▍ 你好") + 1] == "▍ 我上周六拍的那条裙子，订单 A1024"
        assert "▍ 张敏 10:01 ✓✓" in lines
        assert "▍ Automatic · 离开 10:02" in lines
        assert "▍ Note · 李伟（售后组） 10:02" in lines
        assert "张敏接入了会话" in lines
        assert "▍ 张敏 10:05 ↺ 3s" in lines
        assert "▍ 张敏 10:06 ◷ queued" in lines
        assert "▍ 张敏 10:06 ✗ failed: mailbox full" in lines
        assert "▍ 张敏 ✓✓ read" in lines
        assert "▍ • 照片.jpg (image, 3 B)" in lines


async def test_a_tick_counts_a_held_message_down() -> None:
    app = harness()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        found = app.desk.query_one(MessageList)
        found.tick(NOW + 2_000)
        await pilot.pause()
        assert any(text.strip() == "▍ 张敏 10:05 ↺ 1s" for text in texts(app))


async def test_the_marker_of_new_messages_comes_and_goes() -> None:
    app = harness(messages=many(100))
    async with app.run_test(size=(120, 30)) as pilot:
        found = app.desk.query_one(MessageList)
        found.focus()
        await pilot.press("pageup")
        app.desk.messages.messages.append(message(101, Sender.CUSTOMER, "在吗", at=NOW + 101 * 61_000))
        found.reload_tail({101})
        await pilot.pause()
        assert texts(app)[-1].strip() == "↓ 1 new below (End)"
        await pilot.press("end")
        assert texts(app)[-1].strip() == "▍ 在吗"
        assert found.is_at_tail


async def test_keys_walk_to_the_first_message_and_mark_one() -> None:
    app = harness(messages=many(400))
    async with app.run_test(size=(80, 24)) as pilot:
        found = app.desk.query_one(MessageList)
        found.focus()
        await pilot.press("home")
        assert found.window_messages[0].id == 1
        assert texts(app)[0].strip().startswith("Today")
        await pilot.press("end", "left_square_bracket", "left_square_bracket")
        assert found.marked is not None
        assert found.marked.id == 399


# Copying


async def test_a_selection_copies_the_text_without_bars_and_rejoins_wrapped_lines() -> None:
    long = "您好，" + "这是一句很长的话，" * 12 + "订单号 A123456789。"
    app = harness(
        messages=[message(1, Sender.CUSTOMER, long, at=NOW), message(2, Sender.AGENT, "好的", at=NOW)]
    )
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        found = app.desk.query_one(MessageList)
        app.desk.selections = {found: SELECT_ALL}
        copied = found.get_selection(SELECT_ALL)
        assert copied is not None
        assert long in copied[0]
        assert "▍" not in copied[0]
        assert copied[0].endswith("好的")
        line = 3 + found._view.shift
        part = found.get_selection(Selection(Offset(3, line), Offset(5, line)))
        assert part == ("您好", "\n")
        assert cell_len(found.render_line(3).text) == found.size.width


async def test_dragging_marks_text_and_the_screen_can_copy_it() -> None:
    app = harness(messages=[message(1, Sender.CUSTOMER, "订单 A1024 到了吗", at=NOW)])
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.mouse_down(MessageList, offset=(8, 3))
        await pilot.hover(MessageList, offset=(12, 3))
        await pilot.mouse_up(MessageList, offset=(12, 3))
        await pilot.pause()
        assert app.desk.get_selected_text() == "A1024"


async def test_hostile_messages_stay_text_of_the_right_width() -> None:
    nasty = "\x1b]2;x\x07[/x] [@click=app.quit]a[/] \u202eabc\u2066 \x9b31m 👩🏽‍🚀 e\u0301\n\x00end"
    app = harness(messages=[message(1, sender, nasty, at=NOW, author_name=nasty) for sender in Sender])
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        for text in texts(app):
            assert all(ord(c) >= 32 and not 0x7F <= ord(c) < 0xA0 and c not in "\u202e\u2066" for c in text)
            assert cell_len(text) == app.desk.query_one(MessageList).size.width
