"""Placeholders in prepared texts: ``{{ path | fallback }}``, ``{{cursor}}``, ``{{{{`` for a literal ``{{``.

There is no code in a template and no second look at what was filled in: a body is read once from
left to right, and a customer named ``{{agent.phone}}`` stays exactly that. Work is linear in the
length of the body plus the length of the values.

A value that is missing and has no fallback leaves an *open slot*, written ``{eta}``. Its name stays
in the text on purpose: a draft that is loaded again next week still knows what is open
(:func:`find_unfilled`), and an agent sees what to fill in.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from csdesk.errors import DataError
from csdesk.i18n import _

CURSOR = "cursor"
OPENING = "{{"
CLOSING = "}}"
ESCAPED_OPENING = "{{{{"

_PATH = r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*"
_WHOLE_PATH = re.compile(_PATH)
_OPEN_SLOT = re.compile(rf"(?<!\{{)\{{({_PATH})\}}(?!\}})")


class TemplateError(DataError):
    """A body breaks the grammar; ``position`` is the code point where it does."""

    def __init__(self, sentence: str, hint: str, position: int) -> None:
        super().__init__("template.syntax", sentence, hint)
        self.position = position


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One ``{{ path | fallback }}``; ``start`` and ``end`` are code points of the body."""

    path: str
    fallback: str | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Unfilled:
    """An open slot in a text; ``start`` and ``end`` are code points of that text."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Expansion:
    """A filled-in body: where the caret goes (None: behind the text) and what is still open."""

    text: str
    cursor: int | None
    unfilled: tuple[Unfilled, ...]


def expand(body: str, values: Mapping[str, str], *, optional: Collection[str] = ()) -> Expansion:
    """Fill ``body`` in. A value that is absent or blank counts as missing.

    Missing values give way to the fallback; without one, a name in ``optional`` becomes nothing and
    any other name an open slot. Raises TemplateError.
    """
    written: list[str] = []
    unfilled: list[Unfilled] = []
    cursor: int | None = None
    length = 0
    for part in _parts(body):
        if isinstance(part, str):
            text = part
        elif part.path == CURSOR:
            cursor, text = length, ""
        else:
            text, is_open = _filled(part, values, optional)
            if is_open:
                unfilled.append(Unfilled(part.path, length, length + len(text)))
        written.append(text)
        length += len(text)
    return Expansion("".join(written), cursor, tuple(unfilled))


def placeholders(body: str) -> tuple[Placeholder, ...]:
    """Every placeholder of ``body``, ``{{cursor}}`` included, in reading order. Raises TemplateError."""
    return tuple(part for part in _parts(body) if isinstance(part, Placeholder))


def find_unfilled(text: str) -> tuple[Unfilled, ...]:
    """The open slots in a text that was expanded earlier and perhaps edited since."""
    return tuple(Unfilled(found.group(1), found.start(), found.end()) for found in _OPEN_SLOT.finditer(text))


def slot_marker(name: str) -> str:
    """How an open slot is written into a text."""
    return f"{{{name}}}"


def escape(text: str) -> str:
    """``text`` as a body that expands to exactly ``text``."""
    return text.replace(OPENING, ESCAPED_OPENING)


def _filled(part: Placeholder, values: Mapping[str, str], optional: Collection[str]) -> tuple[str, bool]:
    value = values.get(part.path, "")
    if value.strip():
        return value, False
    if part.fallback is not None:
        return part.fallback, False
    if part.path in optional:
        return "", False
    return slot_marker(part.path), True


def _parts(body: str) -> list[str | Placeholder]:
    """``body`` cut into literal texts and placeholders."""
    parts: list[str | Placeholder] = []
    has_cursor = False
    at = 0
    while (opening := body.find(OPENING, at)) >= 0:
        parts.append(body[at:opening])
        if body.startswith(ESCAPED_OPENING, opening):
            parts.append(OPENING)
            at = opening + len(ESCAPED_OPENING)
            continue
        part = _placeholder_at(body, opening)
        if part.path == CURSOR:
            _refuse_second_cursor(has_cursor, opening)
            has_cursor = True
        parts.append(part)
        at = part.end
    parts.append(body[at:])
    return parts


def _placeholder_at(body: str, opening: int) -> Placeholder:
    closing = body.find(CLOSING, opening + len(OPENING))
    if closing < 0:
        raise TemplateError(
            _("{{ is never closed"),
            _("Close the placeholder with }}, or write {{{{ for two plain braces."),
            opening,
        )
    inside = body[opening + len(OPENING) : closing]
    path, bar, fallback = inside.partition("|")
    path = path.strip()
    if OPENING in inside or "\n" in inside or not _WHOLE_PATH.fullmatch(path):
        raise TemplateError(
            _("“{text}” is not a placeholder").format(text=inside[:40].strip()),
            _("Write {{name}}, {{contact.name}} or {{contact.name | friend}}, on one line."),
            opening,
        )
    if path == CURSOR and bar:
        raise TemplateError(_("{{cursor}} takes no fallback"), _("Write {{cursor}} alone."), opening)
    return Placeholder(path, fallback.strip() if bar else None, opening, closing + len(CLOSING))


def _refuse_second_cursor(has_cursor: bool, opening: int) -> None:
    if has_cursor:
        raise TemplateError(
            _("{{cursor}} stands there twice"), _("Keep the one where typing should go on."), opening
        )
