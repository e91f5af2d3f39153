"""A person in front of a real terminal: csdesk in a pty, its screen read by a terminal emulator.

A thread feeds every byte to pyte and keeps it. Nothing sleeps: whoever waits is woken by each
whole frame. pyte keeps a wide character in one cell and an empty string in the next, so a line
joined from its cells has exactly the terminal's width, unless something was cut through.
"""

from __future__ import annotations

import os
import pty
import re
import signal
import struct
import subprocess
import sys
import threading
import time
from codecs import getincrementaldecoder
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ
from types import TracebackType

import pyte

from tests.spelled import know_pinyin

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 30.0
"""How long something may take on a busy machine before it counts as never, in seconds."""
ASK_AGAIN_S = 1.5

KEYS = {
    "enter": "\r", "escape": "\x1b", "tab": "\t", "backspace": "\x7f", "space": " ", "delete": "\x1b[3~",
    "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F",
    "pageup": "\x1b[5~", "pagedown": "\x1b[6~", "ctrl+down": "\x1b[1;5B", "ctrl+up": "\x1b[1;5A",
    "f1": "\x1bOP", "f2": "\x1bOQ", "f3": "\x1bOR", "f4": "\x1bOS", "f5": "\x1b[15~", "f6": "\x1b[17~",
    "f7": "\x1b[18~", "f8": "\x1b[19~", "f9": "\x1b[20~",
    **{f"ctrl+{letter}": chr(ord(letter) - 96) for letter in "abcdefghijklmnopqrstuvwxyz"},
}  # fmt: skip
"""What a terminal sends for a key (xterm)."""

