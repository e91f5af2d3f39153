"""A list of conversations of any length: one widget, a window of rows read by key."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from csdesk.model.conversation import QueueRow
from csdesk.text import wrap
from csdesk.tui.keys import Place, bindings
from csdesk.tui.typed_ahead import ActsAtOnce
from csdesk.tui.widgets.line import centred
from csdesk.tui.widgets.line_view import MOST_KEPT, LineView, keep
from csdesk.tui.widgets.row_view import RowView, Shown
from csdesk.tui.widgets.row_window import EmptySource, RowSource


class RowList(ActsAtOnce, LineView):
    """Rows of a ``RowSource`` under a cursor. A subclass draws a row; the screen gives the source.

    The cursor stands on a conversation, not on a place: it stays on it when rows move.
    """

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.LIST)]
    ground = "pane"

    @dataclass
    class RowHighlighted(Message):
        """The cursor came to a conversation (None: the list is empty)."""

        row_list: RowList
        conversation_id: int | None

        @property
        def control(self) -> RowList:
            return self.row_list

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, RowList.RowHighlighted)

    @dataclass
    class RowOpened(Message):
        """A conversation was opened, by Enter or by a click on the row under the cursor."""

        row_list: RowList
        conversation_id: int

        @property
        def control(self) -> RowList:
            return self.row_list

    def __init__(
        self, source: RowSource | None = None, *, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._view = RowView(source or EmptySource(), self.row_height)
        self._strips: dict[Hashable, tuple[Strip, ...]] = {}
        self._in_frame: dict[int, tuple[Strip, ...]] | None = None
        self._empty_text = ""
        self._announced: int | None = None

    @property
    def row_height(self) -> int:
        """Lines a row takes, the air below it included."""
        return 1

    @property
    def selected_row(self) -> QueueRow | None:
        """The row under the cursor."""
        return self._view.selected

    @property
    def selected_id(self) -> int | None:
        """The conversation under the cursor."""
        row = self._view.selected
        return row.id if row else None

    @property
    def window_rows(self) -> tuple[QueueRow, ...]:
        """The rows in memory (about 500 at most), in order."""
        return tuple(self._view.window.rows)

    def show(self, source: RowSource, *, select: int | None = None) -> None:
        """Show another list, the cursor on conversation ``select`` if it is there, else on the first row."""
        self._view = RowView(source, self.row_height, self.size.height)
        self.forget_strips()
        if select is not None:
            self._view.select(select)
        self.refresh()
        self._follow()

    def say_when_empty(self, text: str) -> None:
        """The sentence that stands in an empty list: what to do now (translated)."""
        self._empty_text = text
        if not self._view.window.rows:
            self.refresh()

    def select(self, conversation_id: int) -> bool:
        """Put the cursor on a conversation, wherever it is; False when it is not in the list."""
        before = self._view.shown()
        is_there = self._view.select(conversation_id)
        self._draw_differences(before)
        return is_there

    def refresh_rows(self, changed_ids: set[int] | None = None) -> None:
        """Read the window again (None: anything may have changed); draws only what differs."""
        if changed_ids is None or changed_ids:
            before = self._view.shown()
            self._view.reload()
            self._draw_differences(before)

    def scroll_lines(self, count: int) -> None:
        before = self._view.shown()
        self._view.scroll_by(count)
        self._draw_differences(before)

    def _draw_differences(self, before: Shown) -> None:
        after = self._view.shown()
        self._follow()
        if before.offset != after.offset or len(before.rows) != len(after.rows) or not after.rows:
            if before != after:
                self.refresh()
            return
        is_moved = before.selected != after.selected
        differing = [
            place
            for place, (one, other) in enumerate(zip(before.rows, after.rows, strict=True))
            if (one is not other and (one.id != other.id or one != other))
            or (is_moved and place in (before.selected, after.selected))
        ]
        if 2 * len(differing) > len(after.rows) and len(differing) > 2:
            self.refresh()
            return
        for place in differing:
            self.refresh_rows_of_view(place * self.row_height - after.offset, self.row_height)
        self.refresh_thumb()

    def _follow(self) -> None:
        """Take over where the view stands now, and say so when the cursor came to another conversation."""
        self.top = self._view.top
        current = self.selected_id
        if current != self._announced and self.is_mounted:
            self._announced = current
            self.post_message(self.RowHighlighted(self, current))

    def action_move(self, where: str) -> None:
        """Move the cursor: ``down``, ``up``, ``page_down``, ``page_up``, ``first`` or ``last``."""
        view = self._view
        page = max(1, self.size.height // self.row_height)
        by = {"down": 1, "up": -1, "page_down": page, "page_up": -page}.get(where, 0)
        before = view.shown()
        if where == "first":
            view.to_first()
        elif where == "last":
            view.to_last()
        else:
            view.move_by(by)
        self._draw_differences(before)

    def action_open_row(self) -> None:
        if (current := self.selected_id) is not None:
            self.post_message(self.RowOpened(self, current))

    def on_click(self, event: events.Click) -> None:
        index = (self.top + event.y) // self.row_height
        if index >= len(self._view.window):
            return
        is_again = index == self._view.cursor or event.chain == 2
        before = self._view.shown()
        self._view.move_by(index - self._view.cursor)
        self._draw_differences(before)
        if is_again:
            self.action_open_row()

    def on_resize(self) -> None:
        self.forget_strips()
        self._view.resize(self.size.height, self.row_height)
        self._follow()
        self.refresh()

    # Drawing

    def extent(self) -> tuple[float, float]:
        return self._view.extent()

    def forget_strips(self) -> None:
        super().forget_strips()
        self._strips.clear()

    def edge_style(self, strip: Strip) -> Style:
        last = next(reversed(strip), None)
        return last.style if last and last.style else super().edge_style(strip)

    def row_state(self, row: QueueRow) -> Hashable:
        """What the drawing of ``row`` depends on besides itself, the width and the cursor."""
        return None

    def draw_row(self, row: QueueRow, width: int, is_selected: bool) -> tuple[Strip, ...]:
        """The lines of one row: ``row_height`` strips of ``width`` cells."""
        raise NotImplementedError

    def render_lines(self, crop: Region) -> list[Strip]:
        self._in_frame = {}
        strips = super().render_lines(crop)
        self._in_frame = None
        return strips

    def draw_line(self, y: int) -> Strip:
        index, line = divmod(y, self.row_height)
        rows = self._view.window.rows
        if index >= len(rows):
            return self._draw_empty(y)
        if self._in_frame is None:
            return self._strips_of(rows[index], index == self._view.cursor)[line]
        strips = self._in_frame.get(index)
        if strips is None:
            strips = self._in_frame[index] = self._strips_of(rows[index], index == self._view.cursor)
        return strips[line]

    def _strips_of(self, row: QueueRow, is_selected: bool) -> tuple[Strip, ...]:
        width = self.text_width
        key = (row, width, is_selected, self.row_state(row))
        strips = self._strips.get(key)
        if strips is None:
            drawn = self.draw_row(row, width, is_selected)
            strips = keep(self._strips, key, drawn, MOST_KEPT // self.row_height)
        return strips

    def _draw_empty(self, y: int) -> Strip:
        is_empty = not self._view.window.rows
        key = ("empty", self.text_width, y if is_empty else -1, self._empty_text)
        strips = self._strips.get(key)
        if strips is None:
            style = self.palette.style("detail", self.ground)
            lines = wrap(self._empty_text, max(8, self.text_width - 4)) if is_empty else []
            place = y - self.size.height // 3
            text = lines[place] if 0 <= place < len(lines) else ""
            strips = self._strips[key] = (centred(self.text_width, style, text, style),)
        return strips[0]
