"""Widths in terminal cells, by the same tables Textual paints with (``rich.cells``)."""

from __future__ import annotations

from rich.cells import cell_len

from csdesk.text.graphemes import JOINER, each_grapheme


def cell_width(text: str) -> int:
    """How many terminal cells ``text`` takes on one line (a line break and a tab count 0)."""
    return cell_len(text)


def truncate(text: str, cells: int, ellipsis: str = "…") -> str:
    """``text`` if it fits into ``cells``; else as many whole graphemes as fit before ``ellipsis``."""
    if cells <= 0:
        return ""
    if len(text) <= cells * 2 and cell_len(text) <= cells:
        return text
    room = cells - cell_len(ellipsis)
    if room < 0:
        ellipsis, room = "", cells
    cut = used = position = 0
    for grapheme in each_grapheme(text):
        used += cell_len(grapheme)
        if used > cells:
            return text[:cut] + ellipsis
        position += len(grapheme)
        if used <= room:
            cut = position
    return text


def fit(text: str, cells: int, ellipsis: str = "…") -> str:
    """``text`` truncated or padded with spaces to exactly ``cells`` cells."""
    shown = truncate(text, cells, ellipsis).rstrip(JOINER)  # a joiner left open would eat a space
    return shown + " " * (cells - cell_len(shown))
