"""One contact with the hub, from hello on: agree on how far we are, put clocks right, push, pull.

Push and pull need nothing of each other: what one of them is refused keeps nothing else from its way.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from csdesk.clock import Clock, boot_id
from csdesk.errors import Refused
from csdesk.i18n import _
from csdesk.store import carried, hub, log, passing, receiving, redating, sending_up
from csdesk.store.connect import Connection
from csdesk.store.database import Store
from csdesk.store.writer import Transaction
from csdesk.sync import bootstrap, pull, push, wire
from csdesk.sync.clock import TOLERANCE_MS, Anchor, Made, dated
from csdesk.sync.line import HubRefusal, Line
from csdesk.sync.refusals import Step, next_step
from csdesk.sync.session import Hello, Standing, hello, standing

TRIES = 4
"""How often one push may ask the hub how far it is, before it is left for later."""

Tell = Callable[[int], None]


def unheard(_count: int) -> None:
    """Nobody waits for progress."""


def unheard_of(_done: int, _total: int) -> None:
    """Nor for this."""


@dataclass(slots=True)
class Visit:
    """A session with the hub: ``head`` is how far it has this desk, ``anchor`` what its clock said.

    ``restored`` counts own operations that came back because a backup did not have them, ``redated`` those
    whose time was put right, ``set_aside`` names those that the hub would not have.
    """

    store: Store
    clock: Clock
    line: Line
    met: Hello
    anchor: Anchor
    head: int
    sent: int = 0
    restored: int = 0
    redated: int = 0
    conflicts: int = 0
    set_aside: list[int] = field(default_factory=list)
    begun: bootstrap.Begun = bootstrap.Begun()  # noqa: RUF009 - it is frozen


def begin(store: Store, clock: Clock, line: Line, tell: bootstrap.Tell = unheard_of) -> Visit:
    """Say hello, and settle what both sides have to agree on before anything moves.

    A store that is empty, or too old for what the hub still has, begins with a snapshot; ``tell`` hears how far that
    is. Raises HubRefusal; Refused when this store joined no hub, or is a copy of one that went on elsewhere.
    """
    need_hub(store)
    met, anchor = _meet(store, clock, line)
    visit = Visit(store, clock, line, met, anchor, met.head)
    if met.has_snapshots:
        standing(store.reader(), store.desk, line, met)
        visit.begun = bootstrap.begin(store, line, tell)
    _agree(visit)
    return visit


def need_hub(store: Store) -> hub.HubState:
    """The hub that ``store`` joined. Raises Refused when there is none."""
    state = hub.state(store.reader())
    if state is None:
        raise Refused(
            "sync.no_hub",
            _("This desk has not joined a hub: there is nobody to sync with."),
            _(
                "Whoever runs the team's hub lets you in: csdesk hub enrol. To try it alone: csdesk hub local."
            ),
        )
    return state


def _meet(store: Store, clock: Clock, line: Line) -> tuple[Hello, Anchor]:
    met = hello(line, store.desk)
    known = need_hub(store).offset_ms
    return met, Anchor(met.hub_ms, clock.now_ms(), boot_id(), clock.monotonic_ms(), known)


def _agree(visit: Visit) -> None:
    """Bring both sides to one view of this desk's own operations, and note it."""
    store, line, met = visit.store, visit.line, visit.met
    if standing(store.reader(), store.desk, line, met) is Standing.BEHIND:
        _bring_back(visit)
    _settle_unheard(visit)
    _note_contact(visit)
    _learn_rank(visit)


def _learn_rank(visit: Visit) -> None:
    """Ask the hub whose login this is, where an older csdesk joined it and did not keep that: only a lead's sees the
    desks."""
    if need_hub(visit.store).rank:
        return
    ((is_lead,),) = visit.line.rows("SELECT has_table_privilege('csdesk.desk_v', 'SELECT')")
    visit.store.write(lambda tx: hub.update(tx, rank="lead" if is_lead else "agent"))


def _note_contact(visit: Visit) -> None:
    """Remember when the hub answered, and what it said of itself.

    One that went back in time is called the same again only once everything here was judged by it anew.
    """
    met, anchor = visit.met, visit.anchor
    timeline = None if _went_back(visit) else met.timeline
    visit.store.write(
        lambda tx: hub.note_contact(
            tx, anchor.wall_ms, anchor.offset_ms, timeline=timeline, protocol=met.protocol
        )
    )


def _went_back(visit: Visit) -> bool:
    return need_hub(visit.store).timeline not in (0, visit.met.timeline)


def _bring_back(visit: Visit) -> None:
    """Take in what this desk told the hub and lost since: its store came back from a backup."""
    store, line, head = visit.store, visit.line, visit.met.head
    while (at := log.tip(store.reader(), store.desk).dseq) < head:
        rows = wire.own_tail(line, store.desk, at, min(at + pull.PREFIX, head))
        pull.take_in(store, rows, frozenset(), pull.Pulled(), pull.left_by(line, rows))
        visit.restored += len(rows)


