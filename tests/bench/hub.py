"""The steps by which a hub grows, each beside what it grew from: ``python -m tests.bench hub``.

One PostgreSQL with fsync over loopback; the raw limit is a binary COPY of the same rows into the same table without a
trigger. Then the same without a trigger (dialect portable), with a synchronous standby, and from the kill of the first
server to a push that the second one keeps. What a thousand desks ask for is counted in milliseconds.
"""

from __future__ import annotations

import os
import shutil
import signal
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import psycopg

from csdesk.store.log import Stored
from csdesk.sync import codec, hub, line, session, wire
from csdesk.sync.line import HubRefusal, Line
from csdesk.sync.local_server import LocalServer
from tests.bench.row import Row, against, aiming, at_most, reported
from tests.sync.conftest import discard, start_server
from tests.sync.test_failover import DATABASE, Pair, follow

DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "shared_buffers": "128MB"}
BATCH = 20_000
BODY = '{"at":1700000000000,"author":"agent","conversation":"00112233445566778899aabbccddeeff","text":"您好，马上看"}'
DESKS = 1_000
FLOOR = 2.0
"""DESIGN 16: half the raw speed is twice its time."""


def operations(desk: int, after: int, count: int) -> list[Stored]:
    """Messages as a desk makes them, every tenth a claim."""
    rows = []
    for dseq in range(after + 1, after + 1 + count):
        ent, own = desk.to_bytes(8) + dseq.to_bytes(8), dseq.to_bytes(16)
        claim = dseq % 10 == 0
        rows.append(
            Stored(desk, dseq, dseq << 16, 31 if claim else 60, 1, 0, ent, 1 if claim else None, BODY, own)
        )
    return rows


def measure(*, quick: bool = False) -> list[Row]:
    """All rows; ``quick`` takes fewer rounds."""
    rounds = 3 if quick else 7
    with _hub_to_grow() as primary:
        with _peer(primary, "Mia") as (wired, desk):
            raw = _raw(primary, rounds)
            pushed, single = _push(wired, desk, 0, rounds), _single(wired, desk, rounds * BATCH)
            rows = [against("push, trigger, an operation", pushed, "us", "binary COPY", raw, FLOOR)]
        rows.append(_portable(primary, pushed, rounds))
        rows += _many(primary)
        with _followed(primary) as pair:
            return rows + _with_standby(pair, pushed, single, rounds)


def failover(rounds: int) -> list[Row]:
    """The first of two servers dies, so many times: seconds until a push is kept again, and what was lost."""
    taken, lost = [], 0
    for _round in range(rounds):
        with _hub_to_grow() as primary, _followed(primary) as pair:
            _wait_for_standby(pair)
            with _peer(primary, "Ida", pair.address) as (wired, desk):
                wire.copy_in(wired, operations(desk, 0, BATCH))
            taken.append(_kill_the_first(pair, desk))
            lost += BATCH - taken[-1].head
    kept, promoted = (
        statistics.median(getattr(each, name) for each in taken) for name in ("kept", "promoted")
    )
    none = at_most("failover, acknowledged and lost", float(lost), "", "acknowledged", BATCH * rounds, 0)
    return [
        aiming(
            at_most("failover, kill to a kept push", kept, "s", "until promoted", promoted, 5.0), value=2.0
        ),
        replace(none, target="0", is_on_target=lost == 0),
    ]


@contextmanager
def _hub_to_grow() -> Iterator[LocalServer]:
    """A server with an empty hub in a database of its own."""
    primary = start_server(**DURABLE)
    try:
        with psycopg.connect(primary.dsn(), autocommit=True) as owner:
            owner.execute(f"CREATE DATABASE {DATABASE}".encode())
        hub.init(primary.dsn(DATABASE))
        yield primary
    finally:
        discard(primary)


@contextmanager
def _followed(primary: LocalServer) -> Iterator[Pair]:
    standby = follow(primary)
    try:
        yield Pair(primary, standby)
    finally:
        standby.stop("immediate")
        shutil.rmtree(standby.folder, ignore_errors=True)


@contextmanager
def _peer(server: LocalServer, name: str, dsn: str | None = None) -> Iterator[tuple[Line, int]]:
    """A line that has said hello for a desk of its own."""
    number = abs(hash(name)) % 2**30 + 1
    login = hub.enrol(dsn or server.dsn(DATABASE, tcp=True), number, hub.Wanted(name)).login
    with line.connect(login.secret_dsn) as wired:
        session.hello(wired, number)
        yield wired, number