_OWN = ("CSDESK_", "TEXTUAL", "LC_", "SSH_", "PYTHON")
_UNSET = {"LANGUAGE", "NO_COLOR", "COLORTERM", "TMUX", "COLUMNS", "LINES", "ESCDELAY"}
_START = (
    "import fcntl,os,sys,termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)
_SYNC_ASKED, _SYNC_ANSWER = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
_SYNC_END = b"\x1b[?2026l"
_SYNC_MARK = re.compile(rb"\x1b\[\?2026([hl])")


class Terminal:
    """csdesk, started with ``arguments`` in a terminal of ``size`` (columns, rows), at home in ``home``.

    ``variables`` are set on top of a plain environment; an empty value unsets one. With ``is_first_start``
    the pinyin of the quick replies is still to be computed.
    """

    def __init__(
        self,
        home: Path,
        *arguments: str,
        size: tuple[int, int] = (120, 40),
        language: str = "zh_CN",
        agent: str = "张敏",
        variables: Mapping[str, str] | None = None,
        is_first_start: bool = False,
    ) -> None:
        if not is_first_start:
            know_pinyin(home / "cache")
        self.size, self.language = size, language
        self._emulated = pyte.Screen(*size)
        self._stream = pyte.Stream(self._emulated)
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        self._news = threading.Condition(threading.RLock())
        self._is_drawing = False
        self._is_awaited = False
        self._whole: list[str] = []
        self._is_over = False
        self.raw = bytearray()
        self.sent: deque[tuple[float, bytes]] = deque(maxlen=16)
        """The last keys and when they were typed, for whoever asks what led to a screen."""
        self._master, terminal = pty.openpty()
        self._tell_size()
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _START, sys.executable, "-m", "csdesk", *arguments],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            env=environment(home, language=language, agent=agent, variables=variables),
            cwd=ROOT,
            start_new_session=True,
        )
        os.close(terminal)
        self._reader = threading.Thread(target=self._read_on, daemon=True)
        self._reader.start()

    # -- what the person does

    def send(self, data: bytes) -> None:
        """Bytes as they are, in one write."""
        self.sent.append((time.monotonic(), data))
        os.write(self._master, data)

    def type(self, text: str) -> None:
        """Text as an input method or a paste without brackets sends it: all in one write."""
        self.send(text.encode())

    def press(self, *keys: str) -> None:
        """Keys by name (``f8``, ``ctrl+s``) or as the character they type, one write each."""
        for key in keys:
            self.type(KEYS.get(key, key))

    def click(self, x: int, y: int) -> None:
        """The left button, down and up, on a cell counted from 0."""
        self.type(f"\x1b[<0;{x + 1};{y + 1}M\x1b[<0;{x + 1};{y + 1}m")

    def resize(self, columns: int, rows: int) -> None:
        """Make the window larger or smaller while the program runs."""
        if (columns, rows) == self.size:
            return  # a terminal says nothing then
        with self._news:
            self.size = (columns, rows)
            self._emulated.resize(rows, columns)
            self._emulated.erase_in_display(2)
        self._tell_size()

    def _tell_size(self) -> None:
        columns, rows = self.size
        ioctl(self._master, TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    # -- what the person sees

    def screen(self) -> list[str]:
        """The lines of the screen, each as wide as the terminal."""
        with self._news:
            return self._lines()

    def text(self) -> str:
        """The screen as one text, without the air at the ends of lines."""
        return "\n".join(line.rstrip() for line in self.screen())

    def find(self, text: str) -> tuple[int, int] | None:
        """The cell (x, y) where ``text`` begins, or None."""
        with self._news:
            for y, line in enumerate(self._lines()):
                at = line.find(text)
                if at >= 0:
                    cells = [self._emulated.buffer[y][x].data for x in range(self.size[0])]
                    x = seen = 0
                    while seen < at:
                        seen += len(cells[x])
                        x += 1
                    return x, y
        return None

    def columns(self, start: int, end: int) -> str:
        """What stands in the columns from ``start`` up to ``end``, as one text."""
        with self._news:
            cells = [
                [self._emulated.buffer[y][x].data for x in range(start, end)] for y in range(self.size[1])
            ]
        return "\n".join("".join(line).rstrip() for line in cells)

    def count(self, text: str) -> int:
        """How often ``text`` is on the screen."""
        return self.text().count(text)

    def _lines(self) -> list[str]:
        columns, rows = self.size
        return ["".join(self._emulated.buffer[y][x].data for x in range(columns)) for y in range(rows)]

    def wait_for(
        self, wanted: str | Callable[[str], object], patience_s: float = PATIENCE_S, *, why: str = ""
    ) -> str:
        """Wait until ``wanted`` is on the screen, or says true of its text; the text then.

        Looks at whole frames: while one is drawn, at the one before. Raises AssertionError with the screen
        when it never comes.
        """
        deadline = time.monotonic() + patience_s
        with self._news:
            self._is_awaited, self._whole = True, []
            while True:
                lines = self._whole if self._is_drawing else self._lines()
                seen = "\n".join(line.rstrip() for line in lines)
                if lines and (wanted in seen if isinstance(wanted, str) else wanted(seen)):
                    return seen
                left = deadline - time.monotonic()
                if left <= 0 or (self._is_over and not self._news.wait(0.2)):
                    what = why or (wanted if isinstance(wanted, str) else "what was waited for")
                    raise AssertionError(f"never seen: {what!r}\n{self.text()}")
                self._news.wait(min(left, 0.25))

    def wait_gone(self, text: str, patience_s: float = PATIENCE_S) -> str:
        """Wait until ``text`` is not on the screen."""
        return self.wait_for(lambda seen: text not in seen, patience_s, why=f"without {text}")

    def wait_quiet(self, quiet_s: float = 0.15, patience_s: float = PATIENCE_S) -> None:
        """Wait until nothing has been drawn for ``quiet_s``; clocks tick once a second."""
        deadline = time.monotonic() + patience_s
        with self._news:
            while self._news.wait(quiet_s) or self._is_drawing:
                assert time.monotonic() < deadline, "the screen never rests"

    # -- the end

    def kill9(self) -> None:
        """The power goes, as far as the program can tell."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)

    def wait_end(self, patience_s: float = PATIENCE_S) -> int:
        """The exit code, once the program has ended and everything it wrote is read."""
        code = self.process.wait(patience_s)
        self._reader.join(patience_s)
        return code

    def quit(self) -> int:
        """Ctrl+Q, and again as often as the program tells of what is not sent; the exit code.

        On a busy machine the first one may reach the program together with an Esc before it, as Alt+Ctrl+Q.
        """
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            with suppress(OSError):  # the terminal may be gone by now
                self.press("ctrl+q")
            with suppress(subprocess.TimeoutExpired):
                return self.wait_end(ASK_AGAIN_S)
        raise AssertionError(f"it does not end:\n{self.text()}")

    def hang_up(self) -> None:
        """Close the window: the program gets SIGHUP and nobody to write to."""
        master, self._master = self._master, -1
        self.process.send_signal(signal.SIGHUP)
        os.close(master)

    def close(self) -> None:
        """End the program, however it stands, and let go of the terminal."""
        if self.process.poll() is None:
            self.kill9()
        self._reader.join(PATIENCE_S)
        if self._master >= 0:
            os.close(self._master)
            self._master = -1

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- the wire

    def _read_on(self) -> None:
        while True:
            try:
                piece = os.read(self._master, 65536)
            except OSError:
                piece = b""
            with self._news:
                if not piece:
                    self._is_over = True
                    self._news.notify_all()
                    return
                self._take(piece)
                self._news.notify_all()
            if _SYNC_ASKED in piece:
                self.send(_SYNC_ANSWER)

    def _take(self, piece: bytes) -> None:
        self.raw += piece
        *frames, rest = piece.split(_SYNC_END)
        for end_of_frame in frames:
            self._stream.feed(self._decode(end_of_frame + _SYNC_END))
            if self._is_awaited:
                self._whole = self._lines()
        self._stream.feed(self._decode(rest))
        marks = _SYNC_MARK.findall(self.raw[-len(piece) - 8 :])
        if marks:
            self._is_drawing = marks[-1] == b"h"


def environment(
    home: Path,
    *,
    language: str = "zh_CN",
    agent: str = "张敏",
    variables: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """A plain environment: folders under ``home``, a UTF-8 xterm, nothing of the one who runs the tests."""
    plain = {
        name: value for name, value in os.environ.items() if not name.startswith(_OWN) and name not in _UNSET
    }
    plain |= {
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        "CSDESK_LANG": language,
        "CSDESK_AGENT": agent,
        **{f"CSDESK_{kind.upper()}_DIR": str(home / kind) for kind in ("config", "data", "state", "cache")},
        **(variables or {}),
    }
    return {name: value for name, value in plain.items() if value}


def run_command(home: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """csdesk without a terminal, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "csdesk", *arguments],
        env=environment(home, variables=variables),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
