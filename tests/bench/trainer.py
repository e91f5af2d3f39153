"""The trainer without a screen: recorded attempts played and scored, as ``csdesk train --script`` does.

``python -m tests.bench trainer``
"""

from __future__ import annotations

import time
from itertools import cycle, islice

from csdesk.trainer.library import SHIPPED, load_library
from csdesk.trainer.playing import play
from csdesk.trainer.scenario import Recorded
from csdesk.trainer.scorer import score
from tests.bench.row import Row, lines

ATTEMPTS = 1_000
LEAST = 200.0
"""Attempts a second of one core (issue 6): its own time is counted, not what other programs take."""


def measure(quick: bool = False) -> list[Row]:
    """One row: attempts a second over all scenarios and qualities, twice, with the same scores both times."""
    library = load_library([SHIPPED])
    every = [(one, quality) for one in library.scenarios for quality in Recorded]
    chosen = list(islice(cycle(every), ATTEMPTS // 5 if quick else ATTEMPTS))
    first, quality = chosen[0]
    play(first, first.transcripts[quality])  # rules and patterns are compiled by the first one
    rates, totals = [], []
    for _round in range(2):
        began = time.process_time()
        round_totals = [
            score(play(one, one.transcripts[quality], number)).total
            for number, (one, quality) in enumerate(chosen)
        ]
        rates.append(len(chosen) / (time.process_time() - began))
        totals.append(round_totals)
    is_same = totals[0] == totals[1]
    rate = max(rates)
    return [
        Row(
            f"train --script, {len(chosen)} attempts",
            rate,
            "/s",
            "at least",
            LEAST,
            rate / LEAST,
            0.0,
            is_same and rate >= LEAST,
        )
    ]


if __name__ == "__main__":
    print("\n".join(lines(measure())))
