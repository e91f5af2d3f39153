"""Texts that would act on a terminal or as markup are shown, and do nothing, wherever they stand."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from csdesk.text import cell_width
from tests.e2e.hostile_desk import MODE_LINE, build, harmless_twin, hostile_texts, walk
from tests.e2e.terminal import PATIENCE_S, Terminal, run_command
from tests.payloads import CONTROLS, MARKUP

SEQUENCE = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]P_^X][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])|[\x00-\x1f\x7f]"
)
C1 = re.compile(
    "[\u0080-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe0f\ufeff\U000e0000-\U000e007f]"
)
COLOURS, MOVE = re.compile(rb"\x1b\[[\d;]*m"), re.compile(rb"\x1b\[\d+;\d+H")
STEERING = re.compile("[\u0080-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What steers a terminal or hides a reading direction; a command prints joiners as they are."""
MARKUP_SHOWN = "[@click"
NUMBER = re.compile(rb"[0-9]+")
SIZE = (132, 40)


@pytest.fixture(scope="module")
def wild(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose store and packs are full of hostile texts."""
    home = tmp_path_factory.mktemp("wild")
    build(home, hostile_texts(6))
    return home


def kinds(raw: bytes) -> set[bytes]:
    """The kinds of what commands the terminal in ``raw``: colours and moves as one each, the rest with its
    numbers alike (the window's title counts who waits)."""
    return {
        b"colours"
        if COLOURS.fullmatch(found)
        else b"a move"
        if MOVE.fullmatch(found)
        else NUMBER.sub(b"0", found)
        for found in SEQUENCE.findall(raw)
    }


def show_all(home: Path, texts: list[str], agent: str) -> tuple[Terminal, list[str]]:
    build(home, texts)
    desk = Terminal(home, size=SIZE, agent=agent)
    try:
        seen = walk(desk, len(texts), texts[:6])
        desk.press("escape", "escape")
        desk.wait_quiet(0.2)  # an Esc that a key follows at once is Alt with that key
        assert desk.quit() == 0
    finally:
        desk.close()
    return desk, seen


@pytest.mark.parametrize("fuzz", [6, pytest.param(400, marks=pytest.mark.long)])
def test_nothing_from_outside_commands_the_terminal(tmp_path: Path, fuzz: int) -> None:
    texts = hostile_texts(fuzz)
    allowed, _seen = show_all(tmp_path / "calm", [harmless_twin(text) for text in texts[:8]], "张敏")
    desk, seen = show_all(tmp_path / "wild", texts, "张敏[/x][@click=app.quit]\u202e\x9b1m\x1b[2J")
    raw = bytes(desk.raw)
    assert kinds(raw) - kinds(bytes(allowed.raw)) == set()
    assert C1.findall(raw.decode()) == []
    assert [payload.name for payload in CONTROLS if payload.needle and payload.needle in raw] == []
    everything = "\n".join(seen)
    unseen = [payload.name for payload in MARKUP if payload.text not in everything]
    assert unseen == []
    assert b"Traceback" not in raw


def test_markup_is_dead_where_it_is_clicked(tmp_path: Path) -> None:
    texts = [payload.text for payload in MARKUP if "click" in payload.text or "link" in payload.text]
    build(tmp_path, texts)
    with Terminal(tmp_path, size=SIZE) as desk:
        desk.wait_for(lambda seen: MARKUP_SHOWN in seen and MODE_LINE in seen)
        desk.press("4", "g", "enter")
        desk.wait_for("^S 发送")
        clicked: set[str] = set()
        deadline = time.monotonic() + PATIENCE_S
        while clicked != set(texts):
            assert time.monotonic() < deadline, f"never seen: {set(texts) - clicked}"
            desk.wait_quiet(0.1)
            for text in texts:
                for x, y in _spots(desk, text):
                    clicked.add(text)
                    for inside in range(0, len(text), 3):
                        desk.click(x + inside, y)
            desk.wait_quiet(0.1)
            assert desk.process.poll() is None
            desk.press("ctrl+down")
        assert desk.quit() == 0
    assert b"\x1b]8;" not in desk.raw


def _spots(desk: Terminal, text: str) -> list[tuple[int, int]]:
    """The cells where ``text`` begins; it is ASCII, so a column is a cell from there on."""
    return [
        (cell_width(line[: match.start()]), y)
        for y, line in enumerate(desk.screen())
        for match in re.finditer(re.escape(text), line)
    ]


def test_names_of_files_and_words_of_commands_are_shown_harmlessly(tmp_path: Path) -> None:
    for number in range(0, len(CONTROLS), 6):
        some = CONTROLS[number : number + 6]
        name = "".join(payload.text for payload in some if "\x00" not in payload.text).replace("/", "_")
        raw_name = name.encode("utf-8", "surrogateescape") if not re.search("[\ud800-\udc7f]", name) else b"x"
        path = tmp_path / "not-a-store"
        path.mkdir(exist_ok=True)
        file = path / raw_name.decode("utf-8", "surrogateescape")[:60]
        file.write_text("no database")
        done = run_command(tmp_path, "--db", str(file), "queue")
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert kinds(done.stderr.encode()) <= {b"\n"}
        assert STEERING.findall(done.stderr) == []
        with Terminal(tmp_path, "--db", str(file)) as desk:
            assert desk.wait_end() == 1
        assert kinds(bytes(desk.raw)) <= {b"\n", b"\r"}
        assert STEERING.findall(desk.raw.decode("utf-8", "replace")) == []
    wrong = run_command(tmp_path, "".join(payload.text for payload in MARKUP) + "\x1b]0;pwned\x07\u202e")
    assert wrong.returncode == 2
    assert kinds(wrong.stderr.encode()) <= {b"\n"}
    assert STEERING.findall(wrong.stderr) == []


@pytest.mark.parametrize(
    "command",
    [
        ("queue", "--view", "all", "--limit", "500"),
        ("outbox",),
        ("drafts", "--as", "Mia"),
        ("agent", "list"),
        ("replies", "find", "hh"),
    ],
)
def test_commands_print_it_harmlessly(wild: Path, command: tuple[str, ...]) -> None:
    done = run_command(wild, *command)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout) > 100
    assert kinds((done.stdout + done.stderr).encode()) <= {b"\n"}
    assert STEERING.findall(done.stdout + done.stderr) == []
