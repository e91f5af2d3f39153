"""A TextArea that moves by graphemes, steps by clauses and wraps the Chinese way.

Textual's own steps by code point (a family emoji takes five), takes a whole Chinese
sentence for one word and breaks lines at spaces only. Everything else is Textual's.
"""

from __future__ import annotations

from itertools import pairwise

from rich.text import Text
from textual.document._document import Location
from textual.document._document_navigator import DocumentNavigator
from textual.document._wrapped_document import WrappedDocument
from textual.geometry import Offset
from textual.strip import Strip
from textual.widgets import TextArea

from csdesk import text as texts


class ChineseWrap(WrappedDocument):
    """The wrapped view of a document, broken by ``csdesk.text.wrap_offsets``.

    A composer holds a page at most, so every edit looks all lines up again; a line that
    did not change is found in a table.
    """

    _known: dict[str, list[int]] | None = None

    def wrap(self, width: int, tab_width: int | None = None) -> None:
        """Break all lines for ``width`` cells; 0 does not wrap."""
        if width != self._width:
            self._known = None
        self._width = width
        self._tab_width = tab_width or self._tab_width
        known = self._known or {}
        lines = self.document.lines
        self._known = {
            line: known[line] if line in known else texts.wrap_offsets(line, width) for line in lines
        }
        self._wrap_offsets = [self._known[line] for line in lines]
        self._tab_width_cache = [[] for _line in lines]
        self._offset_to_line_info = [
            (index, section)
            for index, offsets in enumerate(self._wrap_offsets)
            for section in range(len(offsets) + 1)
        ]
        self._line_index_to_offsets = [[] for _line in lines]
        for row, (index, _section) in enumerate(self._offset_to_line_info):
            self._line_index_to_offsets[index].append(row)

    def wrap_range(self, start: Location, old_end: Location, new_end: Location) -> None:
        """Break what changed; the places are not needed, unchanged lines are known."""
        self.wrap(self._width)

    def get_sections(self, line_index: int) -> list[str]:
        """The screen lines of one document line."""
        line = self.document[line_index]
        edges = [0, *self._wrap_offsets[line_index], len(line)]
        return [line[start:end] for start, end in pairwise(edges)]

    def location_to_offset(self, location: Location) -> Offset:
        """Where a location is on the screen; behind spaces that hang over the edge it stays at the edge."""
        offset = super().location_to_offset(location)
        return Offset(min(offset.x, self._width), offset.y) if self._width else offset

    def get_target_document_column(self, line_index: int, x_offset: int, y_offset: int) -> int:
        """The code point column at a cell, never inside a grapheme."""
        column = super().get_target_document_column(line_index, x_offset, y_offset)
        return _at_boundary(self.document[line_index], column)


class ChineseTextArea(TextArea):
    """A plain text editor for Chinese and Latin writing. Its text holds no tabs and no ``\\r``."""

    def _set_document(self, text: str, language: str | None) -> None:
        super()._set_document(text, None)
        self.wrapped_document = ChineseWrap(self.document, tab_width=self.indent_width)
        self.navigator = DocumentNavigator(self.wrapped_document)
        self._rewrap_and_refresh_virtual_size()

    def find_matching_bracket(self, bracket: str, search_from: Location) -> Location | None:
        """None: a reply is no program, and the search would walk the text at each key."""
        return None

    def move_cursor(
        self, location: Location, select: bool = False, center: bool = False, record_width: bool = True
    ) -> None:
        """Move the caret to ``location``, or before the grapheme it would split."""
        row, column = self.clamp_visitable(location)
        super().move_cursor((row, _at_boundary(self.document[row], column)), select, center, record_width)

    def get_cursor_left_location(self) -> Location:
        """One grapheme to the left, or the end of the line above."""
        row, column = self.cursor_location
        if column == 0:
            return (row - 1, len(self.document[row - 1])) if row else (0, 0)
        return row, texts.previous_boundary(self.document[row], column)

    def get_cursor_right_location(self) -> Location:
        """One grapheme to the right, or the start of the line below."""
        row, column = self.cursor_location
        if column < len(self.document[row]):
            return row, texts.next_boundary(self.document[row], column)
        return (row + 1, 0) if row + 1 < self.document.line_count else (row, column)

    def get_cursor_word_left_location(self) -> Location:
        """The start of the clause or word to the left, or the end of the line above."""
        row, column = self.cursor_location
        if column == 0:
            return self.get_cursor_left_location()
        return row, texts.previous_word(self.document[row], column)

    def get_cursor_word_right_location(self) -> Location:
        """The start of the next clause or word, or of the line below."""
        row, column = self.cursor_location
        if column == len(self.document[row]):
            return self.get_cursor_right_location()
        return row, texts.next_word(self.document[row], column)

    def action_delete_word_right(self) -> None:
        """Delete the selection, or up to where the caret would step."""
        start, end = self.selection
        self._delete_via_keyboard(start, end if start != end else self.get_cursor_word_right_location())

    def style_section(self, section: Text, line_index: int, start: int) -> None:
        """Add styles to what is drawn of a line from column ``start`` on; for subclasses."""

    def _render_line(self, y: int) -> Strip:
        """One row of the screen. TextArea's own draws the whole document line for each of its rows."""
        width = self.scrollable_content_region.width
        rows = self.wrapped_document._offset_to_line_info
        base = self._theme.base_style or self.rich_style
        row = y + self.scroll_offset.y
        if row >= len(rows):
            return Strip.blank(self.size.width, base)
        index, number = rows[row]
        edges = [0, *self.wrapped_document.get_offsets(index), len(self.document[index])]
        start, end = edges[number], edges[number + 1]
        if end == edges[-1]:
            end += 1  # a cell for the caret behind the last character
        section = Text(self.document[index][start:end], end="", no_wrap=True)
        section.pad_right(end - start - len(section))
        self.style_section(section, index, start)
        self._style_selection(section, index, start)
        segments = list(section.render(self.app.console))
        strip = Strip(segments, texts.cell_width(section.plain))
        return strip.adjust_cell_length(width, base).apply_style(base)

    def _style_selection(self, section: Text, index: int, start: int) -> None:
        """Draw what is selected, a line end as one cell, and over it the caret."""
        top, bottom = sorted(self.selection)
        if self._theme.selection_style and top != bottom and top[0] <= index <= bottom[0]:
            first = top[1] if index == top[0] else 0
            last = bottom[1] if index == bottom[0] else len(self.document[index]) + 1
            section.stylize(self._theme.selection_style, max(0, first - start), max(0, last - start))
        row, column = self.cursor_location
        if self._theme.cursor_style and self._draw_cursor and row == index and column >= start:
            column = _at_boundary(self.document[index], column)
            after = max(texts.next_boundary(self.document[index], column), column + 1)
            section.stylize(self._theme.cursor_style, column - start, after - start)


def _at_boundary(line: str, column: int) -> int:
    return column if texts.is_boundary(line, column) else texts.previous_boundary(line, column)
