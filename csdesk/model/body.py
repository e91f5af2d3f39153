"""What another desk may state: times that are times, ids in the one way they are written, words that are known.

A hub carries whatever a login sends. One word that nobody knows would make its row, and every list with that row in
it, unreadable; an id that is written in a second way would be found by who reads it and missed by who erases it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

from csdesk.clock import is_time
from csdesk.ids import UID_DIGITS
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


Check = Callable[[Any], object]
"""Says with something true that a value is what it should be; else with nothing, or by raising TypeError."""


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value < 1 << 63


def _is_flag(value: object) -> bool:
    return isinstance(value, int) and value in (0, 1)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


_SHAPES: Mapping[str, Check] = {
    **dict.fromkeys(_TIMES, is_time),
    **dict.fromkeys(_UIDS, re.compile(f"[0-9a-f]{{{UID_DIGITS}}}|").fullmatch),
    **dict.fromkeys(_COUNTS, _is_count),
    **dict.fromkeys(_FLAGS, _is_flag),
    **dict.fromkeys(_TEXTS, _is_text),
}

Words = Mapping[str, type[Enum]]
_CONTACT: Words = {"tier": Tier, "lifecycle": Lifecycle}
_AGENT: Words = {"role": Role}
_TALK: Words = {"stage": Stage}
_WORDS: Mapping[Kind, Words] = {
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


def _checks(words: Words) -> dict[str, Check]:
    known = {field: frozenset(word.value for word in kind) for field, kind in words.items()}
    return {**_SHAPES, **{field: values.__contains__ for field, values in known.items()}}


_OF_KIND: Mapping[int, Mapping[str, Check]] = {int(kind): _checks(words) for kind, words in _WORDS.items()}
_NESTED = frozenset({int(Kind.CONVERSATION_RESTORED), int(Kind.HANDOVER_WRITTEN)})
"""Kinds whose bodies hold others: how a conversation was ``before``, and the ``items`` of a handover."""


def check(operation: Operation) -> None:
    """Raises ValueError (TypeError for what is not even of its kind) for a body that says of a time, an id, a number or a
    word what is none. What is left out or null is neither."""
    checks = _OF_KIND.get(operation.kind, _SHAPES)
    _check(operation.body, checks)
    if operation.kind in _NESTED:
        before, items = operation.body.get("before"), operation.body.get("items")
        for inner in (before, *(items if isinstance(items, list) else ())):
            if isinstance(inner, dict):
                _check(inner, checks)


def _check(facts: Mapping[str, Any], checks: Mapping[str, Check]) -> None:
    for field, value in facts.items():
        fits = checks.get(field)
        if fits is not None and value is not None and not fits(value):
            raise ValueError(f"{field} is not what it should be")
