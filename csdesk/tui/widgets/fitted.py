"""A line of text that is written for the width it gets: right in the first frame and after a resize."""

from __future__ import annotations

from collections.abc import Callable

from textual.content import Content
from textual.widgets import Static

RULE = "─"


class Fitted(Static):
    """Asks ``write`` for its text with the cells it has, each time it is drawn anew."""

    DEFAULT_CSS = "Fitted { height: 1; }"

    def __init__(self, write: Callable[[int], Content], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._write = write

    def render(self) -> Content:
        return self._write(self.size.width)


def rule(width: int) -> Content:
    """A thin line across ``width`` cells."""
    return Content(RULE * width)
