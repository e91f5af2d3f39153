"""A compositor that renders no more of a widget than the lines that are drawn, and forgets what closed.

Textual 8.2 renders every widget whose container overlaps the rectangle around what changed, each from its
first to its last line: a clock that ticks in one pane renders the conversation beside it. And two of its
caches keep what nobody draws any more: one each widget's lines, up to 1,024 widgets of screens that were
closed; one each style, up to 16,384 that differ in nothing but the place that a selection would begin at.
"""

from __future__ import annotations

from collections.abc import Iterable

from textual._compositor import Compositor
from textual._styles_cache import StylesCache
from textual.geometry import Region
from textual.strip import Strip


class BandCompositor(Compositor):
    """For a partial update, asks the widgets in its rectangle for its lines only."""

    def _get_renders(self, crop: Region | None = None) -> Iterable[tuple[Region, Region, list[Strip]]]:
        if crop is None:
            yield from super()._get_renders()
            return
        for widget, (region, clip) in self.visible_widgets.items():
            shown = region.intersection(clip)
            band = shown.intersection(Region(shown.x, crop.y, shown.width, crop.height))
            if band and band.overlaps(crop):
                yield band, band, widget.render_lines(band.translate(-region.offset))


def forget_closed_screens() -> None:
    """Let go of what closed screens have drawn; what is still shown is worked out again, in microseconds."""
    StylesCache.get_inner_outer.cache_clear()
    Strip.render_ansi.cache_clear()
