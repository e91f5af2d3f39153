"""Codes for replies that have none yet, or one that cannot be typed here."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from csdesk.replies.keys import is_han, tokens

MOST = 32
UNNAMED = "reply"
LONGEST_MADE = 12
INITIALS = 6
"""Of a run of Chinese characters; more are no help in finding it."""
_CODE = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")

Spell = Callable[[str], str]
"""A Chinese title as words and syllables with spaces between, one for each of its tokens."""


def is_code(text: str) -> bool:
    """Whether ``text`` can be a code as it stands."""
    return _CODE.fullmatch(text) is not None


def code_from(name: str, spell: Spell) -> str:
    """A code that ``name`` suggests: itself where it can be one, else the initials of its Chinese characters
    and its Latin words (``退货政策`` is thzc, ``Refund policy`` is refund-policy); "" when it has neither."""
    plain = name.strip().lower()
    if is_code(plain):
        return plain
    words = [name[start:end] for start, end in tokens(name)]
    spelled = spell(name).split() if any(is_han(word) for word in words) else words
    if len(spelled) != len(words):
        spelled = words
    pieces: list[str] = []
    was_han = False
    for word, sound in zip(words, spelled, strict=True):
        kept = re.sub("[^a-z0-9]", "", sound.lower())
        if not kept:
            continue
        if is_han(word) and was_han:
            pieces[-1] += kept[0] if len(pieces[-1]) < INITIALS else ""
        else:
            pieces.append(kept[0] if is_han(word) else kept)
        was_han = is_han(word)
    return _cut("-".join(pieces))


def free_code(wanted: str, taken: Collection[str]) -> str:
    """``wanted``, or the first of wanted-2, wanted-3 ... that is not in ``taken``."""
    stem = wanted or UNNAMED
    if stem not in taken:
        return stem
    number = 2
    while numbered(stem, number) in taken:
        number += 1
    return numbered(stem, number)


def numbered(stem: str, number: int) -> str:
    """``stem`` with a number behind it, in the length of a code."""
    return f"{stem[: MOST - 1 - len(str(number))]}-{number}"


def _cut(code: str) -> str:
    """``code`` in a length that a person types, cut between words where it can be."""
    if len(code) <= LONGEST_MADE:
        return code
    short = code[:LONGEST_MADE]
    return short.rpartition("-")[0] if "-" in short and code[LONGEST_MADE] != "-" else short.rstrip("-")
