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
from csdesk.desk import intake
from csdesk.desk.ports import ContactCard, Incoming
from csdesk.model.conversation import COUNTED_VIEWS, QueueRow, View
from csdesk.model.operation import Kind
from csdesk.store import connect, messages, queue
from csdesk.store.connect import PAGE_SIZE, Connection
from csdesk.store.queue_filters import QueueFilter
from csdesk.store.writer import Transaction
from tests.bench import builder
from tests.bench.row import Row, against, at_most
from tests.bench.talks import LONG, LONG_THREAD, SHORT, SHORT_THREAD
from tests.desks import INBOX, open_desk

CONVERSATIONS = 20_000
PAGE = 50
INTAKES, PAGES, OPENINGS, COUNTS = 2_000, 300, 400, 400
FILTERED_MS, COUNTS_MS = 2.0, 1.0
THREE_FILTERS = {
    "tier, stage, label": QueueFilter(tier="A", stage="aftersale", label="vip"),
    "tier, priority, inbox": QueueFilter(tier="B", priority=2, inbox="web"),
    "word, tier, stage": QueueFilter(words=("订单",), tier="C", stage="presale"),
}


def measure(*, quick: bool = False, conversations: int = CONVERSATIONS) -> list[Row]:
    """All figures of a store of so many ``conversations``; ``quick`` takes a fifth of the samples."""
    with tempfile.TemporaryDirectory(prefix="csdesk-bench-", dir=builder.kept_folder()) as folder:
        path = builder.copy_of(builder.store_of(conversations), Path(folder))
        return [size(path), *reading(path, quick=quick), *writing(path, quick=quick)]


def size(path: Path) -> Row:
    """Bytes of the file for each message, beside those of its text alone."""
    connection = connect.open_reader(path)
    number, text = connection.execute(
        "SELECT count(*), total(length(CAST(text AS BLOB))) FROM message"
    ).fetchone()
    connection.close()
    held = path.stat().st_size / number
    return Row("file, bytes a message", held, "B", "text", text / number, held * number / text, 0, True)


