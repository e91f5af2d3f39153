"""The desk screen under keys: what an agent presses, and what then stands on the screen and in the store."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.events import Click, MouseDown, MouseUp
from textual.geometry import Region
from textual.pilot import Pilot
from textual.widget import Widget

from csdesk.desk import people, sending, work
from csdesk.desk.context import Desk
from csdesk.desk.runner import Runner
from csdesk.i18n import set_language
from csdesk.model.conversation import COUNTED_VIEWS, Status, View
from csdesk.model.message import Delivery, Mode, Sender
from csdesk.store import conversations, drafts, messages, outbox, queue
from csdesk.store import people as stored
from csdesk.tui.app import DeskApp
from csdesk.tui.screens.desk import DeskScreen
from csdesk.tui.screens.desk_parts import PREVIEW_S
from tests.desks import Line, clock_of, hears, open_desk

SIZES = [(200, 50, "-three"), (120, 40, "-three"), (100, 30, "-drawer"), (80, 24, "-two"), (60, 20, "-stack")]
PATIENCE_S = 60.0
"""How long something may take on a busy machine before it counts as never."""
LOOK_S = 0.01
STILL = 5
"""Looks in a row at which a widget has to be where it was."""


@asynccontextmanager
async def opened(
    desk: Desk, size: tuple[int, int] = (120, 40)
) -> AsyncIterator[tuple[Pilot[int], DeskScreen]]:
    """The app on ``desk``, settled: composer mounted, what the queue's cursor stands on shown."""
    app = DeskApp(desk)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: isinstance(app.screen, DeskScreen) and app.screen.composer is not None)
        screen = app.screen
        assert isinstance(screen, DeskScreen)
        rows = screen.queue.rows
        await until(pilot, lambda: rows._announced == rows.selected_id)
        await pilot.pause()
        await until(pilot, lambda: screen._preview_timer is None)
        yield pilot, screen


