"""A store of 20,000 conversations, as a guard: ratios of the processor's time, the best of many turns.

Figures and budgets proper are the bench's (``python -m tests.bench store``). Here the limits are wider,
so that only what got slower in kind is caught: a scan where there was an index, a sort of all rows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from csdesk.model.conversation import View
from csdesk.store import connect, log, messages, queue
from csdesk.store.connect import Connection
from csdesk.store.database import SCHEMA_VERSION
from tests.bench import builder, search, store
from tests.bench.talks import LONG, LONG_THREAD, SHORT_THREAD
from tests.store.test_upgrade import first_store, said

SMALL, LARGE = 2_000, 20_000
TURNS, ROUNDS = 30, 4
MOST_TO_KEYS, MOST_GROWTH, MOST_TO_SHORT = 3.0, 2.0, 2.0
MOST_SEARCH, MOST_SEARCH_GROWTH = 10.0, 3.0
FILLED = [view for view in View if view not in (View.DRAFTS, View.FAILED)]
"""The views that the built store has rows in: without rows, a page costs its fixed part only."""


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[dict[int, Connection]]:
    """Connections to a small and a large store, which all workers of a run share."""
    own = tmp_path_factory.getbasetemp()
    folder = (own if worker_id == "master" else own.parent) / "scale"
    opened = {size: connect.open_reader(builder.store_of(size, 1, folder=folder)) for size in (SMALL, LARGE)}
    yield opened
    for connection in opened.values():
        connection.close()


@pytest.mark.parametrize("view", FILLED)
def test_a_page_of_the_queue_costs_its_rows_whatever_the_store(
    stores: dict[int, Connection], view: View
) -> None:
    pages, keys = dict.fromkeys(stores, math.inf), dict.fromkeys(stores, math.inf)
    for _round in range(ROUNDS):  # in turns: a machine that is slower for a while is so for both
        for size, connection in stores.items():
            spent, raw, _bare = store.page_times(connection, view, 1, TURNS)
            pages[size], keys[size] = min(pages[size], *spent), min(keys[size], *raw)
    for size in stores:
        assert pages[size] <= MOST_TO_KEYS * keys[size]
    if len(queue.page(stores[SMALL], view, agent=1, limit=store.PAGE).rows) == store.PAGE:
        assert pages[LARGE] <= MOST_GROWTH * pages[SMALL]


def test_a_long_conversation_opens_like_a_short_one(stores: dict[int, Connection]) -> None:
    connection = stores[LARGE]
    long, short = (
        connection.execute("SELECT id, message_count FROM conversation WHERE thread = ?", (name,)).fetchone()
        for name in (LONG_THREAD, SHORT_THREAD)
    )
    assert long[1] == LONG
    for page in (messages.before, messages.after):
        spent = [_best(partial(page, connection, number, None, store.PAGE)) for number in (long[0], short[0])]
        assert spent[0] <= MOST_TO_SHORT * spent[1]


@pytest.mark.parametrize("typed", ["退款", "款", "order", "refund 快递", '"退款快递"', "A1", "魑魅"])
def test_a_search_for_the_newest_costs_its_hits_whatever_the_store(
    stores: dict[int, Connection], typed: str
) -> None:
    connection = stores[LARGE]
    times, raws = search.times_ms(connection, [typed], search.newest_by_key(connection), TURNS)
    assert min(times) <= MOST_SEARCH * min(raws)


@pytest.mark.parametrize("typed", ["退款", "款", "order"])
def test_a_search_does_not_grow_with_the_store(stores: dict[int, Connection], typed: str) -> None:
    best = {
        size: min(search.times_ms(connection, [typed], lambda: None, TURNS)[0])
        for size, connection in stores.items()
    }
    assert best[LARGE] <= MOST_SEARCH_GROWTH * best[SMALL]


def test_counting_the_views_reads_no_conversation(stores: dict[int, Connection]) -> None:
    spent = {size: _best(partial(queue.counts, connection, 1)) for size, connection in stores.items()}
    assert spent[LARGE] <= MOST_GROWTH * spent[SMALL]


def _best(work: partial[object]) -> float:
    work()
    return min(store.worked_ms(work) for _turn in range(TURNS))


def test_the_kept_store_is_found_again(tmp_path: Path) -> None:
    reports: list[tuple[int, int]] = []
    path = builder.store_of(100, 1, folder=tmp_path, report=lambda *how_far: reports.append(how_far))
    assert reports[-1] == (100, 100)
    reports.clear()
    assert builder.store_of(100, 1, folder=tmp_path, report=lambda *how_far: reports.append(how_far)) == path
    assert reports == []
    assert not list(tmp_path.glob("*.building*"))


def test_a_kept_store_of_an_older_schema_is_upgraded(tmp_path: Path) -> None:
    path = builder.store_of(100, 1, folder=tmp_path)
    log.head_path(path).unlink()
    path.unlink()
    old = said(first_store(path))
    assert builder.store_of(100, 1, folder=tmp_path) == path
    assert said(path) == old
    connection = connect.open_reader(path)
    assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    connection.close()
    assert not list(tmp_path.glob("*before-schema*"))
