"""What this desk did goes up: in the order it was done, each batch in one commit of the hub, none of it twice.

A batch begins right behind what the hub has, or the hub refuses it; so a batch that was sent before, or cut
off on its way, needs no memory here: the hub says how far it is, and from there it goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from csdesk.model.operation import Kind
from csdesk.store import erased, receiving, sending_up
from csdesk.store.database import Store
from csdesk.store.log import Stored
from csdesk.store.writer import Transaction
from csdesk.sync import wire
from csdesk.sync.collector import seldom
from csdesk.sync.line import HubRefusal, Line
from csdesk.sync.refusals import Step, next_step

BATCH = 20_000
"""Operations in one commit of the hub: beyond this it gets no faster (docs/benchmarks.md)."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """How far the hub has this desk now, how much of it was sent, and what it would not have."""

    head: int
    sent: int
    set_aside: tuple[int, ...] = ()
    conflicts: int = 0


@seldom()
def push(store: Store, line: Line, head: int, tell: Callable[[int], None] = lambda sent: None) -> Pushed:
    """Send everything behind ``head``, and note what the hub committed and judged; ``tell`` hears how many.

    Raises HubRefusal; what was noted until then stays noted.
    """
    sent, conflicts, set_aside = 0, 0, []
    while rows := sending_up.Ahead(store.reader(), BATCH, head):
        refused = send(line, rows, _left_by(store, rows, head))
        conflicts += settle(store, line, rows, refused)
        head, sent = rows[-1].dseq, sent + len(rows)
        set_aside += refused
        tell(sent)
    return Pushed(head, sent, tuple(set_aside), conflicts)


def settle(store: Store, line: Line, rows: Sequence[Stored], set_aside: Sequence[int] = ()) -> int:
    """Note in one commit that the hub has ``rows``, which of them it judged void, and which it would not have.

    How many cards that makes.
    """
    claims = [row.dseq for row in rows if row.arg is not None and row.dseq not in set_aside]
    last = rows[-1].dseq
    lost = wire.void(line, store.desk, range(rows[0].dseq, last + 1), claims)

    def work(tx: Transaction) -> int:
        judged = receiving.judge(tx, lost)
        sending_up.acknowledge(tx, last)
        sending_up.set_aside(tx, set_aside)
        return len(judged.conflicts)

    return store.write(work)


def _left_by(store: Store, rows: Sequence[Stored], after: int) -> dict[int, list[Stored]]:
    """For each erasure among ``rows``, by number, what it left of the operations it took words out of."""
    if not sending_up.last_erasure(store.reader(), after):
        return {}  # and ``rows`` need not be read yet
    dots = [row[:2] for row in rows if row.kind in erased.ERASURES]
    return {dseq: erased.remains(store.reader(), (desk, dseq)) for desk, dseq in dots}


def send(
    line: Line, rows: Sequence[Stored], left_of: Mapping[int, Sequence[Stored]] | None = None
) -> list[int]:
    """Bring ``rows`` to the hub; the numbers of those that it will never take.

    ``left_of`` as in ``wire.copy_in``. In their place goes a stand-in with the same number, time and sum, so that one bad operation
    does not keep back all that follow. Raises HubRefusal for every other refusal.
    """
    try:
        here = {dseq: left for dseq, left in (left_of or {}).items() if rows[0].dseq <= dseq <= rows[-1].dseq}
        wire.copy_in(line, rows, here)
    except HubRefusal as refusal:
        if next_step(refusal.sqlstate) is not Step.SET_ASIDE:
            raise
    else:
        return []
    if len(rows) == 1:
        wire.copy_in(line, [stand_in(rows[0])])
        return [rows[0].dseq]
    middle = len(rows) // 2
    return send(line, rows[:middle], left_of) + send(line, rows[middle:], left_of)


def stand_in(row: Stored) -> Stored:
    """What goes up in the place of a row that the hub will not have: a fact about nothing."""
    return row._replace(kind=int(Kind.OPERATION_WITHHELD), ver=1, scope=0, ent=bytes(16), arg=None, body="{}")
