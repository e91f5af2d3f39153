"""Search by kind of query, against the same 50 rows fetched by primary key.

``python -m tests.bench.search [CONVERSATIONS]``. Times are of the processor, in this thread: what
else runs on the machine does not count. A row is what a hit shows: the message with its conversation
and its author. There is no deadline here: a slow query shows how slow it is.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from csdesk.store import connect
from csdesk.store.connect import Connection
from csdesk.store.search import DEADLINE_MS, search
from csdesk.store.search_query import parse
from tests.bench import builder
from tests.bench.row import Row, against, at_most, lines
from tests.bench.words import ADVERSARIAL, NEVER_SAID

CONVERSATIONS = 20_000
QUICK = 2_000
ROUNDS = 30
LIMIT = 50
MOST_P50, MOST_P99 = 3.0, 8.0
LONG_MS = 10_000

KINDS: dict[str, tuple[str, ...]] = {
    "1 Chinese character": ("退", "的", "您", "单"),
    "2 Chinese characters": ("退款", "订单", "发票", "您好"),
    "2 across words": ("单退", "款的", "好订"),
    "4 Chinese characters": ("订单退款", "什么时候", "退款的快", "电子发票"),
    "4 Chinese, few": ("红色外套", "静音键盘", "进口茶叶"),
    "English word": ("order", "refund", "the", "thanks"),
    "English prefix": ("ref*", "inv*", "ord*"),
    "mixed": ("订单 refund", "refund退款", "快递 delivery"),
    "common, several words": ("退款 订单", "订单 查询 您好", "wrong address", "refund order"),
    "phrase in quotes": ('"您好订单"', '"the order"', '"please refund"'),
    "contact": ("林女士", "Anna", "Fox"),
    "from:customer": ("退款 from:customer", "order from:customer"),
    "status:": ("订单 status:resolved", "order status:resolved"),
    "before: after:": ("订单 after:2025-12-01", "订单 before:2026-01-01", "refund after:30d"),
    "inbox: agent:": ("退款 inbox:web", "订单 agent:Mia"),
    "label:": ("订单 label:物流", "order label:vip"),
    "stage: tier:": ("退款 stage:aftersale", "退款 tier:A"),
}
SLOW: dict[str, tuple[str, ...]] = {
    "three filters": ("order label:vip tier:A stage:presale", "退款 agent:Mia label:投诉 status:open"),
    "few by a filter": ("退款 from:note", "order from:auto", "退款 has:note", "has:note"),
    "filters alone": ("status:snoozed", "tier:A label:vip", "from:Mia", "inbox:mail"),
    "a person's messages": ('order from:"Anna Lee"', "退款 from:林女士"),
    "signs": ("？", "!", "，"),
    "adversarial": (*ADVERSARIAL, "订单 zeppelin", "的 label:投诉 tier:A before:2026-01-01"),
}
SLOW_MS = 50.0
"""What DESIGN 16 allows an adversarial query."""

_BY_KEY = """
SELECT m.id, m.conversation, c.ref, c.contact_name, c.tier, c.status, c.subject, m.sender, agent.name, m.at, m.text
FROM message m JOIN conversation c ON c.id = m.conversation LEFT JOIN agent ON agent.id = m.author WHERE m.id = ?
"""
_ORDER_NUMBER = re.compile(r"A\d{3,}")
RARE_FOUND = 3


def measure(conversations: int = CONVERSATIONS, *, quick: bool = False) -> list[Row]:
    """The figures of a store of so many ``conversations``."""
    return of_store(builder.store_of(QUICK if quick else conversations), quick=quick)


def of_store(path: Path, *, quick: bool = False) -> list[Row]:
    """p50, p95 and p99 of each kind of query as ratios, and of the slow kinds in milliseconds."""
    connection = connect.open_reader(path)
    rounds = ROUNDS // 5 if quick else ROUNDS
    try:
        by_key = newest_by_key(connection)
        rows: list[Row] = []
        for kind, queries in (KINDS | {"rare": _rare(connection)}).items():
            times, raws = times_ms(connection, queries, by_key, rounds)
            raw = _part(raws, 50)
            for part, budget in ((50, MOST_P50), (95, MOST_P99), (99, MOST_P99)):
                name = f"search, {kind}, p{part}"
                rows.append(against(name, _part(times, part), "ms", "50 rows by key", raw, budget))
        for kind, queries in SLOW.items():
            times, raws = times_ms(connection, queries, by_key, rounds)
            raw = _part(raws, 50)
            for part in (50, 95, 99):
                name = f"search, {kind}, p{part}"
                rows.append(at_most(name, _part(times, part), "ms", "50 rows by key", raw, SLOW_MS))
        return [*rows, _stopped(connection, by_key, rounds)]
    finally:
        connection.close()


def _stopped(connection: Connection, by_key: Callable[[], object], rounds: int) -> Row:
    """The slowest answer that a person gets: the deadline ends the search and shows what was found."""
    queries = [typed for kind in SLOW.values() for typed in kind]
    times, raws = times_ms(connection, queries, by_key, rounds, DEADLINE_MS)
    most = SLOW_MS * 1.2
    return at_most("search, slowest kinds with the deadline, p99", _part(times, 99), "ms", "50 rows by key",
                   _part(raws, 50), most)  # fmt: skip


def _rare(connection: Connection) -> tuple[str, ...]:
    """Order numbers out of the middle of the history, and words that nobody said."""
    low, high = connection.execute("SELECT min(id), max(id) FROM message").fetchone()
    found: list[str] = []
    sql = "SELECT text FROM message WHERE id >= ? ORDER BY id LIMIT 200"
    for part in range(1, RARE_FOUND + 1):
        texts = connection.execute(sql, (low + (high - low) * part // (RARE_FOUND + 1),)).fetchall()
        found += [number[0] for (text,) in texts if (number := _ORDER_NUMBER.search(text))][:1]
    return (*found, *NEVER_SAID)


def times_ms(
    connection: Connection,
    queries: Sequence[str],
    by_key: Callable[[], object],
    rounds: int = ROUNDS,
    deadline_ms: float = LONG_MS,
) -> tuple[list[float], list[float]]:
    """Each query so often, and the raw limit beside each: the machine's pace changes under both."""
    times, raws = [], []
    for typed in queries:
        _search(connection, typed, deadline_ms)
        for _round in range(rounds):
            raws.append(_spent_ms(by_key))
            times.append(_spent_ms(partial(_search, connection, typed, deadline_ms)))
    return times, raws


def _search(connection: Connection, typed: str, deadline_ms: float = LONG_MS) -> list[int]:
    page = search(connection, parse(typed, builder.NOW_MS), limit=LIMIT, deadline_ms=deadline_ms)
    return [hit.message for hit in page.hits]


def newest_by_key(connection: Connection) -> Callable[[], object]:
    """Fetch the newest 50 hits of a common word, each by its key."""
    wanted = _search(connection, "退款")
    assert len(wanted) == LIMIT
    return lambda: [connection.execute(_BY_KEY, (key,)).fetchone() for key in wanted]


def _spent_ms(act: Callable[[], object]) -> float:
    start = time.thread_time()
    act()
    return (time.thread_time() - start) * 1000


def _part(times: Sequence[float], part: int) -> float:
    return sorted(times)[min(len(times) - 1, len(times) * part // 100)]


if __name__ == "__main__":
    print("\n".join(lines(measure(int(sys.argv[1]) if len(sys.argv) > 1 else CONVERSATIONS))))
