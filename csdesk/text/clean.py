"""What text from outside may contain: visible stand-ins for everything that commands a terminal.

Measured against Textual 8.2 (research/perf.md 5): ESC, OSC, C1 and bidi controls in data
reach the terminal from nearly every widget. So nothing invisible or commanding is kept:
the reader sees a stand-in where it stood. Ordinary emoji and their joiners stay.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from csdesk.text.tables import ORDINARY, is_ordinary

MARKS_KEPT = 8
"""How many combining marks may stack on one character (real writing uses at most four)."""

REPLACEMENT = "\ufffd"
BLACK_FLAG = "\U0001f3f4"

_blank_run = re.compile("[ \n\t]+")

_FILLERS = frozenset(
    "\u00ad\u115f\u1160\u180e\u200b\u3164\ufeff\uffa0\ufff9\ufffa\ufffb"
    + "".join(map(chr, (*range(0x2060, 0x2066), *range(0x206A, 0x2070))))
)
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_MARK = "mark"  # no stand-in is this word: a verdict of _fate, not a text
_TAG = "tag"


def clean(text: str) -> str:
    """``text`` with line breaks as ``\\n`` and no character that commands a terminal or hides.

    C0 but ``\\n`` and ``\\t`` and DEL become Unicode control pictures, C1 and lone surrogates
    U+FFFD, bidi controls their number in ⟨⟩, a run of tag characters one U+FFFD (nothing
    after a black flag, where they spell a regional flag). Zero-width fillers go away. Marks
    beyond ``MARKS_KEPT`` on one character are cut. Linear, idempotent; raises nothing.
    """
    if is_ordinary(text):
        return text
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _unusual_run().sub(_clean_run, text)


def clean_line(text: str) -> str:
    """``clean(text)`` on one line: each run of line breaks, tabs and spaces is one space, none at the ends."""
    return _blank_run.sub(" ", clean(text)).strip(" ")


def listed(typed: str) -> tuple[str, ...]:
    """The names in a list somebody typed, ``vip， parcel``: parted by commas of either width, empty ones left out."""
    return tuple(part.strip() for part in typed.replace("，", ",").split(",") if part.strip())


@lru_cache(maxsize=1)
def _unusual_run() -> re.Pattern[str]:
    """A run of what needs a second look; compiled when the first such text comes."""
    return re.compile(f"[^{ORDINARY}\n\t]+")


def _clean_run(match: re.Match[str]) -> str:
    """The stand-ins for a run of unusual characters; the character before it is an ordinary one."""
    kept: list[str] = []
    marks = 0
    start = match.start()
    before = match.string[start - 1] if start else ""
    for character in match.group():
        fate = _fate(character)
        if fate == _MARK:
            marks += 1
            if marks <= MARKS_KEPT:
                kept.append(character)
                before = character
        elif fate == _TAG:
            if before not in (BLACK_FLAG, _TAG):
                kept.append(REPLACEMENT)
                marks = 0
                before = _TAG
        elif fate:
            kept.append(fate)
            marks = 0
            before = character
    return "".join(kept)


@lru_cache(maxsize=4096)
def _fate(character: str) -> str:
    """What becomes of one unusual character: its stand-in (``""`` = dropped), or _MARK or _TAG."""
    code = ord(character)
    if character in _FILLERS:
        return ""
    if character in _BIDI:
        return f"\u27e8{code:04X}\u27e9"
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if code in (0x85, 0x2028, 0x2029):
        return "\n"
    if 0x80 <= code < 0xA0 or 0xD800 <= code < 0xE000:
        return REPLACEMENT
    if 0xE0000 <= code < 0xE0080:
        return _TAG
    if code in (0x200C, 0x200D) or unicodedata.category(character).startswith("M"):
        return _MARK
    return character
