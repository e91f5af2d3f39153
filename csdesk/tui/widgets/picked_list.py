"""A list of prepared rows with a cursor, drawn line by line: only what is in view costs anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from csdesk.i18n import N_
from csdesk.tui.glyphs import glyphs
from csdesk.tui.themes import palette_of
from csdesk.tui.typed_ahead import ActsAtOnce
from csdesk.tui.widgets.line import Piece, build_line

T = TypeVar("T")
Draw = Callable[[T, str, int], tuple[list[Piece], list[Piece]]]
"""A row, the surface it lies on and its width: the pieces at its left and at its right."""


class PickedList(ActsAtOnce, Widget, Generic[T], can_focus=True):
    """Rows of any kind; ``draw`` tells how one looks."""

    DEFAULT_CSS = "PickedList { height: 1fr; background: $raised; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j,ｊ", "step(1)", N_("One row down"), id="picked.down"),
        Binding("up,k,ｋ", "step(-1)", N_("One row up"), id="picked.up"),
        Binding("pagedown,space", "page(1)", N_("One page down"), id="picked.page_down"),
        Binding("pageup,b,ｂ", "page(-1)", N_("One page up"), id="picked.page_up"),
        Binding("home,g,ｇ", "step(-1000000)", N_("To the first row"), id="picked.first"),
        Binding("end,G,Ｇ", "step(1000000)", N_("To the last row"), id="picked.last"),
        Binding("enter", "choose", N_("Open"), id="picked.choose"),
    ]

    @dataclass
    class Highlighted(Message):
        """The cursor of ``list`` is on another row, or its rows are others."""

        list: PickedList[Any]

    @dataclass
    class Chosen(Message):
        """Enter, or a click on the row under the cursor."""

    def __init__(self, draw: Draw[T], *, id: str) -> None:
        super().__init__(id=id)
        self._draw_row = draw
        self._rows: Sequence[T] = ()
        self._first = 0
        self.index = 0

    @property
    def chosen(self) -> T | None:
        """The row under the cursor."""
        return self._rows[self.index] if self._rows else None

    def __len__(self) -> int:
        return len(self._rows)

    def show(self, rows: Sequence[T], index: int = 0) -> None:
        """Draw ``rows`` with the cursor on ``index``, as far as there are as many."""
        self._rows = rows
        self.index = max(0, min(index, len(rows) - 1))
        self._scroll()
        self.post_message(self.Highlighted(self))

    def action_step(self, by: int) -> None:
        self.show(self._rows, self.index + by)

    def action_page(self, by: int) -> None:
        self.action_step(by * max(1, self.size.height - 1))

    def action_choose(self) -> None:
        if self._rows:
            self.post_message(self.Chosen())

    def on_resize(self) -> None:
        self._scroll()

    def on_click(self, event: events.Click) -> None:
        place = self._first + event.y
        if place == self.index:
            self.action_choose()
        elif place < len(self._rows):
            self.show(self._rows, place)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.action_step(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.action_step(-1)

    def _scroll(self) -> None:
        """Keep the cursor in view, and no empty lines below the last row."""
        height = max(1, self.size.height)
        self._first = min(self._first, self.index, max(0, len(self._rows) - height))
        self._first = max(self._first, self.index - height + 1)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        palette, width = palette_of(self.app), self.size.width
        place = self._first + y
        if place >= len(self._rows):
            return build_line(width, palette.style("content", "raised"), ())
        is_here = place == self.index
        surface = "selected" if is_here else "raised"
        left, right = self._draw_row(self._rows[place], surface, width)
        bar = (glyphs().bar if is_here else " ") + " "
        mark: Piece = (bar, palette.style("accent", surface, bold=True))
        return build_line(width, palette.style("content", surface), [mark, *left], right)
