"""What came back of offers: declined, run out, or answered on two desks at once. Each is a card for a person.

Of two answers to one offer that crossed the hub lets the first count. Both who gave one are told: the one whose word
does not count, and the one whose does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from csdesk.model.operation import Kind
from csdesk.store import cards
from csdesk.store.cards import Conflict
from csdesk.store.connect import Connection
from csdesk.store.log import HLC_COUNTER_BITS, Stored

if TYPE_CHECKING:
    from csdesk.store.writer import Transaction

Dot = tuple[int, int]
TAKEN_BACK, DECLINED, LAPSED = "taken_back", "declined", "lapsed"
"""Why an offer came to nothing, as ``conversation.returned`` says it."""

_ANSWERS = frozenset({Kind.CONVERSATION_TRANSFERRED, Kind.CONVERSATION_RETURNED})


def is_answer(row: Stored) -> bool:
    """Whether an operation says what became of an offer."""
    return row.kind in _ANSWERS and "offer" in cards.facts(row.body)


def note(tx: Transaction, rows: Sequence[Stored], lost: Collection[Dot]) -> list[int]:
    """Put up what follows for people here from ``rows`` of others, which are applied, and from what is ``lost`` by now,
    of anybody's; the ids of the new cards."""
    made: list[int] = []
    for row in rows:
        if row.desk != tx.desk and is_answer(row):
            made += _others(tx, row, is_lost=row[:2] in lost)
    for dot in sorted(lost):
        if dot[0] == tx.desk:
            made += _own_lost(tx, dot)
    return made


def _others(tx: Transaction, row: Stored, *, is_lost: bool) -> Iterable[int]:
    facts = cards.facts(row.body)
    if is_lost:
        if _is_by_a_person(row.kind, facts) and _is_answered_here(tx, row):
            other = _name(tx.connection, str(facts.get("by", "")))
            yield from _crossed(tx, row, {"by": other, "is_mine": True})
    elif row.kind == Kind.CONVERSATION_RETURNED and _was_offered_here(tx, row, str(facts["offer"])):
        yield from put_returned(tx.connection, bytes(row.ent), row.hlc >> HLC_COUNTER_BITS, facts)


def put_returned(connection: Connection, uid: bytes, at: int, facts: Mapping[str, Any]) -> list[int]:
    """The card of who offered the conversation ``uid``, that they have it still; none where they took it back
    themselves. ``facts`` are those of ``conversation.returned``, ``at`` is in UTC ms."""
    if facts.get("cause") == TAKEN_BACK:
        return []
    asked = _name(connection, str(facts.get("asked", "")))
    giver = _agent(connection, str(facts.get("giver", "")))
    body = {"by": asked, "cause": facts.get("cause"), "said": facts.get("reason"), "agent": giver}
    fact = int(Kind.CONVERSATION_RETURNED)
    return _put(connection, uid, at, Conflict.OFFER_RETURNED, {**body, "fact": fact})


def _own_lost(tx: Transaction, dot: Dot) -> Iterable[int]:
    found = tx.connection.execute(_ROW, dot).fetchone()
    row = None if found is None else Stored(*found)
    if row is None or not is_answer(row):
        return
    facts = cards.facts(row.body)
    if _is_by_a_person(row.kind, facts):
        is_taking = row.kind == Kind.CONVERSATION_TRANSFERRED
        other = _name(tx.connection, str(facts.get("giver" if is_taking else "asked", "")))
        mine = _agent(tx.connection, str(facts.get("by", "")))
        yield from _crossed(tx, row, {"by": other, "agent": mine})


def _is_by_a_person(kind: int, facts: Mapping[str, Any]) -> bool:
    """Whether who gave an answer expects that it counts; a decline that crossed a taking back means the same."""
    return kind == Kind.CONVERSATION_TRANSFERRED or facts.get("cause") == TAKEN_BACK


def _is_answered_here(tx: Transaction, row: Stored) -> bool:
    """Whether the answer that counts instead of ``row`` is one of this desk."""
    found = tx.connection.execute(_RIVAL, (row.ent, row.arg, tx.desk)).fetchone()
    return found is not None


def _was_offered_here(tx: Transaction, row: Stored, offer: str) -> bool:
    found = tx.connection.execute(_OFFERED, (row.ent, Kind.CONVERSATION_OFFERED, tx.desk, offer)).fetchone()
    return found is not None


_ROW = "SELECT desk, dseq, hlc, kind, ver, scope, ent, arg, body, sum FROM op WHERE desk = ? AND dseq = ?"
_RIVAL = "SELECT 1 FROM op WHERE ent = ? AND arg IS NOT NULL AND arg = ? AND desk = ?"
_OFFERED = """
SELECT 1 FROM op WHERE ent = ? AND arg IS NOT NULL AND kind = ? AND desk = ? AND body ->> '$.uid' = ?
"""


def _crossed(tx: Transaction, row: Stored, body: dict[str, Any]) -> list[int]:
    fact = {**body, "fact": int(row.kind)}
    return _put(tx.connection, bytes(row.ent), row.hlc >> HLC_COUNTER_BITS, Conflict.OFFER_CROSSED, fact)


def _put(connection: Connection, uid: bytes, at: int, kind: Conflict, body: dict[str, Any]) -> list[int]:
    found = connection.execute("SELECT id FROM conversation WHERE uid = ?", (uid,)).fetchone()
    return [] if found is None else cards.put(connection, found[0], kind, at, body)


def _name(connection: Connection, uid: str) -> str:
    row = connection.execute("SELECT name FROM agent WHERE uid = unhex(?)", (uid,)).fetchone()
    return str(row[0]) if row else ""


def _agent(connection: Connection, uid: str) -> int | None:
    row = connection.execute("SELECT id FROM agent WHERE uid = unhex(?)", (uid,)).fetchone()
    return int(row[0]) if row else None
