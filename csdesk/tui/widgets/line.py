"""One line of a line-drawing widget: styled pieces laid out by cells, never cut inside a character."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from csdesk.text import cell_width, truncate

Piece = tuple[str, Style]
"""Text that is safe to show, and how."""

GAP = 2


def build_line(width: int, ground: Style, left: Sequence[Piece], right: Sequence[Piece] = ()) -> Strip:
    """A strip of exactly ``width`` cells: ``left`` from the left, ``right`` against the right edge.

    ``right`` is kept whole where it leaves half the line free, and dropped otherwise; what is
    too long on the left ends in an ellipsis.
    """
    right_width = sum(cell_width(text) for text, _style in right)
    if right_width and right_width + GAP > width // 2:
        right, right_width = (), 0
    room = width - (right_width + GAP if right_width else 0)
    segments: list[Segment] = []
    used = 0
    for text, style in left:
        fitting = text if used + cell_width(text) <= room else truncate(text, room - used)
        if fitting:
            segments.append(Segment(fitting, style))
            used += cell_width(fitting)
    blank = width - used - right_width
    if blank > 0:
        segments.append(Segment(" " * blank, ground))
    segments.extend(Segment(text, style) for text, style in right)
    return Strip(segments, width)


def centred(width: int, ground: Style, text: str, style: Style) -> Strip:
    """``text`` in the middle of ``width`` cells, truncated where it is wider."""
    shown = truncate(text, width)
    before = max(0, (width - cell_width(shown)) // 2)
    return build_line(width, ground, [(" " * before, ground), (shown, style)])


def with_style(strip: Strip, start: int, end: int, style: Style) -> Strip:
    """``strip`` with its text from place ``start`` to ``end`` (-1: its end) in ``style``."""
    text = strip.text
    first = strip.index_to_cell_position(min(start, len(text)))
    last = strip.cell_length if end == -1 else strip.index_to_cell_position(min(end, len(text)))
    if last <= first:
        return strip
    cut = strip.divide([first, last, strip.cell_length])
    over = [Segment(text, own + style if own else style) for text, own, _control in cut[1]]
    return Strip.join([cut[0], Strip(over, cut[1].cell_length), *cut[2:]])
