"""Key to frame in the composer of the whole program, drafts being saved, also with the quick replies open.

Through a pty, beside one Static in the same run. ``python -m tests.bench.composer``
"""

from __future__ import annotations

import time
from itertools import cycle, islice
from typing import Final

from tests.bench.keys import DOWN, UP, Terminal
from tests.bench.program import program
from tests.bench.row import Row, at_most, lines

ROUNDS: Final = 120
QUICK_ROUNDS: Final = 20
BUDGET_MS = 20.0
PAUSE_S = 0.03
"""Between keys: a person types no faster, and the draft keeper's timers run as they do for one."""

WORDS: Final = [char.encode() for char in "您好，让您久等了 thanks "]
QUERY: Final = [*[char.encode() for char in "yunfei"], *[b"\x7f"] * 6]


def measure(*, quick: bool = False) -> list[Row]:
    """The 95th of a hundred keys: writing, writing a query into open quick replies, choosing among them."""
    rounds = QUICK_ROUNDS if quick else ROUNDS
    with (
        program() as started,
        Terminal("static", "1") as floor,
        Terminal(*started.arguments, module="csdesk", extra=started.surroundings) as desk,
    ):
        time.sleep(3)
        desk.type(b"\r")
        writing, raw = _in_turn(desk, floor, WORDS, rounds)
        desk.type(b"\n/")
        query, raw_query = _in_turn(desk, floor, QUERY, rounds)
        desk.type(b"y")
        choosing, raw_choosing = _in_turn(desk, floor, [DOWN, DOWN, UP], rounds)
    name = "key to frame, composer, {kind}, p95"
    return [
        at_most(name.format(kind=kind), value, "ms", "one Static, p95", beside, BUDGET_MS)
        for kind, value, beside in (
            ("writing", writing, raw),
            ("quick replies open", query, raw_query),
            ("choosing a quick reply", choosing, raw_choosing),
        )
    ]


def _in_turn(desk: Terminal, floor: Terminal, keys: list[bytes], rounds: int) -> tuple[float, float]:
    """The 95th percentile of ours and of the floor, in ms, key by key in turn."""
    ours, raw = [], []
    for key, step in islice(zip(cycle(keys), cycle([DOWN, UP]), strict=False), rounds):
        ours.append(desk.frame_ms(key))
        raw.append(floor.frame_ms(step))
        time.sleep(PAUSE_S)
    return _p95(ours), _p95(raw)


def _p95(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]


if __name__ == "__main__":
    print("\n".join(lines(measure())))
