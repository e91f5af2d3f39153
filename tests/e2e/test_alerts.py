"""Alerts through a real terminal, byte by byte: in tmux and out of it, and after a kill."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from csdesk.clock import format_time
from tests.desks import START_MS, hears, open_desk
from tests.e2e.terminal import PATIENCE_S, Terminal

SAID = b"1 customer has waited over 03:00"
BARE = b"\x1b]9;csdesk: " + SAID + b"\x07"
WRAPPED = b"\x1bPtmux;\x1b\x1b]9;csdesk: " + SAID + b"\x07\x1b\\"
FRAME_MARK = re.compile(rb"\x1b\[\?2026([hl])")
HOSTILE = "在吗\x1b]9;pwned\x07\x1b]2;pwned\x07"


def start(home: Path, store: Path, second: int, **variables: str) -> Terminal:
    """csdesk for Mia in a terminal that knows OSC 9, at ``second`` of the wait, its clock ten times as fast."""
    now = f"{format_time(START_MS + second * 1000)}+10x"
    known = {"TERM_PROGRAM": "iTerm.app", "KITTY_WINDOW_ID": "", "CSDESK_NOW": now, **variables}
    return Terminal(home, "--db", str(store), language="en", agent="Mia", variables=known)


def written(terminal: Terminal, wanted: bytes, patience_s: float = PATIENCE_S) -> int:
    """Where ``wanted`` begins in what the program wrote, once it has."""
    deadline = time.monotonic() + patience_s
    with terminal._news:
        while (at := terminal.raw.find(wanted)) < 0:
            left = deadline - time.monotonic()
            assert left > 0, f"never written: {wanted!r}"
            terminal._news.wait(min(left, 0.25))
        return at


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A customer has just written, with sequences of their own."""
    path = tmp_path / "desk.db"
    with open_desk(path) as desk:
        hears(desk, "t", HOSTILE)
    return path


@pytest.mark.parametrize(("tmux", "sequence"), [("", BARE), ("/tmp/tmux-0/default,1,0", WRAPPED)])
def test_the_bytes_of_an_alert(tmp_path: Path, store: Path, tmux: str, sequence: bytes) -> None:
    with start(tmp_path, store, 120, TMUX=tmux) as terminal:
        terminal.wait_for("Customer t")
        terminal.send(b"\x1b[O")
        terminal.wait_for("1 customer has waited over 03:00")
        at = written(terminal, sequence)
        raw = bytes(terminal.raw)
        assert raw[at - 1 : at] == b"\x07"
        assert [mark for mark in FRAME_MARK.findall(raw[:at])][-1:] in ([b"l"], [])
        named = raw.index(b"\x1b[22;0t\x1b]2;csdesk (1 waiting, ")
        assert raw.count(b"\x1b[22;0t") == 1 and b"pwned\x07" not in raw
        assert terminal.quit() == 0
        assert bytes(terminal.raw).rindex(b"\x1b[23;0t") > named
        assert bytes(terminal.raw).count(sequence) == 1


def test_a_kill_makes_nothing_heard_twice(tmp_path: Path, store: Path) -> None:
    with start(tmp_path, store, 200) as terminal:
        terminal.wait_for("1 customer has waited over 03:00")
        terminal.kill9()
    with start(tmp_path, store, 300) as terminal:
        terminal.wait_for("Customer t")
        terminal.send(b"\x1b[O")
        written(terminal, b"\x1b]2;csdesk (1 waiting, 05:")
        terminal.wait_for(lambda seen: re.search(r"Longest\D+05:[2-5]|Longest\D+06", seen))
        assert SAID not in terminal.raw and b"has waited over" not in terminal.text().encode()
