"""A desk nobody touches: CPU and memory while the queue ticks, beside one idle Static in the same run.

``python -m tests.bench.idle``
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

from tests.bench.keys import Terminal
from tests.bench.program import program
from tests.bench.row import Row, at_most, lines
from tests.bench.start import cpu_ms

WATCHED_S: Final = 20.0
SETTLED_S: Final = 30.0
"""Until what a start leaves to do is done: the indexes of a store just built are merged in idle moments."""
CPU_BUDGET_PERCENT, MEMORY_BUDGET_MB = 1.0, 60.0


def measure(*, quick: bool = False, database: Path | None = None) -> list[Row]:
    """CPU in percent of a core and resident memory, the output read as a terminal would."""
    watched_s = 5.0 if quick else WATCHED_S
    with (
        program(database) as started,
        Terminal("static", "1") as floor,
        Terminal(*started.arguments, module="csdesk", extra=started.surroundings) as desk,
    ):
        _read((desk, floor), SETTLED_S)
        before = cpu_ms(desk.pid), cpu_ms(floor.pid)
        began = time.monotonic()
        _read((desk, floor), watched_s)
        passed_ms = (time.monotonic() - began) * 1000
        ours, raw = (
            (cpu_ms(each.pid) - was) / passed_ms * 100
            for each, was in zip((desk, floor), before, strict=True)
        )
        return [
            at_most("idle CPU, ticking queue", ours, "%", "one Static", max(raw, 0.01), CPU_BUDGET_PERCENT),
            at_most("idle memory", desk.resident_mb, "MB", "one Static", floor.resident_mb, MEMORY_BUDGET_MB),
        ]


def _read(terminals: tuple[Terminal, ...], seconds: float) -> None:
    """Take what the programs write for so long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for terminal in terminals:
            terminal.read_for(0.1)


if __name__ == "__main__":
    print("\n".join(lines(measure())))