async def until(pilot: Pilot[int], holds: Callable[[], bool]) -> None:
    """Let the app work until ``holds``; fails when it never does."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, "it never came about"
        await pilot.pause(LOOK_S)


async def read_on(pilot: Pilot[int], screen: DeskScreen) -> None:
    """Put the keys into the lines of the conversation that is shown, once they stand there."""
    lines = screen.conversation.lines
    await until(pilot, lambda: screen.shown is not None and bool(lines.region))
    lines.focus()
    await until(pilot, lambda: lines.has_focus)


async def click(
    pilot: Pilot[int], target: str | type[Widget] | Widget, offset: tuple[int, int] = (0, 0)
) -> None:
    """Click as a person does: at what stands still. What opened or closed just now may move the rest."""
    places: list[Region] = []

    def clicked() -> Widget:
        return target if isinstance(target, Widget) else pilot.app.screen.query_one(target)

    def stands() -> bool:
        places.append(clicked().region)
        return len(places) >= STILL and len(set(places[-STILL:])) == 1

    await until(pilot, stands)
    # Within one turn: the pilot's own click takes the place, and waits before it clicks there.
    x, y = pilot.app.mouse_position = clicked().region.offset + offset
    for kind in (MouseDown, MouseUp, Click):
        pilot.app.screen._forward_event(kind(clicked(), x, y, 0, 0, 1, False, False, False, x, y))
    await pilot.pause()


async def write(pilot: Pilot[int], text: str) -> None:
    """Type ``text`` as an input method commits it: characters without key names of their own."""
    names = {"/": "slash", " ": "space", "\n": "ctrl+j"}
    for char in text:
        await pilot.press(names.get(char, char))


@pytest.fixture
def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    opened_desk = open_desk(tmp_path / "desk.db")
    yield opened_desk  # type: ignore[misc]
    opened_desk.close()


def three_wait(desk: Desk) -> list[int]:
    """Three customers, the first has waited longest. No ref has a U: a filter by name finds nobody by chance."""
    found = []
    for name in ("u1", "u2", "u3"):
        found.append(hears(desk, name, f"在吗 {name}"))
        clock_of(desk).advance(60_000)
    return found


def texts(desk: Desk, conversation: int) -> list[tuple[Sender, str]]:
    found = messages.before(desk.store.reader(), conversation, None, 50, with_events=False)
    return [(message.sender, message.text) for message in found]


async def test_the_longest_wait_opens_with_its_editor(desk: Desk) -> None:
    first, *_rest = three_wait(desk)
    async with opened(desk) as (pilot, screen):
        await pilot.press("f8")
        assert screen.shown is not None and screen.shown.id == first
        assert screen.is_writing


async def test_a_colleagues_wait_is_theirs_and_shown_only_when_nobody_else_waits(desk: Desk) -> None:
    theirs, second, third = three_wait(desk)
    bo = Desk(desk.store, desk.clock, desk.settings, people.me(desk.store, "Bo"))
    work.claim(bo, theirs)
    work.claim(desk, third)
    async with opened(desk) as (pilot, screen):
        for expected in (second, third, second):
            await pilot.press("f8")
            assert screen.shown is not None and screen.shown.id == expected
        await pilot.press("f9")
        await until(pilot, lambda: screen.shown is not None and screen.shown.id == third)
        await pilot.press("f9")
        await until(pilot, lambda: conversations.get(desk.store.reader(), third).status is Status.RESOLVED)
        await until(pilot, lambda: not screen.is_writing)
        await pilot.press("f8")
        assert screen.shown is not None and screen.shown.id == theirs
        assert "Bo" in str(screen.card.render())


async def test_a_reply_is_held_taken_back_and_sent(desk: Desk) -> None:
    first, *_rest = three_wait(desk)
    line = Line()
    runner = Runner(desk, [line])
    async with opened(desk) as (pilot, screen):
        await pilot.press("f8")
        await write(pilot, "您好马上帮您查")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: (Sender.AGENT, "您好马上帮您查") in texts(desk, first))
        assert screen.composer is not None and screen.composer.editor.text == ""
        assert [item.state for item in outbox.listed(desk.store.reader())] == [Delivery.HELD]

        await pilot.press("ctrl+g")
        await until(pilot, lambda: screen.composer.editor.text == "您好马上帮您查")  # type: ignore[union-attr]
        assert (Sender.AGENT, "您好马上帮您查") not in texts(desk, first)

        await pilot.press("ctrl+s")
        await until(pilot, lambda: len(outbox.listed(desk.store.reader())) == 1)
        clock_of(desk).advance(3_000)
        runner.step()
        assert [sent.text for sent in line.asked] == ["您好马上帮您查"]
        await pilot.press("ctrl+g")
        await until(pilot, lambda: screen.card.is_open)
        assert texts(desk, first).count((Sender.AGENT, "您好马上帮您查")) == 1
    runner.close()


async def test_resolve_goes_on_to_the_next_and_can_be_undone(desk: Desk) -> None:
    first, second, _third = three_wait(desk)
    async with opened(desk) as (pilot, screen):
        await pilot.press("f8", "f9")
        await until(pilot, lambda: screen.shown is not None and screen.shown.id == second)
        assert screen.is_writing
        assert conversations.get(desk.store.reader(), first).status is Status.RESOLVED
        await pilot.press("ctrl+g")
        await until(pilot, lambda: conversations.get(desk.store.reader(), first).status is Status.OPEN)


async def test_each_conversation_and_mode_keeps_its_own_draft(desk: Desk) -> None:
    first, second, _third = three_wait(desk)
    async with opened(desk) as (pilot, screen):
        composer = screen.composer
        assert composer is not None
        await pilot.press("f8")
        await write(pilot, "给一号的回复")
        await pilot.press("ctrl+r")
        assert composer.mode is Mode.NOTE and composer.editor.text == ""
        await write(pilot, "给同事的备注")
        await pilot.press("escape")
        assert not screen.is_writing
        await pilot.press("down", "enter")
        assert screen.shown is not None and screen.shown.id == second
        assert composer.editor.text == ""
        await pilot.press("escape", "up", "enter")
        assert screen.shown.id == first
        assert (composer.mode, composer.editor.text) == (Mode.NOTE, "给同事的备注")
        await pilot.press("ctrl+r")
        assert composer.editor.text == "给一号的回复"
    held = drafts.of_agent(desk.store.reader(), desk.agent.id)
    assert {(each.draft.mode, each.draft.text) for each in held} == {
        (Mode.REPLY, "给一号的回复"),
        (Mode.NOTE, "给同事的备注"),
    }


async def test_letters_are_text_while_the_editor_has_the_focus(desk: Desk) -> None:
    first, *_rest = three_wait(desk)
    async with opened(desk) as (pilot, screen):
        await pilot.press("f8")
        await write(pilot, "eEqzu1")
        assert screen.composer is not None and screen.composer.editor.text == "eEqzu1"
    assert conversations.get(desk.store.reader(), first).status is Status.OPEN


async def test_a_quick_reply_goes_in_at_the_cursor_and_asks_for_its_slot_once(desk: Desk) -> None:
    first, *_rest = three_wait(desk)
    async with opened(desk) as (pilot, screen):
        composer, picker = screen.composer, screen.picker
        assert composer is not None and picker is not None
        await until(pilot, lambda: screen.shelf.finder is not None)
        await pilot.press("f8")
        await write(pilot, "/tk")
        await until(pilot, lambda: picker.is_open)
        await pilot.press("enter")
        await until(pilot, lambda: not picker.is_open)
        assert "{date}" in composer.editor.text and not composer.editor.text.startswith("/")
        assert composer.editor.selected_text == "{date}"
        before = composer.editor.text
        await pilot.press("ctrl+s")
        assert composer.editor.text == before
        assert composer.editor.selected_text == "{date}"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: (Sender.AGENT, before) in texts(desk, first))


async def test_escape_closes_the_quick_replies_and_keeps_the_text(desk: Desk) -> None:
    three_wait(desk)
    async with opened(desk) as (pilot, screen):
        composer, picker = screen.composer, screen.picker
        assert composer is not None and picker is not None
        await until(pilot, lambda: screen.shelf.finder is not None)
        await pilot.press("f8")
        await write(pilot, "/tk")
        await until(pilot, lambda: picker.is_open)
        await pilot.press("escape")
        await until(pilot, lambda: not picker.is_open)
        assert composer.editor.text == "/tk" and screen.is_writing
        await pilot.press("f2")
        await until(pilot, lambda: picker.is_open)
        await pilot.press("escape")
        await until(pilot, lambda: not picker.is_open)
        assert composer.editor.text == "/tk" and screen.is_writing


async def test_a_refused_reply_stays_and_a_person_is_told(desk: Desk) -> None:
    first, *_rest = three_wait(desk)
    async with opened(desk) as (pilot, screen):
        await pilot.press("f8")
        await write(pilot, "您好")
        work.resolve(desk, first)
        await pilot.press("ctrl+s")
        # A card when the store refuses it; a question when the screen has heard of the end by then.
        await until(pilot, lambda: screen.card.is_open or pilot.app.screen is not screen)
        assert screen.composer is not None and screen.composer.editor.text == "您好"
        assert (Sender.AGENT, "您好") not in texts(desk, first)


async def test_what_another_process_stores_appears(desk: Desk) -> None:
    three_wait(desk)
    other = open_desk(desk.store.path, desk.clock, agent="Bo")
    async with opened(desk) as (pilot, screen):
        fourth = hears(other, "u4", "新的客户")
        await until(pilot, lambda: fourth in [row.id for row in screen.queue.rows.window_rows])
        assert screen.status_bar.state.waiting == 4
    other.close()


async def test_what_is_read_stays_when_the_cursor_of_the_queue_comes_elsewhere(desk: Desk) -> None:
    """A colleague resolves what it stood on: the reader's keys go on acting on what they read."""
    first, _second, third = three_wait(desk)
    bo = open_desk(desk.store.path, desk.clock, agent="Bo")
    async with opened(desk) as (pilot, screen):
        await until(pilot, lambda: screen.shown is not None and screen.shown.id == first)
        screen.show_conversation(third)
        await read_on(pilot, screen)
        work.claim(bo, first)
        work.resolve(bo, first)
        await until(pilot, lambda: screen.queue.rows.selected_id != first)
        await pilot.pause(2 * PREVIEW_S)
        assert screen.chosen == third
    bo.close()


