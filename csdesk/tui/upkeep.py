"""What a program that runs all day does now and then, while nobody types: let go of what was needed once.

Closed questions are garbage that only the collector of cycles finds, and it looks at the whole heap the
more seldom the larger that is; SQLite keeps every page it has read until its cache is full, and so does
Textual 8.2 with what it has worked out: 4,096 texts that were measured, 4,096 places that something
overlapped with, and for each line of a pane the pieces that it was ever cut into. Each stays small by being
emptied: what comes next uses the same memory again.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable
from typing import Any

from rich.cells import cached_cell_len
from rich.style import Style
from textual.css.scalar import Scalar
from textual.filter import ANSIToTruecolor
from textual.geometry import Region
from textual.screen import Screen
from textual.widget import Widget

from csdesk.store.database import Store
from csdesk.tui.compositor import forget_closed_screens

EVERY_MS = 600_000
QUIET_MS = 2_000
"""How long the last key must be past: collecting takes some 50 ms, which a typing hand would feel."""

CACHES = (
    Style._add,
    ANSIToTruecolor.truecolor_style,
    cached_cell_len,
    Scalar.resolve,
    *(Region.intersection, Region.union, Region.grow, Region.shrink, Region.translate),
    *(Region.overlaps, Region.contains_region, Region.__contains__),
)
"""Those that fill up in a day's work; each answer is worked out again in microseconds."""


class Upkeep:
    """Tidies up what ``screen``, those above it and the connections of ``store`` have gathered, each ten minutes."""

    def __init__(self, screen: Screen[Any], store: Store, now_ms: int) -> None:
        self._screen = screen
        self._store = store
        self._done_at = now_ms

    def tick(self, now_ms: int, active_at: int) -> bool:
        """It is ``now_ms``, the last key was at ``active_at`` (UTC ms); whether it was time and done."""
        if now_ms - self._done_at < EVERY_MS or now_ms - active_at < QUIET_MS:
            return False
        self._done_at = now_ms
        forget_drawn(self._screen.app.screen_stack)
        gc.collect()
        self._store.let_go_of_pages()
        return True


def forget_drawn(screens: Iterable[Screen[Any]]) -> None:
    """Let go of all that was worked out on the way to what ``screens`` show: some ms of the next frame."""
    forget_closed_screens()
    for cache in CACHES:
        cache.cache_clear()
    for screen in screens:
        for widget in screen.walk_children(Widget, with_self=True):
            widget._styles_cache.clear()
