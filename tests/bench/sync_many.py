"""Eight desks that push at once, each a process of its own, beside eight streams of plain COPY."""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Sequence
from multiprocessing.synchronize import Barrier

import psycopg

from csdesk.sync import codec, hub, line, session, wire
from tests.bench.hub import operations
from tests.bench.row import Row, speed
from tests.bench.team import Bench

DESKS, BATCH = 8, 2_500

_all_ready: Barrier | None = None


def _begin(barrier: Barrier) -> None:
    global _all_ready  # noqa: PLW0603 - a barrier reaches a process of a pool no other way
    _all_ready = barrier


def _together() -> None:
    """Wait for the others. Raises BrokenBarrierError when one of them fails."""
    assert _all_ready is not None
    _all_ready.wait(60)


Span = tuple[float, float]
"""When one of them began and ended, on a clock that all processes share."""


def _push_alone(task: tuple[int, str, int, int]) -> Span:
    """One desk: ``count`` operations behind what the hub has, made, encoded, checked and judged."""
    desk, dsn, after, count = task
    rows = operations(desk, after, count)
    with line.connect(dsn) as wired:
        session.hello(wired, desk)
        _together()
        begun = time.monotonic()
        for at in range(0, count, BATCH):
            wire.copy_in(wired, rows[at : at + BATCH])
        return begun, time.monotonic()


def _copy_alone(task: tuple[int, str, int, int]) -> Span:
    """The same rows, finished, into a table without a trigger."""
    desk, dsn, after, count = task
    pieces = [
        codec.HEADER + codec.encode(operations(desk, after + at, BATCH)) + codec.TRAILER
        for at in range(0, count, BATCH)
    ]
    with psycopg.connect(dsn, autocommit=True) as connection, connection.cursor() as cursor:
        _together()
        begun = time.monotonic()
        for piece in pieces:
            with cursor.copy("COPY raw FROM STDIN (FORMAT BINARY)") as sent:
                sent.write(piece)
        return begun, time.monotonic()


def _us_each(spans: Sequence[Span], count: int) -> float:
    """Microseconds an operation of all of them, from the first that began to the last that ended."""
    lasted = max(end for _begun, end in spans) - min(begun for begun, _end in spans)
    return lasted * 1e6 / (count * len(spans))


def push(bench: Bench, quick: bool) -> Row:
    """Operations of eight desks in a second, in total."""
    count = 5_000 if quick else 12_500
    bench.empty_hub()
    owner_dsn = bench.server.dsn(tcp=True)
    numbers = [3_000_000 + number for number in range(DESKS)]
    dsns = [
        hub.enrol(owner_dsn, number, hub.Wanted(f"eight-{number}")).login.secret_dsn for number in numbers
    ]
    with psycopg.connect(owner_dsn, autocommit=True) as owner:
        owner.execute("CREATE TABLE raw (LIKE csdesk.op, PRIMARY KEY(desk, dseq))")
    fresh = multiprocessing.get_context("spawn")
    pushed, copied = [], []
    with fresh.Pool(DESKS, _begin, (fresh.Barrier(DESKS),)) as pool:
        for turn in range(bench.rounds):
            after = turn * count
            raw_tasks = [(number, owner_dsn, after, count) for number in numbers]
            copied.append(_us_each(pool.map(_copy_alone, raw_tasks, chunksize=1), count))
            tasks = [(number, dsn, after, count) for number, dsn in zip(numbers, dsns, strict=True)]
            pushed.append(_us_each(pool.map(_push_alone, tasks, chunksize=1), count))
    with psycopg.connect(owner_dsn, autocommit=True) as owner:
        owner.execute("DROP TABLE raw")
    bench.empty_hub()
    raw = statistics.median(copied)
    return speed(
        "push, 8 desks at once, an operation", statistics.median(pushed), "us", "8 COPYs", raw, target=0.85
    )
