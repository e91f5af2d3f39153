"""The small decisions of the reply editor, apart from any widget: triggers, queries, spans, key rhythm."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from enum import Enum, auto
from typing import Final, NamedTuple


class Ask(Enum):
    """What a trigger in the text, or the slot being filled in, asks for."""

    REPLY = auto()
    EMOJI = auto()
    COLLEAGUE = auto()
    SLOT = auto()


TRIGGERS: Final = {
    "/": Ask.REPLY, "／": Ask.REPLY, "、": Ask.REPLY,
    ":": Ask.EMOJI, "：": Ask.EMOJI,
    "@": Ask.COLLEAGUE, "＠": Ask.COLLEAGUE,
}  # fmt: skip
"""What each trigger asks for; under a Chinese input method the same keys give the other forms."""

SIGNS: Final = {Ask.EMOJI: ":", Ask.COLLEAGUE: "@"}
"""How a search for what stands in no pack shows what it is for."""

EVERYDAY: Final = frozenset("、：")
"""Triggers that Chinese sentences are full of: they ask only at the start of a line."""

QUERY_KEYS: Final = frozenset({"up", "down", "enter", "tab", "escape", "ctrl+n", "pageup", "pagedown"})
"""Keys that move and choose in what was found for a query."""

CLOSE_KEYS_S = 0.010
"""Keys closer than this, in seconds, were not typed by a person: an unbracketed paste."""


class Span(NamedTuple):
    """A stretch of the text, in code points, and the name of the style it is drawn in."""

    start: int
    end: int
    style: str


def asked_by(line_before: str, character: str) -> Ask | None:
    """What typing ``character`` after ``line_before`` (its line up to the caret) asks for, if anything.

    A trigger asks at the start of a line, after a space and after CJK punctuation. An ``@`` also asks
    inside a Chinese sentence, which has no spaces; a Latin word before it makes it a mail address.
    """
    ask = TRIGGERS.get(character)
    if ask is None or not line_before:
        return ask
    last = line_before[-1]
    if ask is Ask.COLLEAGUE:
        return None if last.isascii() and not last.isspace() else ask
    return ask if character not in EVERYDAY and (last.isspace() or _is_cjk_punctuation(last)) else None


def query_at(text: str, start: int, cursor: int) -> str | None:
    """What is asked for from the trigger at ``start`` to the caret; None when it is no query any more."""
    if not start < cursor <= len(text) or text[start] not in TRIGGERS:
        return None
    query = text[start + 1 : cursor]
    if TRIGGERS[text[start]] is Ask.EMOJI:
        return query if all(character.isalpha() or character in "_-" for character in query) else None
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
