"""A customer's message comes in: cleaned, stored once, and somebody is waiting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from csdesk.desk import attaching
from csdesk.desk.context import Desk
from csdesk.desk.ports import ContactCard, Incoming
from csdesk.errors import NotFound
from csdesk.i18n import _
from csdesk.ids import new_uid
from csdesk.model.message import MACHINE, Sender
from csdesk.model.operation import Kind
from csdesk.model.people import Inbox
from csdesk.store import conversations, people
from csdesk.store.writer import Fact, Transaction
from csdesk.text import clean, clean_line

MESSAGE_CHARS = 20_000
LINE_CHARS = 200
"""Names and subjects: what is longer is no name any more."""


@dataclass(frozen=True, slots=True)
class Received:
    """Where a message went. ``is_new`` is False when it had been stored before."""

    conversation: int
    is_new: bool


def receive(desk: Desk, incoming: Incoming) -> Received:
    """Store one customer message durably; the same (inbox, thread, external id) only once.

    A new message opens a conversation, reopens a resolved one, wakes a snoozed one; of a blocked contact it is
    stored where it belongs, and nobody waits. A time to come (a sender's clock that is ahead) counts as now,
    or it would stay below everything that follows.
    Raises NotFound when there is no such inbox.
    """
    return desk.store.write(lambda tx: receive_in(tx, incoming))


def receive_in(tx: Transaction, incoming: Incoming) -> Received:
    """As ``receive``, inside a commit that the caller made."""
    inbox = people.inbox_named(tx.connection, incoming.inbox)
    if inbox is None:
        raise NotFound(
            "inbox.unknown",
            _("There is no inbox named {name}.").format(name=clean_line(incoming.inbox)[:60]),
            _("Add it: csdesk inbox add NAME."),
        )
    at = tx.now_ms if incoming.at is None else min(incoming.at, tx.now_ms)
    known = conversations.standing_of_thread(tx.connection, inbox.id, incoming.thread)
    if known is not None and _is_known(tx, known.id, incoming.external_id):
        return Received(known.id, False)
    facts: list[Fact] = []
    uid = known.uid if known else _opened(tx, inbox, incoming, at, facts)
    if known and known.status in _AGAIN and not known.is_blocked:
        facts.append(Fact(_AGAIN[known.status], uid, {"at": at, "cause": "customer"}))
    body = {
        "conversation": uid.hex(),
        "from": Sender.CUSTOMER,
        "text": clean(incoming.text[:MESSAGE_CHARS]),
        "at": at,
        "external_id": incoming.external_id,
    }
    if incoming.is_automatic:
        body["rule"] = MACHINE
    if tx.home_scope is not None and not (known and known.is_blocked):
        body["wakes"] = True  # also where another desk has put the conversation away, which is not known here
    message = new_uid(tx.now_ms)
    files = attaching.attachment_facts(message, incoming.attachments)
    if incoming.attachments:
        attaching.keep_arrived(incoming.attachments)
    tx.record_many([*facts, Fact(Kind.MESSAGE_ADDED, message, body), *files])
    tx.settle()
    return Received(known.id if known else _number(tx, uid), True)


_AGAIN = {"resolved": Kind.CONVERSATION_REOPENED, "snoozed": Kind.CONVERSATION_WOKEN}


def _is_known(tx: Transaction, conversation: int, external_id: str) -> bool:
    row = tx.connection.execute(
        "SELECT 1 FROM message WHERE conversation = ? AND external_id = ? AND sender = 'customer'",
        (conversation, external_id),
    ).fetchone()
    return row is not None


def _number(tx: Transaction, uid: bytes) -> int:
    (number,) = tx.connection.execute("SELECT id FROM conversation WHERE uid = ?", (uid,)).fetchone()
    return int(number)


def _opened(tx: Transaction, inbox: Inbox, incoming: Incoming, at: int, facts: list[Fact]) -> bytes:
    """Uid of a new conversation; what makes it, and its contact if they are new, is added to ``facts``."""
    contact = _contact(tx, inbox, incoming.contact, at, facts)
    uid = new_uid(tx.now_ms)
    body: dict[str, Any] = {
        "inbox": inbox.uid.hex(),
        "contact": contact.hex(),
        "thread": incoming.thread,
        "subject": clean_line(incoming.subject)[:LINE_CHARS],
        "at": at,
    }
    body |= {key: value for key, value in (("lang", incoming.lang), ("stage", incoming.stage)) if value}
    facts.append(Fact(Kind.CONVERSATION_OPENED, uid, body))
    return uid


def _contact(tx: Transaction, inbox: Inbox, card: ContactCard, at: int, facts: list[Fact]) -> bytes:
    """Uid of the contact whom this inbox knows by the card's key; what makes a new one is added to ``facts``."""
    key = f"{inbox.uid.hex()}:{card.key}"
    known = people.contact_by_key(tx.connection, key)
    if known is not None:
        row = tx.connection.execute("SELECT uid FROM contact WHERE id = ?", (known,)).fetchone()
        return bytes(row[0])
    uid = new_uid(tx.now_ms)
    body = {
        "name": clean_line(card.name)[:LINE_CHARS],
        "email": clean_line(card.email)[:LINE_CHARS] if card.email else None,
        "phone": clean_line(card.phone)[:LINE_CHARS] if card.phone else None,
        "tier": card.tier,
        "source": inbox.name,
        "key": key,
        "at": at,
    }
    known_of = {name: value for name, value in body.items() if value is not None}
    facts.append(Fact(Kind.CONTACT_ADDED, uid, known_of))
    return uid
