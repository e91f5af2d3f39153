"""Search by kind of query, against the same 50 rows fetched by primary key.

``python -m tests.bench.search [CONVERSATIONS]``. Times are of the processor, in this thread: what
else runs on the machine does not count. A row is what a hit shows: the message with its conversation
and its author.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from functools import partial

from csdesk.store import connect
from csdesk.store.connect import Connection
from csdesk.store.search import search
from csdesk.store.search_query import parse
from tests.bench import builder
from tests.bench.row import Row, against, at_most, lines

CONVERSATIONS = 20_000
QUICK = 2_000
ROUNDS = 30
LIMIT = 50
MOST_P50, MOST_P99 = 3.0, 8.0
LONG_MS = 10_000

KINDS: dict[str, tuple[str, ...]] = {
    "1 Chinese character": ("退", "的", "您", "在"),
    "2 Chinese characters": ("退款", "订单", "发票", "您好"),
    "4 Chinese characters": ("麻烦重开", "还有货吗", "提示不满", "请您留意"),
    "English word": ("order", "refund", "the", "Thanks"),
    "English prefix": ("ref*", "inv*", "ord*"),
    "several words": ("退款 订单号", "订单 查询", "wrong address", "refund order"),
    "rare": ("7707", "kindle", "魑魅", "订单 refund"),
    "phrase in quotes": ('"在吗，这件"', '"where is my order"', '"谢谢"'),
    "contact": ("林女士", "Anna", "Fox"),
    "with a wide filter": ("退款 from:customer", "order status:resolved", "订单 after:2025-12-01"),
}
SLOW: dict[str, tuple[str, ...]] = {
    "with a narrow filter": (
        "order label:vip tier:A",
        "退款 agent:Mia label:vip",
        'order from:"Anna Lee 17"',
    ),
    "with a filter that leaves nothing": ("退款 from:note", "order from:auto", "has:note", "订单 has:note"),
    "filters alone": ("status:snoozed", "tier:A label:vip", "from:Mia", "inbox:mail"),
    "signs": ("？", "!", "，"),
}
SLOW_MS = 50.0
"""What DESIGN 16 allows an adversarial query."""

_BY_KEY = """
SELECT m.id, m.conversation, c.ref, c.contact_name, c.tier, c.status, c.subject, m.sender, agent.name, m.at, m.text
FROM message m JOIN conversation c ON c.id = m.conversation LEFT JOIN agent ON agent.id = m.author WHERE m.id = ?
"""


def measure(conversations: int = CONVERSATIONS, *, quick: bool = False) -> list[Row]:
    """p50, p95 and p99 of each kind of query as ratios, and the slow kinds in milliseconds."""
    connection = connect.open_reader(builder.store_of(QUICK if quick else conversations))
    try:
        by_key = _by_key(connection)
        rows: list[Row] = []
        for kind, queries in KINDS.items():
            times, raws = _times_ms(connection, queries, by_key)
            raw = _part(raws, 50)
            for part, budget in ((50, MOST_P50), (95, MOST_P99), (99, MOST_P99)):
                rows.append(
                    against(
                        f"search, {kind}, p{part}", _part(times, part), "ms", "50 rows by key", raw, budget
                    )
                )
        for kind, queries in SLOW.items():
            times, raws = _times_ms(connection, queries, by_key)
            rows.append(
                at_most(
                    f"search, {kind}, p99", _part(times, 99), "ms", "50 rows by key", _part(raws, 50), SLOW_MS
                )
            )
        return rows
    finally:
        connection.close()


def _times_ms(
    connection: Connection, queries: Sequence[str], by_key: Callable[[], object]
) -> tuple[list[float], list[float]]:
    """Each query ROUNDS times, and the raw limit beside each: the machine's pace changes under both."""
    times, raws = [], []
    for typed in queries:
        _search(connection, typed)
        for _round in range(ROUNDS):
            raws.append(_spent_ms(by_key))
            times.append(_spent_ms(partial(_search, connection, typed)))
    return times, raws


def _search(connection: Connection, typed: str) -> list[int]:
    page = search(connection, parse(typed, builder.NOW_MS), limit=LIMIT, deadline_ms=LONG_MS)
    return [hit.message for hit in page.hits]


def _by_key(connection: Connection) -> Callable[[], object]:
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
