"""The line that tells how far a long piece of work is."""

from __future__ import annotations

import fcntl
from pathlib import Path

from csdesk.cli.progress import Line, clock_text
from csdesk.clock import ManualClock
from csdesk.store import connect
from tests.cli.conftest import Run


def test_a_quick_piece_of_work_shows_nothing() -> None:
    clock = ManualClock(0)
    line = Line("Verifying", clock)
    line.tell(1, 2)
    clock.advance(999)
    assert line.text() is None


def test_it_moves_while_nothing_is_told() -> None:
    clock = ManualClock(0)
    line = Line("Upgrading", clock)
    clock.advance(1_000)
    first = line.text()
    assert first == "Upgrading   0 % |"
    assert line.text() == "Upgrading   0 % /"


def test_it_says_how_long_the_rest_takes() -> None:
    clock = ManualClock(0)
    line = Line("Verifying", clock, rate="{rate} a second")
    clock.advance(60_000)
    line.tell(120_000, 480_000)
    assert line.text() == "Verifying  25 % |  2,000 a second  3:00 left"
    line.tell(480_000, 480_000)
    assert line.text() == "Verifying 100 % /"


def test_it_names_the_stage_and_counts_in_it() -> None:
    clock = ManualClock(0)
    line = Line("Verifying", clock)
    clock.advance(60_000)
    line.tell(120_000, 480_000)
    line.at_stage("pages", 0, 1)
    assert line.text() == "Verifying  25 % |  pages  3:00 left"
    line.at_stage("operations replayed", 1_234_567, 14_053_120)
    long = line.text()
    assert long == "Verifying  25 % /  operations replayed 1,234,567/14,053,120  3:00 left"
    assert len(long) < 80


def test_lengths_of_time() -> None:
    assert [clock_text(each) for each in (1, 7_000, 760_000, 3_723_000)] == [
        "0:01",
        "0:07",
        "12:40",
        "1:02:03",
    ]


def test_a_status_bar_does_not_wait_for_an_upgrade(csdesk: Run, refs: list[str], database: Path) -> None:
    lock = connect.upgrade_lock(database)
    with lock.open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        busy = csdesk("status", "--short")
    assert (busy.code, busy.out) == (0, "upgrading\n")
    left_by_a_kill = csdesk("status", "--short")
    assert left_by_a_kill.out.startswith("waiting ")
