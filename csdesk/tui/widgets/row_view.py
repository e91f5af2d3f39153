"""Where a list stands: its window of rows, the cursor and the first visible line. Nothing here draws."""

from __future__ import annotations

from dataclasses import dataclass

from csdesk.model.conversation import QueueRow
from csdesk.tui.widgets.row_window import RowSource, RowWindow


@dataclass(frozen=True, slots=True)
class Shown:
    """What is visible: rows from the one cut at ``offset`` lines, and which of them has the cursor."""

    offset: int
    rows: tuple[QueueRow, ...]
    selected: int


class RowView:
    """A cursor and a viewport over a RowWindow; ``top`` counts lines from the window's first row.

    The cursor stands on a conversation: it stays on it when rows are read again or slide.
    """

    def __init__(self, source: RowSource, row_height: int = 1, height: int = 0) -> None:
        self.window = RowWindow(source)
        self.row_height = row_height
        self.height = height
        self.cursor = 0
        self.top = 0
        self._settle()

    @property
    def selected(self) -> QueueRow | None:
        """The row under the cursor."""
        rows = self.window.rows
        return rows[self.cursor] if self.cursor < len(rows) else None

    @property
    def visible_rows(self) -> int:
        """How many rows can be in sight, the ones cut at an edge included."""
        return -(-self.height // self.row_height) + 1

    def shown(self) -> Shown:
        """What is in sight now, to compare with what was."""
        first, offset = divmod(self.top, self.row_height)
        return Shown(offset, tuple(self.window.rows[first : first + self.visible_rows]), self.cursor - first)

    def extent(self) -> tuple[float, float]:
        """Start and end of what is in sight as parts (0 to 1) of the whole list."""
        total = max(self.window.total, self.window.start + len(self.window), 1)
        start = self.window.start + self.top / self.row_height
        return start / total, min(1.0, (start + self.height / self.row_height) / total)

    def resize(self, height: int, row_height: int) -> None:
        """The view became ``height`` lines, a row takes ``row_height``."""
        first = self.top // self.row_height
        self.height, self.row_height = height, row_height
        self.top = first * row_height
        self._show_cursor()
        self._settle()

    def select(self, conversation_id: int) -> bool:
        """Put the cursor on a conversation, wherever it is; False when the list does not have it."""
        index = self.window.index_of(conversation_id)
        if index is None:
            index = self.window.load_around(conversation_id)
            if index is None:
                return False
            self.top = max(0, index * self.row_height - self.height // 2)
        self._move_to(index)
        return True

    def move_by(self, rows: int) -> None:
        """Move the cursor by ``rows``, reading on where the window ends."""
        target = self.cursor + rows
        while target >= len(self.window) and not self.window.is_last:
            target += self._shift(self.window.slide_down())
        while target < 0 and not self.window.is_first:
            target += self._shift(self.window.slide_up())
        self._move_to(target)

    def to_first(self) -> None:
        """The cursor to the first row of the list."""
        if not self.window.is_first:
            self.window.load_first()
        self.top = 0
        self._move_to(0)

    def to_last(self) -> None:
        """The cursor to the last row of the list."""
        if not self.window.is_last:
            self.window.load_last()
        self._move_to(len(self.window) - 1)

    def scroll_by(self, lines: int) -> None:
        """Move what is in sight; the cursor stays on its conversation while that is in the window."""
        self.top += lines
        self._settle()

    def reload(self) -> None:
        """Read the window again; keep the cursor's conversation and the first visible row in place."""
        old, old_cursor, first = list(self.window.rows), self.cursor, self.top // self.row_height
        self.window.reload(min(first, max(0, len(old) - 1)), self.visible_rows)
        if self.window.rows != old:
            was_visible = self._is_visible()
            self._keep_anchor(old, first)
            self._keep_cursor(old, old_cursor, was_visible)
        self._settle()

    def _keep_anchor(self, old: list[QueueRow], first: int) -> None:
        if self.top == 0 and self.window.is_first:
            return
        offset = self.top - first * self.row_height
        places = {(row.id, row.key): index for index, row in enumerate(self.window.rows)}
        for index in [*range(first, len(old)), *range(first - 1, -1, -1)]:
            found = places.get((old[index].id, old[index].key))
            if found is not None:
                behind = max(0, first - index)
                self.top = max(0, (found + behind) * self.row_height + offset)
                return
        self.top = 0

    def _keep_cursor(self, old: list[QueueRow], old_cursor: int, was_visible: bool) -> None:
        wanted = old[old_cursor].id if old_cursor < len(old) else None
        index = self.window.index_of(wanted)
        if index is None and wanted is not None and self.window.source.locate(wanted) is not None:
            index = self.window.load_around(wanted)
            was_visible = True
        if index is None:
            ids = {row.id: place for place, row in enumerate(self.window.rows)}
            nearest = [*old[old_cursor + 1 :], *reversed(old[:old_cursor])]
            index = next((ids[row.id] for row in nearest if row.id in ids), 0)
        self.cursor = index
        if was_visible:
            self._show_cursor()

    def _is_visible(self) -> bool:
        line = self.cursor * self.row_height
        return self.top - self.row_height < line < self.top + self.height

    def _move_to(self, index: int) -> None:
        self.cursor = max(0, min(index, len(self.window) - 1))
        self._show_cursor()
        self._settle()

    def _show_cursor(self) -> None:
        line, shown = self.cursor * self.row_height, max(1, self.height)
        if line < self.top:
            self.top = line
        elif line + self.row_height > self.top + shown:
            self.top = line + min(self.row_height, shown) - shown

    def _settle(self) -> None:
        """Keep a margin of rows loaded around what is in sight, and stay within the rows."""
        margin = self.visible_rows + 1
        while not self.window.is_last and self.top // self.row_height + 2 * margin > len(self.window):
            self._shift(self.window.slide_down())
        while not self.window.is_first and self.top // self.row_height < margin:
            self._shift(self.window.slide_up())
        self.top = max(0, min(self.top, len(self.window) * self.row_height - self.height))
        self.cursor = max(0, min(self.cursor, len(self.window) - 1))

    def _shift(self, rows: int) -> int:
        self.cursor += rows
        self.top += rows * self.row_height
        return rows
