"""A text area with stretches of its text drawn in a style: unfilled slots, etiquette findings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.text import Text
from textual.document._document import Location, Selection

from csdesk.tui.widgets.chinese_area import ChineseTextArea
from csdesk.tui.widgets.editor_parts import Span, shifted

STYLES = ("slot", "block", "warn", "hint")
"""The style names a Span may have; CSS draws them as ``.text-span--<name>``."""


class SpanArea(ChineseTextArea):
    """Offsets are code points from the start of the text; spans follow the text as it changes."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"text-span--{name}" for name in STYLES}
    DEFAULT_CSS = """
    SpanArea {
        & .text-span--slot { background: $warning 30%; text-style: bold; }
        & .text-span--block { color: $error; text-style: underline; }
        & .text-span--warn { color: $warning; text-style: underline; }
        & .text-span--hint { text-style: underline; }
    }
    """

    _spans: tuple[Span, ...] = ()
    _spans_text = ""

    @property
    def cursor_index(self) -> int:
        """The caret, in code points from the start."""
        return self.index_of(self.cursor_location)

    @property
    def spans(self) -> tuple[Span, ...]:
        """What is drawn now, by place."""
        return self._spans

    def highlight_spans(self, spans: Iterable[tuple[int, int, str]]) -> None:
        """Draw each ``(start, end, style name)``; they move with the text and go when they are edited."""
        length = len(self.text)
        self._spans = tuple(sorted(Span(*span) for span in spans if 0 <= span[0] < span[1] <= length))
        self._spans_text = self.text
        self._line_cache.clear()
        self.refresh()

    def select_next_slot(self) -> bool:
        """Select the slot behind the caret, or the first one; False when there is none."""
        slots = [span for span in self._spans if span.style == "slot"]
        if not slots:
            return False
        here = self.index_of(max(self.selection))
        chosen = next((span for span in slots if span.start >= here), slots[0])
        self.selection = Selection(self.location_of(chosen.start), self.location_of(chosen.end))
        self.record_cursor_width()
        return True

    def style_section(self, section: Text, line_index: int, start: int) -> None:
        """Draw the spans that touch the section."""
        if self._spans:
            begin = self.index_of((line_index, start))
            for span in self._spans:
                if span.start < begin + len(section) and span.end > begin and span.style in STYLES:
                    style = self.get_component_rich_style(f"text-span--{span.style}", partial=True)
                    section.stylize(style, max(0, span.start - begin), span.end - begin)

    def index_of(self, location: Location) -> int:
        """The offset of a (row, column)."""
        row, column = location
        return sum(len(line) + 1 for line in self.document.lines[:row]) + column

    def location_of(self, index: int) -> Location:
        """The (row, column) of an offset."""
        head = self.text[:index]
        return head.count("\n"), index - (head.rfind("\n") + 1)

    def _build_highlight_map(self) -> None:
        """Called by TextArea behind every change of the text: the spans move along."""
        super()._build_highlight_map()
        if self._spans:
            self._spans = tuple(shifted(self._spans, self._spans_text, self.text))
            self._spans_text = self.text
