"""Chatwoot: a conversation with its messages, as its API and its webhooks give them.

Fields: ``swagger/definitions/resource/{conversation,message}.yml`` of chatwoot/chatwoot (research/corpora.md 1d).
"""

from __future__ import annotations

from csdesk.formats import loose
from csdesk.formats.html_text import text_of
from csdesk.formats.loose import Json
from csdesk.model.message import Sender
from csdesk.model.transcript import Transcript, TranscriptMessage

NAME = "chatwoot"
MARKS = ("messages",)
"""Keys of which a conversation has at least one."""
LISTS = ("payload", "data", "conversations")
"""Where a page of the API keeps its conversations."""

_INCOMING, _OUTGOING = (0, "incoming"), (1, "outgoing")
_CLOSED, _SNOOZED = (1, "resolved"), (3, "snoozed")


def looks_like(value: Json) -> bool:
    """Whether ``value`` is one conversation of this product."""
    return any("message_type" in each for each in loose.objects(value.get("messages")))


def to_transcript(value: Json) -> Transcript:
    """One conversation. Raises DataError with what is off."""
    meta = loose.an_object(value.get("meta"))
    details = loose.an_object(value.get("additional_attributes"))
    messages = [_message(each) for each in loose.objects(value.get("messages"))]
    return Transcript(
        id=loose.name_of(value),
        source=NAME,
        lang=loose.text(details, "conversation_language"),
        inbox=loose.text(loose.an_object(value.get("inbox")), "name"),
        subject=loose.text(details, "mail_subject", "subject"),
        status=loose.status_of(value.get("status"), _CLOSED, _SNOOZED),
        contact=loose.contact_of(loose.an_object(meta.get("sender") or value.get("contact"))),
        labels=loose.labels_of(value.get("labels")),
        messages=loose.in_order(messages),
    )


def _message(value: Json) -> TranscriptMessage:
    sender = loose.an_object(value.get("sender"))
    content = loose.text(value, "content") or ""
    is_page = value.get("content_type") in ("incoming_email", "html")
    return TranscriptMessage(
        sender=_sender(value, sender),
        text=text_of(content) if is_page else content,
        at=loose.moment(value, "created_at"),
        author=loose.text(sender, "name", "available_name"),
        id=loose.text(value, "id"),
        attachments=loose.files_of(value.get("attachments")),
    )


def _sender(value: Json, sender: Json) -> Sender:
    """Private ones are notes; activities, forms sent by themselves and bots are nobody's reply."""
    if value.get("private") is True:
        return Sender.NOTE
    kind = value.get("message_type")
    if kind in _INCOMING:
        return Sender.CUSTOMER
    written_by = loose.text(value, "sender_type") or loose.text(sender, "type") or ""
    is_bot = written_by.lower().replace("_", "") == "agentbot"
    return Sender.AGENT if kind in _OUTGOING and not is_bot else Sender.SYSTEM
