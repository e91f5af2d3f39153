"""How far a long build is: a bar on a terminal, a line now and then in a file."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

BAR_CELLS = 30
TERMINAL_EVERY_S, FILE_EVERY_S = 0.2, 15.0


class Progress:
    """Call it with what is done and what there is in all; rate and time left are of this run."""

    def __init__(
        self, what: str, out: TextIO | None = None, timer: Callable[[], float] = time.monotonic
    ) -> None:
        self._what = what
        self._out = out or sys.stderr
        self._timer = timer
        self._is_terminal = self._out.isatty()
        self._began: tuple[float, int] | None = None
        self._due = 0.0

    def __call__(self, done: int, total: int) -> None:
        now = self._timer()
        self._began = self._began or (now, done)
        if now < self._due and done < total:
            return
        self._due = now + (TERMINAL_EVERY_S if self._is_terminal else FILE_EVERY_S)
        line = self._line(done, total, now)
        ends = "\n" if done >= total or not self._is_terminal else ""
        self._out.write(("\r" if self._is_terminal else "") + line + ends)
        self._out.flush()

    def _line(self, done: int, total: int, now: float) -> str:
        assert self._began is not None
        since, had = self._began
        rate = (done - had) / (now - since) if now > since else 0.0
        left = f"{_span((total - done) / rate)} left" if rate else ""
        full = BAR_CELLS * done // max(total, 1)
        return f"{self._what} [{'#' * full:<{BAR_CELLS}}] {done:,} of {total:,}  {rate:,.0f}/s  {left:<14}"


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
