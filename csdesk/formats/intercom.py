"""Intercom: a conversation with its parts, as its API (2.11) describes them (research/corpora.md 1d)."""

from __future__ import annotations

from csdesk.formats import loose
from csdesk.formats.html_text import text_of
from csdesk.formats.loose import Json
from csdesk.model.message import Sender
from csdesk.model.transcript import Transcript, TranscriptContact, TranscriptMessage

NAME = "intercom"
MARKS = ("conversation_parts", "source")
"""Keys of which a conversation has at least one."""
LISTS = ("conversations", "data")
"""Where a page of the API keeps its conversations."""

_SENDERS = {
    "user": Sender.CUSTOMER, "lead": Sender.CUSTOMER, "contact": Sender.CUSTOMER, "visitor": Sender.CUSTOMER,
    "admin": Sender.AGENT,
}  # fmt: skip
_BEST_RATING = 5


def looks_like(value: Json) -> bool:
    """Whether ``value`` is one conversation of this product."""
    return "conversation_parts" in value or (value.get("type") == "conversation" and "source" in value)


def to_transcript(value: Json) -> Transcript:
    """One conversation. Raises DataError with what is off.

    Parts without a text (assigned, closed ...) are left out; those by bots are nobody's reply.
    """
    source = loose.an_object(value.get("source"))
    parts = loose.objects(loose.an_object(value.get("conversation_parts")).get("conversation_parts"))
    first = [_message(source, loose.moment(value, "created_at"))] if source else []
    messages = [*first, *(_message(part, loose.moment(part, "created_at")) for part in parts)]
    said = [message for message in messages if message.text or message.attachments]
    tags = loose.objects(loose.an_object(value.get("tags")).get("tags"))
    subject = loose.text(value, "title") or loose.text(source, "subject")
    return Transcript(
        id=loose.name_of(value),
        source=NAME,
        inbox=loose.text(source, "type"),
        subject=text_of(subject) if subject else None,
        status=loose.status_of(value.get("state"), ("closed",), ("snoozed",)),
        contact=_contact(value, source, parts),
        labels=loose.labels_of([tag.get("name") for tag in tags]),
        messages=loose.in_order(said + _rating(value)),
    )


def _message(value: Json, at: int | None) -> TranscriptMessage:
    author = loose.an_object(value.get("author"))
    is_note = "note" in (loose.text(value, "part_type") or "")
    written = "" if value.get("redacted") is True else loose.text(value, "body") or ""
    return TranscriptMessage(
        sender=Sender.NOTE if is_note else _SENDERS.get(loose.text(author, "type") or "", Sender.SYSTEM),
        text=text_of(written),
        at=at,
        author=loose.text(author, "name"),
        id=loose.text(value, "id"),
        attachments=loose.files_of(value.get("attachments")),
    )


def _rating(value: Json) -> list[TranscriptMessage]:
    """What the customer thought of it, as a line of the system."""
    rating = loose.an_object(value.get("conversation_rating"))
    stars = rating.get("rating")
    if type(stars) is not int or not 1 <= stars <= _BEST_RATING:
        return []
    line = f"{'★' * stars}{'☆' * (_BEST_RATING - stars)} {loose.text(rating, 'remark') or ''}".strip()
    return [TranscriptMessage(Sender.SYSTEM, line, loose.moment(rating, "created_at"), id="rating")]


def _contact(value: Json, source: Json, parts: list[Json]) -> TranscriptContact | None:
    """The first customer who says something; their name and address stand with what they wrote."""
    listed = loose.objects(loose.an_object(value.get("contacts")).get("contacts"))
    authors = [loose.an_object(each.get("author")) for each in (source, *parts)]
    customers = [each for each in authors if _SENDERS.get(str(each.get("type"))) is Sender.CUSTOMER]
    found = [contact for each in [*customers, *listed] if (contact := loose.contact_of(each))]
    return found[0] if found else None
