"""A desk and the team's hub, beside what PostgreSQL and SQLite can do at best on this machine.

``python -m tests.bench sync``. The hub is a private PostgreSQL with fsync, reached over loopback; the raw limits are one
binary COPY of the finished rows, and one ``executemany`` of them into the same table with the same index.
"""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psycopg

from csdesk.clock import SystemClock
from csdesk.desk import sending
from csdesk.desk.context import Desk
from csdesk.formats.importing import import_file
from csdesk.store import hub as hub_state
from csdesk.store import log, sending_up
from csdesk.store.database import Store
from csdesk.store.hub import HubState
from csdesk.store.log import Stored
from csdesk.store.writer import Transaction
from csdesk.sync import codec, hub, line, visit, wire
from csdesk.sync.local_server import LocalServer
from tests.bench import bootstrapping, builder, importing
from tests.bench.row import Row, against, at_most
from tests.desks import hears, open_desk
from tests.sync.conftest import start_server

FLOOR = 2.0
"""DESIGN 16: half the raw speed is twice its time."""
MATES = 8
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "shared_buffers": "128MB"}


@dataclass
class Bench:
    """A hub, a desk that worked for a long time, and a folder."""

    folder: Path
    server: LocalServer
    desk: Desk
    dsn: str
    rows: list[Stored]
    rounds: int

    def empty_hub(self) -> None:
        """The hub has never heard of anything, and this desk knows it."""
        with psycopg.connect(self.server.dsn(), autocommit=True) as owner:
            owner.execute("SELECT set_config('csdesk.tidying', 'on', false)")
            owner.execute("TRUNCATE csdesk.op, csdesk.claim, csdesk.push, csdesk.acked, csdesk.denied")
            owner.execute("UPDATE csdesk.desk SET head = 0, tip = decode(repeat('00', 16), 'hex')")
            owner.execute("CHECKPOINT")
        self.desk.store.write(lambda tx: hub_state.update(tx, acked=0))

    def enrolled(self, name: str, desk: Desk) -> str:
        made = hub.enrol(self.server.dsn(tcp=True), desk.store.desk, hub.Wanted(name, "agent", 0))
        dsn = made.login.secret_dsn
        desk.store.write(lambda tx: hub_state.join(tx, HubState("team", dsn)))
        return dsn


def measure(*, quick: bool = False, conversations: int | None = None) -> list[Row]:
    """All rows; ``conversations`` (14 messages each) is how much is pushed and pulled."""
    with _bench(conversations or (300 if quick else 1_300), 3 if quick else 5) as bench:
        raw_copy, raw_insert = _raw_copy(bench), _raw_insert(bench)
        rows = [_push(bench, raw_copy), *_pull(bench, raw_insert), _shift(bench, raw_copy + raw_insert)]
        rows += bootstrapping.measure(bench)
        rows += [*_many_desks(bench), *_live(bench, 30 if quick else 150), _cold_start()]
        return rows


@contextmanager
def _bench(conversations: int, rounds: int) -> Iterator[Bench]:
    server = start_server(**DURABLE)
    with tempfile.TemporaryDirectory(prefix="csdesk-bench-", dir=builder.kept_folder()) as name:
        folder = Path(name)
        hub.init(server.dsn())
        with open_desk(folder / "Mia.db", SystemClock(), "Mia") as desk:
            import_file(desk, importing._file(folder / "work.jsonl", conversations))
            rows = sending_up.unsent(desk.store.reader(), 10_000_000)
            bench = Bench(folder, server, desk, "", rows, rounds)
            bench.dsn = bench.enrolled("Mia", desk)
            yield bench
    server.remove()
    server.folder.parent.rmdir()


