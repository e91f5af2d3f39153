"""What others did comes down: page by page, each as of one moment of the hub, in the order of all clocks.

A page holds, of everything that is missing here, what comes first. Who made an operation had seen what it
rests on, so whatever moment a page shows, one that has the effect has the cause before it: applied from its
beginning, as far as one likes, it leaves no hole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from csdesk.store import erased, files, hub, receiving
from csdesk.store.database import Store
from csdesk.store.log import Stored
from csdesk.store.writer import Transaction
from csdesk.sync import wire
from csdesk.sync.collector import seldom
from csdesk.sync.line import Line

PREFIX = 1_000
"""How many are applied in one commit: whoever works at this desk waits no longer than for these."""


@dataclass(slots=True)
class Pulled:
    """What came down: how much, how much waits for something missing, what a newer csdesk wrote, new conflicts."""

    received: int = 0
    parked: int = 0
    unknown: int = 0
    conflicts: int = 0


@seldom()
def pull(
    store: Store,
    line: Line,
    tell: Callable[[int], None] = lambda received: None,
    *,
    is_news: bool = False,
) -> Pulled:
    """Take in everything that is missing; ``tell`` hears how many came so far.

    ``is_news``: the hub said that there is something; else it is asked first whether anything moved since this
    desk had all there was. Raises HubRefusal, and what ``receive`` raises; what was taken in until then stays,
    with its place.
    """
    pulled, reach = Pulled(), None if is_news else wire.reach(line, store.desk)
    if reach is not None and reach == line.reached:
        return pulled
    line.reached = None
    taking: Taking | None = None
    has_erasures = False
    try:
        for rows, lost, left in _prefixes(store, line):
            if taking is not None:
                _count(taking, pulled, tell)
            taking = len(rows), store.submit(_work(rows, lost, left))
            has_erasures |= any(row.kind in erased.ERASURES for row in rows)
    finally:
        if taking is not None:
            _count(taking, pulled, tell)
    if has_erasures:
        files.sweep(store)  # nobody else here knows that an attachment has lost its name
    line.reached = reach
    return pulled


Taking = tuple[int, "Future[receiving.Received]"]
"""How many operations are being applied, and what becomes of them."""


def _prefixes(store: Store, line: Line) -> Iterator[tuple[list[Stored], frozenset[wire.Dot], list[Stored]]]:
    """What is missing, a commit's worth at a time, with what ``take_in`` has to know.

    It comes while what was given before is being applied; that has to be in the store before what is given next.
    """
    vector, has_more = hub.vector(store.reader()), True
    while has_more:
        page = wire.next_page(line, vector, store.desk)
        has_more = page.has_more
        vector |= {row.desk: row.dseq for row in page.rows}
        for at in range(0, len(page.rows), PREFIX):
            rows = page.rows[at : at + PREFIX]
            yield rows, page.lost, left_by(line, rows, page.lost)


def left_by(line: Line, rows: Sequence[Stored], lost: frozenset[wire.Dot] = frozenset()) -> list[Stored]:
    """What the erasures among ``rows`` left of other operations, but for those that count for nothing."""
    erasures = [row[:2] for row in rows if row.kind in erased.ERASURES and row[:2] not in lost]
    return wire.left_of(line, erasures) if erasures else []


def take_in(
    store: Store,
    rows: list[Stored],
    lost: frozenset[wire.Dot],
    pulled: Pulled,
    left: Sequence[Stored] = (),
) -> None:
    """Apply ``rows`` in one commit, with how far this desk has come.

    ``left`` is what the erasures among them left of operations that are here with all their words.
    """
    _count((len(rows), store.submit(_work(rows, lost, left))), pulled, lambda received: None)


def _work(
    rows: list[Stored], lost: frozenset[wire.Dot], left: Sequence[Stored]
) -> Callable[[Transaction], receiving.Received]:
    here = {row[:2] for row in rows}

    def work(tx: Transaction) -> receiving.Received:
        erased.take_over(tx, left)
        return receiving.receive(tx, rows, lost & here, now_ms=tx.now_ms)

    return work


def _count(taking: Taking, pulled: Pulled, tell: Callable[[int], None]) -> None:
    """Wait until it is on disk, and add it up. Raises what ``receive`` raised."""
    count, answer = taking
    told = answer.result()
    pulled.received += count
    pulled.parked += told.parked
    pulled.unknown += told.unknown
    pulled.conflicts += len(told.conflicts)
    tell(pulled.received)
