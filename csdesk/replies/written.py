"""A reply as a pack file writes it: its keys in their usual order, its values as YAML a person likes to read.

Only what differs from a default is written. A text stands without quotes where YAML reads it as just that
text, several lines stand as a block; what neither can hold is quoted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Final

from csdesk.model.reply import QuickReply, Slot

Value = str | bool | float | tuple[str, ...] | Mapping[str, "Value"] | tuple[Mapping[str, str], ...]
Written = dict[str, Value]
"""The values of a mapping by key, in the order in which they are written."""

KEY_ORDER: Final = (
    "id", "code", "aliases", "title", "folder", "tags", "stage", "tier", "channels", "subject", "body",
    "variants", "fallback", "valid", "actions", "note", "source", "etiquette",
)  # fmt: skip
SLOT_ORDER: Final = ("prompt", "type", "choices", "required", "min", "max")
STEP = "  "

_ENTRY_MARKS = "-?:,[]{}#&*!|>'\"%@`"
_SPECIAL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_OTHER_THAN_TEXT = re.compile(
    r"~|null|true|false|yes|no|on|off|y|n|[-+.]?[0-9][0-9_,.:eExXoOabcdfABCDF+-]*|[-+]?\.(?:inf|nan)"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*|=|<<",
    re.IGNORECASE,
)
"""What other YAML readers take for a number, a date, a yes or a nothing; our own reads any scalar as a text."""


def written_reply(reply: QuickReply) -> Written:
    """What a pack says of ``reply``; keys whose value is the default are left out, except the id."""
    valid = reply.valid
    told: Written = {
        "id": reply.id,
        "code": reply.code,
        "aliases": reply.aliases,
        "title": reply.title,
        "folder": reply.folder,
        "tags": reply.tags,
        "stage": "" if reply.stage == "any" else reply.stage,
        "tier": reply.tier,
        "channels": reply.channels,
        "subject": reply.subject,
        "body": reply.body,
        "variants": reply.variants,
        "fallback": reply.fallback,
        "valid": {}
        if valid is None
        else _said(
            {
                "from": valid.first_day,
                "until": valid.last_day,
                "days": valid.days,
                "hours": valid.hours,
            }
        ),
        "actions": tuple({action.kind: action.value} for action in reply.actions),
        "note": reply.note,
        "source": reply.source,
        "etiquette": {"checked": True} if reply.is_etiquette_checked else {},
    }
    return _said(told)


def written_slot(slot: Slot) -> Written:
    """What a pack says of ``slot`` under ``vars``."""
    kind = "" if slot.kind == ("choice" if slot.choices else "text") else slot.kind
    told: Written = {
        "prompt": slot.prompt,
        "type": kind,
        "choices": slot.choices,
    }
    optional: Written = {} if slot.is_required else {"required": False}
    bounds = {key: value for key, value in (("min", slot.least), ("max", slot.most)) if value is not None}
    return _said(told) | optional | bounds


def key_lines(key: str, value: Value, indent: int) -> list[str]:
    """``key: value`` as lines that begin ``indent`` spaces in."""
    margin = " " * indent
    name = f"{margin}{scalar(key)}:"
    if isinstance(value, str):
        return _text_lines(name, value, indent)
    if isinstance(value, bool):
        return [f"{name} {'true' if value else 'false'}"]
    if isinstance(value, float):
        return [f"{name} {value:.15g}"]
    if isinstance(value, Mapping):
        return [name, *mapping_lines(value, indent + len(STEP))]
    if any("\n" in each for each in value if isinstance(each, str)):
        return [name, *(line for each in value for line in _item_lines(str(each), indent))]
    return [f"{name} [{', '.join(_flow(each) for each in value)}]"]


def mapping_lines(values: Mapping[str, Value], indent: int) -> list[str]:
    """Every key with its value, ``indent`` spaces in."""
    return [line for key, value in values.items() for line in key_lines(key, value, indent)]


def item_lines(values: Mapping[str, Value], indent: int) -> list[str]:
    """A mapping as an entry of a list whose dash stands ``indent`` spaces in."""
    lines = mapping_lines(values, indent + len(STEP))
    return [" " * indent + "- " + lines[0][indent + len(STEP) :], *lines[1:]]


def scalar(text: str) -> str:
    """``text`` on one line, quoted only where it has to be."""
    if _needs_escapes(text):
        return json.dumps(text, ensure_ascii=False) if not _SPECIAL.search(text) else _escaped(text)
    if _is_plain(text):
        return text
    return json.dumps(text, ensure_ascii=False) if "'" in text and '"' not in text else _single(text)


def _said(values: Mapping[str, Value]) -> Written:
    return {key: value for key, value in values.items() if value}


def _text_lines(name: str, text: str, indent: int) -> list[str]:
    if "\n" not in text or not _fits_block(text):
        return [f"{name} {scalar(text)}"]
    margin = " " * (indent + len(STEP))
    return [f"{name} |-", *(margin + line if line else "" for line in text.split("\n"))]


def _item_lines(text: str, indent: int) -> list[str]:
    return _text_lines(" " * (indent + len(STEP)) + "-", text, indent + len(STEP))


def _fits_block(text: str) -> bool:
    """Whether a literal block gives exactly ``text`` back: no break at its ends, no space before its first line."""
    return not (_SPECIAL.search(text) or text[0] in " \n" or text[-1] == "\n")


def _flow(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key)}: {_flow(each)}" for key, each in value.items()) + "}"
    text = str(value)
    plain = scalar(text)
    return _single(text) if plain == text and any(sign in text for sign in ",[]{}:") else plain


def _needs_escapes(text: str) -> bool:
    return "\n" in text or _SPECIAL.search(text) is not None


def _is_plain(text: str) -> bool:
    return not (
        not text
        or text != text.strip()
        or text[0] in _ENTRY_MARKS
        or ": " in text
        or " #" in text
        or text[-1] == ":"
        or text.startswith("---")
        or text.startswith("...")
        or _OTHER_THAN_TEXT.fullmatch(text)
    )


def _single(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _escaped(text: str) -> str:
    """``text`` in double quotes, its special characters as YAML escapes."""
    quoted = json.dumps(text, ensure_ascii=False)
    return _SPECIAL.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)


def pack_head(id: str, title: str, lang: str, scope: str, comments: Iterable[str] = ()) -> list[str]:
    """The lines of a new pack without replies."""
    about: Written = {"id": id, "title": title, "lang": lang, "scope": scope}
    return [
        *(f"# {comment}" for comment in comments),
        "schema: csdesk.pack/1",
        "pack:",
        *mapping_lines(about, len(STEP)),
    ]
