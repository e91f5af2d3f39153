"""A desk that is killed again and again, at any moment of real work, loses nothing it has shown.

Every text typed is one of its kind. What was on the screen as a message must be in the store once;
what was in the editor half a second before the end must be in a draft or a message.
"""

from __future__ import annotations

import random
import re
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from csdesk.channels.replay import bundled_paths
from csdesk.formats.jsonl import load_transcripts
from csdesk.model.message import Sender
from tests.e2e import evidence
from tests.e2e.terminal import Terminal, run_command

MODE_LINE = re.compile(r"回复 [ ›]备注")
"""The editor's head; a run goes on with the note that the one before it left, where there is nothing else."""
NOBODY = "请选择会话"
"""All that came were answered: the first customer of this run is yet to come."""
DRAFT_MS = 500
START_S = 1.0
"""What a start takes on a quiet machine; where it takes longer, the work gets as much longer."""
COMMIT_MS = 250
"""What a commit to a busy disk may take on top, and the reading of the screen by the test."""

UNDO_SAID = ("回复已撤回", "没有可撤销的", "已重新打开", "之后又有变动")
TOKEN = re.compile(r"甲\d{3}乙\d{3}丙")
"""Of one length: a digit that chooses what fills a slot leaves no other token behind."""


@dataclass
class Shift:
    """What one round saw on the screen, and when."""

    typed: list[tuple[str, float]] = field(default_factory=list)
    undone: set[str] = field(default_factory=set)
    carried: set[str] = field(default_factory=set)
    """What stood in drafts before: it may be sent, and taken back, with what is typed now."""
    killed_at: float = 0.0
    acts: list[str] = field(default_factory=list)


@pytest.mark.parametrize("rounds", [10, pytest.param(200, marks=pytest.mark.long)])
def test_kills_lose_nothing(tmp_path: Path, rounds: int) -> None:
    chance = random.Random(20260112)
    store = tmp_path / "data" / "demo.db"
    promised: set[str] = set()
    lost_ms: list[float] = []
    for number in range(rounds):
        carried = set(TOKEN.findall(" ".join(evidence.drafts(store)))) if number else set()
        started = time.monotonic()
        with Terminal(tmp_path, "demo", "--speed", "30", "--seed", "5") as desk:
            desk.wait_for(lambda seen: MODE_LINE.search(seen) is not None or NOBODY in seen)
            pace = max(1.0, (time.monotonic() - started) / START_S)
            shift = _work_until_killed(desk, chance, number, pace, carried)
            last_screen = desk.text()
        if number == 0:
            assert (
                run_command(tmp_path, "--db", str(store), "inbox", "edit", "demo", "--hold", "1").returncode
                == 0
            )
        evidence.assert_sound(store)
        promised = (promised | _shown_as_messages(last_screen)) - shift.undone
        _assert_kept(store, promised, f"{shift}\n{last_screen}")
        lost = _lost(store, shift)
        lost_ms.append(max(lost.values(), default=0.0))
        assert lost_ms[-1] <= DRAFT_MS + COMMIT_MS, (
            f"{lost}\n{_of_round(store, number)}\n{shift}\n{last_screen}"
        )
    print(f"{rounds} kills, {len(promised)} messages promised, at most {max(lost_ms):.0f} ms of typing lost")
    _assert_customers_said_it_once(store)
    assert len(promised) >= rounds // 5, "too little was sent for this to mean anything"


def _work_until_killed(
    desk: Terminal, chance: random.Random, number: int, pace: float, carried: set[str]
) -> Shift:
    shift = Shift(carried=carried)
    due = threading.Timer(pace * chance.uniform(0.3, 2.2), lambda: _kill(desk, shift))
    due.start()
    acts = [_answer] * 6 + [_pick, _pick, _note, _undo, _resolve, _walk]
    with suppress(AssertionError, OSError):
        desk.press("f8")
        for act_number in range(1000):
            act = chance.choice(acts)
            shift.acts.append(f"{act.__name__} {act_number} at {time.monotonic():.3f}")
            act(desk, chance, shift, f"甲{number:03}乙{act_number:03}丙")
            if shift.killed_at:
                break
    due.join()
    desk.kill9()
    return shift


def _kill(desk: Terminal, shift: Shift) -> None:
    desk.process.kill()
    shift.killed_at = time.monotonic()


