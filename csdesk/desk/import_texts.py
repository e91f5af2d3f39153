"""What a file says, as it may be stored: every text cleaned, or a clear reason why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from csdesk.desk.attaching import recorded
from csdesk.desk.moves import LABEL_CHARS
from csdesk.desk.people import clean_name
from csdesk.errors import DataError
from csdesk.i18n import _
from csdesk.model.transcript import Transcript, TranscriptContact, TranscriptMessage
from csdesk.text import clean, clean_line

DEFAULT_INBOX = "import"
TEXT_CHARS = 100_000
NAME_CHARS = 200


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
    text = clean(message.text)
    if author is None and name is None and text == message.text and not message.attachments:
        return message
    return TranscriptMessage(
        message.sender,
        text,
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
