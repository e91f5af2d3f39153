"""What another desk may state: times that are times, ids in the one way they are written, words that are known.

A hub carries whatever a login sends. One word that nobody knows would make its row, and every list with that row in
it, unreadable; an id that is written in a second way would be found by who reads it and missed by who erases it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum

from csdesk.clock import is_time
from csdesk.ids import is_uid
from csdesk.model.availability import Availability, Cause
from csdesk.model.conversation import Priority, SnoozeKind, Stage, Status, Tier
from csdesk.model.handover import Role as Side
from csdesk.model.message import Delivery, Sender
from csdesk.model.operation import Kind, Operation
from csdesk.model.people import Lifecycle, Role

_TIMES = ("at", "since", "until", "due", "resolved_at", "snooze_until")
_UIDS = (
    "agent",
    "approval",
    "approver",
    "asked",
    "assignee",
    "author",
    "by",
    "contact",
    "conversation",
    "giver",
    "inbox",
    "into",
    "message",
    "offer",
    "replaces",
    "team",
    "to",
    "to_agent",
    "to_team",
    "transfer",
    "uid",
)
_COUNTS = ("capacity", "episode", "hold_ms", "item", "notice", "seen", "size", "upto", "wait", "wait_floor")
_FLAGS = ("is_active", "is_blocked", "is_done", "kept", "offline", "wakes", "assumed")
_TEXTS = (
    "author_name",
    "birthday",
    "channel",
    "digest",
    "email",
    "external_id",
    "key",
    "label",
    "lang",
    "name",
    "note",
    "phone",
    "reason",
    "rule",
    "section",
    "sha256",
    "source",
    "source_id",
    "subject",
    "text",
    "thing",
    "thread",
    "title",
)


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value < 1 << 63


def _is_flag(value: object) -> bool:
    return isinstance(value, int) and value in (0, 1)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


_SHAPES: Mapping[str, Callable[[object], bool]] = {
    **dict.fromkeys(_TIMES, is_time),
    **dict.fromkeys(_UIDS, is_uid),
    **dict.fromkeys(_COUNTS, _is_count),
    **dict.fromkeys(_FLAGS, _is_flag),
    **dict.fromkeys(_TEXTS, _is_text),
}


Words = Mapping[str, type[Enum]]
_CONTACT: Words = {"tier": Tier, "lifecycle": Lifecycle}
_AGENT: Words = {"role": Role}
_TALK: Words = {"stage": Stage}
_WORDS: Mapping[int, Words] = {
    Kind.CONTACT_ADDED: _CONTACT,
    Kind.CONTACT_EDITED: _CONTACT,
    Kind.AGENT_ADDED: _AGENT,
    Kind.AGENT_EDITED: _AGENT,
    Kind.AGENT_AVAILABILITY_CHANGED: {"status": Availability, "cause": Cause},
    Kind.CONVERSATION_OPENED: _TALK,
    Kind.CONVERSATION_EDITED: _TALK,
    Kind.CONVERSATION_SNOOZED: {"kind": SnoozeKind},
    Kind.CONVERSATION_PRIORITISED: {"priority": Priority},
    Kind.CONVERSATION_RESTORED: {"status": Status, "snooze_kind": SnoozeKind},
    Kind.MESSAGE_ADDED: {"from": Sender, "delivery": Delivery},
    Kind.MESSAGE_DELIVERED: {"state": Delivery},
    Kind.HANDOVER_SIGNED: {"as": Side},
}


def check(operation: Operation) -> None:
    """Raises ValueError for a body that says of a time, an id or a word what is none. What is left out or null is
    neither."""
    body, words = operation.body, _WORDS.get(operation.kind, {})
    _check(body, words)
    before, items = body.get("before"), body.get("items")
    for inner in (before, *(items if isinstance(items, list) else ())):
        if isinstance(inner, Mapping):
            _check(inner, words)


def _check(facts: Mapping[str, object], words: Words) -> None:
    for field, value in facts.items():
        if value is None:
            continue
        fits = _SHAPES.get(field)
        if fits is not None and not fits(value):
            raise ValueError(f"{field} is not what it should be")
    for field, known in words.items():
        if facts.get(field) is not None:
            known(facts[field])
