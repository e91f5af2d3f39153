"""Where what this desk did meets what others did meanwhile: cards to decide on, and replies that look stale.

A card (a row of ``conflict``) says what others did to a conversation that was worked on here: who claimed it
first (``claim_lost``), to whom it went (``assignment_changed``), what became of it while a reply of ours had
not left (``status_changed``). A reply written without the hub goes to ``look`` when its conversation got a newer
message, owner or end from others: it never goes out by itself then.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from csdesk.model.message import Delivery, Sender, Step, states_before
from csdesk.model.operation import Kind
from csdesk.store import cards as cards_of
from csdesk.store import meeting_offers, outbox
from csdesk.store.cards import Conflict
from csdesk.store.connect import Connection
from csdesk.store.log import HLC_COUNTER_BITS, Stored, said
from csdesk.store.rows import touch

if TYPE_CHECKING:
    from csdesk.store.writer import Transaction

Dot = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Card:
    """What others did to ``conversation``, for a person to decide on. ``at`` and ``mine_at`` in UTC ms.

    ``by`` did it, ``owner`` has it now (names, "" for nobody); ``fact`` is the kind of operation. ``mine_at`` is
    when this desk claimed it, None where it did not. ``said`` is what an agent said to it; ``agent`` (a local id) is
    whom the card is for, None for whoever works here. Of an offer: ``cause`` is why it came to nothing, ``is_mine``
    whether of two answers to it the one given here counts.
    """

    id: int
    conversation: int
    kind: Conflict
    at: int
    by: str
    owner: str
    fact: int
    mine_at: int | None
    said: str = ""
    agent: int | None = None
    cause: str = ""
    is_mine: bool = False


_OWNER = frozenset({Kind.CONVERSATION_CLAIMED, Kind.CONVERSATION_RELEASED, Kind.CONVERSATION_TRANSFERRED})
_STATUS = frozenset({Kind.CONVERSATION_RESOLVED, Kind.CONVERSATION_SNOOZED, Kind.CONVERSATION_REOPENED})
_NEWER = _OWNER | _STATUS | {Kind.MESSAGE_ADDED}


def note(tx: Transaction, rows: Sequence[Stored], lost: Collection[Dot]) -> tuple[int, ...]:
    """Make what follows from ``rows`` of other desks, which are in the log and applied, and from own operations that
    are ``lost`` by now; gives the ids of the new cards."""
    connection = tx.connection
    foreign = [row for row in rows if row.desk != tx.desk and row.kind in _NEWER]
    made = [*_claims_lost(tx, lost), *_changed_by_others(tx, foreign), *meeting_offers.note(tx, rows, lost)]
    if connection.execute(_ANY_OFFLINE).fetchone() is not None:
        news = _talks(connection, [row for row in foreign if _is_news(row)])
        lost_talks = [row[0] for row in _lost_claims(tx, lost)]
        for conversation in {*_talks(connection, foreign), *lost_talks}:
            _keep_back(connection, conversation, is_news=conversation in news)
    return tuple(made)


_ANY_OFFLINE = "SELECT 1 FROM outbox WHERE is_offline = 1 LIMIT 1"
"""Whether there is anything to keep back: hardly ever, and then nobody reads what came for it."""


def _is_news(row: Stored) -> bool:
    """Whether it makes an answer stale, whoever has the conversation: the customer wrote, or it came to an end."""
    if row.kind == Kind.MESSAGE_ADDED:
        return bool(cards_of.facts(row.body).get("from") == Sender.CUSTOMER)
    return row.kind in _STATUS


def _keep_back(connection: Connection, conversation: int, *, is_news: bool) -> None:
    """Keep back the replies here that were written without the hub and have not left: all of them where there is
    news, else those of who does not have the conversation any more."""
    states = json.dumps(states_before(Step.LOOK))
    stale = connection.execute(
        "SELECT o.message FROM outbox o JOIN message m ON m.id = o.message"
        " JOIN conversation c ON c.id = o.conversation WHERE o.conversation = ? AND o.is_offline = 1"
        " AND m.sender = 'agent' AND o.state IN (SELECT value FROM json_each(?))"
        " AND (? OR c.assignee IS NOT m.author)",
        (conversation, states, is_news),
    ).fetchall()
    for (message,) in stale:
        outbox.keep_back(connection, message)


def _claims_lost(tx: Transaction, lost: Collection[Dot]) -> Iterable[int]:
    """A card for each conversation that this desk claimed and somebody else had first: who it was may come later."""
    for conversation, claimed_at in _lost_claims(tx, lost):
        body = {"fact": int(Kind.CONVERSATION_CLAIMED), "mine_at": claimed_at}
        yield from cards_of.put(tx.connection, conversation, Conflict.CLAIM_LOST, tx.now_ms, body)


def _lost_claims(tx: Transaction, lost: Collection[Dot]) -> list[tuple[int, int]]:
    """Local ids of the conversations of own claims among ``lost``, and when each was claimed (UTC ms)."""
    own = json.dumps([dseq for desk, dseq in lost if desk == tx.desk])
    return tx.connection.execute(_CLAIMED, (tx.desk, own)).fetchall()


_CLAIMED = f"""
SELECT c.id, max(op.hlc) >> 16 FROM op JOIN conversation c ON c.uid = op.ent
WHERE op.desk = ? AND op.dseq IN (SELECT value FROM json_each(?)) AND op.kind = {int(Kind.CONVERSATION_CLAIMED)}
GROUP BY c.id
"""  # noqa: S608 - a number of ours
_WINNER = f"""
SELECT agent.name, op.hlc >> 16 FROM conversation c JOIN op ON op.ent = c.uid
JOIN agent ON agent.uid = unhex({said("by", "op.body")})
WHERE c.id = ? AND op.arg IS NOT NULL AND op.kind = {int(Kind.CONVERSATION_CLAIMED)}
  AND op.desk <> (SELECT value FROM meta WHERE key = 'desk') AND NOT EXISTS (SELECT 1 FROM hub_lost l WHERE l.desk = op.desk AND l.dseq = op.dseq)
