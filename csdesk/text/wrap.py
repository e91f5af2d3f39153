"""Breaking a paragraph into lines the Chinese way.

No line starts with closing punctuation or ends with opening punctuation; letters, digits
and order numbers stay whole when a line can hold them; between two Chinese characters a
line may break anywhere. The rules are those of GB/T 15834 and of CLREQ ("prohibition
rules for line start and line end"), greedy and in one pass.
"""

from __future__ import annotations

from functools import lru_cache

from rich.cells import cell_len

from csdesk.text.graphemes import graphemes

NOT_AT_START = frozenset("，。！？；：、）》」』】〕〗〙〛｝］｠”’…—％‰℃°·～〜々ー｡｣､\u3001,.!?;:)]}%")
"""Characters that must not begin a line."""

NOT_AT_END = frozenset("（《「『【〔〖〘〚｛［｟“‘￥＄￡$¥£€([{")
"""Characters that must not end a line: opening marks, and the sign before an amount."""

_SPACES = " \u3000\t"


# What a grapheme is for the breaker: its kind in the low bits, and the two prohibitions.
_SPACE, _WORD, _FREE = 1, 2, 4
_CLOSES, _OPENS = 8, 16


def wrap(text: str, cells: int) -> list[str]:
    """The lines of ``text`` in ``cells`` cells; spaces at a break are dropped, everything else stays.

    Line breaks in ``text`` end lines. Every line is at most ``cells`` wide, unless one single
    grapheme is wider. ``cells`` < 1 does not wrap.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        start = 0
        for offset in wrap_offsets(paragraph, cells):
            lines.append(paragraph[start:offset].rstrip(_SPACES))
            start = offset
        last = paragraph[start:]
        lines.append(last if cells < 1 or cell_len(last) <= cells else last.rstrip(_SPACES))
    return lines


def wrap_offsets(text: str, cells: int) -> list[int]:
    """Where the lines after the first begin in one paragraph without ``\\n``: code point offsets.

    Nothing is lost between the offsets: spaces at a break hang at the end of their line and
    are the only thing that may stand beyond ``cells``.
    """
    if cells < 1 or cell_len(text) <= cells:
        return []
    found: list[int] = []
    start = position = width = 0  # of the current line; width counts from start to position
    between, between_width = 0, 0  # the last break between words, and the width up to it
    inside, inside_width = 0, 0  # the last break that splits at most a word
    ink = 0  # the last grapheme that is not a space
    before = 0
    for grapheme in graphemes(text):
        cells_here, here = _traits(grapheme)
        if not here & _SPACE:
            if ink and not (here & _CLOSES or ink & _OPENS):
                inside, inside_width = position, width
                if before & _SPACE or not (ink & here & _WORD):
                    between, between_width = position, width
            while width + cells_here > cells and position > start:
                offset, up_to = position, width
                if between > start:
                    offset, up_to = between, between_width
                elif inside > start:
                    offset, up_to = inside, inside_width
                found.append(offset)
                start = offset
                width -= up_to
                between_width -= up_to
                inside_width -= up_to
            ink = here
        before = here
        position += len(grapheme)
        width += cells_here
    return found


@lru_cache(maxsize=8192)
def _traits(grapheme: str) -> tuple[int, int]:
    """The cells of a grapheme, and what it is for the breaker."""
    first = grapheme[0]
    if grapheme in _SPACES:
        return cell_len(grapheme), _SPACE
    kind = _WORD if _is_word(first) else _FREE
    if first in NOT_AT_START:
        kind |= _CLOSES
    if first in NOT_AT_END:
        kind |= _OPENS
    return cell_len(grapheme), kind


def _is_word(character: str) -> bool:
    """Whether ``character`` is part of an unbroken word: not CJK, not an emoji, not full-width."""
    return character.isascii() or (character.isalpha() and cell_len(character) == 1)
