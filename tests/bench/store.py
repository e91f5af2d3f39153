"""The store against the disk and against itself: durable intake, pages of the queue, long conversations.

``python -m tests.bench store``
"""

from __future__ import annotations

import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from csdesk.clock import SystemClock
from csdesk.desk import intake, people
from csdesk.desk.context import Desk
from csdesk.desk.ports import ContactCard, Incoming
from csdesk.model.conversation import QueueRow, View
from csdesk.model.operation import Kind
from csdesk.store import connect, messages, queue
from csdesk.store.connect import PAGE_SIZE, Connection
from csdesk.store.writer import Transaction
from tests.bench import builder
from tests.bench.row import Row, against
from tests.desks import INBOX, open_desk

CONVERSATIONS = 20_000
PAGE = 50
LONG, SHORT = 10_000, 50
INTAKES, PAGES, OPENINGS = 2_000, 300, 400


def measure(*, quick: bool = False, conversations: int = CONVERSATIONS) -> list[Row]:
    """All figures of a store of so many ``conversations``; ``quick`` takes a fifth of the samples."""
    part = 5 if quick else 1
    with tempfile.TemporaryDirectory(prefix="csdesk-bench-", dir=_disk()) as folder:
        path = builder.copy_of(builder.store_of(conversations), Path(folder))
        rows = [_size(path), *_intake(path, INTAKES // part)]
        rows += _pages(path, PAGES // part)
        rows += _opening(Path(folder) / "long.db", OPENINGS // part)
    return rows


def _disk() -> Path:
    """A folder on a real disk: what is durable in memory proves nothing."""
    folder = builder.paths.cache_folder() / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _size(path: Path) -> Row:
    """Bytes of the file for each message, beside those of its text alone."""
    connection = connect.open_reader(path)
    number, text = connection.execute(
        "SELECT count(*), total(length(CAST(text AS BLOB))) FROM message"
    ).fetchone()
    connection.close()
    size = path.stat().st_size / number
    return Row(
        f"file, {number:,} messages", size, "B/message", "text", text / number, size * number / text, 0, True
    )


def _intake(path: Path, count: int) -> list[Row]:
    """Each in its own commit, every fourth opens a conversation and labels it; raw appends in between."""
    spent, raw = [], []
    descriptor = os.open(path.with_name("raw"), os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    block = b"x" * PAGE_SIZE
    with open_desk(path, SystemClock(), builder.AGENTS[0]) as desk:
        for number in range(count):
            raw.append(_timed(lambda: (os.write(descriptor, block), os.fdatasync(descriptor))))
            spent.append(_timed(partial(desk.store.write, _message(number))))
    os.close(descriptor)
    name, limit = f"append {PAGE_SIZE // 1024} KiB + fdatasync, p50", statistics.median(raw)
    return [
        against("durable intake, p50", statistics.median(spent), "ms", name, limit, 5),
        against("durable intake, p99", _p99(spent), "ms", name, limit, 15),
    ]


def _message(number: int) -> Callable[[Transaction], None]:
    is_new = number % 4 == 0
    thread = f"bench-{number}" if is_new else f"bench-{number - number % 4}"
    text = f"快递怎么还没到？订单 {number} 都五天了"
    incoming = Incoming(INBOX, thread, str(number), text, ContactCard(thread, "林女士"))

    def work(tx: Transaction) -> None:
        received = intake.receive_in(tx, incoming)
        if is_new:
            row = tx.connection.execute("SELECT uid FROM conversation WHERE id = ?", (received.conversation,))
            tx.record(Kind.CONVERSATION_LABELLED, row.fetchone()[0], {"label": "物流", "at": tx.now_ms})

    return work


def _pages(path: Path, count: int) -> list[Row]:
    """Pages at random places of every view, each beside its own rows by primary key.

    The gate compares like with like: both make the rows that the screen draws. How the page stands to
    the bare tuples of the same rows is told besides.
    """
    connection, chance = connect.open_reader(path), random.Random(1)
    agent = connection.execute("SELECT id FROM agent WHERE name = ?", (builder.AGENTS[0],)).fetchone()[0]
    rows = []
    for view in View:
        keys = _keys(connection, view, agent)
        spent, raw, bare = [], [], []
        for _sample in range(count):
            after = chance.choice(keys)
            again = partial(queue.page, connection, view, agent=agent, after=after, limit=PAGE)
            same, tuples = _by_primary_key(connection, [row.id for row in again().rows])
            # Each once before the clock: the figure is the work, not who came first to a cold page.
            same()
            raw.append(_worked(same))
            bare.append(_worked(tuples))
            spent.append(_worked(again))
        name, what = f"the same {PAGE} rows by primary key", f"queue page, {view}"
        middle, limit, tail = (statistics.median(times) for times in (spent, raw, bare))
        rows += [
            against(f"{what}, p50", middle, "ms", f"{name}, p50", limit, 1.5),
            against(f"{what}, p99", _p99(spent), "ms", f"{name}, p99", _p99(raw), 3),
            Row(f"{what}, p50", middle, "ms", f"{name}, as bare tuples", tail, middle / tail, 0, True),
        ]
    connection.close()
    return rows


def _keys(connection: Connection, view: View, agent: int) -> list[str | None]:
    """Places in a view behind which a whole page follows; the first page among them."""
    keys: list[str | None] = [None]
    while True:
        page = queue.page(connection, view, agent=agent, after=keys[-1], limit=PAGE)
        if page.next is None:
            return keys[:-1] or keys
        keys.append(page.next)


def _by_primary_key(connection: Connection, ids: list[int]) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """The columns of a page by the ids of its rows: made into rows as a page is, and as they come."""
    where = f"FROM conversation c WHERE c.id IN ({','.join('?' * len(ids))})"
    sql = f"SELECT {queue._COLUMNS}, c.id || '' {where}"

    def tuples() -> list[tuple[Any, ...]]:
        return list(connection.execute(sql, ids).fetchall())

    def made() -> list[QueueRow]:
        names = queue._names(connection)
        return [queue._row(row, names) for row in tuples()]

    return made, tuples


def _opening(path: Path, count: int) -> list[Row]:
    """The last page of a conversation of 10,000 messages and of one of 50."""
    with open_desk(path, SystemClock()) as desk:
        numbers = [_conversation(desk, f"c{size}", size) for size in (LONG, SHORT)]
        reader = desk.store.reader()
        spent: tuple[list[float], list[float]] = ([], [])
        for _sample in range(count):
            for number, times in zip(numbers, spent, strict=True):
                times.append(_worked(partial(messages.before, reader, number, None, PAGE)))
    long, short = (statistics.median(times) for times in spent)
    return [against(f"open {LONG:,} messages at the end", long, "ms", f"open {SHORT}", short, 1.5)]


def _conversation(desk: Desk, thread: str, size: int) -> int:
    """A conversation of ``size`` customer messages, a second apart."""
    start = desk.now_ms() - size * 1_000
    card = ContactCard(thread, thread)

    def work(tx: Transaction) -> int:
        people.ensure_inbox(tx, INBOX)
        found = [
            intake.receive_in(
                tx, Incoming(INBOX, thread, str(each), f"第 {each} 条", card, start + each * 1_000)
            )
            for each in range(size)
        ]
        return found[-1].conversation

    return desk.store.write(work)


def _timed(work: Callable[[], object]) -> float:
    """Milliseconds."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def _worked(work: Callable[[], object]) -> float:
    """Milliseconds of this thread alone: what others do on the machine is no part of a reading."""
    started = time.thread_time_ns()
    work()
    return (time.thread_time_ns() - started) / 1e6


def _p99(spent: list[float]) -> float:
    return sorted(spent)[int(len(spent) * 0.99)]
