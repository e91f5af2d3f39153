"""What a Chinese input method commits arrives whole: in the parser, and in an app on a real terminal."""

from __future__ import annotations

import itertools
import json
from codecs import getincrementaldecoder

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import constants, events

from csdesk.tui.driver import DeskParser
from tests.pty_app import PtyApp

WRITING = (
    "亲非常抱歉让您久等了，您的快递已经到达本市！预计明天上午送达；"
    "还请保持电话畅通、谢谢您的理解与支持。欢迎下次光临𠮷"
)

TYPEWRITER = """
import json, sys
from textual.app import App
from csdesk.tui.driver import driver_class
from csdesk.tui.safe import ControlGuard
from csdesk.tui.widgets.editor import ReplyEditor

class Typewriter(App):
    ENABLE_COMMAND_PALETTE = False
    guard = ControlGuard()
    sent = []
    def get_line_filters(self):
        return [*super().get_line_filters(), self.guard]
    def compose(self):
        yield ReplyEditor(self.send)
    def on_mount(self):
        self.query_one(ReplyEditor).focus()
        self.query_one(ReplyEditor).border_title = "ready"
        self.query_one(ReplyEditor).styles.border = ("round", "white")
    def send(self):
        self.sent.append(self.query_one(ReplyEditor).text)
        self.query_one(ReplyEditor).load("")
        self.say("gone-out")
    def on_reply_editor_edited(self, message):
        self.set_timer(0.05, lambda: self.say("at-rest"))
    def say(self, what):
        self.query_one(ReplyEditor).border_title = what
    def on_key(self, event):
        if event.key == "ctrl+s":
            self.exit((self.query_one(ReplyEditor).text, self.sent))

text, sent = Typewriter(driver_class=driver_class()).run()
print("RESULT" + json.dumps([text, sent]) + "END")
"""


def commits() -> list[str]:
    return [(WRITING * 2)[length : 2 * length] for length in range(1, 31)]


def characters(pieces: list[str]) -> str:
    parser = DeskParser()
    found = [event for piece in pieces for event in parser.feed(piece)]
    assert all(isinstance(event, events.Key) for event in found)
    return "".join(event.character or "" for event in found if isinstance(event, events.Key))


@pytest.fixture(autouse=True)
def without_kitty_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """As ``csdesk.__main__`` sets it before textual is imported."""
    monkeypatch.setattr(constants, "DISABLE_KITTY_KEY", True)


@pytest.mark.parametrize("commit", [*commits(), WRITING, WRITING * 20], ids=len)
def test_a_commit_is_its_characters(commit: str) -> None:
    assert characters([commit]) == commit


@given(st.lists(st.integers(0, 3 * len(WRITING)), max_size=12))
def test_a_commit_may_come_in_pieces_cut_inside_a_character(cuts: list[int]) -> None:
    stream = WRITING.encode()
    decode = getincrementaldecoder("utf-8")("replace").decode
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    pieces = [decode(stream[start:end]) for start, end in itertools.pairwise(edges)]
    assert characters([piece for piece in pieces if piece]) == WRITING


def result(app: PtyApp) -> tuple[str, list[str]]:
    """The text and what was sent, once the program has ended."""
    app.send(b"\x13")
    output = app.read_to_end().decode()
    text, sent = json.loads(output.split("RESULT")[1].split("END")[0])
    return text, sent


def test_commits_of_one_to_thirty_characters_arrive_whole_in_the_editor() -> None:
    with PtyApp(TYPEWRITER, size=(70, 40)) as app:
        app.read_until(b"ready")
        for commit in commits():
            app.send(commit.encode())
        assert result(app) == ("".join(commits()), [])


def test_bytes_that_come_one_by_one_arrive_whole_in_the_editor() -> None:
    with PtyApp(TYPEWRITER, size=(70, 40)) as app:
        app.read_until(b"ready")
        for byte in "您好，𠮷先生".encode():
            app.send(bytes([byte]))
        assert result(app) == ("您好，𠮷先生", [])


@pytest.mark.parametrize("line_end", [b"\r", b"\n"])
def test_ten_lines_pasted_without_brackets_are_one_draft(line_end: bytes) -> None:
    lines = [f"第{number}行，请查收" for number in range(10)]
    with PtyApp(TYPEWRITER, size=(70, 40)) as app:
        app.read_until(b"ready")
        app.send(line_end.join(line.encode() for line in lines) + line_end)
        assert result(app) == ("\n".join(lines) + "\n", [])


def test_ten_lines_pasted_with_brackets_are_one_draft() -> None:
    with PtyApp(TYPEWRITER, size=(70, 40)) as app:
        app.read_until(b"ready")
        app.send("\x1b[200~一\r\n二\x1b\x11\r三\x1b[201~".encode())
        assert result(app) == ("一\n二␛␑\n三", [])


def test_an_enter_after_a_commit_sends_it() -> None:
    with PtyApp(TYPEWRITER, size=(70, 40)) as app:
        app.read_until(b"ready")
        app.send("您好".encode())
        app.read_until(b"at-rest")
        app.send(b"\r")
        app.read_until(b"gone-out")
        assert result(app) == ("", ["您好"])
