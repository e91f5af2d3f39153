"""The parts of a pack that have rules of their own: slots, times of validity, actions after sending."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date

from csdesk import template
from csdesk.i18n import _
from csdesk.model.conversation import Priority, Status
from csdesk.model.reply import ReplyAction, Slot, Validity
from csdesk.yamlsafe import Fields

MAX_TITLE = 80
MAX_LABEL = 40
MOST_ACTIONS = 10
SLOT_KINDS = ("text", "choice", "date", "number")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ACTION_KINDS = ("label", "status", "snooze", "priority")

_SLOT_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_DATE = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])")
_HOURS = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d-(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)")
_SNOOZE = re.compile(r"[1-9]\d{0,3}[mhdw]|reply")
_NUMBER = re.compile(r"-?\d{1,12}(?:\.\d{1,6})?")


def matching(fields: Fields, key: str, pattern: re.Pattern[str], example: str) -> str:
    """A required text that has to fit ``pattern``; empty (and a problem) when it does not."""
    text = fields.text(key, is_required=True)
    if not text or pattern.fullmatch(text):
        return text
    reason = _("“{text}” is no good {key}").format(text=text[:40], key=key)
    fields.complain(key, reason, _("Use: {example}.").format(example=example))
    return ""


def several(fields: Fields, key: str, allowed: Collection[str]) -> tuple[str, ...]:
    """A list of words that are all in ``allowed``."""
    texts = fields.texts(key)
    for text in texts:
        if text not in allowed:
            reason = _("“{text}” is not a known {key}").format(text=text[:40], key=key)
            fields.complain(key, reason, _("Use one of: {choices}.").format(choices=", ".join(allowed)))
    return texts


def read_slots(top: Fields) -> dict[str, Slot]:
    """The slots that are declared under ``vars``, by name."""
    declared = top.fields("vars")
    if declared is None:
        return {}
    slots: dict[str, Slot] = {}
    for name, mark, node in declared.pairs():
        if not _SLOT_NAME.fullmatch(name) or name == template.CURSOR:
            reason = _("“{name}” is no good name for a slot").format(name=name[:40])
            declared.problems.append(mark.problem(reason, _("Use small letters, digits and _, such as eta.")))
            continue
        slots[name] = _read_slot(name, Fields(node, declared.problems))
    return slots


def _read_slot(name: str, fields: Fields) -> Slot:
    choices = fields.texts("choices", most=30)
    if not all(choice.strip() for choice in choices):
        fields.complain("choices", _("an empty choice"), _("Remove it, or set “required: false”."))
    kind = fields.choice("type", SLOT_KINDS, "choice" if choices else "text")
    if kind == "choice" and not choices:
        fields.complain("type", _("a choice without choices"), _("Add “choices: [one, two]”."))
    least, most = (_bound(fields, key, kind) for key in ("min", "max"))
    if least is not None and most is not None and most < least:
        fields.complain("max", _("“max” is less than “min”"), _("Exchange the two."))
    slot = Slot(
        name=name,
        prompt=fields.text("prompt", name, longest=MAX_TITLE),
        kind=kind,
        choices=choices,
        is_required=fields.flag("required", True),
        least=least,
        most=most,
    )
    fields.finish()
    return slot


def _bound(fields: Fields, key: str, kind: str) -> float | None:
    text = fields.text(key)
    if not text:
        return None
    if kind != "number":
        reason = _("“{key}” is for numbers only").format(key=key)
        fields.complain(key, reason, _("Remove it, or add “type: number”."))
    elif not _NUMBER.fullmatch(text):
        fields.complain(key, _("“{text}” is no number").format(text=text[:40]), _("Write it as 10 or 0.5."))
    else:
        return float(text)
    return None


def read_validity(fields: Fields | None) -> Validity | None:
    """When a reply may be used; None for always."""
    if fields is None:
        return None
    validity = Validity(
        first_day=_day(fields, "from"),
        last_day=_day(fields, "until"),
        days=several(fields, "days", DAYS),
        hours=_optional(fields, "hours", _HOURS, "09:00-18:00"),
    )
    if validity.first_day and validity.last_day and validity.last_day < validity.first_day:
        fields.complain("until", _("“until” is before “from”"), _("Exchange the two."))
    fields.finish()
    return None if validity == Validity() else validity


def _day(fields: Fields, key: str) -> str:
    text = _optional(fields, key, _DATE, "2026-01-31")
    try:
        if text:
            date.fromisoformat(text)
    except ValueError:
        reason = _("“{text}” is not in the calendar").format(text=text)
        fields.complain(key, reason, _("Check the day of the month."))
        return ""
    return text


def _optional(fields: Fields, key: str, pattern: re.Pattern[str], example: str) -> str:
    return matching(fields, key, pattern, example) if fields.has(key) else fields.text(key)


def read_actions(fields: Fields) -> tuple[ReplyAction, ...]:
    """What sending the reply does, in the order it is written."""
    actions: list[ReplyAction] = []
    for node in fields.entries("actions"):
        if len(actions) >= MOST_ACTIONS:
            reason = _("a reply has {limit} actions at most").format(limit=MOST_ACTIONS)
            fields.problems.append(node.mark.problem(reason, _("Remove some.")))
            break
        entry = Fields(node, fields.problems)
        for kind in ACTION_KINDS:
            if value := entry.text(kind).strip():
                _check_action(entry, kind, value)
                actions.append(ReplyAction(kind, value))
        entry.finish()
    return tuple(actions)


def _check_action(entry: Fields, kind: str, value: str) -> None:
    known = {
        "status": [status.value for status in Status],
        "priority": [priority.word for priority in Priority],
    }.get(kind)
    if known is not None and value not in known:
        reason = _("“{text}” is not a known {key}").format(text=value[:40], key=kind)
        entry.complain(kind, reason, _("Use one of: {choices}.").format(choices=", ".join(known)))
    elif kind == "snooze" and not _SNOOZE.fullmatch(value):
        entry.complain(
            kind, _("“{text}” is no time to wait").format(text=value[:40]), _("Write 30m, 2h, 1d or reply.")
        )
    elif kind == "label" and (len(value) > MAX_LABEL or "\n" in value):
        reason = _("“{text}” is too long for a label").format(text=value[:40])
        entry.complain(kind, reason, _("Use one line of {limit} characters at most.").format(limit=MAX_LABEL))
