"""What a program that runs all day does now and then, while nobody types: let go of what was needed once.

Closed questions are garbage that only the collector of cycles finds, and it looks at the whole heap the
more seldom the larger that is; SQLite keeps every page it has read until its cache is full.
"""

from __future__ import annotations

import gc

from csdesk.store.connect import Connection
from csdesk.tui.compositor import forget_closed_screens

EVERY_MS = 600_000
QUIET_MS = 2_000
"""How long the last key must be past: collecting takes some 50 ms, which a typing hand would feel."""


class Upkeep:
    """Tidies up what ``reader``, the UI thread's, and the screens have gathered, each ten minutes."""

    def __init__(self, reader: Connection, now_ms: int) -> None:
        self._reader = reader
        self._done_at = now_ms

    def tick(self, now_ms: int, active_at: int) -> bool:
        """It is ``now_ms``, the last key was at ``active_at`` (UTC ms); whether it was time and done."""
        if now_ms - self._done_at < EVERY_MS or now_ms - active_at < QUIET_MS:
            return False
        self._done_at = now_ms
        forget_closed_screens()
        gc.collect()
        self._reader.execute("PRAGMA shrink_memory")
        return True
