"""The bytes for notifications and titles, by terminal, in tmux and out of it."""

from __future__ import annotations

import pytest

from csdesk.tui import notices
from csdesk.tui.notices import Protocol

PLAIN = {"TERM": "xterm-256color"}


@pytest.mark.parametrize(
    ("environment", "protocol"),
    [
        ({}, Protocol.NONE),
        ({"TERM_PROGRAM": "iTerm.app"}, Protocol.OSC9),
        ({"LC_TERMINAL": "iTerm2", "TERM_PROGRAM": "tmux"}, Protocol.OSC9),
        ({"TERM_PROGRAM": "WezTerm"}, Protocol.OSC777),
        ({"TERM": "foot"}, Protocol.OSC777),
        ({"TERM": "rxvt-unicode-256color"}, Protocol.OSC777),
        ({"TERM": "xterm-kitty"}, Protocol.OSC99),
        ({"TERM": "tmux-256color", "TERM_PROGRAM": "tmux", "KITTY_WINDOW_ID": "1"}, Protocol.OSC99),
    ],
)
def test_the_terminal_decides(environment: dict[str, str], protocol: Protocol) -> None:
    assert notices.protocol_for("auto", PLAIN | environment) is protocol


def test_a_choice_beats_the_terminal() -> None:
    assert notices.protocol_for("osc777", {"TERM": "xterm-kitty"}) is Protocol.OSC777
    assert notices.protocol_for("off", {"TERM": "xterm-kitty"}) is Protocol.NONE


@pytest.mark.parametrize(
    ("protocol", "wanted"),
    [
        (Protocol.OSC9, "\x1b]9;csdesk: 3 位等待\x07"),
        (Protocol.OSC777, "\x1b]777;notify;csdesk;3 位等待\x07"),
        (Protocol.OSC99, "\x1b]99;i=csdesk:d=0;csdesk\x1b\\\x1b]99;i=csdesk:p=body;3 位等待\x1b\\"),
        (Protocol.NONE, ""),
    ],
)
def test_the_sequences(protocol: Protocol, wanted: str) -> None:
    assert notices.notification(protocol, "3 位等待") == wanted


def test_tmux_hands_it_on() -> None:
    assert (
        notices.notification(Protocol.OSC9, "x", is_in_tmux=True)
        == "\x1bPtmux;\x1b\x1b]9;csdesk: x\x07\x1b\\"
    )
    assert notices.notification(Protocol.NONE, "x", is_in_tmux=True) == ""


@pytest.mark.parametrize("protocol", [Protocol.OSC9, Protocol.OSC777, Protocol.OSC99])
def test_nothing_in_a_text_ends_the_sequence(protocol: Protocol) -> None:
    hostile = "a\x1b\\\x07\x9c;b\n"
    assert notices.notification(protocol, hostile) == notices.notification(protocol, "a\\b")
    assert notices.title(hostile) == "\x1b]2;a\\b\x07"


def test_a_console_has_no_title() -> None:
    assert [notices.has_title({"TERM": term}) for term in ("linux", "dumb", "", "xterm")] == [
        False,
        False,
        False,
        True,
    ]