def _settle_unheard(visit: Visit) -> None:
    """Note what the hub has of this desk although its answer never came, and what it judged of it."""
    store, head = visit.store, visit.met.head
    at = need_hub(store).acked
    while at < head:
        rows = sending_up.unsent(store.reader(), min(push.BATCH, head - at), after=at)
        visit.conflicts += push.settle(store, visit.line, rows)
        at = rows[-1].dseq


def judge_again(visit: Visit) -> None:
    """Ask anew what counts of everything here, after the hub went back in time (a restore, a failover).

    What it lost of others comes again from them; until it has, each sync asks once more.
    """
    store, line = visit.store, visit.line
    reached = wire.heads(line)
    judged = [dot for dot in receiving.claims(store.reader()) if dot[1] <= reached.get(dot[0], 0)]
    lost: set[wire.Dot] = set()
    for at in range(0, len(judged), wire.PAGE):
        lost |= wire.beaten(line, judged[at : at + wire.PAGE])
    store.write(lambda tx: receiving.judge_anew(tx, judged, lost))
    store.write(carried.begin_anew)
    if all(reached.get(desk, 0) >= dseq for desk, dseq in hub.vector(store.reader()).items()):
        timeline, anchor = visit.met.timeline, visit.anchor
        store.write(lambda tx: hub.note_contact(tx, anchor.wall_ms, anchor.offset_ms, timeline=timeline))


def send(visit: Visit, tell: Tell = unheard) -> None:
    """Push all there is. Raises HubRefusal when the hub cannot or will not take it now."""
    for attempt in range(TRIES):
        put_clocks_right(visit)
        try:
            done = push.push(visit.store, visit.line, visit.head, tell)
        except HubRefusal as refusal:
            is_passing = next_step(refusal.sqlstate) in (Step.READ_HEAD, Step.DATE_AGAIN)
            if not is_passing or attempt == TRIES - 1:
                raise
            visit.met, visit.anchor = _meet(visit.store, visit.clock, visit.line)
            visit.head = visit.met.head
            _agree(visit)
        else:
            visit.head, visit.sent = done.head, visit.sent + done.sent
            visit.set_aside += done.set_aside
            visit.conflicts += done.conflicts
            return


def fetch(visit: Visit, tell: Tell = unheard, *, is_news: bool = False) -> pull.Pulled:
    """Take in all that others did; ``is_news`` as in ``pull``. Raises HubRefusal."""
    pulled = pull.pull(visit.store, visit.line, tell, is_news=is_news)
    if _went_back(visit):
        judge_again(visit)
    if passing.has_offline(visit.store.reader()):
        visit.store.write(passing.let_go)  # what still stands, now that all that others did is known
    return pulled


def put_clocks_right(visit: Visit) -> None:
    """Date anew what nobody else has seen, where this machine's clock was wrong."""
    anchor = _now(visit)
    if not is_any_wrong(visit, anchor):
        return

    def work(tx: Transaction) -> int:
        found = _corrections(tx.connection, visit, anchor)
        redating.redate(tx, found)
        redating.note_when(tx, {dseq: (anchor.boot, anchor.since_start(hlc)) for dseq, hlc in found.items()})
        return len(found)

    visit.redated += visit.store.write(work)


def is_any_wrong(visit: Visit, anchor: Anchor) -> bool:
    """Whether anything is to be dated anew: what ``_corrections`` would find, asked quickly."""
    now: dict[str, int | str] = {
        "hub_ms": anchor.hub_ms,
        "mono_ms": anchor.mono_ms,
        "boot": anchor.boot,
        "offset_ms": anchor.last_offset_ms,
        "tolerance_ms": TOLERANCE_MS,
    }
    return redating.is_any_wrong(visit.store.reader(), _untouchable(visit), now)


def _untouchable(visit: Visit) -> int:
    """The last own operation whose time has to stay: a hub had it. An erasure behind it is sealed anew with its new
    time (``redating``)."""
    return max(visit.head, need_hub(visit.store).acked)


def _now(visit: Visit) -> Anchor:
    """The anchor, moved on by the clock that does not jump."""
    anchor, mono_ms = visit.anchor, visit.clock.monotonic_ms()
    return replace(anchor, hub_ms=anchor.hub_ms + mono_ms - anchor.mono_ms, mono_ms=mono_ms)


def _corrections(connection: Connection, visit: Visit, anchor: Anchor) -> dict[int, int]:
    """The right times of what the hub never had, by number."""
    ever = _untouchable(visit)
    known = {each.dseq: each for each in hub.made(connection)}
    stamps = [
        Made(dseq, hlc, *((it.boot, it.mono_ms, it.seen_hlc) if (it := known.get(dseq)) else (None, 0, 0)))
        for dseq, hlc in sending_up.stamps(connection, after=ever)
    ]
    previous = log.hlc_at(connection, visit.store.desk, ever)
    return dict(dated(stamps, anchor, previous))


def acknowledge(visit: Visit) -> None:
    """Tell the hub how far this desk has what others did: what all have may be folded one day. Raises HubRefusal."""
    vector = hub.vector(visit.store.reader())
    if vector:
        told = json.dumps({str(desk): dseq for desk, dseq in vector.items()})
        visit.line.rows("SELECT csdesk.ack(%s::int, %s::jsonb)", (visit.store.desk, told))
