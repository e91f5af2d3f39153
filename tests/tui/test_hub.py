"""What an agent sees of the hub: the top line, what others did, and the process that keeps in step."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest
from textual.pilot import Pilot

from csdesk.desk import looking
from csdesk.desk.context import Desk
from csdesk.model.message import Mode
from csdesk.store import carried, hub, meeting, outbox
from csdesk.store.carried import ToBring
from csdesk.tui import hub_watch
from csdesk.tui.following import Following, Pulse
from csdesk.tui.screens.changes import ChangesScreen
from csdesk.tui.screens.desk import DeskScreen
from csdesk.tui.screens.modals import ChoiceQuestion
from tests.desks import hears
from tests.store.test_meeting import both_answer
from tests.store.test_receiving import of, two_desks
from tests.tui.test_desk import opened, read_on, until

LIVE = """
import json, sys
print(json.dumps({"state": "live", "up": 0}), flush=True)
print("half a line {", flush=True)
sys.stdin.read()
"""
SILENT = "import sys\nsys.stdin.read()"
ECHOES = "import sys\nfor line in sys.stdin: print(line, end='', flush=True)"
ENDS = 'print("{\\"state\\": \\"stopped\\"}")'


@pytest.fixture
def mia(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A desk that was apart from Bo's, and met it again: both had claimed and answered one conversation."""
    monkeypatch.setattr(hub_watch, "command", lambda _store, _agent: [sys.executable, "-c", LIVE])
    with two_desks(tmp_path) as (relay, mia, bo):
        both_answer(relay, mia, bo)
        mia.store.write(lambda tx: hub.note_contact(tx, tx.now_ms, 0))
        yield mia


def top(screen: DeskScreen) -> str:
    return screen.status_bar.render_line(0).text


async def asked(pilot: Pilot[int]) -> ChoiceQuestion[object]:
    await until(pilot, lambda: isinstance(pilot.app.screen, ChoiceQuestion))
    question = pilot.app.screen
    assert isinstance(question, ChoiceQuestion)
    return question


async def test_the_top_line_says_how_the_two_stand(mia: Desk) -> None:
    async with opened(mia, (190, 40)) as (pilot, screen):
        await until(pilot, lambda: "in step with" in top(screen))
        assert "1 to look at" in top(screen)
        mia.store.write(lambda tx: carried.note(tx, 0, [ToBring(1, "a" * 64, 1), ToBring(2, "b" * 64, 1)]))
        mia.store.write(lambda tx: carried.note_coming(tx, 1))
        assert screen.hub_watch is not None
        screen.hub_watch.look()
        assert "2 files to send, 1 file to come" in top(screen)
        mia.store.write(carried.begin_anew)
        mia.store.write(lambda tx: hub.update(tx, contact_at=tx.now_ms - 60_000))
        await until(pilot, lambda: screen.hub_watch is not None)
        assert screen.hub_watch is not None
        screen.hub_watch.look()
        assert "offline shift" in top(screen)
        screen.hub_watch.hear({"state": "stopped"})
        assert "sync stopped" in top(screen)


async def test_a_reply_that_was_overtaken_is_edited(mia: Desk) -> None:
    number = of(mia, "t1")
    async with opened(mia) as (pilot, screen):
        screen.show_conversation(number)
        assert screen.hub_watch is not None
        await until(pilot, lambda: "Bo claimed it first" in str(screen.hub_watch.line.render()))
        written = screen.hub_watch.line.content
        screen.hub_watch.look()
        assert screen.hub_watch.line.content is written  # what says the same is not laid out anew
        await read_on(pilot, screen)
        await pilot.press("L")
        await asked(pilot)
        await pilot.press("1")
        composer = screen.composer
        assert composer is not None
        await until(pilot, lambda: composer.editor.text == "A writes" and composer.mode is Mode.REPLY)
        assert outbox.listed(mia.store.reader()) == []


