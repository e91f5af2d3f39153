"""The small decisions of the reply editor, apart from any widget: triggers, queries, spans, key rhythm."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

TRIGGERS = frozenset("/／、")
"""What opens the quick replies; under a Chinese input method the slash key gives the last two."""

CLOSE_KEYS_S = 0.010
"""Keys closer than this, in seconds, were not typed by a person: an unbracketed paste."""


class Span(NamedTuple):
    """A stretch of the text, in code points, and the name of the style it is drawn in."""

    start: int
    end: int
    style: str


def opens_query(line_before: str, character: str) -> bool:
    """Whether typing ``character`` after ``line_before`` (its line up to the caret) asks for a quick reply.

    A slash does at the start of a line, after a space and after CJK punctuation; ``、`` is
    everyday punctuation and does only at the start of a line.
    """
    if character not in TRIGGERS:
        return False
    if not line_before:
        return True
    last = line_before[-1]
    return character != "、" and (last.isspace() or _is_cjk_punctuation(last))


def query_at(text: str, start: int, cursor: int) -> str | None:
    """What is asked for from the trigger at ``start`` to the caret; None when it is no query any more."""
    if not start < cursor <= len(text) or text[start] not in TRIGGERS:
        return None
    query = text[start + 1 : cursor]
    return None if "\n" in query or query[:1].isspace() else query


def shifted(spans: Iterable[Span], old: str, new: str) -> list[Span]:
    """``spans`` of ``old`` where they are in ``new``; those that the one change between touches are gone."""
    kept_head = _common_prefix(old, new)
    kept_tail = _common_prefix(old[kept_head:][::-1], new[kept_head:][::-1])
    moved_from, by = len(old) - kept_tail, len(new) - len(old)
    found: list[Span] = []
    for span in spans:
        if span.end <= kept_head:
            found.append(span)
        elif span.start >= moved_from:
            found.append(Span(span.start + by, span.end + by, span.style))
    return found


class KeyRhythm:
    """Tells keys that follow one another too closely for fingers. Times are seconds of one clock."""

    def __init__(self, close_s: float = CLOSE_KEYS_S) -> None:
        self._close_s = close_s
        self._last = float("-inf")

    def is_close(self, at: float) -> bool:
        """Note a key at ``at``; whether it came right behind the one before."""
        close = at - self._last < self._close_s
        self._last = at
        return close


def _is_cjk_punctuation(character: str) -> bool:
    return not character.isascii() and unicodedata.category(character).startswith("P")


def _common_prefix(one: str, other: str) -> int:
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one.startswith(other[low:middle], low):
            low = middle
        else:
            high = middle - 1
    return low