def _write(desk: Terminal, chance: random.Random, shift: Shift, text: str) -> None:
    """Type ``text`` in a few pieces and note when each was in the editor."""
    place = 0
    while place < len(text):
        step = chance.randint(1, 6)
        desk.type(text[place : place + step])
        place += step
        piece = text[:place]
        desk.wait_for(lambda seen, piece=piece: piece in _flat(seen), 0.6)  # type: ignore[misc]
        shift.typed.append((piece, time.monotonic()))


def _answer(desk: Terminal, chance: random.Random, shift: Shift, token: str) -> None:
    with suppress(AssertionError):
        _write(desk, chance, shift, token + "您好，马上为您处理。")
        desk.press(chance.choice(["ctrl+s", "enter"]))
        if chance.random() < 0.7:
            desk.wait_for(lambda seen: token in _above(seen), 0.5)


def _pick(desk: Terminal, chance: random.Random, shift: Shift, token: str) -> None:
    with suppress(AssertionError):
        _write(desk, chance, shift, token)
        desk.type(" /")
        desk.wait_for("条快捷回复", 0.5)
        desk.type(chance.choice(["hy", "jd", "zy", "qn"]))
        desk.press(chance.choice(["enter", "down", "escape"]), "enter")


def _note(desk: Terminal, chance: random.Random, shift: Shift, token: str) -> None:
    desk.press("ctrl+r")
    with suppress(AssertionError):
        _write(desk, chance, shift, token + "备注")
        desk.press("ctrl+s")
    desk.press("ctrl+r")


def _undo(desk: Terminal, chance: random.Random, shift: Shift, token: str) -> None:
    """What was taken back is promised as a message no more: it is a draft again.

    When the end comes before the answer, anything of this round may have been taken back.
    """
    everything = shift.carried | {token for text, _at in shift.typed for token in TOKEN.findall(text)}
    shift.undone |= everything
    before = shift.undone - everything
    was_said = any(word in desk.text() for word in UNDO_SAID)
    desk.press("ctrl+g")
    if was_said:
        return
    seen = desk.wait_for(lambda seen: any(word in seen for word in UNDO_SAID), 3.0)
    shift.undone = before | {token for token in TOKEN.findall(_flat(seen)) if token not in _above(seen)}


def _resolve(desk: Terminal, chance: random.Random, shift: Shift, token: str) -> None:
    desk.press("f9")
    desk.wait_quiet(0.05, 1.0)
    desk.press("f8")


def _walk(desk: Terminal, chance: random.Random, shift: Shift, token: str) -> None:
    desk.press(chance.choice(["ctrl+down", "ctrl+up", "f8"]))


def _flat(screen: str) -> str:
    """The screen without its line ends and air: a text that was wrapped is one again."""
    return re.sub(r"[\s▍▌]", "", screen)


def _above(screen: str) -> str:
    """What stands over the last line of the editor's head, but for the query of the quick replies: messages."""
    heads = list(MODE_LINE.finditer(screen))
    over = screen[: heads[-1].start()] if heads else ""
    return "\n".join(line for line in over.split("\n") if "预览" not in line)


def _shown_as_messages(screen: str) -> set[str]:
    return set(TOKEN.findall(_above(screen)))


def _assert_kept(store: Path, promised: set[str], story: str) -> None:
    counted = Counter(token for each in evidence.messages(store) for token in set(TOKEN.findall(each.text)))
    assert {token: counted[token] for token in promised if counted[token] != 1} == {}, story
    assert {token: count for token, count in counted.items() if count > 1} == {}, story


def _of_round(store: Path, number: int) -> list[str]:
    """Every text of the store that holds something typed in a round."""
    texts = [each.text for each in evidence.messages(store)] + evidence.drafts(store)
    return [text for text in texts if f"甲{number:03}" in text]


def _lost(store: Path, shift: Shift) -> dict[str, float]:
    """What was typed and is nowhere, and how many ms before the end it was on the screen."""
    kept = [each.text for each in evidence.messages(store)] + evidence.drafts(store)
    return {
        text: (shift.killed_at - at) * 1000
        for text, at in shift.typed
        if not any(text in whole for whole in kept)
    }


def _assert_customers_said_it_once(store: Path) -> None:
    """Each conversation is the beginning of a transcript's customer lines, none missing, none twice."""
    scripts = [
        [message.text for message in transcript.messages if message.sender is Sender.CUSTOMER]
        for path in bundled_paths()
        for transcript in load_transcripts(path)
    ]
    said: dict[int, list[str]] = {}
    for each in evidence.messages(store):
        if each.sender == "customer":
            said.setdefault(each.conversation, []).append(each.text)
    for lines in said.values():
        assert any(script[: len(lines)] == lines for script in scripts), lines
