"""The terminal driver: a lone Esc that does not dawdle, and pastes that cannot type.

The one module that leans on semi-private parts of Textual (its parser's awaited timeout
and the Linux driver's input loop); ``textual>=8.2.8,<8.3`` is pinned for it. Some things
differ from the stock driver:

* It waits exactly as long as the parser does instead of in steps of 0.1 s, and gives an
  escape sequence 20 ms to arrive, not 100 (over SSH, where the bytes of an arrow key may
  come apart, it keeps what the terminal's ``ESCDELAY`` says).
* An ESC inside a bracketed paste is shown, not obeyed: the stock parser takes it for a
  key sequence and types up to 32 stray keys.
* Bytes that are not UTF-8 and a closed stdin do not end or spin the program.
* Frames for a terminal that is gone are dropped: the stock thread that writes them dies of the first, and who
  waits for room in its queue waits for ever.
* The window's title can be set: the one before is put back at the end, and while another program runs.
"""

from __future__ import annotations

import os
import selectors
from codecs import getincrementaldecoder
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any, cast

from textual import constants
from textual._parser import Read1
from textual._time import get_time
from textual._xterm_parser import BRACKETED_PASTE_END, BRACKETED_PASTE_START, XTermParser
from textual.drivers.linux_driver import LinuxDriver

if TYPE_CHECKING:
    from textual.app import App
    from textual.driver import Driver
    from textual.message import Message

ESCAPE_WAIT_S = 0.02
"""How long an ESC may stay alone before it is the Esc key, in seconds."""

IDLE_WAIT_S = 0.1
"""How long the input thread sleeps at most before it looks whether to end, in seconds."""

READ_BYTES = 64 * 1024
_ESC = "\x1b"
_SHOWN_ESC = "\u241b"


def escape_wait(environment: Mapping[str, str]) -> float:
    """Seconds an ESC may stay alone: short at home, Textual's own over SSH or when a person set ESCDELAY."""
    is_remote = any(environment.get(name) for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"))
    if is_remote or environment.get("ESCDELAY"):
        return constants.ESCAPE_DELAY
    return ESCAPE_WAIT_S


class DeskParser(XTermParser):
    """Textual's terminal parser with a wait of our choosing and harmless pastes."""

    def __init__(self, debug: bool = False, wait_s: float = ESCAPE_WAIT_S) -> None:
        self._wait_s = wait_s
        self._paste: str | None = None  # what came of a paste whose end has not
        self._tail = ""  # the last characters fed, where a split paste mark may begin
        super().__init__(debug)

    def read1(self, timeout: float | None = None) -> Read1:  # type: ignore[override]
        """Ask for one character, waiting at most our own time for it."""
        return Read1(None if timeout is None else self._wait_s)

    def pending_s(self) -> float | None:
        """Seconds until a lone ESC becomes the Esc key; None when none is waiting."""
        due = self._timeout_time
        return None if due is None else max(0.0, due - get_time())

    def feed(self, data: str) -> Iterable[Message]:
        """The messages in ``data``; a paste is held back until it is whole."""
        if not data:
            yield from super().feed(data)
        while data:
            if self._paste is None:
                keys, data = self._split_at_paste(data)
                yield from super().feed(keys)
            else:
                self._paste += data
                pasted, end, data = self._paste.partition(BRACKETED_PASTE_END)
                if not end:
                    return
                self._paste, self._tail = None, ""
                yield from super().feed(pasted.replace(_ESC, _SHOWN_ESC) + end)

    def _split_at_paste(self, data: str) -> tuple[str, str]:
        """``data`` up to and with the mark that begins a paste, and the rest."""
        seen = self._tail + data
        found = seen.find(BRACKETED_PASTE_START)
        if found < 0:
            self._tail = seen[1 - len(BRACKETED_PASTE_START) :]
            return data, ""
        keys = found + len(BRACKETED_PASTE_START) - len(self._tail)
        self._paste = ""
        return data[:keys], data[keys:]


class Surviving:
    """The stream ``file``; what cannot be written to it any more is dropped."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> None:
        """As the stream's, but never an error."""
        with suppress(OSError):
            self._file.write(text)

    def flush(self) -> None:
        """As the stream's, but never an error."""
        with suppress(OSError):
            self._file.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class DeskDriver(LinuxDriver):
    """The Linux and macOS driver with our parser and an input loop that waits as long as it does."""

    _title = ""

    def __init__(self, app: App[Any], **options: Any) -> None:
        super().__init__(app, **options)
        self._file = cast(Any, Surviving(cast(IO[str], self._file)))

    def tell(self, sequence: str) -> None:
        """Send a whole sequence of our own: between two frames, as all calls from the screen's thread are."""
        self.write(sequence)
        self.flush()

    def name_window(self, text: str) -> None:
        """Make ``text`` the window's title."""
        if text == self._title:
            return
        from csdesk.tui.notices import PUSH_TITLE, title

        kept = "" if self._title else PUSH_TITLE
        self._title = text
        self.tell(kept + title(text))

    def start_application_mode(self) -> None:
        """Also after a pause: the title is ours again."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        was, self._title = self._title, ""
        if was:
            self.name_window(was)

    def stop_application_mode(self) -> None:
        """Leave the terminal as it was, its title too."""
        super().stop_application_mode()
        if self._title:
            from csdesk.tui.notices import POP_TITLE

            self.tell(POP_TITLE)

    def run_input_thread(self) -> None:
        """Read the terminal until ``exit_event``; raises OSError when the terminal is gone."""
        parser = DeskParser(self._debug, escape_wait(os.environ))
        decode = getincrementaldecoder("utf-8")("replace").decode
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                pending = parser.pending_s()
                if selector.select(IDLE_WAIT_S if pending is None else min(pending, IDLE_WAIT_S)):
                    read = os.read(self.fileno, READ_BYTES)
                    if not read:
                        break
                    text = decode(read)
                    if (
                        text
                    ):  # half a character is no text yet, and none at all would mean the end to the parser
                        self._process_all(parser.feed(text))
                self._process_all(parser.tick())
        self._process_all(parser.tick())
        self.exit_event.wait()

    def _process_all(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self.process_message(message)


def driver_class() -> type[Driver] | None:
    """The driver for ``App(driver_class=...)``; None where TEXTUAL_DRIVER names another."""
    return None if constants.DRIVER is not None else DeskDriver
