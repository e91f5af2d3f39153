"""A shift in a real terminal: a quarter of an hour of it in the suite, all eight hours behind ``--long``."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from tests.e2e.shift.books import Books, Standing
from tests.e2e.shift.day import Day
from tests.e2e.shift.plan import Incident, Shift, crowds, incidents
from tests.e2e.shift.watch import bells_in

SHORT = Shift(hours=1 / 4, conversations=10, seed=2, speed=120)


@pytest.mark.parametrize(
    "shift", [SHORT, pytest.param(Shift(), marks=pytest.mark.long)], ids=["short", "whole"]
)
def test_a_shift_keeps_every_promise(tmp_path: Path, shift: Shift) -> None:
    day = Day(tmp_path, shift)
    broken = [check for check in day.run() if not check.is_met]
    assert broken == [], "\n".join(each.story for each in day.books.stumbles)
    assert day.books.done[Incident.KILL] == sum(what is Incident.KILL for _minute, what in incidents(shift))


def test_the_plan_has_every_incident_and_all_customers() -> None:
    whole = Shift()
    planned = incidents(whole)
    assert {what for _minute, what in planned} == set(Incident)
    assert planned == sorted(planned) == incidents(whole)
    assert all(0 <= minute < whole.minutes for minute, _what in planned)
    kills = [minute for minute, what in planned if what in (Incident.KILL, Incident.RESTART)]
    assert max(after - before for before, after in pairwise(kills)) > 5 * 60
    for shift in (whole, SHORT):
        come = crowds(shift)
        assert come.size * int(shift.minutes / come.every) >= shift.conversations


def test_the_books_owe_what_stood_on_the_screen_long_enough() -> None:
    books = Books()
    for at in (10.0, 10.9):
        books.wrote(books.new_token(), "ABC123", at)
    books.left(11.0)
    assert [each.standing for each in books.written.values()] == [Standing.KEPT, Standing.GONE]
    books.left(99.0)
    assert books.written["工0001单"].standing is Standing.GONE
    books.check_place("ABC123X", "工0000单 您好")
    assert books.misplaced == []
    books.check_place("XYZ789", "工0000单 您好")
    assert len(books.misplaced) == 1


def test_bells_are_not_the_ends_of_titles() -> None:
    assert bells_in(b"\x1b]0;csdesk\x07\x07ab\x1b]9;x\x1b\\\x07") == 2
