"""Own operations that no hub ever had, given the time at which they were really made."""

from __future__ import annotations

from collections.abc import Mapping

from csdesk.store import arriving, erased, erasing, joined, log, parking
from csdesk.store.connect import Connection
from csdesk.store.log import Stored
from csdesk.store.writer import Transaction


def is_any_wrong(connection: Connection, after: int, now: Mapping[str, int | str]) -> bool:
    """Whether of the own operations behind ``after`` one is dated otherwise than it should be: a quick look.

    ``now`` has ``hub_ms``, ``mono_ms``, ``boot``, ``offset_ms`` and ``tolerance_ms`` as ``sync.clock`` has them,
    whose rule this is.
    """
    row = connection.execute(_WRONG, {"after": after, **now}).fetchone()
    return bool(row[0])


_WRONG = """
SELECT EXISTS (SELECT 1 FROM op LEFT JOIN hub_made m USING (dseq)
  WHERE op.desk = (SELECT value FROM meta WHERE key = 'desk') AND op.dseq > :after
    AND (op.hlc <= coalesce(m.seen_hlc, 0) OR abs((op.hlc >> 16) - CASE
      WHEN m.boot = :boot AND m.boot <> '' AND m.mono_ms <= :mono_ms THEN :hub_ms - (:mono_ms - m.mono_ms)
      ELSE min((op.hlc >> 16) + :offset_ms, :hub_ms) END) > :tolerance_ms))
"""


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
    rows: list[Stored] = []
    before: dict[int, int] = {}
    for row in map(Stored._make, tx.connection.execute(_FROM, (tx.desk, first)).fetchall()):
        dated = row._replace(hlc=corrections.get(row.dseq, row.hlc))
        if row.kind in erased.ERASURES:
            dated = _sealed(tx.connection, dated, {each.dseq: each for each in rows})
        rows.append(dated._replace(sum=dated.follows(own)))
        before[row.dseq] = row.hlc
        own = rows[-1].sum
    tx.connection.executemany(
        "UPDATE op SET hlc = ?, body = ?, sum = ? WHERE desk = ? AND dseq = ?",
        [(row.hlc, row.body, row.sum, row.desk, row.dseq) for row in rows],
    )
    changed = [row for row in rows if row.hlc != before[row.dseq]]
    parking.park(tx.connection, arriving.make_anew(tx.connection, changed, before))
    tx.forget(log.Tip(rows[-1].dseq, max(rows[-1].hlc, joined.newest_seen(tx.connection)), own))


def note_when(tx: Transaction, made: Mapping[int, tuple[str, int]]) -> None:
    """Remember for own operations (by number) when, since which start of the machine, they were made.

    Where that was not known, this is what was found out: it is not to be guessed again and again.
    """
    tx.connection.executemany(
        "INSERT INTO hub_made(dseq, boot, mono_ms, seen_hlc) VALUES(?,?,?,0)"
        " ON CONFLICT(dseq) DO UPDATE SET boot = excluded.boot, mono_ms = excluded.mono_ms",
        [(dseq, boot, mono_ms) for dseq, (boot, mono_ms) in made.items()],
    )


def _sealed(connection: Connection, erasure: Stored, fresh: Mapping[int, Stored]) -> Stored:
    """An erasure with the seal of what it erased, of which ``fresh`` own operations have other sums now."""
    seal = erasing.Seal()
    for row in erased.remains(connection, erasure[:2]):
        own = row.desk == erasure.desk
        now = fresh.get(row.dseq, row) if own else row
        before = fresh.get(row.dseq - 1) if own else None
        previous = before.sum if before else log.sum_at(connection, row.desk, row.dseq - 1)
        seal.add(now, previous or log.START_SUM)
    said = {**log.decode_body(erasure.body), "operations": seal.count, "seal": seal.value}
    return erasure._replace(body=log.encode_body(said))


_FROM = """
SELECT desk, dseq, hlc, kind, ver, scope, ent, arg, body, sum FROM op WHERE desk = ? AND dseq >= ? ORDER BY dseq
"""
