"""Whole conversations from outside come in: each once, whatever is read again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from csdesk.desk.attaching import attachment_facts, keep_arrived
from csdesk.desk.import_names import conversation_uid, is_own_message, message_uids
from csdesk.desk.import_texts import DEFAULT_INBOX
from csdesk.desk.people import ensure_inbox
from csdesk.ids import derived_uid
from csdesk.model.conversation import SnoozeKind, Status
from csdesk.model.message import Sender
from csdesk.model.operation import Kind
from csdesk.model.people import Contact
from csdesk.model.transcript import Transcript, TranscriptContact, TranscriptMessage
from csdesk.store import contacts, people
from csdesk.store.writer import Fact, Transaction

IMPORT_CHANNEL = "import"


@dataclass(frozen=True, slots=True)
class Imported:
    """How much was new. ``skipped`` are conversations that brought nothing new."""

    conversations: int = 0
    messages: int = 0
    contacts: int = 0
    skipped: int = 0

    def __add__(self, other: Imported) -> Imported:
        return Imported(
            self.conversations + other.conversations,
            self.messages + other.messages,
            self.contacts + other.contacts,
            self.skipped + other.skipped,
        )


def import_in(tx: Transaction, transcripts: Sequence[Transcript]) -> Imported:
    """Store ``cleaned`` transcripts whose messages all have times, inside one commit.

    A conversation is known by (source, id), a message by its id or else its place in it: what is
    there already is left as it is, and later messages of a known conversation are added.
    """
    run = _Run(tx)
    total = Imported()
    for transcript in transcripts:
        total += _import_one(run, transcript)
    return total


@dataclass(slots=True)
class _Run:
    """One commit of an import: what it need not ask the store twice, and what the store cannot tell yet.

    The rows of ``conversations`` (source, id) and of ``messages`` are still owed by ``tx``.
    """

    tx: Transaction
    inboxes: dict[str, str] = field(default_factory=dict)
    conversations: set[tuple[str, str]] = field(default_factory=set)
    messages: set[bytes] = field(default_factory=set)

    def inbox(self, name: str) -> str:
        """Uid of the inbox ``name``, in hex; it is made if it is new."""
        found = self.inboxes.get(name)
        if found is None:
            found = self.inboxes[name] = ensure_inbox(self.tx, name, IMPORT_CHANNEL).uid.hex()
        return found


def _import_one(run: _Run, transcript: Transcript) -> Imported:
    tx = run.tx
    known = _known(run, transcript)
    if known is not None:
        uid, status, is_erased = known
        if is_erased:
            return Imported(skipped=1)
        facts = _messages(run, uid, transcript, status)
        tx.record_many(facts)
        count = _said(facts)
        return Imported(messages=count, skipped=0 if count else 1)
    uid, at = conversation_uid(transcript), _begin(tx, transcript)
    contact, new_contact = _contact(tx, transcript, at)
    messages = _messages(run, uid, transcript, None)
    opening = _opening(transcript, uid, contact, run.inbox(transcript.inbox or DEFAULT_INBOX), at)
    tx.record_many([*new_contact, *opening, *messages, *_ending(uid, transcript, at)])
    run.conversations.add((transcript.source or "", transcript.id))
    return Imported(conversations=1, messages=_said(messages), contacts=len(new_contact))


def _said(facts: Sequence[Fact]) -> int:
    return sum(fact.kind is Kind.MESSAGE_ADDED for fact in facts)


def _known(run: _Run, transcript: Transcript) -> tuple[bytes, Status, bool] | None:
    """The conversation that this transcript was, or began as, in this store, and whether it was erased.

    An erased one has lost the name its source gave it, but not the uid that was made from it.
    """
    source = transcript.source or ""
    if (source, transcript.id) in run.conversations:
        run.tx.settle()
        run.conversations.clear()
    row = run.tx.connection.execute(_KNOWN, (source, transcript.id, conversation_uid(transcript))).fetchone()
    return (bytes(row[0]), Status(row[1]), bool(row[2])) if row else None


_KNOWN = """
SELECT uid, status, erased_at IS NOT NULL FROM conversation WHERE id = coalesce(
  (SELECT id FROM conversation WHERE source = ? AND source_id = ?), (SELECT id FROM conversation WHERE uid = ?))
