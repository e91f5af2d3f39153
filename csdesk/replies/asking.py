"""The slots that wordings ask for: found, renamed, taken out, and described as a pack would take them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from csdesk import template
from csdesk.errors import Refused
from csdesk.i18n import _
from csdesk.model.reply import QuickReply, Slot
from csdesk.replies.schema import KNOWN_PATHS
from csdesk.replies.schema_parts import read_slots
from csdesk.replies.written import STEP, Written, key_lines
from csdesk.template import Placeholder
from csdesk.yamlsafe import Fields, Problems, loads


def texts_of(reply: QuickReply) -> tuple[str, ...]:
    """Everything of ``reply`` that may hold placeholders."""
    return (*reply.wordings, reply.fallback, reply.subject)


def slot_names(texts: Iterable[str]) -> tuple[str, ...]:
    """The names of slots that ``texts`` ask for, in reading order; a text that breaks the grammar asks for none."""
    found = (part.path for text in texts for part in _placeholders(text))
    return tuple(dict.fromkeys(path for path in found if path not in KNOWN_PATHS and "." not in path))


def renamed(text: str, old: str, new: str) -> str:
    """``text`` with the slot ``old`` under the name ``new``; what stands behind its bar stays."""
    return _each(text, old, lambda part: _spelled(new, part.fallback))


def without(text: str, name: str) -> str:
    """``text`` without the slot ``name``: in its place stands what it gave way to, or nothing."""
    return _each(text, name, lambda part: template.escape(part.fallback or ""))


def placeholder(name: str) -> str:
    """How a slot is written into a body."""
    return _spelled(name, None)


def with_renamed(reply: QuickReply, old: str, new: str) -> QuickReply:
    """``reply`` whose texts ask for ``new`` where they asked for ``old``."""
    return _in_all(reply, lambda text: renamed(text, old, new))


def without_slot(reply: QuickReply, name: str) -> QuickReply:
    """``reply`` whose texts ask for ``name`` no more."""
    return _in_all(reply, lambda text: without(text, name))


def described(name: str, told: Written) -> Slot:
    """The slot ``name`` of which a pack says ``told``. Raises Refused with what the schema has against it."""
    text = "\n".join(["vars:", *key_lines(name, told, len(STEP))])
    problems = Problems()
    slots = read_slots(Fields(loads(text), problems))
    if problems:
        raise Refused("replies.not_valid", _("{reason}.").format(reason=problems[0].reason), problems[0].fix)
    return slots[name]


def _in_all(reply: QuickReply, change: Callable[[str], str]) -> QuickReply:
    return replace(
        reply,
        body=change(reply.body),
        variants=tuple(change(variant) for variant in reply.variants),
        fallback=change(reply.fallback),
        subject=change(reply.subject),
    )


def _placeholders(text: str) -> tuple[Placeholder, ...]:
    try:
        return template.placeholders(text)
    except template.TemplateError:
        return ()


def _each(text: str, name: str, spell: Callable[[Placeholder], str]) -> str:
    for part in reversed(_placeholders(text)):
        if part.path == name:
            text = text[: part.start] + spell(part) + text[part.end :]
    return text


def _spelled(name: str, fallback: str | None) -> str:
    inside = name if fallback is None else f"{name} | {fallback}"
    return f"{template.OPENING}{inside}{template.CLOSING}"
