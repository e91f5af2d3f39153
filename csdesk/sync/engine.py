"""One round with the hub, from the turn to the tally: what ``csdesk sync`` does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from csdesk.clock import Clock
from csdesk.errors import Refused
from csdesk.i18n import _
from csdesk.store import carried, hub, sending_up
from csdesk.store.database import Store
from csdesk.store.snapshot import Contents
from csdesk.sync import credentials, dsn, line, snapshots, turn, visit, wire
from csdesk.sync.carrying import Carrier, carry_all
from csdesk.sync.line import HubRefusal
from csdesk.sync.pieces import Carried

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one round brought. ``unsent`` is left to send, ``set_aside`` what the hub would not have.

    ``begun_with`` came all at once with a snapshot; ``unused_snapshot`` says why one that was there was passed over.
    """

    hub: str
    sent: int
    received: int
    restored: int
    redated: int
    parked: int
    unknown: int
    conflicts: int
    set_aside: tuple[int, ...]
    unsent: int
    offset_ms: int
    begun_with: int = 0
    unused_snapshot: str = ""


def address(state: hub.HubState) -> str:
    """How to connect to the hub of ``state``, password and TLS rules included. Raises CsdeskError."""
    return credentials.with_password(dsn.checked(state.dsn))


@contextmanager
def in_words() -> Iterator[None]:
    """What a hub refuses inside becomes the CsdeskError that a person reads."""
    try:
        yield
    except HubRefusal as refusal:
        raise refusal.told from refusal


def once(store: Store, clock: Clock, progress: Progress = lambda done, total: None) -> Outcome:
    """Send what is here, take in what is there, and say how much it was.

    What of it could be done is done, and stays, also when the rest is refused. Raises CsdeskError.
    """
    state = visit.need_hub(store)
    with turn.of(store.path), in_words(), line.connect(address(state)) as wired:
        met = visit.begin(store, clock, wired, progress)
        up = sending_up.count_unsent(store.reader())
        total = up + sum(wire.missing(wired, hub.vector(store.reader()), store.desk).values())
        refusal = _send(met, lambda sent: progress(sent, total))
        pulled = visit.fetch(met, lambda received: progress(up + received, total))
        visit.acknowledge(met)
        if refusal is not None:
            raise refusal
    return Outcome(
        hub=state.name,
        sent=met.sent,
        received=pulled.received,
        restored=met.restored,
        redated=met.redated,
        parked=pulled.parked,
        unknown=pulled.unknown,
        conflicts=met.conflicts + pulled.conflicts,
        set_aside=tuple(met.set_aside),
        unsent=sending_up.count_unsent(store.reader()),
        offset_ms=met.anchor.offset_ms,
        begun_with=met.begun.operations,
        unused_snapshot=met.begun.unused,
    )


def begin(store: Store, clock: Clock, progress: Progress = lambda done, total: None) -> int:
    """Take in the hub's snapshot, if this store is empty and there is one; how many operations came with it.

    Raises CsdeskError.
    """
    state = visit.need_hub(store)
    with turn.of(store.path), in_words(), line.connect(address(state)) as wired:
        return visit.begin(store, clock, wired, progress).begun.operations


def leave_snapshot(store: Store, progress: Progress = lambda done, total: None) -> tuple[str, Contents]:
    """Leave a snapshot of this store on the hub, for desks to come: the hub's name, and what is in it.

    Raises Refused unless this is the desk of a lead and the hub has all that was done here, CsdeskError.
    """
    state = visit.need_hub(store)
    with in_words(), line.connect(address(state)) as wired:
        if not snapshots.is_lead(wired):
            raise Refused(
                "snapshot.not_lead",
                _("A snapshot is made at the desk of a lead."),
                _("Whoever runs the hub lets a lead's desk in: csdesk hub enrol --role lead"),
            )
        return state.name, snapshots.make(store.path, store.desk, wired, progress)


def carry(
    store: Store, agent: str, most_bytes: int, progress: Progress = lambda done, total: None
) -> Carried:
    """Bring the contents of attachments to the hub, and fetch those that are wanted here; as ``carrying.Carrier``.

    ``progress`` hears bytes. What was carried stays when it is stopped. Raises CsdeskError.
    """
    state = visit.need_hub(store)
    if any(carried.count_to_bring(store.reader())):
        store.write(carried.try_again)
    with in_words(), line.connect(address(state)) as wired:
        carrier = Carrier(store, wired, agent=agent, most_bytes=most_bytes)
        return carry_all(carrier, progress)


def _send(met: visit.Visit, tell: visit.Tell) -> HubRefusal | None:
    """Push; a refusal waits until the other direction had its turn. Raises HubRefusal when the line is gone."""
    try:
        visit.send(met, tell)
    except HubRefusal as refusal:
        if refusal.sqlstate is None:
            raise
        return refusal
    return None
