"""Drawing no more than what changed, also below another screen, and forgetting what closed.

Textual 8.2 renders every widget whose container overlaps the rectangle around what changed, each from its
first to its last line: a clock that ticks in one pane renders the conversation beside it. And two of its
caches keep what nobody draws any more: one each widget's lines, up to 1,024 widgets of screens that were
closed; one each style, up to 16,384 that differ in nothing but the place that a selection would begin at.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import TypeVar

from textual import messages
from textual._compositor import ChopsUpdate, Compositor
from textual._styles_cache import StylesCache
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip

from csdesk.text import cell_width, truncate

T = TypeVar("T")


class BandCompositor(Compositor):
    """For a partial update, asks the widgets in its rectangle for its lines only.

    Textual ends such an update where what changed ends, be it in the middle of a wide character of what lies
    above it: the terminal then loses the other half. Here it ends behind that character.
    """

    def _get_renders(self, crop: Region | None = None) -> Iterable[tuple[Region, Region, list[Strip]]]:
        if crop is None:
            yield from super()._get_renders()
            return
        for widget, (region, clip) in self.visible_widgets.items():
            shown = region.intersection(clip)
            band = shown.intersection(Region(shown.x, crop.y, shown.width, crop.height))
            if band and band.overlaps(crop):
                yield band, band, widget.render_lines(band.translate(-region.offset))

    def render_partial_update(self) -> ChopsUpdate | None:
        update = super().render_partial_update()
        if update is not None:
            ends, chops = update.chop_ends, update.chops
            update.spans = [(y, x1, _behind_wide(x2, ends[y], chops[y])) for y, x1, x2 in update.spans]
        return update


def _behind_wide(end: int, ends: list[int], line: Mapping[int, Strip | None]) -> int:
    """``end``, or one cell more where a wide character of ``line`` stands across it."""
    place = bisect_left(ends, end)
    if place == len(ends) or ends[place] == end:
        return end
    start, strip = next(islice(line.items(), place, None))
    cells = end - start
    return end if strip is None or cell_width(truncate(strip.text, cells, "")) == cells else end + 1


def forget_closed_screens() -> None:
    """Let go of what closed screens have drawn; what is still shown is worked out again, in microseconds."""
    StylesCache.get_inner_outer.cache_clear()
    Strip.render_ansi.cache_clear()


class Below(Screen[T]):
    """A screen that others may lie over: it tells the one on top which regions of it changed.

    Textual's own way repaints the whole of both.
    """

    def _compositor_refresh(self) -> None:
        app = self.app
        top = app.screen
        if app.is_inline or self is top:
            super()._compositor_refresh()
            return
        changed = tuple(self._compositor._dirty_regions)
        self._compositor._dirty_regions.clear()
        self._dirty_widgets.clear()
        if changed and top.styles.background.a < 1:
            top._set_dirty(*changed)
            top.post_message(messages.Update(top))
