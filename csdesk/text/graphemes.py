"""What a person calls one character: the unit the caret steps over and deletes.

A simple form of UAX #29 that never disagrees with ``rich.cells`` on widths: a character
of zero cells belongs to the one before it, a zero-width joiner holds both its sides, and
regional indicators go in pairs. Boundaries are code point offsets, 0 and len(text) included.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from rich.cells import get_character_cell_size

from csdesk.text.tables import is_ordinary

JOINER = "\u200d"


def graphemes(text: str) -> list[str]:
    """``text`` cut into its graphemes; joined they are ``text`` again."""
    return list(text) if is_ordinary(text) else list(each_grapheme(text))


def each_grapheme(text: str) -> Iterator[str]:
    """The graphemes of ``text`` one by one, in linear time."""
    if is_ordinary(text):
        yield from text
        return
    start = flags = 0
    for index in range(1, len(text)):
        flags = flags + 1 if _is_flag_half(text[index - 1]) else 0
        if _joined(text[index - 1], text[index], flags):
            continue
        yield text[start:index]
        start = index
    if text:
        yield text[start:]


def next_boundary(text: str, index: int) -> int:
    """The first boundary after ``index`` (len(text) at the end). Looks at a few characters only."""
    position = max(0, index) + 1
    while position < len(text) and not is_boundary(text, position):
        position += 1
    return min(position, len(text))


def previous_boundary(text: str, index: int) -> int:
    """The last boundary before ``index`` (0 at the start). Looks at a few characters only."""
    position = min(index, len(text)) - 1
    while position > 0 and not is_boundary(text, position):
        position -= 1
    return max(position, 0)


def is_boundary(text: str, index: int) -> bool:
    """Whether a caret may stand at ``index``."""
    if index <= 0 or index >= len(text):
        return index in (0, len(text))
    flags = 0
    if _is_flag_half(text[index]):
        while flags < index and _is_flag_half(text[index - 1 - flags]):
            flags += 1
    return not _joined(text[index - 1], text[index], flags)


def _joined(before: str, after: str, flags: int) -> bool:
    """Whether two neighbours are one grapheme; ``flags`` regional indicators end at ``before``."""
    if before == "\r":
        return after == "\n"
    if before == "\n" or after in "\r\n":
        return False
    return before == JOINER or _extends(after) or (flags % 2 == 1 and _is_flag_half(after))


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


@lru_cache(maxsize=4096)
def _extends(character: str) -> bool:
    """Whether ``character`` takes no cell of its own and so belongs to the one before it."""
    return get_character_cell_size(character) == 0 and character not in "\t\r\n"
