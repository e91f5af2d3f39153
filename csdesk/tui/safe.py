"""The last border before the terminal: outside text becomes Content, and every line is guarded.

Two layers, each enough alone (measured over 27 payload classes, research/perf.md 5):
``plain`` is the only way text from customers, files and packs reaches a widget, and
``ControlGuard`` removes what commands a terminal from every rendered line, whoever made it.
"""

from __future__ import annotations

import re

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.content import Content
from textual.filter import LineFilter

from csdesk.text import clean, clean_line, narrow

_MARKS = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_invisible = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U0001f3fb-\U0001f3ff\U000e0000-\U000e01ef]"
    f"|{_MARKS}{{9}}"
)
"""What no cell of the screen may hold: controls, bidi, fillers, joiners, selectors, tags, towers of marks."""

_tower = re.compile(f"({_MARKS}{{8}}){_MARKS}+")


def display(text: str) -> str:
    """``text`` cleaned, and narrowed to what terminals agree on; line breaks stay."""
    return narrow(clean(text))


def display_line(text: str) -> str:
    """``text`` as ``display`` shows it, on one line."""
    return narrow(clean_line(text))


def plain(text: str) -> Content:
    """``text`` for a widget: no markup, no control, no surprise in its width."""
    return Content(display(text))


def plain_line(text: str) -> Content:
    """``text`` on one line for a widget: names, subjects, previews."""
    return Content(display_line(text))


class ControlGuard(LineFilter):
    """Removes control characters from each rendered Segment without changing its width.

    Give one from ``App.get_line_filters()``. Ordinary segments cost one regular expression
    search; a repaired one is cut or padded to the cells it had been laid out for.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """``segments`` with the same widths and without any character of ``_invisible``."""
        if not any(map(_is_unsafe, segments)):
            return segments
        return [_repaired(segment) if _is_unsafe(segment) else segment for segment in segments]


def _is_unsafe(segment: Segment) -> bool:
    text, style, _control = segment
    if style is not None and style.link and _invisible.search(style.link):
        return True
    return not (text.isascii() and text.isprintable()) and _invisible.search(text) is not None


def _repaired(segment: Segment) -> Segment:
    text, style, control = segment
    shown = _invisible.sub("", _tower.sub(r"\1", narrow(text)))
    cells = cell_len(text)
    if cell_len(shown) != cells:
        shown = set_cell_size(shown, cells)
    return Segment(shown, _without_link(style), control)


def _without_link(style: Style | None) -> Style | None:
    """``style`` without a link whose address would smuggle a control into OSC 8."""
    if style is not None and style.link and _invisible.search(style.link):
        return style.update_link(None)
    return style
