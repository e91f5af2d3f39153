"""A desk and the team's hub, beside what PostgreSQL and SQLite can do at best on this machine.

``python -m tests.bench sync``: each figure that was aimed at for sync, with its raw limit of the same run. The hub is a
private PostgreSQL with fsync, reached over loopback; the raw limits of speed are one binary COPY of the finished rows,
and one ``executemany`` of them into the same table with the same index.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import psycopg

from csdesk.store import hub as hub_state
from csdesk.store import log
from csdesk.store.hub import HubState
from csdesk.store.log import Stored
from csdesk.store.writer import Transaction
from csdesk.sync import codec, line, visit, wire
from tests.bench import bootstrapping, importing, receiving, sync_live, sync_many, sync_safe
from tests.bench.row import Row, aiming, at_most, reported, speed
from tests.bench.team import Bench, spent_ms, team

FLOOR = 0.5
"""DESIGN 16: of the raw speed, pushed and pulled."""


def measure(*, quick: bool = False, conversations: int | None = None) -> list[Row]:
    """All rows; ``conversations`` (14 messages each) is how much is pushed and pulled."""
    with team(conversations or (300 if quick else 1_300), 3 if quick else 5) as bench:
        raw_copy, raw_insert = _raw_copy(bench), _raw_insert(bench)
        pushed, pulled = _push(bench, raw_copy), _pull(bench, raw_insert)  # what was pushed last
        rows = [pushed, sync_many.push(bench, quick), *pulled, *_stated(bench, quick)]
        rows += bootstrapping.measure(bench)
        rows += sync_live.shifts(bench, quick, raw_copy + raw_insert)
        rows += [*sync_live.wire_bytes(bench), *_many_desks(bench)]
        rows += sync_live.live(bench, 60 if quick else 150)
    return rows + sync_safe.measure(quick)


def _spent_us(count: int, work: Callable[[], object]) -> float:
    """Microseconds of ``work`` for each of ``count`` operations."""
    return spent_ms(work) * 1_000 / count


def _raw_copy(bench: Bench) -> float:
    """One COPY of all rows, encoded before, into a table with the same columns and key."""
    data = codec.HEADER + codec.encode(bench.rows) + codec.TRAILER
    with psycopg.connect(bench.server.dsn(tcp=True), autocommit=True) as owner:
        owner.execute("CREATE TABLE raw (LIKE csdesk.op, PRIMARY KEY(desk, dseq))")

        def copy() -> None:
            with owner.cursor() as cursor, cursor.copy("COPY raw FROM STDIN (FORMAT BINARY)") as sent:
                sent.write(data)

        spent = []
        for _round in range(bench.rounds):
            owner.execute("TRUNCATE raw")
            owner.execute("CHECKPOINT")
            spent.append(_spent_us(len(bench.rows), copy))
        owner.execute("DROP TABLE raw")
    return statistics.median(spent)


def _raw_insert(bench: Bench) -> float:
    """One ``executemany`` of all rows into the log of an empty store that joined a hub."""
    spent = []
    for number in range(bench.rounds):
        with bench.mate(f"raw-{number}") as desk:
            desk.store.write(lambda tx: hub_state.join(tx, HubState("team", "host=nowhere")))
            spent.append(_spent_us(len(bench.rows), partial(desk.store.write, partial(_append, bench.rows))))
    return statistics.median(spent)


def _append(rows: list[Stored], tx: Transaction) -> None:
    log.append_many(tx.connection, rows)


def _push(bench: Bench, raw: float) -> Row:
    spent = []
    for _round in range(bench.rounds):
        bench.empty_hub()
        with line.connect(bench.dsn) as wired:
            met = visit.begin(bench.desk.store, bench.desk.clock, wired)
            spent.append(_spent_us(len(bench.rows), partial(visit.send, met)))
    return speed(
        "push, an operation", statistics.median(spent), "us", "binary COPY", raw, floor=FLOOR, target=0.75
    )


def _pull(bench: Bench, raw: float) -> list[Row]:
    """Into stores that are empty: the log and everything that a person sees and searches."""
    spent, worked = [], []
    made: importing.Rows = {}
    for number in range(bench.rounds):
        with bench.mate(f"pull-{number}") as desk:
            dsn = bench.enrolled(f"pull-{number}", desk)
            before = {table: importing._end(desk.store.reader(), table) for table in importing.TABLES}
            with line.connect(dsn) as wired:
                met = visit.begin(desk.store, desk.clock, wired)
                worked_before = time.process_time()
                spent.append(_spent_us(len(bench.rows), partial(visit.fetch, met)))
                worked.append((time.process_time() - worked_before) * 1e6 / len(bench.rows))
            if met.store.reader().execute("SELECT count(*) FROM op").fetchone()[0] < len(bench.rows):
                raise AssertionError("not all of it came")
            made = importing._new_rows(desk.store.reader(), {**before, "op": 0})
            made["op"] = [tuple(row) for row in bench.rows]
    all_rows = [
        importing._raw(bench.folder / f"all-{number}.db", made) / len(bench.rows)
        for number in range(bench.rounds)
    ]
    name = "pull, an operation: log and all projections"
    alone = speed(name, statistics.median(spent), "us", "log alone", raw, floor=FLOOR, target=0.8)
    raw_all = statistics.median(all_rows)
    return [
        alone,
        speed("the same, CPU", statistics.median(worked), "us", "executemany of each row it makes", raw_all),
    ]


def _stated(bench: Bench, quick: bool) -> list[Row]:
    """Taking in what others did beside doing it: both make the same rows."""
    measured = []
    for number in range(bench.rounds):
        folder = bench.folder / f"stated-{number}"
        folder.mkdir()
        measured.append(receiving.measure(folder, 200 if quick else 500))
    own, came, late = (
        statistics.median(1e6 / getattr(each, name) for each in measured) for name in ("own", "came", "late")
    )
    told = "stating the same here"
    return [
        speed("taken in, an operation", came, "us", told, own),
        speed("taken in below what is here (late)", late, "us", told, own),
    ]


def _many_desks(bench: Bench) -> list[Row]:
    """Asking a hub of a thousand desks, when none has anything new, and when each has one operation."""
    numbers = range(1_000_000, 1_001_000)
    with psycopg.connect(bench.server.dsn(), autocommit=True) as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute(
            "INSERT INTO csdesk.desk(desk, agent, rank, scope, head) SELECT n, 'x', 'agent', 0, 20"
            " FROM generate_series(1000000, 1000999) n"
        )
        owner.execute(
            "INSERT INTO csdesk.op SELECT n, s, (1700000000000 + s) << 16, 60, 1, 0, decode(repeat('00', 16), 'hex'),"
            " NULL, repeat('x', 100), decode(repeat('00', 16), 'hex')"
            " FROM generate_series(1000000, 1000999) n, generate_series(1, 20) s"
        )
        owner.execute("ANALYZE csdesk.op")
        owner.execute("ANALYZE csdesk.desk")
        simple = "SELECT 1"
        raw = statistics.median(spent_ms(lambda: owner.execute(simple)) for _time in range(100))
    with line.connect(bench.dsn) as wired:
        own = bench.desk.store.desk
        has_all = {**wire.heads(wired), **dict.fromkeys(numbers, 20)}
        lacks_one = {**has_all, **dict.fromkeys(numbers, 19)}
        rows = []
        for name, ask, most in (
            ("nothing new", partial(wire.reach, wired, own), 2.0),
            ("one new each", partial(wire.next_page, wired, lacks_one, own), 10.0),
            ("all compared", partial(wire.next_page, wired, has_all, own), 0.0),
        ):
            ask()
            spent = statistics.median(spent_ms(ask) for _time in range(bench.rounds * 6))
            title = f"asking a hub of 1,000 desks, {name}"
            row = (
                at_most(title, spent, "ms", simple, raw, most)
                if most
                else reported(title, spent, "ms", simple, raw)
            )
            rows.append(aiming(row, value=most) if most else replace(row, target=""))
    with psycopg.connect(bench.server.dsn(), autocommit=True) as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute("DELETE FROM csdesk.op WHERE desk >= 1000000 AND desk < 1001000")
        owner.execute("DELETE FROM csdesk.desk WHERE desk >= 1000000 AND desk < 1001000")
    return rows
