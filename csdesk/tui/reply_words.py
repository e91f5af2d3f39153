"""What sending a quick reply does besides, in the words of the screen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from csdesk.i18n import N_, _
from csdesk.model.reply import ReplyAction

_PRIORITIES: Final = {"low": N_("low"), "normal": N_("normal"), "high": N_("high"), "urgent": N_("urgent")}
_STANDINGS: Final = {
    "resolved": N_("resolve"),
    "snoozed": N_("snooze until they write"),
    "reply": N_("snooze until they write"),
}


def after_sending(actions: Iterable[ReplyAction]) -> str:
    """``After sending: label refund, snooze 1d``; empty when nothing happens."""
    said = list(dict.fromkeys(filter(None, map(_in_words, actions))))
    return _("After sending: {actions}").format(actions=_(", ").join(said)) if said else ""


def _in_words(action: ReplyAction) -> str:
    if action.kind == "label":
        return _("label {name}").format(name=action.value)
    if action.kind == "priority":
        return _("priority {word}").format(word=_(_PRIORITIES[action.value]))
    if action.value in _STANDINGS:
        return _(_STANDINGS[action.value])
    return _("snooze {time}").format(time=action.value) if action.kind == "snooze" else ""
