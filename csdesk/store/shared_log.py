"""A log that several desks wrote: which of it makes rows here."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from csdesk.model.operation import Kind
from csdesk.store import hub, log
from csdesk.store.apply.shared import Dot
from csdesk.store.connect import Connection

HIDDEN = frozenset({0, int(Kind.OPERATION_WITHHELD)})
"""Kinds of rows whose place in their desk's chain is kept and nothing else: one may not read them, or the hub
would not have them and got a stand-in."""


def is_hidden(row: log.Stored) -> bool:
    """Whether all that is known of an operation is that there is one."""
    return row.kind in HIDDEN


def take_in(connection: Connection, kinds: Iterable[int]) -> None:
    """Make the rows of operations of ``kinds`` that others sent before this csdesk knew what they mean."""
    if not hub.is_shared(connection):
        return
    from csdesk.store import parking  # what brings a store up to date seldom needs it
    from csdesk.store.applying import apply_safely

    wanted = ", ".join(str(int(kind)) for kind in kinds)
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM op WHERE kind IN ({wanted}) ORDER BY hlc, desk"  # noqa: S608 - our own numbers
    ).fetchall()
    refused = apply_safely(connection, [log.Stored(*row) for row in rows], hub.lost(connection))
    parking.park(connection, refused)


_COLUMNS = "desk, dseq, hlc, kind, ver, scope, ent, arg, body, sum"


def is_one_chain(connection: Connection) -> bool:
    """Whether one desk alone writes here: then the log grows at its end, and what was read stays as it is."""
    return not hub.is_shared(connection) and len(log.desks(connection)) <= 1


def to_replay(connection: Connection) -> tuple[Iterable[log.Stored], Collection[Dot] | None]:
    """All operations that rows are made of, in the order of their clocks, and those that the hub judged lost.

    None instead where no other desk ever wrote here.
    """
    if not hub.is_shared(connection):
        return log.in_time(connection), None
    parked = hub.parked(connection)
    visible = (row for row in log.in_time(connection) if not is_hidden(row) and row[:2] not in parked)
    return visible, hub.lost(connection)
