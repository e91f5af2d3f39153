"""What a store knows of the team's hub it joined: which, and how far the two have come with each other.

A store that joined none has no row in ``hub`` and pays nothing for any of this.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, replace
from typing import TYPE_CHECKING

from csdesk.store import about, passing
from csdesk.store.connect import Connection

if TYPE_CHECKING:
    from csdesk.store.writer import Transaction


@dataclass(frozen=True, slots=True)
class HubState:
    """The hub that this store joined. ``dsn`` holds no password; ``scope`` is what its operations are visible to.

    ``acked`` is the last own operation that the hub has ever had; ``contact_at`` (UTC ms) when it last
    answered, None for never; ``offset_ms`` how far its clock was ahead of ours then; ``timeline`` tells a hub
    that was put back from an older copy. ``rank`` is whose login this desk has, agent or lead, as the hub said; empty
    where it was not asked yet.
    """

    name: str
    dsn: str
    scope: int = 0
    timeline: int = 0
    acked: int = 0
    contact_at: int | None = None
    offset_ms: int = 0
    protocol: int = 1
    rank: str = ""


_COLUMNS = "name, dsn, scope, timeline, acked, contact_at, offset_ms, protocol, rank"


def state(connection: Connection) -> HubState | None:
    """The hub that this store joined, or None."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM hub").fetchone()  # noqa: S608 - our own names
    return HubState(*row) if row else None


def join(tx: Transaction, hub: HubState) -> None:
    """From now on this store shares what it knows with ``hub``; joining again changes what is known of it."""
    tx.settle()
    if state(tx.connection) is None:
        from csdesk.store import carried, labels  # who only looks need not load them

        labels.learn(tx.connection)
        carried.begin_anew(tx)
    tx.connection.execute(
        f"INSERT OR REPLACE INTO hub(id, {_COLUMNS}) VALUES(1, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        astuple(hub),
    )
    for statement in about.INDEXES.values():
        tx.connection.execute(statement)
    tx.home_scope = hub.scope


def leave(tx: Transaction) -> None:
    """Share nothing any more. What came from the hub stays, and so does what it judged."""
    tx.settle()
    for table in ("hub", "hub_made", "hub_lease"):
        tx.connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
    for index in about.INDEXES:
        tx.connection.execute(f"DROP INDEX IF EXISTS {index}")
    tx.connection.execute("UPDATE outbox SET is_offline = 0")
    tx.home_scope = None


def update(tx: Transaction, **values: object) -> None:
    """Note what has changed of the hub: any fields of ``HubState``."""
    held = state(tx.connection)
    if held is not None:
        join(tx, replace(held, **values))  # type: ignore[arg-type]


def note_contact(
    tx: Transaction, at: int, offset_ms: int, *, timeline: int | None = None, protocol: int | None = None
) -> None:
    """The hub answered at ``at`` (UTC ms of our clock), its own being ``offset_ms`` ahead."""
    more = {"timeline": timeline, "protocol": protocol}
    given = {name: value for name, value in more.items() if value is not None}
    update(tx, contact_at=at, offset_ms=offset_ms, **given)


def vector(connection: Connection) -> dict[int, int]:
    """By desk how far the operations of others are here."""
    return dict(connection.execute("SELECT desk, dseq FROM hub_vector").fetchall())


def is_shared(connection: Connection) -> bool:
    """Whether the log holds, or is to hold, what other desks wrote."""
    row = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM hub) OR EXISTS (SELECT 1 FROM hub_vector)"
    ).fetchone()
    return bool(row[0])


def lost(connection: Connection) -> set[tuple[int, int]]:
    """The operations that the hub judged to have come too late, and those that were made on top of them."""
    return set(connection.execute("SELECT desk, dseq FROM hub_lost").fetchall())


def parked(connection: Connection) -> dict[tuple[int, int], str]:
    """The operations that are here and cannot be applied yet, each with the reason."""
    rows = connection.execute("SELECT desk, dseq, reason FROM hub_parked").fetchall()
    return {(desk, dseq): reason for desk, dseq, reason in rows}


@dataclass(frozen=True, slots=True)
class Made:
    """When an own operation was made that the hub does not have: by the boot of the machine it was made in and
    the milliseconds since then, and the highest hybrid time seen from others by then."""

    dseq: int
    hlc: int
    boot: str
    mono_ms: int
    seen_hlc: int


def made(connection: Connection) -> list[Made]:
    """Of all own operations that the hub does not have and whose time was noted, when they were made."""
    rows = connection.execute(
        "SELECT m.dseq, op.hlc, m.boot, m.mono_ms, m.seen_hlc FROM hub_made m"
        " JOIN op ON op.dseq = m.dseq AND op.desk = (SELECT value FROM meta WHERE key = 'desk') ORDER BY m.dseq"
    ).fetchall()
    return [Made(*row) for row in rows]


def set_leases(tx: Transaction, until: Mapping[int, int]) -> None:
    """The inboxes (local ids) that this desk may send for by the hub's word, each until when (UTC ms).

    What others wrote in one that is new, and nobody sent, comes into the outbox.
    """
    fresh = [inbox for inbox in until if inbox not in leases(tx.connection)]
    tx.connection.execute("DELETE FROM hub_lease")
    tx.connection.executemany("INSERT INTO hub_lease(inbox, until) VALUES(?,?)", until.items())
    passing.take_over(tx, fresh)


def leases(connection: Connection) -> dict[int, int]:
    """As ``set_leases`` was told last."""
    return dict(connection.execute("SELECT inbox, until FROM hub_lease").fetchall())


def note_lost(connection: Connection, dots: Iterable[tuple[int, int]]) -> None:
    """Keep what a hub judged to have come too late."""
    connection.executemany("INSERT INTO hub_lost(desk, dseq) VALUES(?,?) ON CONFLICT DO NOTHING", dots)