def reading(path: Path, *, quick: bool = False) -> list[Row]:
    """Figures of the store at ``path`` that leave it as it is."""
    part = 5 if quick else 1
    connection = connect.open_reader(path)
    try:
        agent = _agent(connection)
        return [
            *_pages(connection, agent, PAGES // part),
            *_filtered(connection, agent, PAGES // part),
            _counted(connection, agent, COUNTS // part),
            *_opening(connection, OPENINGS // part),
        ]
    finally:
        connection.close()


def writing(path: Path, *, quick: bool = False) -> list[Row]:
    """Durable intake into the store at ``path``: each message in its own commit, every fourth opens a
    conversation and labels it; raw appends in between."""
    spent, raw = [], []
    descriptor = os.open(path.with_name("raw"), os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    block = b"x" * PAGE_SIZE
    with open_desk(path, SystemClock(), builder.AGENTS[0]) as desk:
        for number in range(INTAKES // (5 if quick else 1)):
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


def _agent(connection: Connection) -> int:
    return int(connection.execute("SELECT id FROM agent WHERE name = ?", (builder.AGENTS[0],)).fetchone()[0])


def _pages(connection: Connection, agent: int, count: int) -> list[Row]:
    """Pages at random places of every view, each beside its own rows by primary key.

    The gate compares like with like: both make the rows that the screen draws. How the page stands to
    the bare tuples of the same rows is told besides.
    """
    rows = []
    for view in COUNTED_VIEWS:
        spent, raw, bare = page_times(connection, view, agent, count)
        name, what = f"the same {PAGE} rows by primary key", f"queue page, {view}"
        middle, limit, tail = (statistics.median(times) for times in (spent, raw, bare))
        rows += [
            against(f"{what}, p50", middle, "ms", f"{name}, p50", limit, 1.5),
            against(f"{what}, p99", _p99(spent), "ms", f"{name}, p99", _p99(raw), 3),
            Row(
                f"{what}, p50 to bare tuples",
                middle,
                "ms",
                f"{name}, as bare tuples",
                tail,
                middle / tail,
                0,
                True,
            ),
        ]
    return rows


def page_times(
    connection: Connection, view: View, agent: int, count: int
) -> tuple[list[float], list[float], list[float]]:
    """Milliseconds of ``count`` pages of a view, of their rows by primary key, and of those as bare tuples."""
    chance = random.Random(1)
    keys = _keys(connection, view, agent)
    spent, raw, bare = [], [], []
    for _sample in range(count):
        again = partial(queue.page, connection, view, agent=agent, after=chance.choice(keys), limit=PAGE)
        same, tuples = _by_primary_key(connection, [row.id for row in again().rows])
        # Each once just before its clock: the figure is the work, not who came first to a cold page, nor who came last.
        for work, times in ((same, raw), (tuples, bare), (again, spent)):
            work()
            times.append(worked_ms(work))
    return spent, raw, bare


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
    sql = f"SELECT {queue._COLUMNS}, c.id {where}"

    def tuples() -> list[tuple[Any, ...]]:
        return list(connection.execute(sql, ids).fetchall())

    def made() -> list[QueueRow]:
        names = queue._names(connection)
        return [queue._row(row, names) for row in tuples()]

    return made, tuples


def _filtered(connection: Connection, agent: int, count: int) -> list[Row]:
    """The first page under three filters, in the view where they find least to skip and in the longest."""
    rows = []
    for view in (View.WAITING, View.ALL):
        for name, filters in THREE_FILTERS.items():
            ask = partial(queue.page, connection, view, agent=agent, limit=PAGE, narrowed=filters)
            plain = partial(queue.page, connection, view, agent=agent, limit=PAGE)
            times = _medians(count // 10 or 5, ask, plain)
            rows.append(at_most(f"{view} by {name}, p50", times[0], "ms", "no filter", times[1], FILTERED_MS))
    return rows


def _counted(connection: Connection, agent: int, count: int) -> Row:
    """How many each view holds, beside one row by primary key."""
    one = "SELECT n FROM view_count WHERE view = 'all' AND agent = 0"
    ours, raw = _medians(
        count, partial(queue.counts, connection, agent), lambda: connection.execute(one).fetchone()
    )
    return at_most("counts of all views, p50", ours, "ms", "one counter by its key", raw, COUNTS_MS)


def _opening(connection: Connection, count: int) -> list[Row]:
    """The last page of a conversation of LONG messages, and its first, beside those of one of SHORT."""
    found = [_thread(connection, name) for name in (LONG_THREAD, SHORT_THREAD)]
    if None in found:
        return []
    rows = []
    for what, page in (("at its end", messages.before), ("at its start", messages.after)):
        long, short = _medians(
            count,
            *(partial(page, connection, number, None, PAGE) for number in found),  # type: ignore[arg-type]
        )
        rows.append(against(f"open {LONG:,} messages {what}", long, "ms", f"open {SHORT}", short, 1.5))
    return rows


def _thread(connection: Connection, name: str) -> int | None:
    """The conversation of a thread, whatever its inbox."""
    row = connection.execute(
        "SELECT id FROM conversation WHERE inbox IN (SELECT id FROM inbox) AND thread = ?", (name,)
    ).fetchone()
    return row[0] if row else None


def _medians(count: int, *works: Callable[[], object]) -> list[float]:
    """Milliseconds of each of ``works``, which take turns ``count`` times; the first turn is not counted."""
    spent: list[list[float]] = [[] for _ in works]
    for _turn in range(count + 1):
        for work, times in zip(works, spent, strict=True):
            times.append(worked_ms(work))
    return [statistics.median(times[1:]) for times in spent]


def _timed(work: Callable[[], object]) -> float:
    """Milliseconds."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def worked_ms(work: Callable[[], object]) -> float:
    """Milliseconds of this thread alone: what others do on the machine is no part of a reading."""
    started = time.thread_time_ns()
    work()
    return (time.thread_time_ns() - started) / 1e6


def _p99(spent: list[float]) -> float:
    return sorted(spent)[int(len(spent) * 0.99)]
