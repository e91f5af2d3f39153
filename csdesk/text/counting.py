"""How long a text is as a channel counts it, and cutting one that is too long into parts."""

from __future__ import annotations

import re
from enum import StrEnum
from itertools import accumulate
from typing import Final

from csdesk.text.graphemes import graphemes


class Unit(StrEnum):
    """What a channel counts. A family emoji is 1 grapheme, 5 code points, 8 UTF-16 units."""

    GRAPHEMES = "graphemes"
    CODE_POINTS = "code points"
    UTF16 = "UTF-16 units"


def count(text: str, unit: Unit) -> int:
    """The length of ``text`` in ``unit``."""
    match unit:
        case Unit.GRAPHEMES:
            return len(graphemes(text))
        case Unit.CODE_POINTS:
            return len(text)
        case Unit.UTF16:
            return len(text) + sum(character > "\uffff" for character in text)


_BREAKS: Final = tuple(
    re.compile(pattern)
    for pattern in (r"\n\s*\n", r"\n", r"[。！？!?…][”’」』）)]*|[.](?=\s)", r"[，,；;：]|\s")
)
"""Where a part may end, the best first: paragraph, line, sentence, clause or word."""


def parts(text: str, most: int, unit: Unit) -> list[str]:
    """``text`` in parts of at most ``most``, each ending at the best place in its second half.

    Nothing but space at the edges is lost and no grapheme is cut, unless one alone is over ``most``.
    """
    found: list[str] = []
    rest = text.strip()
    while count(rest, unit) > most:
        head = _head(rest, most, unit)
        found.append(head.rstrip())
        rest = rest[len(head) :].lstrip()
    return [*found, rest] if rest else found


def _head(text: str, most: int, unit: Unit) -> str:
    """The first part of a ``text`` that is too long."""
    room = text[: 2 * most + 2] if unit is not Unit.GRAPHEMES else text
    units = graphemes(room)
    sizes = accumulate(count(each, unit) for each in units)
    fitting = "".join(each for each, size in zip(units, sizes, strict=True) if size <= most)
    fitting = fitting or text[:most]
    for pattern in _BREAKS:
        ends = [each.end() for each in pattern.finditer(fitting, len(fitting) // 2)]
        if ends:
            return fitting[: ends[-1]]
    return fitting
