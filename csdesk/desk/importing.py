"""Whole conversations from outside come in: each once, whatever is read again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from csdesk.desk.attaching import attachment_facts, keep_arrived, recorded
from csdesk.desk.import_names import conversation_uid, message_uid
from csdesk.desk.moves import LABEL_CHARS
from csdesk.desk.people import clean_name, ensure_inbox
from csdesk.errors import DataError
from csdesk.i18n import _
from csdesk.ids import derived_uid
from csdesk.model.conversation import SnoozeKind, Status
from csdesk.model.message import Sender
from csdesk.model.operation import Kind
from csdesk.model.people import Contact
from csdesk.model.transcript import Transcript, TranscriptContact, TranscriptMessage
from csdesk.store import conversations, people
from csdesk.store.writer import Fact, Transaction
from csdesk.text import clean, clean_line

DEFAULT_INBOX = "import"
IMPORT_CHANNEL = "import"
TEXT_CHARS = 100_000
NAME_CHARS = 200


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


def cleaned(transcript: Transcript) -> Transcript:
    """``transcript`` with every text as it may be stored.

    Raises DataError, or Refused for an impossible name, when it cannot be stored as it is.
    """
    contact = transcript.contact
    name = clean_line(transcript.id)
    if not name:
        raise DataError(
            "import.wrong_value",
            _('"{key}" is empty.').format(key="id"),
            _("Give every conversation an id of its own."),
        )
    messages = tuple(_cleaned_message(message, at) for at, message in enumerate(transcript.messages))
    _refuse_twins(messages)
    return replace(
        transcript,
        id=_short(name, "id"),
        source=_short(clean_line(transcript.source or ""), "source"),
        lang=_short(clean_line(transcript.lang or ""), "lang") or None,
        inbox=clean_name(transcript.inbox) if transcript.inbox is not None else DEFAULT_INBOX,
        subject=clean_line(transcript.subject or "") or None,
        labels=tuple(dict.fromkeys(_label(label) for label in transcript.labels)),
        contact=_cleaned_contact(contact) if contact else None,
        messages=messages,
    )


def import_in(tx: Transaction, transcripts: Sequence[Transcript]) -> Imported:
    """Store ``cleaned`` transcripts whose messages all have times, inside one commit.

    A conversation is known by (source, id), a message by its id or else its place in it: what is
    there already is left as it is, and later messages of a known conversation are added.
    """
    total = Imported()
    for transcript in transcripts:
        total += _import_one(tx, transcript)
    return total


def _import_one(tx: Transaction, transcript: Transcript) -> Imported:
    known = _known(tx, transcript)
    if known is not None:
        uid, status, is_erased = known
        if is_erased:
            return Imported(skipped=1)
        facts, count = _messages(tx, uid, transcript, status)
        tx.record_many(facts)
        return Imported(messages=count, skipped=0 if count else 1)
    uid = conversation_uid(transcript)
    contact, facts = _contact(tx, transcript, _begin(tx, transcript))
    new_contacts = len(facts)
    facts += _opening(tx, transcript, uid, contact)
    messages, count = _messages(tx, uid, transcript, None)
    tx.record_many([*facts, *messages, *_ending(tx, uid, transcript)])
    return Imported(conversations=1, messages=count, contacts=new_contacts)


def _known(tx: Transaction, transcript: Transcript) -> tuple[bytes, Status, bool] | None:
    """The conversation that this transcript was, or began as, in this store, and whether it was erased.

    An erased one has lost the name its source gave it, but not the uid that was made from it.
    """
    number = conversations.by_source(tx.connection, transcript.source or "", transcript.id)
    column, value = ("id", number) if number is not None else ("uid", conversation_uid(transcript))
    row = tx.connection.execute(
        f"SELECT uid, status, erased_at IS NOT NULL FROM conversation WHERE {column} = ?",  # noqa: S608 - one of two names
        (value,),
    ).fetchone()
    return (bytes(row[0]), Status(row[1]), bool(row[2])) if row else None


def _opening(tx: Transaction, transcript: Transcript, uid: bytes, contact: bytes) -> list[Fact]:
    """A new conversation and its labels."""
    source, at = transcript.source or "", _begin(tx, transcript)
    inbox = ensure_inbox(tx, transcript.inbox or DEFAULT_INBOX, IMPORT_CHANNEL)
    body = {
        "inbox": inbox.uid.hex(),
        "contact": contact.hex(),
        "source": source,
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
    tx: Transaction, conversation: bytes, transcript: Transcript, stored_status: Status | None
) -> tuple[list[Fact], int]:
    """The messages that are not there yet, in the order of time, then their files; and how many messages.

    ``stored_status`` is given for a conversation that was known: a customer who goes on in it opens
    it again, as in intake.
    """
    source = transcript.source or ""
    named = [
        (message_uid(source, transcript.id, message.id, place), message)
        for place, message in enumerate(transcript.messages)
    ]
    stored = _stored(tx, conversation, named)
    fresh = [pair for pair in named if pair[0] not in stored]
    _keep_files(tx, named, stored)
    facts: list[Fact] = []
    files: list[Fact] = []
    is_closed = stored_status not in (None, Status.OPEN)
    for uid, message in sorted(fresh, key=lambda pair: pair[1].at or 0):
        at = tx.now_ms if message.at is None else message.at
        if is_closed and message.sender is Sender.CUSTOMER:
            kind = Kind.CONVERSATION_WOKEN if stored_status is Status.SNOOZED else Kind.CONVERSATION_REOPENED
            facts.append(Fact(kind, conversation, {"at": at, "cause": "customer"}))
            is_closed = False
        body = {
            "conversation": conversation.hex(),
            "from": message.sender,
            "text": message.text,
            "at": at,
            "author_name": message.author,
            "external_id": message.id,
            "assumed": message.is_time_assumed or None,
        }
        facts.append(Fact(Kind.MESSAGE_ADDED, uid, _given(body)))
        files += attachment_facts(uid, message.attachments)
    return facts + files, len(fresh)


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
    tx: Transaction, conversation: bytes, named: Sequence[tuple[bytes, TranscriptMessage]]
) -> set[bytes]:
    """Those of the uids whose messages are here: under the uid, or under the id their channel gave them."""
    uids = json.dumps([uid.hex() for uid, _message in named])
    rows = tx.connection.execute(
        "SELECT uid FROM message WHERE uid IN (SELECT unhex(value) FROM json_each(?))", (uids,)
    )
    found = {bytes(uid) for (uid,) in rows.fetchall()}
    names = {message.id: uid for uid, message in named if message.id is not None and uid not in found}
    if names:
        rows = tx.connection.execute(
            "SELECT external_id FROM message WHERE external_id IN (SELECT value FROM json_each(?))"
            " AND conversation = (SELECT id FROM conversation WHERE uid = ?)",
            (json.dumps(list(names)), conversation),
        )
        found |= {names[name] for (name,) in rows.fetchall()}
    return found


def _ending(tx: Transaction, conversation: bytes, transcript: Transcript) -> list[Fact]:
    """What brings a new conversation to the status its file gives."""
    at = max((message.at or 0 for message in transcript.messages), default=_begin(tx, transcript))
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
        stored = people.contact(tx.connection, number)
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


def _cleaned_contact(contact: TranscriptContact) -> TranscriptContact | None:
    found = TranscriptContact(
        name=_short(clean_line(contact.name or ""), "contact.name") or None,
        email=_short(clean_line(contact.email or ""), "contact.email") or None,
        phone=_short(clean_line(contact.phone or ""), "contact.phone") or None,
        tier=contact.tier,
    )
    return found if found != TranscriptContact() else None


def _cleaned_message(message: TranscriptMessage, place: int) -> TranscriptMessage:
    if len(message.text) > TEXT_CHARS:
        raise DataError(
            "import.wrong_value",
            _('"{key}" is longer than {most} characters.').format(
                key=f"messages[{place}].text", most=TEXT_CHARS
            ),
            _("Shorten it, or split it over several messages."),
        )
    author, name = message.author, message.id
    return TranscriptMessage(
        message.sender,
        clean(message.text),
        message.at,
        _short(clean_line(author), f"messages[{place}].author") or None if author else None,
        _short(clean_line(name), f"messages[{place}].id") or None if name else None,
        message.is_time_assumed,
        tuple(recorded(file) for file in message.attachments),
    )


def _label(text: str) -> str:
    plain = clean_line(text)
    if not 1 <= len(plain) <= LABEL_CHARS:
        raise DataError(
            "import.wrong_value",
            _("A label has 1 to {most} characters.").format(most=LABEL_CHARS),
            _("Choose a short word."),
        )
    return plain


def _refuse_twins(messages: Sequence[TranscriptMessage]) -> None:
    """Two messages of one id would be one message, and a text would be lost."""
    seen: set[str] = set()
    for message in messages:
        if message.id is not None and message.id in seen:
            raise DataError(
                "import.wrong_value",
                _("Two messages have the id {id}.").format(id=message.id[:60]),
                _("Give each message an id of its own, or none."),
            )
        if message.id is not None:
            seen.add(message.id)


def _short(text: str, key: str) -> str:
    if len(text) > NAME_CHARS:
        raise DataError(
            "import.wrong_value",
            _('"{key}" is longer than {most} characters.').format(key=key, most=NAME_CHARS),
            _("Shorten it."),
        )
    return text
