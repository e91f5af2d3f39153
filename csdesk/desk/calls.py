"""Conversations that we begin: writing to a contact first, and keeping what was said on the telephone."""

from __future__ import annotations

from csdesk.desk import people as cases
from csdesk.desk.context import Desk
from csdesk.desk.moves import next_epoch
from csdesk.desk.sending import note_in
from csdesk.errors import NotFound, Refused, UsageError
from csdesk.i18n import _
from csdesk.ids import new_uid
from csdesk.model.operation import Kind
from csdesk.model.people import PHONE_CHANNEL, Contact, Inbox
from csdesk.store import contacts, conversations, people
from csdesk.store.writer import Transaction
from csdesk.text import clean_line

SUBJECT_CHARS = 200


def start(desk: Desk, contact: int, inbox: str, subject: str = "") -> int:
    """Open a conversation with a contact through an inbox and make it mine; its local id.

    Raises NotFound when there is no such contact or inbox; Refused when the inbox is not in use.
    """
    return desk.store.write(lambda tx: _open(tx, desk, contact, _inbox(tx, inbox), subject))


def begin_call(desk: Desk, contact: int) -> int:
    """Open a conversation for a telephone call that is going on, to be noted in; its local id. Raises as ``start``."""
    return desk.store.write(lambda tx: _open(tx, desk, contact, _telephone(tx), _("Telephone call")))


def log_call(desk: Desk, contact: int, said: str, inbox: str | None = None) -> int:
    """Keep a telephone call as a conversation of mine with a note of what was ``said``; its local id.

    Without an ``inbox`` it goes to the first that is a telephone, which is made if there is none.
    Raises UsageError when nothing was said; as ``start`` otherwise.
    """
    if not said.strip():
        raise UsageError(
            "call.empty", _("A call needs a note of what was said."), _("Write it down in a sentence.")
        )

    def work(tx: Transaction) -> int:
        chosen = _telephone(tx) if inbox is None else _inbox(tx, inbox)
        conversation = _open(tx, desk, contact, chosen, _("Telephone call"))
        note_in(tx, desk, conversation, said)
        return conversation

    return desk.store.write(work)


def _telephone(tx: Transaction) -> Inbox:
    for inbox in people.inboxes(tx.connection):
        if inbox.channel == PHONE_CHANNEL and inbox.is_active:
            return inbox
    return cases.ensure_inbox(tx, _("Telephone"), PHONE_CHANNEL)


def _inbox(tx: Transaction, name: str) -> Inbox:
    found = people.inbox_named(tx.connection, clean_line(name).strip())
    if found is None:
        raise NotFound(
            "inbox.unknown",
            _("There is no inbox named {name}.").format(name=clean_line(name)[:60]),
            _("csdesk inbox list shows them."),
        )
    if not found.is_active:
        raise Refused(
            "inbox.inactive",
            _("The inbox {name} is not in use.").format(name=found.name),
            _("Choose another, or: csdesk inbox edit {name} --active.").format(name=found.name),
        )
    return found


def _open(tx: Transaction, desk: Desk, contact: int, inbox: Inbox, subject: str) -> int:
    who = _contact(tx, contact)
    uid, said = new_uid(tx.now_ms), {"by": desk.agent.uid.hex(), "at": tx.now_ms}
    tx.record(
        Kind.CONVERSATION_OPENED,
        uid,
        {
            **said,
            "inbox": inbox.uid.hex(),
            "contact": who.uid.hex(),
            "subject": clean_line(subject).strip()[:SUBJECT_CHARS],
        },
    )
    conversation = conversations.by_uid(tx.connection, uid)
    claim = {**said, "agent": desk.agent.uid.hex()}
    tx.record(Kind.CONVERSATION_CLAIMED, uid, claim, arg=next_epoch(tx, conversation))
    return conversation


def _contact(tx: Transaction, number: int) -> Contact:
    found = contacts.get(tx.connection, number)
    if found is None:
        raise NotFound(
            "contact.unknown", _("There is no such contact."), _("csdesk contact list shows them.")
        )
    return found