def _spent_us(count: int, work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1e6 / count


def _raw(server: LocalServer, rounds: int) -> float:
    """Microseconds an operation: finished bytes into a table with the same columns, checks and key."""
    with psycopg.connect(server.dsn(DATABASE, tcp=True), autocommit=True) as owner, owner.cursor() as cursor:
        owner.execute("CREATE TABLE raw (LIKE csdesk.op INCLUDING CONSTRAINTS, PRIMARY KEY(desk, dseq))")

        def copy(data: bytes) -> None:
            with cursor.copy("COPY raw FROM STDIN (FORMAT BINARY)") as sent:
                sent.write(data)

        spent = []
        for number in range(rounds):
            data = codec.HEADER + codec.encode(operations(1, number * BATCH, BATCH)) + codec.TRAILER
            spent.append(_spent_us(BATCH, lambda: copy(data)))  # noqa: B023
        owner.execute("DROP TABLE raw")
    return statistics.median(spent)


def _push(wired: Line, desk: int, after: int, rounds: int) -> float:
    """Microseconds an operation, encoding included."""
    spent = []
    for number in range(rounds):
        rows = operations(desk, after + number * BATCH, BATCH)
        spent.append(_spent_us(BATCH, lambda: wire.copy_in(wired, rows)))  # noqa: B023
    return statistics.median(spent)


def _single(wired: Line, desk: int, after: int, count: int = 100) -> float:
    """Milliseconds for one operation that is kept when it is answered."""
    rows = operations(desk, after, count)
    return statistics.median(_spent_us(1, lambda row=row: wire.copy_in(wired, [row])) / 1000 for row in rows)


def _portable(server: LocalServer, pushed: float, rounds: int) -> Row:
    hub.init(server.dsn(DATABASE), is_portable=True)
    with _peer(server, "Bo") as (wired, desk):
        spent = _push(wired, desk, 0, rounds)
    hub.init(server.dsn(DATABASE), is_portable=False)
    return against("push, portable dialect, an operation", spent, "us", "with the trigger", pushed, 1.5)


def _many(server: LocalServer) -> list[Row]:
    """What one desk asks for when a thousand others are there: nothing new, and one operation of each."""
    with psycopg.connect(server.dsn(DATABASE), autocommit=True) as owner:
        owner.execute("ALTER TABLE csdesk.op DISABLE TRIGGER on_op")
        owner.execute(
            "INSERT INTO csdesk.desk(desk, role, agent, rank, scope, head) SELECT 2000000000 + n, 'csdesk', 'x',"
            " 'agent', 0, 100 FROM generate_series(1, %s) n",
            (DESKS,),
        )
        owner.execute(
            "INSERT INTO csdesk.op SELECT d.desk, s, s << 16, 60, 1, 0, decode(repeat('ab', 16), 'hex'), NULL, %s,"
            " decode(repeat('cd', 16), 'hex') FROM csdesk.desk d, generate_series(1, 100) s WHERE d.desk > 2000000000",
            (BODY,),
        )
        owner.execute("ALTER TABLE csdesk.op ENABLE TRIGGER on_op")
        owner.execute("VACUUM ANALYZE csdesk.op")
        owner.execute("VACUUM ANALYZE csdesk.desk")
        bytes_each = owner.execute(
            "SELECT pg_total_relation_size('csdesk.op')::float8 / (SELECT count(*) FROM csdesk.op)"
        ).fetchone()
    with _peer(server, "Li") as (wired, desk):
        vector = wire.heads(wired)
        behind = {other: head - (other > 2_000_000_000) for other, head in vector.items()}
        idle = statistics.median(_spent_us(1, lambda: wire.reach(wired, desk)) for _ in range(30))
        whole = statistics.median(
            _spent_us(1, lambda: wire.next_page(wired, vector, desk)) for _ in range(30)
        )
        page = wire.next_page(wired, behind, desk)
        if len(page.rows) != DESKS:
            raise AssertionError(f"{len(page.rows)} operations came, not {DESKS}")
        busy = statistics.median(_spent_us(1, lambda: wire.next_page(wired, behind, desk)) for _ in range(10))
    size = bytes_each[0] if bytes_each else 0.0
    return [
        at_most("poll, 1,000 desks, nothing new", idle / 1000, "ms", "1 op each", busy / 1000, 2),
        reported("poll, 1,000 desks, all compared", whole / 1000, "ms", "nothing new", idle / 1000),
        at_most("poll, 1,000 desks, one operation each", busy / 1000, "ms", "nothing new", idle / 1000, 10),
        at_most("an operation on the hub's disk", size, "B", "its body", float(len(BODY.encode())), 450),
    ]


def _with_standby(pair: Pair, pushed: float, single: float, rounds: int) -> list[Row]:
    """The same with a second server that has it too before anything is confirmed; then the first one dies."""
    _wait_for_standby(pair)
    with _peer(pair.primary, "Ida", pair.address) as (wired, desk):
        batches, one = _push(wired, desk, 0, rounds), _single(wired, desk, rounds * BATCH)
    then = _kill_the_first(pair, desk)
    if then.head != rounds * BATCH + 100:
        raise AssertionError(f"the second server has {then.head} operations: something confirmed was lost")
    return [
        against("push, synchronous standby, an operation", batches, "us", "alone", pushed, 3),
        against("one operation kept, synchronous standby", one, "ms", "alone", single, 5),
        aiming(
            at_most(
                "kill of the first server to a kept push", then.kept, "s", "until promoted", then.promoted, 5
            ),
            value=2.0,
        ),
    ]


def _wait_for_standby(pair: Pair) -> None:
    """From now on nothing is confirmed that the second server does not have."""
    pair.on(pair.primary, "ALTER SYSTEM SET synchronous_standby_names = 'standby'")
    pair.on(pair.primary, "SELECT pg_reload_conf()")
    while not pair.on(pair.primary, "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'"):
        time.sleep(0.1)


@dataclass(frozen=True, slots=True)
class Takeover:
    """Seconds from the kill until the second server is in charge, and until it kept a push of a desk, of which it
    had ``head`` operations before."""

    promoted: float
    kept: float
    head: int


def _kill_the_first(pair: Pair, desk: int) -> Takeover:
    address = hub.renew(pair.address, desk).login.secret_dsn
    began = time.perf_counter()
    os.kill(pair.primary.process() or 0, signal.SIGKILL)
    pair.promote()
    promoted = time.perf_counter() - began
    head = _push_somewhere(address, desk)
    return Takeover(promoted, time.perf_counter() - began, head)


def _push_somewhere(dsn: str, desk: int) -> int:
    """Connect to whichever server may be written to, and push one operation; what the hub had before."""
    for _try in range(500):
        try:
            with line.connect(dsn) as wired:
                head = session.hello(wired, desk).head
                wire.copy_in(wired, operations(desk, head, 1))
                return head
        except HubRefusal as refusal:
            last = refusal
            time.sleep(0.02)
    raise last
