"""Two ways to look through thousands of short texts within a keystroke: one blob, and one sorted list.

A *row* is the number of a reply in the finder. Both give rows in ranges ``first <= row < last``.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

SEPARATOR = "\n"
_AFTER_EVERY_TEXT = "\U0010ffff"


class Column:
    """One text per row, joined, so that ``str.find`` walks them all in C. Texts hold no newline."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.blob = SEPARATOR.join(texts) + SEPARATOR
        self._starts = [0, *accumulate(len(text) + 1 for text in texts)]

    def text(self, row: int) -> str:
        """The text of ``row``."""
        return self.blob[self._starts[row] : self._starts[row + 1] - 1]

    def rows_with(self, needle: str, first: int, last: int) -> Iterator[int]:
        """Rows that hold ``needle``, in order, each once."""
        starts, find = self._starts, self.blob.find
        end = starts[last]
        at = find(needle, starts[first], end)
        while at >= 0:
            row = bisect_right(starts, at, first, last) - 1
            yield row
            first = row + 1
            at = find(needle, starts[first], end)


class Prefixes:
    """Texts in order, so that those that begin with something stand together. A row may have several."""

    def __init__(self, pairs: Iterable[tuple[str, int]]) -> None:
        ordered = sorted(pairs)
        self._texts = [text for text, _row in ordered]
        self._rows = [row for _text, row in ordered]

    def equal_rows(self, text: str) -> Sequence[int]:
        """Rows with exactly ``text``, in order."""
        low = bisect_left(self._texts, text)
        return self._rows[low : bisect_right(self._texts, text, low)]

    def longer_rows(self, start: str, most: int) -> Sequence[int]:
        """Rows whose text begins with ``start`` and goes on: the shortest alphabetical stretch of ``most``."""
        low = bisect_right(self._texts, start)
        high = bisect_left(self._texts, start + _AFTER_EVERY_TEXT, low)
        return self._rows[low : min(high, low + most)]
