"""A list to choose from whose marked line has a bar in front, so that no colour is needed to see it."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widgets import OptionList

from csdesk.tui.glyphs import glyphs
from csdesk.tui.themes import palette_of


class Barred(OptionList):
    """An OptionList; the bar stands in the blank cell that every option begins with."""

    def render_line(self, y: int) -> Strip:
        strip = super().render_line(y)
        line = self.scroll_offset.y + y
        if line >= len(self._lines) or self._lines[line][0] != self.highlighted or strip.cell_length < 1:
            return strip
        first = next(iter(strip), None)
        ground = first.style.bgcolor if first is not None and first.style is not None else None
        style = palette_of(self.app).style("accent", "selected", bold=True)
        bar = Segment(glyphs().bar, style + Style(bgcolor=ground) if ground is not None else style)
        return Strip([bar, *strip.crop(1)], strip.cell_length)


class Choices(Barred):
    """A list of our own screens."""

    DEFAULT_CSS = "Choices > .option-list--option { padding: 0 0 0 1; }"

    @property
    def text_width(self) -> int:
        """Cells for the text of an option."""
        return max(0, self.size.width - 1)
