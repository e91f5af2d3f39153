"""What the readable exports say, in the language of now."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from csdesk.formats.outgoing import Outgoing
from csdesk.i18n import N_, _, ngettext
from csdesk.model.message import Sender
from csdesk.model.transcript import TranscriptMessage
from csdesk.model.transcript_file import TranscriptFile
from csdesk.text.size import size_of

SENDERS: Final = {
    Sender.CUSTOMER: N_("customer"),
    Sender.AGENT: N_("agent"),
    Sender.NOTE: N_("note"),
    Sender.SYSTEM: N_("system"),
    Sender.AUTO: N_("automatic"),
}
_STATUSES: Final = {"open": N_("open"), "snoozed": N_("snoozed"), "resolved": N_("resolved")}
_STAGES: Final = {"presale": N_("presale"), "insale": N_("insale"), "aftersale": N_("aftersale")}


def local_minute(at_ms: int) -> str:
    """``2026-01-31 14:05`` where we are."""
    return datetime.fromtimestamp(at_ms / 1000).strftime("%Y-%m-%d %H:%M")


def zone_line() -> str:
    """Which zone the times of the document are in."""
    offset = datetime.now(UTC).astimezone().strftime("%z")
    return _("Times are UTC{offset}.").format(offset=f"{offset[:3]}:{offset[3:]}")


def title(each: Outgoing) -> str:
    """The number and the customer."""
    contact = each.transcript.contact
    name = contact.name if contact and contact.name else _("visitor")
    return f"#{each.conversation.short_ref} {name}"


def facts(each: Outgoing) -> list[tuple[str, str]]:
    """What is known about a conversation, as names and values; nothing that is empty."""
    conversation, transcript = each.conversation, each.transcript
    contact = transcript.contact
    found = [
        (_("Subject"), transcript.subject),
        (_("Status"), _(_STATUSES.get(conversation.status, conversation.status))),
        (_("Stage"), _(_STAGES.get(conversation.stage, conversation.stage)) if conversation.stage else None),
        (_("Tier"), contact.tier if contact else None),
        (_("E-mail"), contact.email if contact else None),
        (_("Phone"), contact.phone if contact else None),
        (_("Inbox"), conversation.inbox_name),
        (_("Agent"), conversation.assignee_name),
        (_("Labels"), ", ".join(transcript.labels)),
        (_("Opened"), local_minute(conversation.opened_at)),
        (_("Resolved"), local_minute(conversation.resolved_at) if conversation.resolved_at else None),
    ]
    return [(name, str(value)) for name, value in found if value]


def who(message: TranscriptMessage, each: Outgoing) -> str:
    """Who wrote it: a name where there is one, with what they are."""
    kind = _(SENDERS[message.sender])
    contact = each.transcript.contact
    name = message.author or (contact.name if contact and message.sender is Sender.CUSTOMER else None)
    return f"{name} ({kind})" if name else kind


def when(message: TranscriptMessage) -> str:
    """The time; nothing where an import only assumed it."""
    return "" if message.at is None or message.is_time_assumed else local_minute(message.at)


def file_line(file: TranscriptFile) -> str:
    """Name, kind and size of an attachment."""
    parts = [part for part in (file.kind, size_of(file.size) if file.size else "") if part]
    name = file.name or _("file")
    return f"{name} ({', '.join(parts)})" if parts else name


def count_line(count: int) -> str:
    return ngettext("{count} conversation", "{count} conversations", count).format(count=count)
