"""What a person waits for: a shift that comes home, a note that crosses to a colleague, a commit while the hub is away."""

from __future__ import annotations

import json
import os
import random
import signal
import statistics
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from threading import Thread

import psycopg

from csdesk.desk import sending
from csdesk.desk.context import Desk
from csdesk.sync import codec
from tests.bench.row import Row, against, aiming, reported
from tests.bench.team import Bench, fetch_all, push_all, spent_ms
from tests.desks import hears
from tests.sync.proxy import Proxy

BLOCK = 1_000
"""Operations that would be made small together."""
AT_A_TIME = 10
"""Notes between two changes of whether the follower may run."""


def shifts(bench: Bench, quick: bool, raw_us: float) -> list[Row]:
    """From the moment a desk comes back from an offline shift until a colleague's has all of it, who follows the hub."""
    rows = []
    for wanted, rounds in ((10_000, 1),) if quick else ((10_000, 3), (100_000, 1)):
        name = f"shift-{wanted}"
        with bench.busy_mate(name, wanted * 14 // 15 // 15) as desk:
            dsn = bench.enrolled(name, desk)
            counts, spent = [], []
            for number in range(rounds):
                bench.empty_hub()
                count, took = _comes_home(bench, desk, dsn, f"{name}-{number}")
                counts.append(count)
                spent.append(took)
        count, took = counts[0], statistics.median(spent)
        title = f"offline shift of {count:,} operations, seen elsewhere"
        row = reported(title, took, "ms", "COPY and executemany", raw_us * count / 1_000)
        rows.append(aiming(row, value=60) if wanted == 10_000 else aiming(row, ratio=1.3))
    return rows


def _comes_home(bench: Bench, desk: Desk, dsn: str, name: str) -> tuple[int, float]:
    """How many operations ``desk`` has, and the milliseconds until another desk has them."""
    with bench.mate(name) as other:
        bench.enrolled(name, other)
        desk.store.write(lambda tx: tx.connection.execute("UPDATE hub SET acked = 0"))
        counted = "SELECT coalesce(max(dseq), 0) FROM op WHERE desk = ?"
        (count,) = desk.store.reader().execute(counted, (desk.store.desk,)).fetchone()
        with followed(other):
            begun, reader = time.perf_counter(), other.store.reader()
            push_all(desk, dsn)
            while reader.execute(counted, (desk.store.desk,)).fetchone()[0] < count:
                if time.perf_counter() - begun > 120:
                    raise AssertionError("it never came")
                time.sleep(0.002)
            return count, (time.perf_counter() - begun) * 1_000


def wire_bytes(bench: Bench) -> list[Row]:
    """Bytes that cross the network for an operation, both ways together, beside those of its COPY."""
    data = codec.encode(bench.rows)
    pieces = [codec.encode(bench.rows[at : at + BLOCK]) for at in range(0, len(bench.rows), BLOCK)]
    count, raw = len(bench.rows), len(data) / len(bench.rows)
    bench.empty_hub()
    with _counted(bench) as network, bench.mate("wired") as other:
        through = partial(psycopg.conninfo.make_conninfo, port=network.port)
        other_dsn = bench.enrolled("wired", other)
        before = network.carried
        push_all(bench.desk, through(bench.dsn))
        up = (network.carried - before) / count
        before = network.carried
        fetch_all(other, through(other_dsn))
        down = (network.carried - before) / count
    small = sum(len(zlib.compress(piece, 1)) for piece in pieces) / count
    copied = "binary COPY"
    return [
        reported("bytes up, an operation", up, "B", copied, raw),
        aiming(reported("bytes down, an operation", down, "B", copied, raw), ratio=0.4),
        reported("the same, were it in blocks of 1,000 by zlib -1", small, "B", copied, raw),
    ]


@contextmanager
def _counted(bench: Bench) -> Iterator[Proxy]:
    """A way to the hub that counts what it carries."""
    proxy = Proxy(bench.server.port or 0)
    try:
        yield proxy
    finally:
        proxy.close()


def live(bench: Bench, samples: int) -> list[Row]:
    """From the commit at one desk to the commit at another, through two ``csdesk sync --follow``."""
    bench.empty_hub()
    with bench.mate("one") as one, bench.mate("two") as two:
        for name, desk in (("one", one), ("two", two)):
            bench.enrolled(name, desk)
        talk = hears(one, "live")
        raw = sum(_commits(bench, samples))
        with followed(one) as process, followed(two):
            spent = [_seen(one, two, talk, number) for number in range(samples)]
            bench.server.stop("fast")
            alone, away = _in_turns(one, talk, process, samples)
            bench.server.start()
    raw_name = "commits in SQLite, PostgreSQL, SQLite"
    p50, p99 = statistics.median(spent), sorted(spent)[int(len(spent) * 0.99)]
    return [
        aiming(reported("live, desk to desk, p50", p50, "ms", raw_name, raw), ratio=2),
        aiming(reported("live, desk to desk, p99", p99, "ms", raw_name, raw), ratio=5),
        aiming(
            against("a note while the hub is away, p50", away, "ms", "without a follower", alone, 1.5),
            ratio=1.1,
        ),
    ]


def _in_turns(desk: Desk, talk: int, process: subprocess.Popen[str], samples: int) -> tuple[float, float]:
    """Milliseconds of a note while nobody follows (the follower is stopped), and while one looks for the hub.

    A few of each at a time, or a disk that gets slower would count for one of the two.
    """
    taken: dict[bool, list[float]] = {True: [], False: []}
    for turn in range(2 * samples // AT_A_TIME):
        is_alone = turn % 2 == 0
        os.kill(process.pid, signal.SIGSTOP if is_alone else signal.SIGCONT)
        try:
            sending.note(desk, talk, f"first {turn}")
            taken[is_alone] += [
                spent_ms(partial(sending.note, desk, talk, f"note {turn} {number}"))
                for number in range(AT_A_TIME)
            ]
        finally:
            os.kill(process.pid, signal.SIGCONT)
    return statistics.median(taken[True]), statistics.median(taken[False])


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
    return took * 1_000


def _commits(bench: Bench, samples: int) -> tuple[float, float, float]:
    """A commit of one small row: SQLite, PostgreSQL over loopback, SQLite; medians in ms."""
    with bench.mate("commits") as desk, psycopg.connect(bench.server.dsn(tcp=True), autocommit=True) as owner:
        owner.execute("CREATE TABLE IF NOT EXISTS tick(n int)")

        def sqlite() -> None:
            desk.store.write(
                lambda tx: tx.connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'created_at'")
            )

        local = statistics.median(spent_ms(sqlite) for _time in range(samples))
        insert = "INSERT INTO tick VALUES (1)"
        there = statistics.median(spent_ms(partial(owner.execute, insert)) for _time in range(samples))
    return local, there, local


@contextmanager
def followed(desk: Desk) -> Iterator[subprocess.Popen[str]]:
    """A ``csdesk sync --follow`` of ``desk``, from when it is live."""
    process = subprocess.Popen(
        [sys.executable, "-m", "csdesk", "--db", str(desk.store.path), "sync", "--follow", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    while json.loads(process.stdout.readline())["state"] != "live":
        pass
    Thread(target=process.stdout.read, daemon=True).start()  # a full pipe would hold it up
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        process.wait(30)
