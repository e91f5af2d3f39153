"""Key to frame in the queue, through a real pty, against one Static in the same run.

The harness answers Textual's question for synchronised output (mode 2026) and takes the mark at
its end as the end of a frame, so a figure is what a terminal would have to draw: from the key
written to the last byte of the frame read. ``python -m tests.bench.keys``
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import statistics
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.bench.row import Row, against, lines

ROOT: Final = Path(__file__).resolve().parents[2]
COLUMNS, LINES = 120, 40
DOWN, UP, END_KEY = b"\x1b[B", b"\x1b[A", b"\x1b[F"
ASK_SYNC, SYNC_IS_THERE = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
FRAME_END: Final = b"\x1b[?2026l"
SIZES: Final = (1_000, 100_000, 1_000_000)
IN_VIEW_BUDGET, SCROLLING_BUDGET, GROWTH_BUDGET = 1.5, 3.5, 1.3
WARM_UP, ROUNDS = 6, 40
QUIET_S, DEADLINE_S = 0.3, 20.0


class Terminal:
    """A program behind a pty whose frames can be waited for."""

    def __init__(
        self, *arguments: str, module: str = "tests.bench.pty_app", extra: Mapping[str, str] | None = None
    ) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        surroundings = os.environ | {
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "TEXTUAL_FPS": "240",
            "TEXTUAL_DISABLE_KITTY_KEY": "1",
            **(extra or {}),
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=slave, stdout=slave, stderr=slave, env=surroundings, cwd=ROOT, close_fds=True,
            start_new_session=True,
        )  # fmt: skip
        os.close(slave)
        self._has_answered = False
        self._read_until_quiet()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._master)

    def _read(self, timeout_s: float) -> bytes:
        ready, _, _ = select.select([self._master], [], [], timeout_s)
        if not ready:
            return b""
        data = os.read(self._master, 65536)
        if not self._has_answered and ASK_SYNC in data:
            self._has_answered = True
            os.write(self._master, SYNC_IS_THERE)
        return data

    def _read_until_quiet(self) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while not self._has_answered and time.monotonic() < deadline:
            self._read(QUIET_S)
        if not self._has_answered:
            raise TimeoutError("the program did not start")
        while self._read(QUIET_S):
            pass

    def frame_ms(self, key: bytes) -> float:
        """Write ``key`` and wait for the end of the next frame; milliseconds between."""
        while self._read(0.02):
            pass
        seen = b""
        start = time.perf_counter()
        os.write(self._master, key)
        while FRAME_END not in seen:
            data = self._read(DEADLINE_S)
            if not data:
                raise TimeoutError("no frame followed the key")
            seen = seen[-8:] + data
        return (time.perf_counter() - start) * 1000

    def type(self, keys: bytes) -> None:
        """Write ``keys`` and let the program come to rest."""
        os.write(self._master, keys)
        while self._read(QUIET_S):
            pass

    def read_for(self, timeout_s: float) -> bytes:
        """What the program writes next; empty when nothing comes in time."""
        return self._read(timeout_s)

    @property
    def pid(self) -> int:
        """The program's process."""
        return self._process.pid

    @property
    def resident_mb(self) -> float:
        """Resident memory of the program."""
        status = Path(f"/proc/{self._process.pid}/status")
        if not status.exists():
            return 0.0
        line = next(one for one in status.read_text().splitlines() if one.startswith("VmRSS"))
        return int(line.split()[1]) / 1024


def measure(rounds: int = ROUNDS) -> list[Row]:
    """Rows for each size: a key in view and one that scrolls, growth from 1k to 1M rows, and memory.

    The programs run side by side and take turns at each key, so that a busy moment of the machine
    falls on all of them alike.
    """
    with ExitStack() as opened:
        queues = {size: opened.enter_context(Terminal("queue", str(size))) for size in SIZES}
        floor = opened.enter_context(Terminal("static", "1"))
        in_view, raw_in_view = _take_turns(queues, floor, [DOWN, UP] * ((rounds + WARM_UP) // 2))
        for terminal in queues.values():
            for _ in range(LINES // 3):
                terminal.frame_ms(DOWN)
        scrolling, raw_scrolling = _take_turns(queues, floor, [DOWN] * (rounds + WARM_UP))
        rows = []
        for kind, times, raw, budget in (
            ("in view", in_view, raw_in_view, IN_VIEW_BUDGET),
            ("scrolling", scrolling, raw_scrolling, SCROLLING_BUDGET),
        ):
            name = "key to frame, {size:,} rows, " + kind
            rows += [
                against(name.format(size=size), value, "ms", "one Static", raw, budget)
                for size, value in times.items()
            ]
            small, large = times[SIZES[0]], times[SIZES[-1]]
            rows.append(
                against(f"key to frame, 1M rows, {kind}", large, "ms", "1k rows", small, GROWTH_BUDGET)
            )
        for terminal in queues.values():
            terminal.frame_ms(END_KEY)
        small, large = queues[SIZES[0]].resident_mb, queues[SIZES[-1]].resident_mb
        if small:
            rows.append(
                against("resident memory, 1M rows, at the end", large, "MB", "1k rows", small, GROWTH_BUDGET)
            )
    return rows


def _take_turns(
    queues: dict[int, Terminal], floor: Terminal, keys: list[bytes]
) -> tuple[dict[int, float], float]:
    """The median for each queue and for the floor, in ms, the first few keys left out."""
    times: dict[int, list[float]] = {size: [] for size in queues}
    raw: list[float] = []
    for key in keys:
        raw.append(floor.frame_ms(key))
        for size, terminal in queues.items():
            times[size].append(terminal.frame_ms(key))
    medians = {size: statistics.median(found[WARM_UP:]) for size, found in times.items()}
    return medians, statistics.median(raw[WARM_UP:])


if __name__ == "__main__":
    print("\n".join(lines(measure())))
