"""A quick reply as the fields of a form hold it: a text a field, and what is written there as a reply again.

A field that nobody wrote in leaves the reply as it was, to the letter. What a person writes is tidied: signs
of double width, a day such as ``friday``, hours such as ``9-18``. What is no good stays as it was written,
for :mod:`csdesk.replies.complaints` to say so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Final

from csdesk.model.conversation import Tier
from csdesk.model.reply import QuickReply, ReplyAction, Validity
from csdesk.replies.schema import ANY_STAGE, CHANNELS
from csdesk.replies.schema_parts import ACTION_KINDS, DAYS
from csdesk.replies.slots import read_day
from csdesk.text import listed

LINES: Final = ("code", "title", "aliases", "folder", "tags", "note", "subject")
OFFERED: Final = ("stage", "tier", "channels", "from", "until", "days", "hours")
"""When a reply is offered."""
AFTER: Final = ("label", "snooze", "status", "priority")
"""What sending it does."""
SEVERAL: Final[Mapping[str, tuple[str, ...]]] = {
    "tier": tuple(tier.value for tier in Tier),
    "channels": CHANNELS,
    "days": DAYS,
}
"""Fields that hold some of a few words, in this order, parted by spaces."""

_VALIDITY: Final = {"from": "first_day", "until": "last_day", "days": "days", "hours": "hours"}
_HOUR: Final = r"(\d{1,2})(?:[:.点時时](\d{2})?)?"
_HOURS = re.compile(rf"{_HOUR}\s*(?:[-–—~〜至到])\s*{_HOUR}")
_SPAN = re.compile(r"(\d{1,4})\s*([a-z]+|分钟?|小时|天|日|周|星期)")
_UNITS: Final = {
    "分": "m", "分钟": "m", "min": "m", "小时": "h", "天": "d", "日": "d", "day": "d", "days": "d",
    "周": "w", "星期": "w", "week": "w", "weeks": "w", "hour": "h", "hours": "h",
}  # fmt: skip


def said_of(reply: QuickReply) -> dict[str, str]:
    """What each field shows of ``reply``, in one line."""
    valid = reply.valid or Validity()
    last = {action.kind: action.value for action in reply.actions}
    told = {
        **{name: getattr(reply, name) for name in ("code", "title", "folder", "note", "subject")},
        "aliases": ", ".join(reply.aliases),
        "tags": ", ".join(reply.tags),
        "stage": "" if reply.stage == ANY_STAGE else reply.stage,
        "tier": " ".join(reply.tier),
        "channels": " ".join(reply.channels),
        "from": valid.first_day,
        "until": valid.last_day,
        "days": " ".join(valid.days),
        "hours": valid.hours,
        **{kind: last.get(kind, "") for kind in ACTION_KINDS},
        "label": ", ".join(action.value for action in reply.actions if action.kind == "label"),
    }
    return {name: " ".join(text.splitlines()) for name, text in told.items()}


def with_said(reply: QuickReply, said: Mapping[str, str], today: date) -> QuickReply:
    """``reply`` with what was written into the fields of ``said``; ``today`` is what ``+3d`` counts from."""
    shown = said_of(reply)
    new = {name: tidied(name, text, today) for name, text in said.items() if text != shown[name]}
    told: dict[str, object] = {name: text for name, text in new.items() if name in LINES}
    told |= {name: listed(new[name]) for name in ("aliases", "tags") if name in new}
    if "stage" in new:
        told["stage"] = new["stage"] or ANY_STAGE
    told |= {name: tuple(new[name].split()) for name in ("tier", "channels") if name in new}
    if any(name in _VALIDITY for name in new):
        told["valid"] = _valid(reply.valid or Validity(), new)
    if any(name in ACTION_KINDS for name in new):
        told["actions"] = _actions(reply.actions, {**shown, **new}, "label" in new)
    return replace(reply, **told)  # type: ignore[arg-type]  # each by its own name, of its own kind


def tidied(name: str, text: str, today: date) -> str:
    """``text`` as the field ``name`` is written in a pack; what cannot be read so stays as it is."""
    plain = text.strip()
    if name in ("code", "aliases"):
        return unicodedata.normalize("NFKC", plain).lower()
    if name in ("from", "until"):
        day = read_day(unicodedata.normalize("NFKC", plain), today)
        return plain if day is None else day.isoformat()
    if name == "hours":
        return _tidy_hours(plain)
    if name == "snooze":
        return _tidy_span(plain)
    if name in SEVERAL:
        marked = plain.split()
        return " ".join(word for word in SEVERAL[name] if word in marked)
    return plain


def contradict(actions: tuple[ReplyAction, ...]) -> bool:
    """Whether ``actions`` both snooze and set a status: only the last of them would count."""
    return {"snooze", "status"} <= {action.kind for action in actions}


def _valid(held: Validity, new: Mapping[str, str]) -> Validity | None:
    told: dict[str, object] = {
        field: tuple(new[name].split()) if name == "days" else new[name]
        for name, field in _VALIDITY.items()
        if name in new
    }
    valid = replace(held, **told)  # type: ignore[arg-type]  # each by its own name, of its own kind
    return None if valid == Validity() else valid


def _actions(
    held: tuple[ReplyAction, ...], said: Mapping[str, str], has_new_labels: bool
) -> tuple[ReplyAction, ...]:
    """One action a kind and one a label; kinds stay in the order in which they were written."""
    labels = [action.value for action in held if action.kind == "label"]
    if has_new_labels:
        labels = list(dict.fromkeys(listed(said["label"])))
    wanted = [ReplyAction("label", label) for label in labels]
    wanted += [ReplyAction(kind, said[kind]) for kind in AFTER if kind != "label" and said[kind]]
    order = list(dict.fromkeys([*(action.kind for action in held), *AFTER]))
    return tuple(sorted(wanted, key=lambda action: order.index(action.kind)))


def _tidy_hours(plain: str) -> str:
    found = _HOURS.fullmatch(unicodedata.normalize("NFKC", plain))
    if found is None:
        return plain
    begin, begin_minute, end, end_minute = found.groups()
    return f"{int(begin):02}:{begin_minute or '00'}-{int(end):02}:{end_minute or '00'}"


def _tidy_span(plain: str) -> str:
    """``2 hours`` and ``2小时`` as 2h."""
    lower = unicodedata.normalize("NFKC", plain).lower()
    found = _SPAN.fullmatch(lower)
    if found is None:
        return lower
    return f"{int(found[1])}{_UNITS.get(found[2], found[2])}"
