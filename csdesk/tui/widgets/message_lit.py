"""Words lit in the lines of a message: those that are looked for, and colleagues named in a note."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from rich.style import Style
from textual.strip import Strip

from csdesk.model.mention import mentions
from csdesk.store.search_snippet import places_in
from csdesk.store.search_terms import Span, Term
from csdesk.tui.widgets.line import with_style
from csdesk.tui.widgets.message_blocks import GUTTER, Block, Kind


def light(strip: Strip, block: Block, number: int, terms: Sequence[Term], style: Style) -> Strip:
    """``strip``, line ``number`` of ``block``, with what ``terms`` say in ``style``."""
    for start, end in _spans_on(block, number, lambda text: places_in(text, terms)):
        strip = with_style(strip, GUTTER + start, GUTTER + end, style)
    return strip


def light_names(
    strip: Strip, block: Block, number: int, names: Sequence[str], style: Style, mine: Style
) -> Strip:
    """``strip`` with ``names`` behind an ``@`` in ``style``, the first of them in ``mine``."""
    for chosen, shown in ((names[1:], style), (names[:1], mine)):
        for start, end in _spans_on(block, number, partial(_named, names=names, chosen=chosen)):
            strip = with_style(strip, GUTTER + start, GUTTER + end, shown)
    return strip


def _named(text: str, *, names: Sequence[str], chosen: Sequence[str]) -> list[Span]:
    return [(start, end) for start, end, name in mentions(text, names) if name in chosen]


def _spans_on(block: Block, number: int, places: Callable[[str], Sequence[Span]]) -> list[Span]:
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
        for first, last in places(text)
        if first < end and last > begin
    ]
