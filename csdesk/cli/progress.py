"""How far a long piece of work is, on stderr, for the person who waits."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle

from csdesk.clock import Clock, SystemClock
from csdesk.i18n import _

Progress = Callable[[int, int], None]
SHOWN_AFTER_MS = 1_000
BEAT_S = 0.25
ESTIMATED_AFTER_MS = 4_000
LEAST_SHARE = 0.03
"""Before this much is done nobody can say how long the rest takes."""

CLEAR_LINE = "\r\x1b[K"
SIGNS = "|/-\\"


class Line:
    """One line that is drawn again and again: the share done, the time left, a sign that moves.

    Where the work has stages the one it is at is named, with how much of how many of it is done; else the ``rate``.
    """

    def __init__(self, label: str, clock: Clock, rate: str | None = None) -> None:
        self._label = label
        self._rate = rate
        self._clock = clock
        self._began = clock.monotonic_ms()
        self._signs = cycle(SIGNS)
        self._done, self._total = 0, 1
        self._stage = ""

    def at_stage(self, name: str, done: int, of: int) -> None:
        """What is worked at now; a stage of which only the end is told (``of`` is 1) has no count."""
        self._stage = f"{name} {done:,}/{of:,}" if of > 1 else name

    def tell(self, done: int, total: int) -> None:
        """How far the work is now."""
        self._done, self._total = done, max(total, 1)

    def text(self) -> str | None:
        """The line as of now, with the next sign; None while the work has not taken a second."""
        elapsed = self._clock.monotonic_ms() - self._began
        if elapsed < SHOWN_AFTER_MS:
            return None
        share = min(self._done / self._total, 1.0)
        parts = [f"{self._label} {int(100 * share):3d} % {next(self._signs)}"]
        if self._stage:
            parts.append(self._stage)
        if elapsed >= ESTIMATED_AFTER_MS and LEAST_SHARE <= share < 1:
            if self._rate and not self._stage:
                parts.append(self._rate.format(rate=f"{self._done * 1000 // elapsed:,}"))
            parts.append(_("{time} left").format(time=clock_text(int(elapsed * (1 - share) / share))))
        return "  ".join(parts)


def clock_text(milliseconds: int) -> str:
    """A length of time as a clock shows it: 0:07, 12:40, 1:02:03."""
    minutes, seconds = divmod(-(-milliseconds // 1000), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


@contextmanager
def progress_bar(label: str, clock: Clock | None = None, rate: str | None = None) -> Iterator[Progress]:
    """A line on stderr, for a person only, once the work has taken a second.

    It is drawn beside the work, so that its sign moves also while one statement takes long. ``rate`` is
    a text with {rate}, for work that is counted in something a person knows.
    """
    with progress_line(label, clock, rate) as line:
        yield line.tell


@contextmanager
def progress_line(label: str, clock: Clock | None = None, rate: str | None = None) -> Iterator[Line]:
    """As ``progress_bar``, for work in stages."""
    line = Line(label, clock or SystemClock(), rate)
    if not sys.stderr.isatty():
        yield line
        return
    is_over = threading.Event()
    drawer = threading.Thread(target=_draw, args=(line, is_over), name="progress", daemon=True)
    drawer.start()
    try:
        yield line
    finally:
        is_over.set()
        drawer.join()


def _draw(line: Line, is_over: threading.Event) -> None:
    text = None
    while not is_over.wait(BEAT_S):
        text = line.text()
        if text is not None:
            sys.stderr.write(CLEAR_LINE + text)
            sys.stderr.flush()
    if text is not None:
        sys.stderr.write(CLEAR_LINE)
        sys.stderr.flush()
