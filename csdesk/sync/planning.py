"""What a sync would do, told without doing it: nothing is changed, here or at the hub."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from csdesk.ids import ref_of
from csdesk.model.operation import Kind
from csdesk.store import carried, hub, log, sending_up
from csdesk.store.carried import OnTheirWay
from csdesk.store.database import Store
from csdesk.store.log import Stored
from csdesk.store.rows import as_uid
from csdesk.sync import engine, line, visit, wire
from csdesk.sync.line import Line

MOST = 100_000
"""Incoming operations that are looked through for conflicts; what comes behind them is only counted."""

OWNER, STATUS, TALK = "owner", "status", "message"
_TOUCHES = {
    Kind.CONVERSATION_CLAIMED: OWNER,
    Kind.CONVERSATION_RELEASED: OWNER,
    Kind.CONVERSATION_TRANSFERRED: OWNER,
    Kind.CONVERSATION_RESTORED: OWNER,
    Kind.CONVERSATION_OFFERED: OWNER,
    Kind.CONVERSATION_RETURNED: OWNER,
    Kind.CONVERSATION_RESOLVED: STATUS,
    Kind.CONVERSATION_REOPENED: STATUS,
    Kind.CONVERSATION_SNOOZED: STATUS,
    Kind.CONVERSATION_WOKEN: STATUS,
    Kind.MESSAGE_ADDED: TALK,
}


@dataclass(frozen=True, slots=True)
class Expected:
    """A conversation that both sides changed: its ref, and in what they meet (owner, status, message)."""

    ref: str
    about: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What would go up, by kind, and come down, by desk; where the two meet; and files whose contents are on their way."""

    hub: str
    up: dict[str, int] = field(default_factory=dict)
    down: dict[int, int] = field(default_factory=dict)
    conflicts: tuple[Expected, ...] = ()
    files: OnTheirWay = OnTheirWay()  # noqa: RUF009 - it is frozen


def plan(store: Store) -> Plan:
    """What ``engine.once`` would do now. Raises CsdeskError."""
    state = visit.need_hub(store)
    with engine.in_words(), line.connect(engine.address(state)) as wired:
        vector = hub.vector(store.reader())
        down = wire.missing(wired, vector, store.desk)
        own = list(_unsent(store))
        coming = _coming(wired, vector, store.desk) if own else ()
        return Plan(
            hub=state.name,
            up=dict(Counter(_title(row.kind) for row in own)),
            down=down,
            conflicts=tuple(_meeting(own, coming)),
            files=carried.on_their_way(store.reader()),
        )


def _unsent(store: Store) -> Iterator[Stored]:
    after = None
    while rows := sending_up.unsent(store.reader(), wire.PAGE, after=after):
        yield from rows
        after = rows[-1].dseq


def _title(kind: int) -> str:
    """The name of a kind, or its number where this csdesk does not know it."""
    try:
        return Kind(kind).title
    except ValueError:
        return str(kind)


def _coming(wired: Line, vector: dict[int, int], desk: int) -> Iterator[Stored]:
    """What is missing here, page by page, as far as MOST."""
    vector, seen = dict(vector), 0
    while seen < MOST and (page := wire.next_page(wired, vector, desk)).rows:
        yield from page.rows
        seen += len(page.rows)
        vector.update({row.desk: row.dseq for row in page.rows})


def _meeting(own: Iterable[Stored], coming: Iterable[Stored]) -> Iterator[Expected]:
    """Conversations whose owner or status both sides changed, or that one answered while the other changed them."""
    ours, theirs = set(_touched(own)), set(_touched(coming))
    for uid, about in sorted(ours):
        others = {what for other, what in theirs if other == uid}
        if about in others or (about == TALK and others):
            yield Expected(ref_of(uid), about)


def _touched(rows: Iterable[Stored]) -> Iterator[tuple[bytes, str]]:
    for row in rows:
        about = _TOUCHES.get(Kind(row.kind)) if row.kind in _TOUCHES else None
        if about is not None:
            yield _conversation(row) if about == TALK else row.ent, about


def _conversation(row: Stored) -> bytes:
    """The conversation that a message is part of; nothing that exists where its body says none."""
    try:
        return as_uid(log.decode_body(row.body)["conversation"])
    except (ValueError, TypeError, LookupError):
        return b""