ORDER BY op.hlc DESC LIMIT 1
"""  # noqa: S608 - a number of ours


def _changed_by_others(tx: Transaction, rows: Sequence[Stored]) -> Iterable[int]:
    """A card for each conversation of ours that others gave away, or ended while a reply of ours had not left."""
    for row in rows:
        if row.kind in _OWNER and not meeting_offers.is_answer(row) and _was_claimed_here(tx, row):
            kind = Conflict.ASSIGNMENT_CHANGED
        elif row.kind in _STATUS and _is_answered_here(tx.connection, row.ent):
            kind = Conflict.STATUS_CHANGED
        else:
            continue
        found = tx.connection.execute(_NOW, (row.ent,)).fetchone()
        if found is not None:
            conversation, owner = found
            body = {"by": _author(tx.connection, row.body), "owner": owner, "fact": row.kind, "mine_at": None}
            yield from cards_of.put(tx.connection, conversation, kind, row.hlc >> HLC_COUNTER_BITS, body)


_NOW = "SELECT c.id, agent.name FROM conversation c LEFT JOIN agent ON agent.id = c.assignee WHERE c.uid = ?"


def _was_claimed_here(tx: Transaction, row: Stored) -> bool:
    """Whether it is taken from somebody here: their claim was the last word before, and is not lost."""
    before = tx.connection.execute(
        "SELECT desk FROM op WHERE ent = ? AND arg IS NOT NULL AND kind NOT IN (?, ?) AND (hlc, desk) < (?, ?)"
        " AND NOT EXISTS (SELECT 1 FROM hub_lost l WHERE l.desk = op.desk AND l.dseq = op.dseq)"
        " ORDER BY hlc DESC, desk DESC LIMIT 1",
        (row.ent, Kind.CONVERSATION_OFFERED, Kind.CONVERSATION_RETURNED, row.hlc, row.desk),
    ).fetchone()
    return before is not None and before[0] == tx.desk


def _is_answered_here(connection: Connection, uid: bytes) -> bool:
    row = connection.execute(
        "SELECT 1 FROM outbox JOIN conversation c ON c.id = outbox.conversation WHERE c.uid = ?", (uid,)
    ).fetchone()
    return row is not None


def _author(connection: Connection, body: str) -> str:
    row = connection.execute(
        "SELECT name FROM agent WHERE uid = unhex(?)", (str(cards_of.facts(body).get("by", "")),)
    ).fetchone()
    return str(row[0]) if row else ""


def _talks(connection: Connection, rows: Iterable[Stored]) -> list[int]:
    """Local ids of the conversations that ``rows`` are about."""
    uids = {
        str(cards_of.facts(row.body).get("conversation", ""))
        if row.kind == Kind.MESSAGE_ADDED
        else row.ent.hex()
        for row in rows
    }
    found = connection.execute(
        "SELECT id FROM conversation WHERE uid IN (SELECT unhex(value) FROM json_each(?))",
        (json.dumps([*uids]),),
    )
    return [number for (number,) in found.fetchall()]


# -- what a person decides


_CARDS = "SELECT id, conversation, kind, at, body FROM conflict WHERE done_at IS NULL"


def cards(
    connection: Connection, conversation: int | None = None, limit: int = 100, *, agent: int | None = None
) -> list[Card]:
    """The cards nobody has decided on, of one conversation or of all, the newest first; with ``agent`` (a local id)
    without those that are for somebody else."""
    rows = connection.execute(
        f"{_CARDS} AND conversation = coalesce(:talk, conversation)"
        " AND (:agent IS NULL OR coalesce(body ->> '$.agent', :agent) = :agent) ORDER BY at DESC, id DESC LIMIT :limit",
        {"talk": conversation, "agent": agent, "limit": limit},
    ).fetchall()
    return [_card(connection, row) for row in rows]


def _card(connection: Connection, row: tuple[Any, ...]) -> Card:
    number, conversation, kind, at, text = row
    body = json.loads(text)
    known = Conflict(kind) if kind in set(Conflict) else Conflict.STATUS_CHANGED
    by = body.get("by")
    if known is Conflict.CLAIM_LOST:
        by, at = connection.execute(_WINNER, (conversation,)).fetchone() or (by, at)
    return Card(
        number,
        conversation,
        known,
        at,
        str(by or ""),
        str(body.get("owner") or ""),
        int(body.get("fact") or 0),
        body.get("mine_at"),
        str(body.get("said") or ""),
        body.get("agent"),
        str(body.get("cause") or ""),
        bool(body.get("is_mine")),
    )


def done(connection: Connection, card: int, now_ms: int) -> None:
    """A person has seen to a card."""
    row = connection.execute("SELECT conversation FROM conflict WHERE id = ?", (card,)).fetchone()
    if row is not None:
        connection.execute("UPDATE conflict SET done_at = ? WHERE id = ? AND done_at IS NULL", (now_ms, card))
        touch(connection, row[0])


def to_look_at(connection: Connection, conversation: int | None = None) -> list[int]:
    """Ids of the messages that need another look before they may leave, the oldest first."""
    rows = connection.execute(
        "SELECT message FROM outbox WHERE state = ? AND conversation = coalesce(?, conversation) ORDER BY message",
        (Delivery.LOOK, conversation),
    ).fetchall()
    return [message for (message,) in rows]
