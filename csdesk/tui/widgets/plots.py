"""Bars and lines of blocks: what a terminal can plot, by cells."""

from __future__ import annotations

from collections.abc import Sequence

from csdesk.tui.glyphs import glyphs

LEVELS = {"unicode": "▁▂▃▄▅▆▇█", "ascii": "_.:-=+*#"}
"""Eight heights from low to high, one cell wide each; a space stands for nothing measured."""
EMPTY = {"unicode": "─", "ascii": "-"}


def bar(share: float, cells: int) -> tuple[str, str]:
    """The filled and the empty part of a bar of ``cells`` cells, for ``share`` from 0 to 1.

    Less than all is never drawn full, and more than nothing never empty.
    """
    within = min(1.0, max(0.0, share))
    filled = round(within * cells)
    if within < 1.0:
        filled = min(filled, cells - 1)
    if within > 0.0:
        filled = max(filled, 1)
    name = glyphs().name
    return LEVELS[name][-1] * filled, EMPTY[name] * (cells - filled)


def line(shares: Sequence[float | None], cells: int) -> str:
    """The latest ``cells`` of ``shares`` (0 to 1; None: not measured) as heights, the newest on the right;
    exactly ``cells`` cells wide."""
    levels = LEVELS[glyphs().name]
    shown = [" " if share is None else levels[_height(share, len(levels))] for share in shares[-cells:]]
    return "".join(shown).rjust(cells)


def _height(share: float, count: int) -> int:
    return min(count - 1, int(min(1.0, max(0.0, share)) * count))
