"""The input side of the terminal: the Esc key, pastes, a stdin that is no terminal."""

from __future__ import annotations

import itertools
import os
import pty
import statistics
import subprocess
import sys
import threading
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import constants, events
from textual.drivers._writer_thread import MAX_QUEUED_WRITES, WriterThread

from csdesk.tui.driver import ESCAPE_WAIT_S, DeskParser, Surviving, driver_class, escape_wait
from tests.pty_app import ROOT, PtyApp

ECHO = """
import sys
from textual.app import App
from textual.widgets import Static
from csdesk.tui.driver import driver_class

class Echo(App):
    ENABLE_COMMAND_PALETTE = False
    count = 0
    def compose(self):
        yield Static("", markup=False)
    def on_mount(self):
        self.query_one(Static).update("ready.")
    def on_key(self, event):
        if event.key == "q":
            self.exit()
        self.count += 1
        self.query_one(Static).update(f"<{event.key}{self.count}>")
    def on_paste(self, event):
        self.query_one(Static).update(f"<paste {event.text!r}>")

Echo(driver_class=driver_class() if sys.argv[1] == "ours" else None).run()
print("ended well")
"""


def parsed(*pieces: str) -> list[events.Event]:
    parser = DeskParser()
    return [event for piece in pieces for event in parser.feed(piece)]


def esc_seconds(which: str, environment: dict[str, str] | None = None) -> float:
    """The median time from a lone Esc to the frame that shows it."""
    times = []
    with PtyApp(ECHO, which, size=(40, 5), environment=environment) as app:
        app.read_until(b"ready.")
        for count in range(1, 8):
            seen = len(app.output)
            before = time.perf_counter()
            app.send(b"\x1b")
            app.read_until(f"escape{count}>".encode() if count == 1 else f"{count}>".encode(), after=seen)
            times.append(time.perf_counter() - before)
        app.send(b"q")
        app.read_to_end()
    return statistics.median(times)


def test_a_lone_esc_costs_less_than_half_of_the_stock_driver() -> None:
    assert esc_seconds("ours") <= 0.5 * esc_seconds("stock")


def test_over_ssh_esc_keeps_its_stock_wait() -> None:
    home, away = escape_wait({"TERM": "xterm"}), escape_wait({"SSH_CONNECTION": "1.2.3.4 5 6.7.8.9 22"})
    assert (home, away) == (ESCAPE_WAIT_S, constants.ESCAPE_DELAY)
    assert escape_wait({"ESCDELAY": "50"}) == constants.ESCAPE_DELAY


def test_keys_and_pastes_arrive_and_the_app_ends() -> None:
    with PtyApp(ECHO, "ours", size=(60, 5)) as app:
        app.read_until(b"ready.")
        app.send(b"\x1b[A")
        app.read_until(b"<up1>")
        app.send(b"\x1b[20")
        app.send("0~您好\x1b[31m\x11\x1b[201~".encode())
        app.read_until("您好␛[31m".encode())
        app.send(b"\xff\xfeq")
        assert b"ended well" in app.read_to_end()
        assert app.process.wait(60) == 0


IDLE = """
import time
from textual.app import App
from csdesk.tui.driver import driver_class

class Idle(App):
    def on_ready(self):
        self.set_timer(0.4, self.mark)
    def mark(self):
        self.start = time.process_time(), time.monotonic()
        self.set_timer(0.4, self.exit)

app = Idle(driver_class=driver_class())
app.run()
print("share", (time.process_time() - app.start[0]) / (time.monotonic() - app.start[1]))
"""


def test_a_stdin_that_is_no_terminal_neither_ends_nor_spins_the_app() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IDLE],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        cwd=ROOT,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert float(done.stdout.split(b"share")[-1]) < 0.5


def test_an_esc_inside_a_paste_is_text() -> None:
    (paste,) = parsed("\x1b[200~a\x1b[31mred\x1b\x11\x1b[200~b\x1b[201~")
    assert isinstance(paste, events.Paste)
    assert paste.text == "a␛[31mred␛\x11␛[200~b"


PASTED = st.text(st.sampled_from("ab您\x1b[20~01\n\r;m"), max_size=30).filter(
    lambda text: "\x1b[201~" not in text
)


@given(PASTED, PASTED, st.lists(st.integers(0, 80), max_size=6))
def test_pastes_are_whole_however_the_bytes_are_cut(first: str, second: str, cuts: list[int]) -> None:
    stream = f"x\x1b[200~{first}\x1b[201~y\x1b[200~{second}\x1b[201~z"
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    found = parsed(*(stream[start:end] for start, end in itertools.pairwise(edges)))
    pastes = [event.text for event in found if isinstance(event, events.Paste)]
    keys = [event.key for event in found if isinstance(event, events.Key)]
    assert pastes == [first.replace("\x1b", "␛"), second.replace("\x1b", "␛")]
    assert keys == ["x", "y", "z"]


def test_a_driver_chosen_by_hand_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "DRIVER", "some.module:Driver")
    assert driver_class() is None


def test_frames_for_a_terminal_that_is_gone_stop_nobody() -> None:
    master, terminal = pty.openpty()
    file = os.fdopen(terminal, "w")
    os.close(master)
    writer = WriterThread(Surviving(file))  # type: ignore[arg-type]
    writer.start()

    def leave() -> None:
        for _ in range(3 * MAX_QUEUED_WRITES):
            writer.write("a frame")
        writer.stop()

    leaving = threading.Thread(target=leave, daemon=True)
    leaving.start()
    leaving.join(60)
    assert not leaving.is_alive() and not writer.is_alive()
    with suppress(OSError):
        file.close()
