"""The words that are looked for, lit in the lines of a message."""

from __future__ import annotations

from collections.abc import Sequence

from rich.style import Style
from textual.strip import Strip

from csdesk.store.search_snippet import places_in
from csdesk.store.search_terms import Span, Term
from csdesk.tui.widgets.line import with_style
from csdesk.tui.widgets.message_blocks import GUTTER, Block, Kind


def light(strip: Strip, block: Block, number: int, terms: Sequence[Term], style: Style) -> Strip:
    """``strip``, line ``number`` of ``block``, with what ``terms`` say in ``style``."""
    for start, end in _spans_on(block, number, terms):
        strip = with_style(strip, GUTTER + start, GUTTER + end, style)
    return strip


def _spans_on(block: Block, number: int, terms: Sequence[Term]) -> list[Span]:
    """Places on one line. The text is looked through as a whole: a word may go on in the next line."""
    if block.lines[number].kind is not Kind.BODY:
        return []
    text, begin = "", 0
    for place, line in enumerate(block.lines):
        if line.kind is Kind.BODY:
            begin = len(text) if place == number else begin
            text += line.text if line.is_continued else line.text + "\n"
    end = begin + len(block.lines[number].text.rstrip())
    return [
        (max(first, begin) - begin, min(last, end) - begin)
        for first, last in places_in(text, terms)
        if first < end and last > begin
    ]