async def test_views_and_filter(desk: Desk) -> None:
    first, second, third = three_wait(desk)
    work.claim(desk, first)
    work.resolve(desk, second)
    async with opened(desk) as (pilot, screen):
        seen = {}
        for key, view in zip("123456", COUNTED_VIEWS, strict=True):
            await pilot.press(key)
            assert screen.queue.view is view
            seen[view] = {row.id for row in screen.queue.rows.window_rows}
        assert seen[View.MINE] == {first} and seen[View.RESOLVED] == {second}
        assert seen[View.UNASSIGNED] == {third} and seen[View.SNOOZED] == set()
        await pilot.press("4", "backslash")
        await write(pilot, "u3")
        await until(pilot, lambda: [row.id for row in screen.queue.rows.window_rows] == [third])
        await pilot.press("escape")
        await until(pilot, lambda: len(screen.queue.rows.window_rows) == 3)


@pytest.mark.parametrize(("width", "height", "layout"), SIZES)
async def test_layouts(desk: Desk, width: int, height: int, layout: str) -> None:
    three_wait(desk)
    async with opened(desk, (width, height)) as (pilot, screen):
        assert screen.has_class(layout)
        assert screen.contact.display is (layout == "-three")
        assert screen.queue.display
        assert screen.conversation.display is (layout != "-stack")
        await pilot.press("f8")
        await pilot.pause()
        assert screen.conversation.display
        assert screen.queue.display is (layout != "-stack")
        await pilot.press("f6")
        await pilot.pause()
        assert screen.contact.display is (layout != "-three")


async def test_a_tiny_terminal_says_so(desk: Desk) -> None:
    async with opened(desk, (30, 8)) as (pilot, screen):
        assert screen.has_class("-tiny")
        assert not screen.query_one("#panes").display
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert screen.query_one("#panes").display