def _spent_us(count: int, work: Callable[[], object]) -> float:
    """Microseconds of ``work`` for each of ``count`` operations."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1e6 / count


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
        with _mate(bench, f"raw-{number}") as desk:
            desk.store.write(lambda tx: hub_state.join(tx, HubState("team", "host=nowhere")))
            spent.append(_spent_us(len(bench.rows), partial(desk.store.write, partial(_append, bench.rows))))
    return statistics.median(spent)


def _append(rows: list[Stored], tx: Transaction) -> None:
    log.append_many(tx.connection, rows)


@contextmanager
def _mate(bench: Bench, name: str) -> Iterator[Desk]:
    with open_desk(bench.folder / f"{name}.db", SystemClock(), name) as desk:
        yield desk


def _push(bench: Bench, raw: float) -> Row:
    spent = []
    for _round in range(bench.rounds):
        bench.empty_hub()
        with line.connect(bench.dsn) as wired:
            met = visit.begin(bench.desk.store, bench.desk.clock, wired)
            spent.append(_spent_us(len(bench.rows), lambda: visit.send(met)))  # noqa: B023
    return against("push, an operation", statistics.median(spent), "us", "binary COPY", raw, FLOOR)


def _pull(bench: Bench, raw: float) -> list[Row]:
    """Into stores that are empty: the log and everything that a person sees and searches."""
    spent = []
    made: importing.Rows = {}
    for number in range(bench.rounds):
        with _mate(bench, f"pull-{number}") as desk:
            dsn = bench.enrolled(f"pull-{number}", desk)
            before = {table: importing._end(desk.store.reader(), table) for table in importing.TABLES}
            with line.connect(dsn) as wired:
                met = visit.begin(desk.store, desk.clock, wired)
                spent.append(_spent_us(len(bench.rows), lambda: visit.fetch(met)))  # noqa: B023
            made = importing._new_rows(desk.store.reader(), {**before, "op": 0})
            made["op"] = [tuple(row) for row in bench.rows]
    all_rows = [
        importing._raw(bench.folder / f"all-{number}.db", made) / len(bench.rows)
        for number in range(bench.rounds)
    ]
    value = statistics.median(spent)
    return [
        against(
            "pull, an operation: log and all projections",
            value,
            "us",
            "executemany into the log alone",
            raw,
            FLOOR,
        ),
        reported(
            "the same", value, "us", "executemany of every row it makes, CPU", statistics.median(all_rows)
        ),
    ]


def reported(name: str, value: float, unit: str, raw_name: str, raw: float) -> Row:
    """A row that is told, and has no floor."""
    return Row(name, value, unit, raw_name, raw, value / raw, 0.0, True)


def _shift(bench: Bench, raw_us: float) -> Row:
    """All of it from hello at one desk until it is on another: an offline shift that comes home."""
    spent = []
    for number in range(max(bench.rounds - 2, 1)):
        bench.empty_hub()
        with _mate(bench, f"shift-{number}") as desk:
            dsn = bench.enrolled(f"shift-{number}", desk)
            start = time.perf_counter()
            for store, whose in ((bench.desk.store, bench.dsn), (desk.store, dsn)):
                _round(store, whose)
            spent.append((time.perf_counter() - start) * 1000)
    name = f"offline shift of {len(bench.rows):,} operations, on another desk"
    return reported(
        name, statistics.median(spent), "ms", "COPY and executemany", raw_us * len(bench.rows) / 1000
    )


def _round(store: Store, dsn: str) -> None:
    with line.connect(dsn) as wired:
        met = visit.begin(store, SystemClock(), wired)
        visit.send(met)
        visit.fetch(met)


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
        raw = _p50([_spent_us(1, lambda: owner.execute(simple)) / 1000 for _time in range(100)])
    with line.connect(bench.dsn) as wired:
        own = bench.desk.store.desk
        rows = []
        for name, has, most in (("nothing new", 20, 2.0), ("one new each", 19, 10.0)):
            vector = {**dict.fromkeys(numbers, has), **wire.heads(wired)}
            vector.update(dict.fromkeys(numbers, has))
            spent = [
                _spent_us(1, lambda: wire.next_page(wired, vector, own)) / 1000  # noqa: B023
                for _time in range(bench.rounds * 4)
            ]
            rows.append(
                at_most(f"asking a hub of 1,000 desks, {name}", _p50(spent), "ms", "SELECT 1", raw, most)
            )
    with psycopg.connect(bench.server.dsn(), autocommit=True) as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute("DELETE FROM csdesk.op WHERE desk >= 1000000 AND desk < 1001000")
        owner.execute("DELETE FROM csdesk.desk WHERE desk >= 1000000 AND desk < 1001000")
    return rows


def _p50(values: list[float]) -> float:
    return statistics.median(values)


def _p99(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.99)]


def _live(bench: Bench, samples: int) -> list[Row]:
    """From the commit at one desk to the commit at another, through two ``csdesk sync --follow``."""
    bench.empty_hub()
    with _mate(bench, "one") as one, _mate(bench, "two") as two:
        for name, desk in (("one", one), ("two", two)):
            bench.enrolled(name, desk)
        talk = hears(one, "live")
        raw = sum(_commits(bench, samples))
        alone = [_spent_us(1, lambda: sending.note(one, talk, "alone")) / 1000 for _time in range(samples)]
        with _followed(one), _followed(two):
            spent = [_seen(one, two, talk, number) for number in range(samples)]
            bench.server.stop("fast")
            away = [_spent_us(1, lambda: sending.note(one, talk, "away")) / 1000 for _time in range(samples)]
            bench.server.start()
    sum_name = "SQLite commit + PostgreSQL commit + SQLite commit"
    return [
        reported("live, desk to desk, p50", _p50(spent), "ms", sum_name, raw),
        reported("live, desk to desk, p99", _p99(spent), "ms", sum_name, raw),
        against(
            "a note while the hub is away, p50",
            _p50(away),
            "ms",
            "the same without a follower",
            _p50(alone),
            1.5,
        ),
    ]


def _seen(one: Desk, two: Desk, talk: int, number: int) -> float:
    """Milliseconds from the moment a note is safe at ``one`` until ``two`` reads it."""
    text = f"live {number}"
    sending.note(one, talk, text)
    start, reader = time.perf_counter(), two.store.reader()
    while reader.execute("SELECT 1 FROM message WHERE text = ? LIMIT 1", (text,)).fetchone() is None:
        if time.perf_counter() - start > 30:
            raise AssertionError("it never came")
        time.sleep(0.0005)
    took = time.perf_counter() - start
    time.sleep(random.Random(number).uniform(0.0, 0.02))  # or all would come at the same moment of a poll
    return took * 1000


def _commits(bench: Bench, samples: int) -> tuple[float, float, float]:
    """A commit of one small row: SQLite, PostgreSQL over loopback, SQLite; medians in ms."""
    with (
        _mate(bench, f"commits-{samples}") as desk,
        psycopg.connect(bench.server.dsn(tcp=True), autocommit=True) as owner,
    ):
        owner.execute("CREATE TABLE IF NOT EXISTS tick(n int)")

        def sqlite() -> None:
            desk.store.write(
                lambda tx: tx.connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'created_at'")
            )

        local = _p50([_spent_us(1, sqlite) / 1000 for _time in range(samples)])
        there = _p50(
            [
                _spent_us(1, lambda: owner.execute("INSERT INTO tick VALUES (1)")) / 1000
                for _time in range(samples)
            ]
        )
    return local, there, local


@contextmanager
def _followed(desk: Desk) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-m", "csdesk", "--db", str(desk.store.path), "sync", "--follow", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    while json.loads(process.stdout.readline())["state"] != "live":
        pass
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def _cold_start() -> Row:
    """A private PostgreSQL from nothing, and the hub's schema in it."""
    start = time.perf_counter()
    server = start_server()
    up = time.perf_counter() - start
    hub.init(server.dsn())
    whole = time.perf_counter() - start
    server.remove()
    server.folder.parent.rmdir()
    return at_most("hub from nothing, for tests", whole, "s", "initdb and start", up, 2.0)
