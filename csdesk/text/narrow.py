"""Text as terminals agree to draw it: for the screen only, what is stored stays as it was.

Terminals and width tables disagree on skin tones, keycaps, emoji made by a variation
selector or by joiners, on tabs, fillers and characters newer than Unicode 14 (36 of 47
strings agreed before, 73 of 74 after; research/perf.md 5). Each disagreement shifts the
rest of its line, pane borders included.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from csdesk.text.tables import is_ordinary

UNKNOWN = "\u25a1"
"""The box shown for a character that terminals do not know yet."""

TAB = "    "
_JOINER = "\u200d"

_NEW_EMOJI = frozenset(
    chr(code)
    for first, last in (
        (0x1F6D8, 0x1F6DC),
        (0x1FA75, 0x1FA77),
        (0x1FA87, 0x1FA8F),
        (0x1FAAD, 0x1FAAF),
        (0x1FABB, 0x1FABF),
        (0x1FAC6, 0x1FACF),
        (0x1FADA, 0x1FADF),
        (0x1FAE8, 0x1FAEF),
        (0x1FAF7, 0x1FAFF),
    )
    for code in range(first, last + 1)
)
"""Places given to emoji after Unicode 14, whatever Unicode this Python knows."""


def narrow(text: str) -> str:
    """``text`` with only what terminals agree on; its width is that of every terminal we measured.

    Emoji lose skin tone, keycap and variation selector, a joined sequence keeps its first
    glyph, tabs are four spaces, characters unknown to Unicode 14 are ``UNKNOWN``.
    """
    if is_ordinary(text) and "\t" not in text:
        return text
    shown: list[str] = []
    skip_joined = False
    for character in text:
        if character == _JOINER:
            skip_joined = bool(shown) and _is_symbol(shown[-1])
            continue
        if skip_joined and _is_symbol(character):
            skip_joined = False
            continue
        as_shown = _shown(character)
        if as_shown:
            skip_joined = False
            shown.append(as_shown)
    return "".join(shown)


@lru_cache(maxsize=4096)
def _is_symbol(character: str) -> bool:
    return unicodedata.category(character[-1]) in ("So", "Sm", "Cn")


@lru_cache(maxsize=4096)
def _shown(character: str) -> str:
    """How one character is drawn; ``""`` for what only changes the character before it."""
    if character == "\t":
        return TAB
    if (
        "\ufe00" <= character <= "\ufe0f"
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\U000e0100" <= character <= "\U000e01ef"
        or character in "\u200c\u20e3"
    ):
        return ""
    if character in _NEW_EMOJI or unicodedata.category(character) == "Cn":
        return UNKNOWN
    return character
