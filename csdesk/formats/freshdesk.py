"""Freshdesk: a ticket with its conversations, as its API gives them (research/corpora.md 1d).

The customer's first message is the ticket's description; conversations are in no particular order.
"""

from __future__ import annotations

from csdesk.formats import loose
from csdesk.formats.html_text import text_of
from csdesk.formats.loose import Json
from csdesk.model.message import Sender
from csdesk.model.transcript import Transcript, TranscriptMessage

NAME = "freshdesk"
MARKS = ("requester_id", "description_text", "description", "conversations")
"""Keys of which a ticket has at least one."""
LISTS = ("tickets", "results", "data")
"""Where a page of the API keeps its tickets."""

_CLOSED = (4, 5, "Resolved", "Closed", "resolved", "closed")
_OUTBOUND, _WEB_CHAT = 10, 15
_SOURCES = {
    1: "email",
    2: "portal",
    3: "phone",
    7: "chat",
    9: "feedback",
    _OUTBOUND: "email",
    _WEB_CHAT: "chat",
}
_LABELS = ("spam", "deleted")


def looks_like(value: Json) -> bool:
    """Whether ``value`` is one ticket of this product."""
    return "requester_id" in value or ("description_text" in value and "conversations" in value)


def to_transcript(value: Json) -> Transcript:
    """One ticket. Raises DataError with what is off."""
    requester = loose.an_object(value.get("requester"))
    messages = loose.in_order([_message(each) for each in loose.objects(value.get("conversations"))])
    marks = tuple(mark for mark in _LABELS if value.get(mark) is True)
    return Transcript(
        id=loose.name_of(value),
        source=NAME,
        inbox=_SOURCES.get(loose.whole(value, "source")),
        subject=loose.text(value, "subject"),
        status=loose.status_of(value.get("status"), _CLOSED),
        contact=loose.contact_of(requester),
        labels=(*loose.labels_of(value.get("tags")), *marks),
        messages=_with_description(value, messages),
    )


def _with_description(value: Json, messages: tuple[TranscriptMessage, ...]) -> tuple[TranscriptMessage, ...]:
    """The description as the first message, unless a chat's transcript repeats it."""
    written = _words(value, "description_text", "description")
    files = loose.files_of(value.get("attachments"))
    is_repeated = value.get("source") == _WEB_CHAT and any(each.text == written for each in messages)
    if is_repeated or not (written or files):
        return messages
    sender = Sender.AGENT if value.get("source") == _OUTBOUND else Sender.CUSTOMER
    first = TranscriptMessage(
        sender, written, loose.moment(value, "created_at"), id="description", attachments=files
    )
    return (first, *messages)


def _message(value: Json) -> TranscriptMessage:
    if value.get("private") is True:
        sender = Sender.NOTE
    else:
        sender = Sender.CUSTOMER if value.get("incoming") is True else Sender.AGENT
    return TranscriptMessage(
        sender=sender,
        text=_words(value, "body_text", "body"),
        at=loose.moment(value, "created_at"),
        author=loose.text(loose.an_object(value.get("user")), "name"),
        id=loose.text(value, "id"),
        attachments=loose.files_of(value.get("attachments")),
    )


def _words(value: Json, plain: str, markup: str) -> str:
    """The plain text if there is one, else that of the HTML."""
    found = loose.text(value, plain)
    return found.strip() if found else text_of(loose.text(value, markup) or "")
