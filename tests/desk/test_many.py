"""Many at once: one commit, one undo that puts back exactly what was, refusals that spoil nothing."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from csdesk.desk import many, moves, people, undoing, work
from csdesk.desk.context import Desk
from csdesk.desk.moves import Move
from csdesk.errors import Refused
from csdesk.model.conversation import Priority, Status
from csdesk.store import conversations
from csdesk.store.verify import verify
from tests.desks import clock_of, hears, open_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path / "desk.db") as opened:
        opened.store.write(lambda tx: people.add_team(tx, "returns"))
        yield opened
        assert verify(opened.store.path).problems == ()


@pytest.fixture
def bo(desk: Desk) -> Desk:
    return Desk(desk.store, desk.clock, desk.settings, people.me(desk.store, "Bo"))


def stand(desk: Desk) -> list[tuple[Any, ...]]:
    """All that a move may change of every conversation, with what its line of time shows."""
    reader = desk.store.reader()
    rows = reader.execute(
        "SELECT id, status, assignee, team, waiting_since, wait_floor, resolved_at, snooze_kind, snooze_until,"
        " priority, queue_key FROM conversation ORDER BY id"
    ).fetchall()
    labels = reader.execute("SELECT conversation, label FROM conversation_label ORDER BY 1, 2").fetchall()
    events = reader.execute("SELECT conversation, kind, at, agent FROM event ORDER BY id").fetchall()
    transfers = reader.execute("SELECT conversation, reason FROM transfer ORDER BY id").fetchall()
    counts = reader.execute("SELECT * FROM view_count WHERE n <> 0 ORDER BY 1, 2").fetchall()
    return [*rows, *labels, *events, *transfers, *counts]


def hundred(desk: Desk, number: int = 100) -> list[int]:
    return [hears(desk, f"t{each}") for each in range(number)]


MOVES: dict[str, Callable[[Desk], Move]] = {
    "claim": lambda desk: moves.claim(),
    "release": lambda desk: moves.release(),
    "resolve": lambda desk: moves.resolve(),
    "reopen": lambda desk: moves.reopen(),
    "snooze": lambda desk: moves.snooze(None),
    "later": lambda desk: moves.snooze(desk.now_ms() + 60_000),
    "label": lambda desk: moves.label(("vip", "new"), ("old",)),
    "priority": lambda desk: moves.prioritise(Priority.URGENT),
    "agent": lambda desk: moves.transfer(moves.Target(agent="Bo"), "busy"),
    "team": lambda desk: moves.transfer(moves.Target(team="returns"), "wants a refund"),
}


def test_forty_of_which_others_have_three(desk: Desk, bo: Desk) -> None:
    numbers = hundred(desk, 40)
    for number in numbers[:3]:
        work.claim(bo, number)
    before = stand(desk)
    outcome = many.do(desk, numbers, moves.claim())
    assert (len(outcome.done), len(outcome.refused)) == (37, 3)
    assert {each.error.code for each in outcome.refused} == {"claim.taken"}
    assert many.said(outcome) == "37 claimed."
    assert many.reasons(outcome) == ["3 of 40 were claimed by others."]
    undone = undoing.undo(desk)
    assert (undone.kind, undone.count, undone.left) == ("claim", 37, 0)
    assert stand(desk) == before


@given(
    st.lists(st.lists(st.sampled_from(sorted(MOVES)), max_size=3), min_size=2, max_size=6),
    st.sampled_from(sorted(MOVES)),
)
@settings(suppress_health_check=list(HealthCheck), max_examples=60)
def test_an_undo_puts_everything_back(histories: list[list[str]], last: str) -> None:
    """Whatever each had been through, and whoever has it."""
    folder = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    try:
        with open_desk(folder / "desk.db") as desk:
            desk.store.write(lambda tx: people.add_team(tx, "returns"))
            bo = Desk(desk.store, desk.clock, desk.settings, people.me(desk.store, "Bo"))
            numbers = hundred(desk, len(histories))
            for number, names in zip(numbers, histories, strict=True):
                work.label(desk, number, ("old",))
                for place, name in enumerate(names):
                    many.do(bo if place == 1 else desk, [number], MOVES[name](desk))
                clock_of(desk).advance(1_000)
            clock_of(desk).advance(undoing.MANY_MS)
            before = stand(desk)
            operations = desk.store.reader().execute("SELECT count(*) FROM op").fetchone()
            many.do(desk, numbers, MOVES[last](desk))
            has_changed = desk.store.reader().execute("SELECT count(*) FROM op").fetchone() != operations
            assert (undoing.last(desk) is not None) == has_changed
            if has_changed:
                undoing.undo(desk)
            assert stand(desk) == before
            assert undoing.last(desk) is None
        assert verify(folder / "desk.db").problems == ()
    finally:
        shutil.rmtree(folder)


def test_what_changed_since_stays(desk: Desk, bo: Desk) -> None:
    numbers = hundred(desk, 4)
    many.do(desk, numbers, moves.resolve())
    hears(desk, "t0", "还有一个问题")
    undone = undoing.undo(desk)
    assert (undone.count, undone.left) == (3, 1)
    states = [conversations.get(desk.store.reader(), number).status for number in numbers]
    assert states == [Status.OPEN] * 4
    with pytest.raises(Refused) as raised:
        undoing.undo(desk)
    assert raised.value.code == "undo.nothing"


def test_what_a_customer_wrote_since_is_not_put_out_of_sight(desk: Desk) -> None:
    (number,) = hundred(desk, 1)
    work.resolve(desk, number)
    work.reopen(desk, number)
    hears(desk, "t0", "还在吗")
    with pytest.raises(Refused) as raised:
        undoing.undo(desk)
    assert raised.value.code == "undo.changed"
    assert conversations.get(desk.store.reader(), number).status is Status.OPEN


def test_one_of_many_can_go_back_alone(desk: Desk) -> None:
    numbers = hundred(desk, 3)
    many.do(desk, numbers, moves.resolve())
    assert undoing.undo(desk, numbers[1]).count == 1
    assert undoing.undo(desk).count == 2


def test_many_can_be_taken_back_for_a_minute_and_one_for_a_moment(desk: Desk) -> None:
    numbers = hundred(desk, 3)
    many.do(desk, numbers, moves.prioritise(Priority.HIGH))
    clock_of(desk).advance(undoing.MANY_MS - 1)
    assert undoing.last(desk) is not None
    clock_of(desk).advance(1)
    assert undoing.last(desk) is None
    work.prioritise(desk, numbers[0], Priority.LOW)
    clock_of(desk).advance(undoing.LEAST_MS)
    assert undoing.last(desk) is None


def test_who_stops_it_finds_everything_as_it_was(desk: Desk) -> None:
    numbers = hundred(desk, 60)
    before = stand(desk)
    told: list[int] = []

    def enough() -> bool:
        return bool(told) and told[-1] >= 20

    with pytest.raises(many.Cancelled):
        many.do(
            desk, numbers, moves.resolve(), progress=lambda done, _all: told.append(done), is_cancelled=enough
        )
    assert told == [0, 20]
    assert stand(desk) == before
    assert undoing.last(desk) is None


def test_the_same_twice_is_once(desk: Desk) -> None:
    (number,) = hundred(desk, 1)
    outcome = many.do(desk, [number, number], moves.resolve())
    assert (outcome.done, outcome.refused) == ((number,), ())


def test_each_reason_is_told_once(desk: Desk, bo: Desk) -> None:
    numbers = hundred(desk, 5)
    many.do(desk, numbers[:2], moves.resolve())
    work.claim(bo, numbers[2])
    outcome = many.do(desk, numbers, moves.resolve())
    assert outcome.done == tuple(numbers[3:])
    assert many.reasons(outcome) == ["2 of 5 are resolved already.", "1 of 5 was claimed by others."]
