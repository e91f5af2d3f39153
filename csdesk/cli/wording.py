"""The words that tables show for stored values: looked up where they are printed."""

from __future__ import annotations

from typing import Final

from csdesk.i18n import N_, _, ngettext
from csdesk.model.people import LIFECYCLE_NAMES

STATUS: Final = {"open": N_("open"), "snoozed": N_("snoozed"), "resolved": N_("resolved")}
STAGE: Final = {"presale": N_("presale"), "insale": N_("insale"), "aftersale": N_("aftersale")}
PRIORITY: Final = {"low": N_("low"), "normal": N_("normal"), "high": N_("high"), "urgent": N_("urgent")}
VIEW: Final = {
    "waiting": N_("waiting"),
    "unassigned": N_("unassigned"),
    "mine": N_("mine"),
    "all": N_("all"),
    "snoozed": N_("snoozed"),
    "resolved": N_("resolved"),
    "drafts": N_("drafts"),
    "failed": N_("failed"),
}
SENDER: Final = {
    "customer": N_("customer"),
    "agent": N_("agent"),
    "note": N_("note"),
    "system": N_("system"),
    "auto": N_("automatic"),
}
DELIVERY: Final = {
    "held": N_("held"),
    "approval": N_("waits for approval"),
    "queued": N_("queued"),
    "sending": N_("sending"),
    "sent": N_("sent"),
    "delivered": N_("delivered"),
    "read": N_("read"),
    "failed": N_("failed"),
    "look": N_("needs another look"),
}
SEVERITY: Final = {"block": N_("asks first"), "warn": N_("warning"), "hint": N_("hint")}
MODE: Final = {"reply": N_("reply"), "note": N_("note")}
LIFECYCLE: Final = {key.value: name for key, name in LIFECYCLE_NAMES.items()}
ROLE: Final = {"agent": N_("agent"), "lead": N_("lead"), "trainee": N_("trainee")}
UNDONE: Final = {
    "send": N_("The reply was taken back; its text is a draft again."),
    "resolve": N_("The resolve was taken back."),
    "transfer": N_("The transfer was taken back."),
    "offer": N_("The offer was taken back: the conversation stays yours."),
    "claim": N_("The claim was taken back."),
    "release": N_("The release was taken back."),
    "reopen": N_("The reopening was taken back."),
    "snooze": N_("The snooze was taken back."),
    "label": N_("The labels are as before."),
    "priority": N_("The priority is as before."),
    "view": N_("The view is there again."),
    "merge": N_("The merge was taken back: they are two contacts again."),
}


def word(table: dict[str, str], value: str | None) -> str:
    """The word for ``value`` in the language of now; nothing for None, itself when it is new to us."""
    return _(table.get(value, value)) if value else ""


def awaits(approver: str) -> str:
    """Whose approval a reply waits for; ``approver`` may not be known."""
    if not approver:
        return word(DELIVERY, "approval")
    return _("waits for {name}'s approval").format(name=approver)


def conversation_count(count: int) -> str:
    return ngettext("{count} conversation", "{count} conversations", count).format(count=count)


def message_count(count: int) -> str:
    return ngettext("{count} message", "{count} messages", count).format(count=count)


def contact_count(count: int) -> str:
    return ngettext("{count} contact", "{count} contacts", count).format(count=count)
