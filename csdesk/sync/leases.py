"""Which inboxes this desk sends for: the hub gives each to one desk at a time, for less than a minute.

A desk asks for an inbox while a program here runs it (the store's own lease says so), and gives it back when
none does. Whoever lost the line goes on only until the time the hub gave.
"""

from __future__ import annotations

from csdesk.clock import Clock
from csdesk.model.people import Inbox
from csdesk.store import hub, outbox, people
from csdesk.store.database import Store
from csdesk.sync.line import Line

LEASE_S = 45
"""Three beats: one that is late costs nothing."""


def renew(store: Store, clock: Clock, line: Line, offset_ms: int) -> None:
    """Ask for each inbox that is run here, give back the others, and note it. Raises HubRefusal.

    ``offset_ms`` is how far the hub's clock is ahead: times in the store are this machine's.
    """
    reader, now = store.reader(), clock.now_ms()
    held = hub.leases(reader)
    until: dict[int, int] = {}
    for inbox in people.inboxes(reader):
        if _is_run_here(store, inbox, now):
            given = _ask(line, store.desk, inbox)
            if given is not None:
                until[inbox.id] = min(given - offset_ms, now + LEASE_S * 1000)
        elif inbox.id in held:
            _give_back(line, store.desk, inbox)
    if until or held:
        store.write(lambda tx: hub.set_leases(tx, until))


def give_back(store: Store, line: Line) -> None:
    """Let others send at once for what this desk sent for. Raises HubRefusal."""
    held = hub.leases(store.reader())
    store.write(lambda tx: hub.set_leases(tx, {}))
    for inbox in people.inboxes(store.reader()):
        if inbox.id in held:
            _give_back(line, store.desk, inbox)


def _is_run_here(store: Store, inbox: Inbox, now_ms: int) -> bool:
    lease = outbox.lease_of(store.reader(), inbox.id)
    return inbox.is_active and lease is not None and lease[1] > now_ms


def _ask(line: Line, desk: int, inbox: Inbox) -> int | None:
    ((until,),) = line.rows("SELECT csdesk.lease(%s::bytea, %s::int, %s::int)", (inbox.uid, desk, LEASE_S))
    return None if until is None else int(until)


def _give_back(line: Line, desk: int, inbox: Inbox) -> None:
    line.rows("SELECT csdesk.give_back(%s::bytea, %s::int)", (inbox.uid, desk))