async def test_the_language_switches_while_it_runs(desk: Desk) -> None:
    three_wait(desk)
    async with opened(desk) as (pilot, screen):
        labels = {item.label for item in screen.key_bar.items}
        await screen.app.run_action("app.use_language('zh_CN')")
        await pilot.pause()
        try:
            assert {item.label for item in screen.key_bar.items}.isdisjoint(labels)
        finally:
            set_language("en")


async def test_hostile_names_are_only_text(desk: Desk) -> None:
    bad = "[@click=app.quit]x[/] [/y] \x1b]0;owned\x07"
    conversation = hears(desk, bad, bad)
    work.label(desk, conversation, (bad,))
    desk.store.write(lambda tx: people.add_agent(tx, bad[:40]))
    async with opened(desk) as (pilot, screen):
        await pilot.press("f8", "escape")
        await until(pilot, lambda: screen.shown is not None)
        await pilot.press("ctrl+t")
        await until(pilot, lambda: len(screen.app.screen_stack) == 2)
        await pilot.press("escape")
        await screen.run_action("label")
        await pilot.pause()
        await pilot.press("escape", "f1")
        await pilot.pause()
        await pilot.press("escape")
        assert screen.app.is_running


async def test_transfer_asks_for_a_reason_and_can_be_undone(desk: Desk) -> None:
    first, *_rest = three_wait(desk)
    desk.store.write(lambda tx: people.add_agent(tx, "Bo"))
    async with opened(desk) as (pilot, _screen):
        await pilot.press("t")
        await pilot.pause()
        await pilot.press("1")
        await pilot.pause()
        await write(pilot, "knows ships")
        await pilot.press("enter")
        await until(pilot, lambda: conversations.get(desk.store.reader(), first).assignee_name == "Bo")
        await pilot.press("z")
        await until(pilot, lambda: conversations.get(desk.store.reader(), first).assignee is None)


async def test_snooze_label_and_priority(desk: Desk) -> None:
    first, *_rest = three_wait(desk)
    reader = desk.store.reader()
    async with opened(desk) as (pilot, screen):
        await pilot.press("p")
        await pilot.pause()
        await pilot.press("1")
        await until(pilot, lambda: conversations.get(reader, first).priority.word == "urgent")
        await pilot.press("l")
        await pilot.pause()
        await write(pilot, "late,ship")
        await pilot.press("enter")
        await until(pilot, lambda: conversations.get(reader, first).labels == ("late", "ship"))
        assert screen.queue.rows.selected_id == first
        await pilot.press("s")
        await pilot.pause()
        await pilot.press("1")
        await until(pilot, lambda: conversations.get(reader, first).status is Status.SNOOZED)
        clock_of(desk).advance(3_600_000)
        work.wake_due(desk)
        await until(pilot, lambda: first in [row.id for row in screen.queue.rows.window_rows])


async def test_the_draft_of_another_window_is_offered(desk: Desk) -> None:
    first, *_rest = three_wait(desk)
    other = open_desk(desk.store.path, desk.clock)
    async with opened(desk) as (pilot, screen):
        await pilot.press("f8")
        await write(pilot, "mine")
        await until(pilot, lambda: bool(drafts.of_agent(desk.store.reader(), desk.agent.id)))
        clock_of(desk).advance(1_000)
        sending.save_draft(other, first, Mode.REPLY, "theirs", 6).result()
        assert screen.composer is not None
        await screen.run_action("take_other_draft")
        assert screen.composer.editor.text == "theirs\nmine"
    other.close()


async def test_leaving_puts_the_last_words_on_disk(desk: Desk) -> None:
    first, *_rest = three_wait(desk)
    async with opened(desk) as (pilot, _screen):
        await pilot.press("f8")
        await write(pilot, "last words")
        await pilot.press("ctrl+q")
    held = drafts.held(desk.store.reader(), first, desk.agent.id, Mode.REPLY)
    assert [each.draft.text for each in held] == ["last words"]


async def test_a_note_needs_no_claim_and_is_not_sent(desk: Desk) -> None:
    first, *_rest = three_wait(desk)
    async with opened(desk) as (pilot, screen):
        await pilot.press("n")
        await until(pilot, lambda: screen.is_writing)
        await write(pilot, "watch out")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: (Sender.NOTE, "watch out") in texts(desk, first))
    assert outbox.listed(desk.store.reader()) == []
    assert conversations.get(desk.store.reader(), first).assignee is None
    assert queue.counts(desk.store.reader(), desk.agent.id).waiting == 3


async def test_an_empty_desk_says_what_to_do(desk: Desk) -> None:
    async with opened(desk) as (pilot, screen):
        assert screen.shown is None
        assert "work.resolve_next" not in {item.id for item in screen.key_bar.items}
        await pilot.press("f8")
        await until(pilot, lambda: screen.card.is_open)
        assert stored.labels(desk.store.reader()) == []