"""


def _opening(transcript: Transcript, uid: bytes, contact: bytes, inbox: str, at: int) -> list[Fact]:
    """A new conversation and its labels."""
    body = {
        "inbox": inbox,
        "contact": contact.hex(),
        "source": transcript.source or "",
        "source_id": transcript.id,
        "subject": transcript.subject or "",
        "lang": transcript.lang,
        "stage": transcript.stage,
        "at": at,
    }
    labels = [
        Fact(Kind.CONVERSATION_LABELLED, uid, {"label": label, "at": at}) for label in transcript.labels
    ]
    return [Fact(Kind.CONVERSATION_OPENED, uid, _given(body)), *labels]


def _messages(
    run: _Run, conversation: bytes, transcript: Transcript, stored_status: Status | None
) -> list[Fact]:
    """The messages that are not there yet, in the order of time, then their files.

    ``stored_status`` is given for a conversation that was known: a customer who goes on in it opens
    it again, as in intake.
    """
    uid_of = message_uids(transcript.source or "", transcript.id)
    named = [(uid_of(message.id, place), message) for place, message in enumerate(transcript.messages)]
    stored = _stored(run, conversation, named, is_new=stored_status is None)
    fresh = [pair for pair in named if pair[0] not in stored] if stored else named
    _keep_files(run.tx, named, stored)
    facts: list[Fact] = []
    files: list[Fact] = []
    is_closed = stored_status not in (None, Status.OPEN)
    kind, said_in = Kind.MESSAGE_ADDED, conversation.hex()
    for uid, message in sorted(fresh, key=_when):
        at = run.tx.now_ms if message.at is None else message.at
        if is_closed and message.sender is Sender.CUSTOMER:
            again = Kind.CONVERSATION_WOKEN if stored_status is Status.SNOOZED else Kind.CONVERSATION_REOPENED
            facts.append(Fact(again, conversation, {"at": at, "cause": "customer"}))
            is_closed = False
        body: dict[str, Any] = {
            "conversation": said_in,
            "from": _WORDS[message.sender],
            "text": message.text,
            "at": at,
        }
        if message.author is not None:
            body["author_name"] = message.author
        if message.id is not None:
            body["external_id"] = message.id
        if message.is_time_assumed:
            body["assumed"] = True
        facts.append(Fact(kind, uid, body))
        files += attachment_facts(uid, message.attachments)
    return facts + files


def _when(named: tuple[bytes, TranscriptMessage]) -> int:
    return named[1].at or 0


_WORDS = {sender: sender.value for sender in Sender}


def _keep_files(
    tx: Transaction, named: Sequence[tuple[bytes, TranscriptMessage]], stored: set[bytes]
) -> None:
    """Keep the bytes that came with new messages, and those that were missing of messages known before."""
    brought = [
        (uid, file) for uid, message in named for file in message.attachments if file.arrived is not None
    ]
    keep_arrived(file for uid, file in brought if uid not in stored or _names(tx, uid, file.sha256))


def _names(tx: Transaction, message: bytes, sha256: str) -> bool:
    """Whether a stored message still has a file of this digest: an erased one has not."""
    row = tx.connection.execute(
        "SELECT 1 FROM attachment a JOIN message m ON m.id = a.message WHERE m.uid = ? AND a.sha256 = ?",
        (message, sha256),
    ).fetchone()
    return row is not None


def _stored(
    run: _Run, conversation: bytes, named: Sequence[tuple[bytes, TranscriptMessage]], *, is_new: bool
) -> set[bytes]:
    """Those of the uids whose messages are here: under the uid, or under the id their channel gave them.

    A uid that was made from a conversation's name is not here before the conversation is.
    """
    asked = [uid for uid, message in named if not is_new or is_own_message(message.id)]
    if not asked:
        return set()
    rows = run.tx.connection.execute(
        "SELECT uid FROM message WHERE uid IN (SELECT unhex(value) FROM json_each(?))",
        (json.dumps([uid.hex() for uid in asked]),),
    )
    found = {bytes(uid) for (uid,) in rows.fetchall()} | run.messages.intersection(asked)
    run.messages.update(asked)
    names = {message.id: uid for uid, message in named if message.id is not None and uid not in found}
    if names and not is_new:
        rows = run.tx.connection.execute(
            "SELECT external_id FROM message WHERE external_id IN (SELECT value FROM json_each(?))"
            " AND conversation = (SELECT id FROM conversation WHERE uid = ?)",
            (json.dumps(list(names)), conversation),
        )
        found |= {names[name] for (name,) in rows.fetchall()}
    return found


def _ending(conversation: bytes, transcript: Transcript, begin: int) -> list[Fact]:
    """What brings a new conversation to the status its file gives."""
    at = max((message.at or 0 for message in transcript.messages), default=begin)
    if transcript.status is Status.RESOLVED:
        return [Fact(Kind.CONVERSATION_RESOLVED, conversation, {"at": at})]
    if transcript.status is Status.SNOOZED:
        return [Fact(Kind.CONVERSATION_SNOOZED, conversation, {"at": at, "kind": SnoozeKind.REPLY})]
    return []


def _begin(tx: Transaction, transcript: Transcript) -> int:
    """When the conversation began: its first message, or now when it has none."""
    times = [message.at for message in transcript.messages if message.at is not None]
    return min(times, default=tx.now_ms)


def _contact(tx: Transaction, transcript: Transcript, at: int) -> tuple[bytes, list[Fact]]:
    """Uid of the person writing in, and the fact that makes them if they are new.

    One e-mail address (or, without one, one phone number) is one person, unless what two files say
    of them contradicts: then each is kept as it was said.
    """
    said = transcript.contact
    address = said and (said.email or said.phone)
    if said is None or not address:
        return _add_contact(tx, said, _key("of", transcript.source or "", transcript.id), transcript, at)
    for key in (_key("at", address.casefold()), _key("as", *_facts(said))):
        number = people.contact_by_key(tx.connection, key)
        if number is None:
            return _add_contact(tx, said, key, transcript, at)
        stored = contacts.alone(tx.connection, number)
        if stored is not None and _agree(stored, said):
            _fill_in(tx, stored, said)
            return stored.uid, []
    return _add_contact(tx, said, _key("of", transcript.source or "", transcript.id), transcript, at)


def _add_contact(
    tx: Transaction, said: TranscriptContact | None, key: str, transcript: Transcript, at: int
) -> tuple[bytes, list[Fact]]:
    uid = derived_uid("contact", key)
    known = tx.connection.execute("SELECT erased_at FROM contact WHERE uid = ?", (uid,)).fetchone()
    if known is not None and known[0] is not None:
        # They were erased, and write again: somebody new, as far as this store may know.
        uid = derived_uid("contact", key, transcript.source or "", transcript.id)
        known = tx.connection.execute("SELECT 1 FROM contact WHERE uid = ?", (uid,)).fetchone()
    if known is not None:
        return uid, []
    told = said or TranscriptContact()
    body = {
        "name": told.name or "",
        "email": told.email,
        "phone": told.phone,
        "tier": told.tier,
        "source": transcript.source or None,
        "key": key,
        "at": at,
    }
    return uid, [Fact(Kind.CONTACT_ADDED, uid, _given(body))]


def _agree(stored: Contact, said: TranscriptContact) -> bool:
    """Whether nothing said contradicts what is stored."""
    pairs = (
        (stored.name, said.name),
        ((stored.email or "").casefold(), (said.email or "").casefold()),
        (stored.phone, said.phone),
        (stored.tier, said.tier),
    )
    return all(not old or not new or old == new for old, new in pairs)


def _fill_in(tx: Transaction, stored: Contact, said: TranscriptContact) -> None:
    """Add to a contact what was not known before."""
    changes = {
        field: new
        for field, old, new in (
            ("name", stored.name, said.name),
            ("phone", stored.phone, said.phone),
            ("tier", stored.tier, said.tier),
        )
        if new and not old
    }
    if changes:
        tx.record(Kind.CONTACT_EDITED, stored.uid, changes)


def _facts(said: TranscriptContact) -> tuple[str, ...]:
    return (said.name or "", said.email or "", said.phone or "", said.tier or "")


def _key(*parts: str) -> str:
    """A contact key that no inbox of this desk makes."""
    joined = "\x1f".join(f"{len(part)}:{part}" for part in parts)
    return f"import:{hashlib.sha256(joined.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


def _given(body: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in body.items() if value is not None}