@pytest.mark.parametrize(("key", "left"), [("2", 1), ("3", 0)])
async def test_a_reply_that_was_overtaken_is_sent_or_dropped(mia: Desk, key: str, left: int) -> None:
    async with opened(mia) as (pilot, screen):
        screen.show_conversation(of(mia, "t1"))
        await read_on(pilot, screen)
        await pilot.press("L")
        await asked(pilot)
        await pilot.press(key)
        await until(pilot, lambda: looking.met(mia) == [])
        assert len(outbox.listed(mia.store.reader())) == left
        assert screen.hub_watch is not None
        await until(pilot, lambda: not screen.hub_watch.line.has_class("-open"))


async def test_a_card_is_seen_and_a_colleague_asked(mia: Desk) -> None:
    async with opened(mia) as (pilot, screen):
        screen.show_conversation(of(mia, "t1"))
        await read_on(pilot, screen)
        await pilot.press("L")
        await asked(pilot)
        await pilot.press("4")
        composer = screen.composer
        assert composer is not None
        await until(pilot, lambda: composer.mode is Mode.NOTE and composer.editor.text.startswith("@Bo "))
        await read_on(pilot, screen)
        await pilot.press("L")
        await asked(pilot)
        await pilot.press("5")
        await until(pilot, lambda: meeting.cards(mia.store.reader()) == [])


async def test_colleagues_in_the_same_conversation_are_shown(
    mia: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = of(mia, "t1")
    monkeypatch.setattr(hub_watch, "command", lambda _store, _agent: [sys.executable, "-c", SILENT])
    async with opened(mia) as (pilot, screen):
        looking.dismiss(mia, number)
        screen.show_conversation(number)
        watch = screen.hub_watch
        assert watch is not None and screen.shown is not None
        here = {"agent": "Bo[/x]", "conversation": screen.shown.ref, "is_writing": True}
        watch.hear({"state": "live", "present": [here, {**here, "agent": "Li", "is_writing": False}, "?"]})
        await until(pilot, lambda: "Li sees this too" in str(watch.line.render()))
        assert "Bo[/x] is writing here" in str(watch.line.render())
        watch.hear({"state": "live", "present": None})
        assert "Bo" not in "".join(watch.line._beside)


async def test_elsewhere_all_that_waits_is_listed(mia: Desk) -> None:
    other, number = hears(mia, "t9"), of(mia, "t1")
    async with opened(mia, (80, 24)) as (pilot, screen):
        screen.queue.rows.select(other)
        await pilot.press("L")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChangesScreen))
        await pilot.press("enter")
        await until(pilot, lambda: screen.shown is not None and screen.shown.id == number)


def heard_from(script: str, wanted: int) -> tuple[list[Pulse], int]:
    """``wanted`` pulses of processes that run ``script``, and how many were begun; they are ended then."""
    pulses: SimpleQueue[Pulse] = SimpleQueue()
    following = Following([sys.executable, "-c", script], pulses.put)
    following.begin()
    found = [pulses.get(timeout=120) for _time in range(wanted)]
    following.end()
    return found, following.starts


def test_the_process_is_ended_with_us() -> None:
    assert heard_from(LIVE, 1) == ([{"state": "live", "up": 0}], 1)


def test_a_process_that_ends_is_begun_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("csdesk.tui.following.FIRST_PAUSE_S", 0.01)
    pulses, starts = heard_from(ENDS, 2)
    assert {pulse["state"] for pulse in pulses} == {"stopped"} and starts >= 2


def test_it_is_told_what_colleagues_see_of_us() -> None:
    pulses: SimpleQueue[Pulse] = SimpleQueue()
    following = Following([sys.executable, "-c", ECHOES], pulses.put)
    following.say({"conversation": "7K3Q9F"})
    following.begin()
    assert pulses.get(timeout=120) == {"conversation": "7K3Q9F"}
    following.end()
