"""What a terminal can be told besides the screen: a notification, and the title of its window.

Escape sequences with texts of our own, never a customer's: a notification shows on locked screens. Inside
tmux a notification is wrapped so that tmux hands it to the terminal outside (``allow-passthrough``).
References: iTerm2's proprietary codes (OSC 9), urxvt's notify extension (OSC 777), kitty's desktop
notifications (OSC 99), xterm's control sequences (OSC 2, title stack 22 and 23).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

ESC: Final = "\x1b"
BEL: Final = "\x07"
END: Final = f"{ESC}\\"
PUSH_TITLE: Final = f"{ESC}[22;0t"
POP_TITLE: Final = f"{ESC}[23;0t"
WITHOUT_TITLE: Final = ("dumb", "linux", "")
APP: Final = "csdesk"


class Protocol(StrEnum):
    """How a terminal is asked to show a notification."""

    OSC9 = "osc9"
    OSC777 = "osc777"
    OSC99 = "osc99"
    NONE = "off"


_PROGRAMS: Final = {
    "iTerm.app": Protocol.OSC9,
    "WezTerm": Protocol.OSC777,
    "ghostty": Protocol.OSC777,
    "rio": Protocol.OSC777,
}
_TRACES: Final = {
    "KITTY_WINDOW_ID": Protocol.OSC99,
    "ITERM_SESSION_ID": Protocol.OSC9,
    "WEZTERM_PANE": Protocol.OSC777,
    "GHOSTTY_RESOURCES_DIR": Protocol.OSC777,
}
"""Variables that a terminal leaves also where tmux says it is the terminal."""
_TERMS: Final = {
    "xterm-kitty": Protocol.OSC99,
    "xterm-ghostty": Protocol.OSC777,
    "foot": Protocol.OSC777,
    "rxvt": Protocol.OSC777,
}


def protocol_for(chosen: str, environment: Mapping[str, str]) -> Protocol:
    """The protocol of the setting ``chosen``; with ``auto`` the terminal's, NONE for one we do not know."""
    if chosen != "auto":
        return Protocol(chosen)
    for name, protocol in _TRACES.items():
        if environment.get(name):
            return protocol
    if environment.get("LC_TERMINAL") == "iTerm2":
        return Protocol.OSC9
    term = environment.get("TERM", "")
    by_term = next((each for name, each in _TERMS.items() if term.startswith(name)), Protocol.NONE)
    return _PROGRAMS.get(environment.get("TERM_PROGRAM", ""), by_term)


def notification(protocol: Protocol, text: str, *, is_in_tmux: bool = False) -> str:
    """The sequence that shows ``text`` under our name; empty for NONE."""
    said = plain(text)
    made = {
        Protocol.OSC9: f"{ESC}]9;{APP}: {said}{BEL}",
        Protocol.OSC777: f"{ESC}]777;notify;{APP};{said}{BEL}",
        # One identifier: a later notification takes the earlier one's place.
        Protocol.OSC99: f"{ESC}]99;i={APP}:d=0;{APP}{END}{ESC}]99;i={APP}:p=body;{said}{END}",
        Protocol.NONE: "",
    }[protocol]
    return through_tmux(made) if made and is_in_tmux else made


def through_tmux(sequence: str) -> str:
    """``sequence`` for the terminal around tmux."""
    return f"{ESC}Ptmux;{sequence.replace(ESC, ESC + ESC)}{END}"


def title(text: str) -> str:
    """The sequence that makes ``text`` the title of the window (in tmux: of the pane)."""
    return f"{ESC}]2;{plain(text)}{BEL}"


def has_title(environment: Mapping[str, str]) -> bool:
    """Whether the terminal has a title to speak of."""
    return environment.get("TERM", "") not in WITHOUT_TITLE


def plain(text: str) -> str:
    """``text`` without what could end a sequence early."""
    return "".join(char for char in text if char.isprintable() and char != ";")
