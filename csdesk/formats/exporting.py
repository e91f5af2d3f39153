"""Conversations out of a store, as transcripts and as a jsonl file."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from csdesk.desk.import_names import OWN_SOURCE, message_name
from csdesk.errors import DataError
from csdesk.formats.jsonl import encode_line
from csdesk.i18n import _
from csdesk.masks import mask
from csdesk.model.conversation import Conversation, Stage, Tier
from csdesk.model.message import Message, Sender
from csdesk.model.transcript import Transcript, TranscriptContact, TranscriptMessage
from csdesk.store import conversations, messages, people, queue
from csdesk.store.connect import Connection
from csdesk.store.database import Store

PAGE = 200
MESSAGE_PAGE = 1_000

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class ExportSummary:
    """What was written."""

    conversations: int
    messages: int


def export_file(
    store: Store, path: Path | None, progress: Progress | None = None, *, is_masked: bool = False
) -> ExportSummary:
    """Write every conversation to ``path`` (None: standard output), all as of one moment.

    ``is_masked`` hides phone numbers, identity and bank cards and e-mail addresses in every text.

    The file appears whole or not at all, readable by its owner only. ``progress`` is called with
    conversations done and the number there are. Raises DataError when the file cannot be written.
    """
    with _output(path) as stream:
        count, message_count = 0, 0
        connection = store.reader()
        with _one_moment(connection):
            total = queue.counts(connection, 0).all
            for transcript in transcripts(connection):
                stream.write(encode_line(masked(transcript) if is_masked else transcript))
                count, message_count = count + 1, message_count + len(transcript.messages)
                if progress is not None:
                    progress(count, total)
    return ExportSummary(count, message_count)


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
            replace(each, text=mask(each.text), author=each.author and mask(each.author))
            for each in transcript.messages
        ),
    )


def _hidden_phone(phone: str) -> str:
    """A field that is said to be a phone number is hidden, whatever it looks like."""
    hidden = mask(phone)
    return hidden if hidden != phone else "*" * len(phone[:-2]) + phone[-2:]


def transcripts(connection: Connection) -> Iterator[Transcript]:
    """Every conversation, in the order they came to the store; not those that were erased whole."""
    after = 0
    while page := conversations.everything(connection, after, PAGE):
        for conversation in page:
            transcript = transcript_of(connection, conversation)
            if transcript.messages or not conversation.message_count:
                yield transcript
        after = page[-1].id


def transcript_of(connection: Connection, conversation: Conversation) -> Transcript:
    """One conversation with all its messages; what happened around them (claims ...) stays here."""
    is_own = conversation.source_id is None
    name = conversation.uid.hex() if is_own else str(conversation.source_id)
    source = OWN_SOURCE if is_own else conversation.source or ""
    contact = _contact(connection, conversation.contact)
    called = contact.name if contact else None
    left = (each for each in _all_messages(connection, conversation.id) if each.erased_at is None)
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
    )


def _contact(connection: Connection, number: int) -> TranscriptContact | None:
    contact = people.contact(connection, number)
    if contact is None:
        return None
    found = TranscriptContact(
        name=contact.name or None,
        email=contact.email,
        phone=contact.phone,
        tier=Tier(contact.tier) if contact.tier else None,
    )
    return found if found != TranscriptContact() else None


@contextmanager
def _one_moment(connection: Connection) -> Iterator[None]:
    """Everything read inside is of one moment, whatever is written meanwhile."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


@contextmanager
def _output(path: Path | None) -> Iterator[BinaryIO]:
    """Standard output, or a file that takes its name only when all of it is on disk."""
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(name, path)
    except OSError as error:
        raise _unwritable(path, error) from None
    finally:
        Path(name).unlink(missing_ok=True)


def _unwritable(path: Path, error: OSError) -> DataError:
    return DataError(
        "export.cannot_write",
        _("Cannot write {path}: {reason}.").format(path=path, reason=error.strerror or error),
        _("Choose a folder you can write to; nothing was left behind."),
    )
