"""What must not happen, and how quickly it is over: servers that die, processes that are killed, clocks that are wrong."""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest

from csdesk.desk import work
from csdesk.model.conversation import Priority
from csdesk.sync import guard, hub, visit
from csdesk.sync.line import Line
from csdesk.sync.local_server import LocalServer
from csdesk.sync.session import Hello
from tests.bench.hub import failover
from tests.bench.row import Row, aiming, at_most, reported
from tests.bench.team import spent_ms
from tests.desks import hears
from tests.sync import test_machine as machine
from tests.sync.conftest import TEMPLATE, TestHub, discard, fresh, start_server
from tests.sync.desks import Mate, WrongClock, joined_by
from tests.sync.faults import storm

DAY_MS = 86_400_000


def measure(quick: bool) -> list[Row]:
    """All rows of this part."""
    return [*failover(1 if quick else 3), *_storm(10 if quick else 45), *_on_a_test_server(quick)]


def _storm(seconds: float) -> list[Row]:
    """Desks and the hub are killed and cut off for ``seconds``, at work: see tests/sync/faults.py."""
    figures = storm(seed=int(seconds), seconds=seconds)
    stops = sum(figures.done[name] for name in ("kill the hub", "immediate", "fast"))
    told = f"{figures.done['kill a desk']} desk kills, {stops} of the hub"
    acknowledged = float(figures.acknowledged)
    wrong = float(figures.lost + figures.duplicates + figures.diverged + len(figures.problems))
    row = at_most(
        "acknowledged, lost or double or different", wrong, "", f"acknowledged; {told}", acknowledged, 0
    )
    return [replace(row, target="0", is_on_target=wrong == 0)]


@dataclass
class Shift:
    """A time that all share, told by whoever runs the shift."""

    at_ms: int

    def now_ms(self) -> int:
        return self.at_ms


def _on_a_test_server(quick: bool) -> list[Row]:
    """What goes on a server without fsync, as the tests have it; and how long that takes to come about."""
    begun = time.perf_counter()
    server = start_server()
    try:
        up = time.perf_counter() - begun
        with psycopg.connect(server.dsn(), autocommit=True) as owner:
            owner.execute(f"CREATE DATABASE {TEMPLATE}".encode())
            guard.guard_server(owner)
        hub.init(server.dsn(TEMPLATE))
        whole = time.perf_counter() - begun
        cold = at_most("hub from nothing, for tests", whole, "s", "initdb and start", up, 2.0)
        rows = [aiming(cold, value=0.6), _each_test(server)]
        with fresh(server) as made, tempfile.TemporaryDirectory() as name:
            rows.append(_wrong_winners(made, Path(name), 200 if quick else 1_000))
        with fresh(server) as made, tempfile.TemporaryDirectory() as name:
            rows.append(_machine(made, Path(name), 10 if quick else 40))
        return rows
    finally:
        discard(server)


def _each_test(server: LocalServer) -> Row:
    """A fresh hub for one test, from its making until it is gone."""

    def one() -> None:
        with fresh(server):
            pass

    spent = statistics.median(spent_ms(one) for _time in range(5))
    with psycopg.connect(server.dsn(), autocommit=True) as owner:
        raw = statistics.median(spent_ms(lambda: owner.execute("SELECT 1")) for _time in range(50))
    return aiming(reported("hub of one test, made and dropped", spent, "ms", "SELECT 1", raw), value=15)


def _wrong_winners(made: TestHub, folder: Path, contested: int) -> Row:
    """Two desks give each of so many conversations a priority, offline, by clocks that are up to 30 days off and
    jump: at how many the earlier one holds on any desk."""
    chance, shift = random.Random(contested), Shift(machine.LONG_AGO_MS)
    with _desks(made, folder, shift) as (mia, bo):
        talks = [hears(mia.desk, f"t{number}") for number in range(contested)]
        uids = {talk: uid for uid, talk in mia.store.reader().execute("SELECT uid, id FROM conversation")}
        mia.sync()
        bo.sync()
        there = dict(bo.store.reader().execute("SELECT uid, id FROM conversation").fetchall())
        wanted: dict[bytes, int] = {}
        for talk in talks:
            pair = [(mia, talk, Priority.URGENT), (bo, there[uids[talk]], Priority.LOW)]
            chance.shuffle(pair)
            for mate, number, priority in pair:
                shift.at_ms += chance.randint(10_000, 600_000)
                if chance.random() < 0.2:
                    mate.clock.off_ms = chance.randint(-30 * DAY_MS, 30 * DAY_MS)
                work.prioritise(mate.desk, number, priority)
                wanted[uids[talk]] = priority
        for mate in (mia, bo, mia):
            mate.sync()
        wrong = sum(held != wanted[uid] for mate in (mia, bo) for uid, held in _held(mate).items())
    row = at_most("wrong winners by wrong clocks", float(wrong), "", "contested", float(contested), 0)
    return replace(row, target="0", is_on_target=wrong == 0)


def _held(mate: Mate) -> dict[bytes, int]:
    return dict(mate.store.reader().execute("SELECT uid, priority FROM conversation").fetchall())


@contextmanager
def _desks(made: TestHub, folder: Path, shift: Shift) -> Iterator[tuple[Mate, Mate]]:
    """Two desks on a hub that goes by the time of the shift."""
    real = visit.hello

    def hello(wired: Line, desk: int) -> Hello:
        return replace(real(wired, desk), hub_ms=shift.now_ms())

    mia, bo = (joined_by(made, folder / f"{name}.db", name, WrongClock(shift)) for name in ("Mia", "Bo"))
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(visit, "hello", hello)
            yield mia, bo
    finally:
        mia.desk.close()
        bo.desk.close()


def _machine(made: TestHub, folder: Path, examples: int) -> Row:
    """Examples a second of the state machine that the tests run."""
    with machine.sharing(made, folder) as shared:
        spent = spent_ms(lambda: machine.run(shared, examples, 20, derandomize=True)) / 1_000
    row = reported("state machine, an example", spent / examples * 1_000, "ms", "", 0.0)
    return aiming(row, value=100)
