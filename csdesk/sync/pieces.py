"""What both ways of a file's content have in common: pieces of 64 KiB, and a hub that may be too old to carry any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from csdesk.sync.line import HubRefusal, Line

PIECE = 64 * 1024
OLDER_HUB = frozenset({"42883", "42501", "3F000"})
"""A hub that was made before contents travelled knows none of its functions."""


@dataclass(slots=True)
class Carried:
    """What went and came: files, and their bytes."""

    brought: int = 0
    fetched: int = 0
    bytes: int = 0


class Pieces:
    """Asks a hub about contents, and counts what was carried. ``is_refused`` once the hub turns out to carry none."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.is_refused = False
        self.done = Carried()

    def ask(self, query: str, *arguments: object) -> list[tuple[Any, ...]]:
        """Rows of an answer; none, and never again, from a hub that carries no files. Raises HubRefusal."""
        if self.is_refused:
            return []
        try:
            return self.line.rows(query, arguments)
        except HubRefusal as refusal:
            if refusal.sqlstate not in OLDER_HUB:
                raise
            self.is_refused = True
            return []
