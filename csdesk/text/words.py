"""Word steps for writing without spaces: the caret stops where a clause or a script begins.

A stop is the start of a run of one kind (CJK, letters and digits, anything else); spaces
and punctuation belong to the step before them. So one step through Chinese is a clause,
never the whole sentence and never one character.
"""

from __future__ import annotations

from functools import lru_cache

from csdesk.text.graphemes import is_boundary

_CLAUSE_ENDS = frozenset("。！？，、；：…—,.!?;:·～~)）]】》」』”’\"'")
_BLANK, _CLAUSE_END, _CJK, _WORD, _OTHER, _ATTACHED = range(6)


def next_word(text: str, index: int) -> int:
    """The first word stop after ``index``; len(text) if there is none."""
    position = max(0, index) + 1
    while position < len(text) and not _is_stop(text, position):
        position += 1
    return min(position, len(text))


def previous_word(text: str, index: int) -> int:
    """The last word stop before ``index``; 0 if there is none."""
    position = min(index, len(text)) - 1
    while position > 0 and not _is_stop(text, position):
        position -= 1
    return max(position, 0)


def _is_stop(text: str, index: int) -> bool:
    here = _kind(text[index])
    if here in (_BLANK, _CLAUSE_END, _ATTACHED):
        return False
    return _kind_before(text, index) != here and is_boundary(text, index)


def _kind_before(text: str, index: int) -> int:
    """The kind of the character before ``index``, looking through marks that sit on another."""
    while index > 0:
        index -= 1
        kind = _kind(text[index])
        if kind != _ATTACHED:
            return kind
    return _BLANK


@lru_cache(maxsize=4096)
def _kind(character: str) -> int:
    if character.isspace():
        return _BLANK
    if character in _CLAUSE_ENDS:
        return _CLAUSE_END
    if (
        "\u2e80" <= character <= "\u9fff"
        or "\uac00" <= character <= "\ud7a3"
        or "\uf900" <= character <= "\ufaff"
    ):
        return _CJK
    if "\U00020000" <= character <= "\U0003ffff":
        return _CJK
    if character.isalnum() or character == "_":
        return _WORD
    if character in "\u200c\u200d" or "\u0300" <= character <= "\u036f" or "\ufe00" <= character <= "\ufe0f":
        return _ATTACHED
    return _OTHER
