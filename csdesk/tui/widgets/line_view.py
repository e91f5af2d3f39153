"""A view of lines that scrolls by itself: the ground under our lists and the conversation.

No widget for a line, no scrollbar widget: the last column shows where the view stands, and
only when there is more than fits. A subclass says how far it extends and draws a line.
"""

from __future__ import annotations

from typing import TypeVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from csdesk.tui.glyphs import glyphs
from csdesk.tui.surviving import Survives
from csdesk.tui.themes import Palette, palette_of

WHEEL_LINES = 3
MOST_KEPT = 240
"""How many drawn lines a view remembers: a few screens full. A queue that ages draws a new line for each of
its rows each second, and a line weighs some 5 kB with what Textual remembers of it."""

Key = TypeVar("Key")
Kept = TypeVar("Kept")


def keep(kept: dict[Key, Kept], key: Key, value: Kept, most: int = MOST_KEPT) -> Kept:
    """Remember ``value``, and forget what was remembered first of more than ``most``."""
    while len(kept) >= most:
        del kept[next(iter(kept))]
    kept[key] = value
    return value


class LineView(Survives, Widget, can_focus=True):
    """Lines ``top`` to ``top + height`` of what the subclass holds."""

    ground = "base"
    DEFAULT_CSS = "LineView { height: 1fr; width: 1fr; }"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.top = 0
        self.frame_width = 0
        self._thumb_in_frame = self._thumb_shown = (0, 0)
        self._edged: dict[tuple[int, bool], tuple[Strip, Strip]] = {}

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self.restyle())

    @property
    def palette(self) -> Palette:
        """The styles of the theme that shows now."""
        return palette_of(self.app)

    @property
    def text_width(self) -> int:
        """Cells for content: all but the column of the scroll mark."""
        return max(1, self.size.width - 1)

    def draw_line(self, y: int) -> Strip:
        """Line ``y`` of the window, ``text_width`` cells wide."""
        raise NotImplementedError

    def extent(self) -> tuple[float, float]:
        """Start and end of what is visible, as parts (0 to 1) of the whole list."""
        raise NotImplementedError

    def restyle(self) -> None:
        """Draw everything again, because the theme, the language or the glyphs changed."""
        self.forget_strips()
        self.refresh()

    def forget_strips(self) -> None:
        """Drop what was drawn and kept."""
        self._edged.clear()

    def scroll_lines(self, count: int) -> None:
        """Move the view by ``count`` lines (down when positive)."""
        raise NotImplementedError

    def render_lines(self, crop: Region) -> list[Strip]:
        """Straight from our strips: without border or padding Textual's style cache has nothing to
        add, and it is a third of the time of a frame that scrolls."""
        self.begin_frame()
        strips = [self.render_line(y) for y in crop.line_range]
        filters = self.app.get_line_filters()
        if filters:
            _base, background = self.background_colors
            for line_filter in filters:
                strips = [strip.apply_filter(line_filter, background) for strip in strips]
        if crop.x or crop.width != self.frame_width:
            strips = [strip.crop(crop.x, crop.right) for strip in strips]
        return strips

    def begin_frame(self) -> None:
        """Work out once what all lines of a frame share."""
        self.frame_width = self.size.width
        self._thumb_in_frame = self._thumb()

    def render_line(self, y: int) -> Strip:
        strip = self.draw_line(self.top + y)
        start, end = self._thumb_in_frame
        key = (id(strip), start <= y < end)
        kept = self._edged.get(key)
        if kept is None:
            edged = Strip([*strip, self._edge(strip, key[1])], strip.cell_length + 1)
            kept = keep(self._edged, key, (strip, edged))
        return kept[1]

    def edge_style(self, strip: Strip) -> Style:
        """The ground of the last column beside ``strip`` where the scroll mark is not."""
        return self.palette.style("hint", self.ground)

    def _edge(self, strip: Strip, is_thumb: bool) -> Segment:
        palette = self.palette
        if is_thumb and palette.is_plain:
            return Segment(glyphs().thumb, palette.style("hint", self.ground))
        return Segment(" ", palette.style("hint", "label") if is_thumb else self.edge_style(strip))

    def _thumb(self) -> tuple[int, int]:
        start, end = self.extent()
        height = self.size.height
        if end - start >= 1.0 or height < 2:
            return 0, 0
        size = max(1, round((end - start) * height))
        room = height - size
        span = 1.0 - (end - start)
        first = round(start / span * room) if span > 0 else 0
        return min(first, room), min(first, room) + size

    def refresh_thumb(self) -> None:
        """Draw the scroll mark again where it moved."""
        thumb = self._thumb()
        if thumb != self._thumb_shown:
            self._thumb_shown = thumb
            self.refresh(Region(self.size.width - 1, 0, 1, self.size.height))

    def refresh_rows_of_view(self, first: int, count: int) -> None:
        """Draw ``count`` lines again from line ``first`` of the view, as far as they are visible."""
        start, end = max(0, first), min(self.size.height, first + count)
        if end > start:
            self.refresh(Region(0, start, self.size.width, end - start))

    def _on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.scroll_lines(WHEEL_LINES)

    def _on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.scroll_lines(-WHEEL_LINES)
