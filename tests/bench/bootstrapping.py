"""A new desk that begins with a snapshot, beside ``executemany`` of the same rows, and what travels.

The raw limit is given finished rows: no sum to make anew, no words to cut up for the search.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import psycopg

from csdesk.store import hub as hub_state
from csdesk.store.database import Store, open_store
from csdesk.store.hub import HubState
from csdesk.sync import codec, engine, hub, line, snapshots
from tests.bench import importing
from tests.bench.row import Row, aiming, reported, speed
from tests.desks import lay_empty

if TYPE_CHECKING:
    from tests.bench.team import Bench

WIRE_BYTES = 70.0
"""Of an operation, at most: sync.md 7."""
FLOOR, TARGET = 0.5, 1.5
"""DESIGN 16, and sync.md 7: as shares of the raw speed."""


def measure(bench: Bench) -> list[Row]:
    """What is on the hub as the snapshot of a lead's desk, taken in by stores that are empty."""
    size = _leave(bench)
    count, spent = len(bench.rows), []
    made: importing.Rows = {}
    for number in range(bench.rounds):
        with _empty(bench, f"begun-{number}") as store:
            _enrol(bench, store, f"begun-{number}", "agent")
            spent.append(_spent_us(count, partial(engine.begin, store, bench.desk.clock)))
            made = importing._new_rows(store.reader(), dict.fromkeys(importing.TABLES, -1))
    with psycopg.connect(bench.server.dsn(), autocommit=True) as owner:
        owner.execute("DELETE FROM csdesk.snapshot_piece")
        owner.execute("DELETE FROM csdesk.snapshot")
    raw = statistics.median(_raw(bench, made, number) for number in range(bench.rounds))
    value = statistics.median(spent)
    limit = "executemany of the same rows"
    wire = reported("snapshot on the wire, an operation", size / count, "B", "binary COPY", _copied(bench))
    return [
        speed("bootstrap from a snapshot, an operation", value, "us", limit, raw, floor=FLOOR, target=TARGET),
        aiming(wire, value=WIRE_BYTES),
    ]


def _leave(bench: Bench) -> int:
    """Have the desk that made everything leave a snapshot as a lead's; its size in bytes."""
    with psycopg.connect(bench.server.dsn(), autocommit=True) as owner:
        owner.execute("UPDATE csdesk.desk SET rank = 'lead' WHERE desk = %s", (bench.desk.store.desk,))
        names = hub.names_of(owner)
        (login,) = owner.execute(
            "SELECT role FROM csdesk.desk WHERE desk = %s", (bench.desk.store.desk,)
        ).fetchone() or ("",)
        owner.execute(f'GRANT "{names.lead}" TO "{login}"'.encode())
        engine.once(bench.desk.store, bench.desk.clock)
        with line.connect(bench.dsn) as wired:
            snapshots.make(bench.desk.store.path, bench.desk.store.desk, wired)
        ((size,),) = owner.execute("SELECT size FROM csdesk.snapshot").fetchall()
        return int(size)


def _empty(bench: Bench, name: str) -> Store:
    path = bench.folder / f"{name}.db"
    lay_empty(path)
    return open_store(path, bench.desk.clock)


def _enrol(bench: Bench, store: Store, name: str, rank: str) -> None:
    made = hub.enrol(bench.server.dsn(tcp=True), store.desk, hub.Wanted(name, rank, 0))
    state = HubState("team", made.login.secret_dsn)
    store.write(lambda tx: hub_state.join(tx, state))


def _raw(bench: Bench, rows: importing.Rows, number: int) -> float:
    with _empty(bench, f"begun-raw-{number}") as store:
        store.write(lambda tx: hub_state.join(tx, HubState("team", "host=nowhere")))
        columns = {table: importing._columns(store.reader(), table) for table in rows}
        write = importing._part(rows, columns, 0, 1)
        return _spent_us(len(rows["op"]), partial(store.write, write))


def _copied(bench: Bench) -> float:
    """Bytes of an operation as it goes up."""
    return len(codec.encode(bench.rows)) / len(bench.rows)


def _spent_us(count: int, work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1e6 / count
