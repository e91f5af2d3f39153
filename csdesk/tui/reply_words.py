"""When a quick reply is offered and what sending it does besides, in the words of the screen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from csdesk.i18n import N_, _
from csdesk.model.event import STAGE_WORDS
from csdesk.model.reply import QuickReply, ReplyAction
from csdesk.replies.validity import in_words

PRIORITIES: Final = {"low": N_("low"), "normal": N_("normal"), "high": N_("high"), "urgent": N_("urgent")}
STATUS_AFTER: Final = {
    "open": N_("stays open"),
    "snoozed": N_("snooze until they write"),
    "resolved": N_("resolve"),
}
CHANNEL_NAMES: Final = {"chat": N_("chat"), "email": N_("mail")}
DAY_NAMES: Final = {
    "mon": N_("Mon"),
    "tue": N_("Tue"),
    "wed": N_("Wed"),
    "thu": N_("Thu"),
    "fri": N_("Fri"),
    "sat": N_("Sat"),
    "sun": N_("Sun"),
}
_STANDINGS: Final = {
    "resolved": STATUS_AFTER["resolved"],
    "snoozed": STATUS_AFTER["snoozed"],
    "reply": STATUS_AFTER["snoozed"],
}


def after_sending(actions: Iterable[ReplyAction]) -> str:
    """``After sending: label refund, snooze 1d``; empty when nothing happens."""
    said = list(dict.fromkeys(filter(None, map(_in_words, actions))))
    return _("After sending: {actions}").format(actions=_(", ").join(said)) if said else ""


def written_actions(actions: Iterable[ReplyAction]) -> str:
    """``label refund  ·  snooze 1d``: all that is written, also what changes nothing."""
    return "  ·  ".join(_in_words(action) or _(STATUS_AFTER["open"]) for action in actions)


def when_offered(reply: QuickReply) -> str:
    """``after-sale  ·  A B  ·  chat  ·  2026-11-01 – 2026-11-11, 09:00-18:00  ·  Mon Tue``; empty for always."""
    stage = STAGE_WORDS.get(reply.stage)
    days = reply.valid.days if reply.valid else ()
    parts = [
        _(stage) if stage else "",
        " ".join(reply.tier),
        " ".join(_(CHANNEL_NAMES.get(each, each)) for each in reply.channels),
        in_words(replace(reply.valid, days=())) if reply.valid else "",
        " ".join(_(DAY_NAMES.get(each, each)) for each in days),
    ]
    return "  ·  ".join(filter(None, parts))


def _in_words(action: ReplyAction) -> str:
    if action.kind == "label":
        return _("label {name}").format(name=action.value)
    if action.kind == "priority":
        return _("priority {word}").format(word=_(PRIORITIES[action.value]))
    if action.value in _STANDINGS:
        return _(_STANDINGS[action.value])
    return _("snooze {time}").format(time=action.value) if action.kind == "snooze" else ""
