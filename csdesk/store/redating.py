"""Own operations that no hub ever had, given the time at which they were really made."""

from __future__ import annotations

from collections.abc import Mapping

from csdesk.store import arriving, joined, log
from csdesk.store.log import Stored
from csdesk.store.writer import Transaction


def redate(tx: Transaction, corrections: Mapping[int, int]) -> None:
    """Give own operations (by number) the hybrid times that they should have had.

    The chain is made anew from the first of them on, and the rows follow. The caller sees to it that the hub
    has none of these and that times still rise.
    """
    if not corrections:
        return
    tx.settle()
    tx.is_chain_new = True
    first = min(corrections)
    own = log.sum_at(tx.connection, tx.desk, first - 1) or log.START_SUM
    rows, before = [], {}
    for row in map(Stored._make, tx.connection.execute(_FROM, (tx.desk, first)).fetchall()):
        dated = row._replace(hlc=corrections.get(row.dseq, row.hlc))
        rows.append(dated._replace(sum=dated.follows(own)))
        before[row.dseq] = row.hlc
        own = rows[-1].sum
    tx.connection.executemany(
        "UPDATE op SET hlc = ?, sum = ? WHERE desk = ? AND dseq = ?",
        [(row.hlc, row.sum, row.desk, row.dseq) for row in rows],
    )
    changed = [row for row in rows if row.hlc != before[row.dseq]]
    arriving.make_anew(tx.connection, changed, before)
    tx.forget(log.Tip(rows[-1].dseq, max(rows[-1].hlc, joined.newest_seen(tx.connection)), own))


_FROM = """
SELECT desk, dseq, hlc, kind, ver, scope, ent, arg, body, sum FROM op WHERE desk = ? AND dseq >= ? ORDER BY dseq
"""
