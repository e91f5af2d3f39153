"""A hub in memory, for tests of the store: it keeps each desk's operations in order, and the first claim of each number."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from csdesk.clock import Clock, ManualClock
from csdesk.desk.context import Desk
from csdesk.store import connect, erased, hub, passing, projections, receiving, redaction, sending_up
from csdesk.store.database import Store, open_store
from csdesk.store.hub import HubState
from csdesk.store.log import Stored
from csdesk.store.receiving import Received
from tests.desks import START_MS, open_desk

Dot = tuple[int, int]
Rows = dict[str, list[tuple[object, ...]]]


@dataclass
class Relay:
    """What a hub has to do, and no more."""

    operations: dict[int, list[Stored]] = field(default_factory=dict)
    claims: dict[tuple[bytes, int], Dot] = field(default_factory=dict)
    left: dict[Dot, list[Stored]] = field(default_factory=dict)

    def enrol(self, store: Store) -> None:
        store.write(lambda tx: hub.join(tx, HubState("team", "host=hub")))

    def lost(self, rows: list[Stored]) -> set[Dot]:
        """Which of these came too late."""
        return {
            row[:2] for row in rows if row.arg is not None and self.claims[bytes(row.ent), row.arg] != row[:2]
        }

    def push(self, store: Store, limit: int = 1_000_000) -> int:
        """Take in a desk's next operations, and tell it what became of its claims."""
        rows = sending_up.unsent(store.reader(), limit)
        held = self.operations.setdefault(store.desk, [])
        for row in rows:
            assert row.dseq == len(held) + 1
            held.append(row)
            if row.arg is not None:
                self.claims.setdefault((bytes(row.ent), row.arg), row[:2])
            if row.kind in erased.ERASURES:
                self._erase(row[:2], erased.remains(store.reader(), row[:2]))
        if rows:

            def told(tx: receiving.Transaction) -> None:
                sending_up.acknowledge(tx, rows[-1].dseq)
                receiving.judge(tx, self.lost(rows))

            store.write(told)
        return len(rows)

    def _erase(self, erasure: Dot, remains: list[Stored]) -> None:
        """Of two that erase one thing the first counts."""
        for row in remains:
            held = self.operations[row.desk]
            if redaction.erasure_of(held[row.dseq - 1].body) in (None, erasure):
                held[row.dseq - 1] = row
                self.left.setdefault(erasure, []).append(row)

    def missing(self, store: Store) -> list[Stored]:
        """What a desk does not have, in the order of the clocks."""
        known = hub.vector(store.reader())
        rows = [
            row
            for desk, held in self.operations.items()
            if desk != store.desk
            for row in held[known.get(desk, 0) :]
        ]
        return sorted(rows, key=lambda row: (row.hlc, row.desk))

    def pull(self, store: Store, limit: int = 1_000_000) -> Received:
        """Give a desk the next operations of the others."""
        rows = self.missing(store)[:limit]

        def work(tx: receiving.Transaction) -> Received:
            for row in rows:
                erased.take_over(tx, self.left.get(row[:2], ()))
            hub.note_contact(tx, tx.now_ms, 0)
            return receiving.receive(tx, rows, self.lost(rows), now_ms=tx.now_ms)

        received = store.write(work)
        if not self.missing(store):
            store.write(passing.let_go)
        return received


def said_by(store: Store) -> Rows:
    """All that the rows of a store say, by table, in words that mean the same in any store."""
    connection = connect.open_reader(store.path)
    try:
        connection.execute("PRAGMA query_only = OFF")  # for the temporary tables of the next line
        projections.show_index_words(connection)
        return {
            each.name: connection.execute(
                f"SELECT {', '.join(each.columns)} FROM {each.source} ORDER BY {each.order}"
            ).fetchall()
            for each in projections.PROJECTIONS
        }
    finally:
        connection.close()


def open_numbered(path: Path, number: int, agent: str, clock: Clock | None = None) -> Desk:
    """A desk whose number is ``number`` thousand: their clocks are as far apart as those of real desks are likely to
    be, whose numbers are random."""
    open_store(path, clock or ManualClock(START_MS), create=True).close()
    connection = connect.open_alone(path)
    connection.execute("UPDATE meta SET value = ? WHERE key = 'desk'", (number * 1_000,))
    connection.close()
    return open_desk(path, clock, agent)
