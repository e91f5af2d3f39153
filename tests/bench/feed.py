"""A message that another process stored, until its text is on the screen.

This process stores it durably; the program runs in a pty with the conversation open. The raw limit is
the poll of the change feed. ``python -m tests.bench.feed``
"""

from __future__ import annotations

import random
import time
from typing import Final

from csdesk.bootstrap import open_desk
from csdesk.clock import ManualClock
from csdesk.config import Settings
from csdesk.desk import intake
from csdesk.desk.context import Desk
from csdesk.desk.ports import ContactCard, Incoming
from tests.bench.builder import AGENTS, INBOXES, NOW_MS
from tests.bench.keys import Terminal
from tests.bench.program import program
from tests.bench.row import Row, at_most, lines
from tests.bench.start import plain

ROUNDS: Final = 60
QUICK_ROUNDS: Final = 15
BUDGET_MS = 300.0
POLL_MS = 100.0
DAY_MS = 86_400_000
DEADLINE_S = 10.0


def measure(*, quick: bool = False) -> list[Row]:
    """Median and 95th of a hundred, from the commit's return to the text read from the pty."""
    pauses = random.Random(5)
    with program() as started:
        settings = Settings()
        with open_desk(
            started.database, agent=AGENTS[1], clock=ManualClock(NOW_MS), settings=settings
        ) as other:
            _store(other, 0, at=NOW_MS - 400 * DAY_MS)
            with Terminal(*started.arguments, module="csdesk", extra=started.surroundings) as desk:
                time.sleep(3)
                desk.type(b"\x1b[H")
                desk.type(b"\r")
                times = []
                for number in range(1, (QUICK_ROUNDS if quick else ROUNDS) + 1):
                    _rest(desk, 0.05 + pauses.random() * 0.2)
                    times.append(_until_shown(desk, other, number))
    times.sort()
    name = "stored by another process, on the screen"
    return [
        at_most(f"{name}, p50", times[len(times) // 2], "ms", "feed's poll", POLL_MS, BUDGET_MS),
        at_most(f"{name}, p95", times[int(len(times) * 0.95)], "ms", "feed's poll", POLL_MS, BUDGET_MS),
    ]


def _text(number: int) -> str:
    return f"bench-{number:05d}"


def _store(other: Desk, number: int, at: int | None = None) -> None:
    card = ContactCard("bench", "Bench")
    intake.receive(other, Incoming(INBOXES[0][0], "bench", f"b{number}", _text(number), card, at=at))


def _until_shown(desk: Terminal, other: Desk, number: int) -> float:
    """Milliseconds from the commit of message ``number`` until its text was written to the terminal."""
    _store(other, number)
    start = time.perf_counter()
    seen = b""
    while _text(number).encode() not in plain(seen):
        data = desk.read_for(DEADLINE_S)
        if not data or time.perf_counter() - start > DEADLINE_S:
            raise TimeoutError(f"{_text(number)} did not come to the screen")
        seen += data
    return (time.perf_counter() - start) * 1000


def _rest(desk: Terminal, seconds: float) -> None:
    end = time.perf_counter() + seconds
    while (left := end - time.perf_counter()) > 0:
        desk.read_for(left)


if __name__ == "__main__":
    print("\n".join(lines(measure())))
