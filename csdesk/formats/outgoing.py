"""Conversations as they leave a store: read a page at a time, and masked when that is wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from csdesk.desk.attaching import as_file
from csdesk.desk.import_names import OWN_SOURCE, message_name
from csdesk.masks import mask
from csdesk.model.conversation import Conversation, Stage, Tier
from csdesk.model.message import Delivery, Message, Sender
from csdesk.model.transcript import Transcript, TranscriptContact, TranscriptMessage
from csdesk.store import contacts, conversations, messages
from csdesk.store.connect import Connection

PAGE = 200
MESSAGE_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A conversation for an export. What a person may read of it stands in ``transcript``, which may be
    masked; ``conversation`` has the facts beside it (ref, priority, assignee, times)."""

    conversation: Conversation
    transcript: Transcript


def outgoing(
    connection: Connection, only: Sequence[int] = (), *, is_masked: bool = False
) -> Iterator[Outgoing]:
    """Every conversation in the order they came to the store, or those of the local ids ``only``; not those
    that were erased whole.
    """
    found = (conversations.get(connection, number) for number in only) if only else _everything(connection)
    for conversation in found:
        transcript = transcript_of(connection, conversation)
        if conversation.message_count and not transcript.messages:
            continue
        yield Outgoing(conversation, masked(transcript) if is_masked else transcript)


def _everything(connection: Connection) -> Iterator[Conversation]:
    after = 0
    while page := conversations.everything(connection, after, PAGE):
        yield from page
        after = page[-1].id


def masked(transcript: Transcript) -> Transcript:
    """``transcript`` with what identifies a person hidden; names and ids stay, so that it can be read back."""
    contact = transcript.contact
    return replace(
        transcript,
        subject=transcript.subject and mask(transcript.subject),
        contact=contact
        and replace(
            contact,
            name=contact.name and mask(contact.name),
            email=contact.email and mask(contact.email),
            phone=contact.phone and _hidden_phone(contact.phone),
        ),
        messages=tuple(
            each._replace(
                text=mask(each.text),
                author=each.author and mask(each.author),
                attachments=tuple(replace(file, name=mask(file.name)) for file in each.attachments),
            )
            for each in transcript.messages
        ),
        labels=tuple(mask(label) for label in transcript.labels),
    )


def _hidden_phone(phone: str) -> str:
    """A field that is said to be a phone number is hidden, whatever it looks like."""
    hidden = mask(phone)
    return hidden if hidden != phone else "*" * len(phone[:-2]) + phone[-2:]


def transcript_of(connection: Connection, conversation: Conversation) -> Transcript:
    """One conversation with all its messages; what happened around them (claims ...) stays here, and so does a
    reply that nobody has approved yet: it was said to no one."""
    is_own = conversation.source_id is None
    name = conversation.uid.hex() if is_own else str(conversation.source_id)
    source = OWN_SOURCE if is_own else conversation.source or ""
    contact = _contact(connection, conversation.contact)
    called = contact.name if contact else None
    left = (
        each
        for each in _all_messages(connection, conversation.id)
        if each.erased_at is None and each.delivery is not Delivery.APPROVAL
    )
    found = enumerate(left)
    return Transcript(
        id=name,
        source=source or None,
        lang=conversation.lang,
        inbox=conversation.inbox_name,
        stage=Stage(conversation.stage) if conversation.stage else None,
        subject=conversation.subject or None,
        status=conversation.status,
        contact=contact,
        labels=conversation.labels,
        messages=tuple(
            _line(message, message_name(source, name, message, place), called) for place, message in found
        ),
    )


def _all_messages(connection: Connection, conversation: int) -> Iterator[Message]:
    last: int | None = None
    while page := messages.after(connection, conversation, last, MESSAGE_PAGE, with_events=False):
        yield from page
        last = page[-1].id


def _line(message: Message, name: str | None, called: str | None) -> TranscriptMessage:
    """A message as the format has it. An automatic text is nobody's reply, so it is a system line;
    a customer needs no author beside the contact they are (``called``).
    """
    sender = Sender.SYSTEM if message.sender is Sender.AUTO else message.sender
    is_contact = sender is Sender.CUSTOMER and message.author_name == called
    return TranscriptMessage(
        sender=sender,
        text=message.text,
        at=message.at,
        author=None if is_contact else message.author_name or None,
        id=name,
        is_time_assumed=message.is_time_assumed,
        attachments=tuple(as_file(file) for file in message.attachments),
    )


def _contact(connection: Connection, number: int) -> TranscriptContact | None:
    contact = contacts.get(connection, number)
    if contact is None:
        return None
    found = TranscriptContact(
        name=contact.name or None,
        email=contact.email,
        phone=contact.phone,
        tier=Tier(contact.tier) if contact.tier else None,
    )
    return found if found != TranscriptContact() else None
