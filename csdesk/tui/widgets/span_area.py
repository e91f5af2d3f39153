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
        &.-refused .text-span--slot { background: $error 60%; }
        & .text-span--block { color: $error; text-style: underline; }
        & .text-span--warn { color: $warning; text-style: underline; }
        & .text-span--hint { text-style: underline; }
    }
    """

    _spans: tuple[Span, ...] = ()
    _spans_text = ""
    _slot: tuple[int, int] | None = None
    """The slot being filled in: where it begins, and how much text stands behind it."""

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

    def select_slot(self, *, back: bool = False) -> str | None:
        """Select the slot behind the caret (``back``: before it), else the one at the other end; its name,
        None when there is none. It is the slot being filled in until the caret leaves it."""
        slots = [span for span in self._spans if span.style == "slot"]
        if not slots:
            self._slot = None
            return None
        first, last = (self.index_of(each) for each in sorted(self.selection))
        if back:
            chosen = next((span for span in reversed(slots) if span.end <= first), slots[-1])
        else:
            chosen = next((span for span in slots if span.start >= last), slots[0])
        self._slot = None
        self.selection = Selection(self.location_of(chosen.start), self.location_of(chosen.end))
        self._slot = chosen.start, len(self.text) - chosen.end
        self.record_cursor_width()
        return self.text[chosen.start + 1 : chosen.end - 1]

    @property
    def slot_range(self) -> tuple[int, int] | None:
        """Where the slot being filled in stands with what was typed over it; None when the caret is elsewhere."""
        if self._slot is None:
            return None
        text = self.text
        start, end = self._slot[0], len(text) - self._slot[1]
        first, last = (self.index_of(each) for each in sorted(self.selection))
        is_there = start <= first <= last <= end and "\n" not in text[start:end]
        return (start, end) if is_there else None

    @property
    def slot_query(self) -> str | None:
        """What was typed over the slot being filled in: empty while it stands as it was, None without a slot."""
        found = self.slot_range
        if found is None:
            return None
        typed = self.text[found[0] : found[1]]
        return "" if (typed[:1], typed[-1:]) == ("{", "}") else typed

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
