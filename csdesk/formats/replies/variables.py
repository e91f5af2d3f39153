"""The placeholders of other systems and ours, in both directions.

A placeholder that has no counterpart stays in the text as it was written, and is told. Our own spelling
(``{{shop.name}}``) is understood in every file, so what another system cannot fill in comes back as it went.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from csdesk import template
from csdesk.replies.schema import KNOWN_PATHS, OPEN_FAMILY

NAME = r"[A-Za-z_][\w.]{0,80}"
OURS = rf"\{{\{{\s*(?P<own>{NAME})\s*(?:\|\s*(?P<own_fallback>[^{{}}\n]*?)\s*)?\}}\}}"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a system writes placeholders.

    ``pattern`` finds theirs (group ``name``) and ours (``own``); any other group that took part is a fallback.
    ``paths`` are ours by their names in small letters; ``write`` makes one from their name and a fallback
    ("" when there is none).
    """

    pattern: re.Pattern[str]
    paths: Mapping[str, str]
    write: Callable[[str, str], str]
    names: Mapping[str, str]
    """Theirs by our paths."""
    has_fallbacks: bool = False


@dataclass(frozen=True, slots=True)
class Mapped:
    """A text in the other spelling, and the placeholders that stayed as they were."""

    text: str
    unmapped: tuple[str, ...] = ()
    without_fallback: tuple[str, ...] = field(default=())
    """Placeholders whose fallback could not come along."""


def to_ours(text: str, dialect: Dialect, slots: Collection[str] = ()) -> Mapped:
    """``text`` as a body of ours. ``slots`` are names that the pack it goes to knows."""
    pieces: list[str] = []
    unmapped: list[str] = []
    at = 0
    before: tuple[str | None, str] | None = None
    for found in dialect.pattern.finditer(text):
        groups = {key: value for key, value in found.groupdict().items() if value}
        name = groups.pop("name", "") or groups.pop("own", "")
        is_ours = found[0].startswith(template.OPENING)
        path = dialect.paths.get(name.lower()) or (name if is_ours and is_own(name, slots) else None)
        between = text[at : found.start()]
        at = found.end()
        if path is not None and before and before[0] == path and before[1] != name and not between.strip():
            continue  # a first name and a last name are one name here
        pieces.append(template.escape(between))
        before = (path, name)
        if path is None:
            pieces.append(template.escape(found[0]))
            unmapped.append(found[0])
            continue
        pieces.append(_placeholder(path, _plain(next(iter(groups.values()), ""))))
    pieces.append(template.escape(text[at:]))
    body = "".join(pieces)
    if not _is_body(body):
        return Mapped(template.escape(text), tuple(found[0] for found in dialect.pattern.finditer(text)))
    return Mapped(body, tuple(unmapped))


def to_theirs(body: str, dialect: Dialect) -> Mapped:
    """A body of ours as the other system writes it; the mark of the cursor goes."""
    pieces: list[str] = []
    unmapped: list[str] = []
    lost: list[str] = []
    at = 0
    for part in template.placeholders(body):
        pieces.append(_literal(body[at : part.start]))
        at = part.end
        if part.path == template.CURSOR:
            continue
        name, fallback = dialect.names.get(part.path), part.fallback or ""
        if name is None:
            pieces.append(_placeholder(part.path, fallback))
            unmapped.append(_placeholder(part.path, ""))
        else:
            pieces.append(dialect.write(name, fallback))
            lost += [_placeholder(part.path, "")] if fallback and not dialect.has_fallbacks else []
    pieces.append(_literal(body[at:]))
    return Mapped("".join(pieces), tuple(dict.fromkeys(unmapped)), tuple(dict.fromkeys(lost)))


def is_own(path: str, slots: Collection[str]) -> bool:
    """Whether ``path`` is a placeholder of ours, where the pack knows ``slots``."""
    return path in KNOWN_PATHS or path in slots or path.startswith(OPEN_FAMILY)


def _placeholder(path: str, fallback: str) -> str:
    return f"{{{{{path} | {fallback}}}}}" if fallback else f"{{{{{path}}}}}"


def _plain(fallback: str) -> str:
    """``fallback`` without what would end the placeholder."""
    return " ".join(fallback.replace("{", "").replace("}", "").split())


def _literal(text: str) -> str:
    return text.replace(template.ESCAPED_OPENING, template.OPENING)


def _is_body(body: str) -> bool:
    try:
        template.placeholders(body)
    except template.TemplateError:
        return False
    return True
