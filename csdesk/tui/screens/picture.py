"""One picture over the whole screen, in half blocks: each cell shows two points."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from csdesk.desk import pictures
from csdesk.desk.pictures import Picture
from csdesk.errors import CsdeskError
from csdesk.i18n import N_, _
from csdesk.model.attachment import shortened
from csdesk.tui.glyphs import glyphs
from csdesk.tui.safe import display_line, plain_line
from csdesk.tui.screens.over import Over

UPPER_HALF = "▀"
BLACK = (0, 0, 0)


class PictureView(Widget):
    """A drawn picture in the middle of its place."""

    DEFAULT_CSS = "PictureView { height: 1fr; width: 1fr; background: $base; }"

    def __init__(self) -> None:
        super().__init__()
        self._picture: Picture | None = None

    def show(self, picture: Picture) -> None:
        """Show ``picture``: a point is a cell wide and half a cell high."""
        self._picture = picture
        self.refresh()

    def render_line(self, y: int) -> Strip:
        picture, width = self._picture, self.size.width
        if picture is None:
            return Strip.blank(width, self.rich_style)
        rows = -(-picture.height // 2)
        row = y - max(0, (self.size.height - rows) // 2)
        if not 0 <= row < rows:
            return Strip.blank(width, self.rich_style)
        before = max(0, (width - picture.width) // 2)
        cells = [_cell(picture, column, row) for column in range(picture.width)]
        return Strip([Segment(" " * before, self.rich_style), *cells]).adjust_cell_length(
            width, self.rich_style
        )


def _cell(picture: Picture, column: int, row: int) -> Segment:
    upper = Color.from_rgb(*picture.at(column, 2 * row))
    has_lower = 2 * row + 1 < picture.height
    lower = Color.from_rgb(*picture.at(column, 2 * row + 1)) if has_lower else None
    if glyphs().name == "ascii":
        return Segment(" ", Style(bgcolor=upper))
    return Segment(UPPER_HALF, Style(color=upper, bgcolor=lower))


class PictureScreen(Over[CsdeskError | None]):
    """Draws ``content``; dismissed with the reason when that cannot be done."""

    DEFAULT_CSS = """
    PictureScreen { background: $base; }
    PictureScreen .foot { height: 1; dock: bottom; background: $raised; color: $detail; padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,ｑ,v,ｖ,enter,space", "close", N_("Close the picture"), id="picture.close")
    ]

    def __init__(self, content: bytes, name: str) -> None:
        super().__init__()
        self._content = content
        self._file_name = name
        self.view = PictureView()

    def compose(self) -> ComposeResult:
        yield self.view
        yield Static(classes="foot")

    def on_resize(self) -> None:
        name = shortened(display_line(self._file_name), max(8, self.size.width // 2))
        self.query_one(".foot", Static).update(plain_line(_("{name} · Esc closes").format(name=name)))
        self._draw()

    @work(exclusive=True, group="picture", exit_on_error=False)
    async def _draw(self) -> None:
        width, height = self.size.width, 2 * max(1, self.size.height - 1)
        ground = self.view.rich_style.bgcolor
        red, green, blue = ground.triplet if ground is not None and ground.triplet else BLACK
        try:
            picture = await asyncio.to_thread(pictures.draw, self._content, width, height, (red, green, blue))
        except CsdeskError as error:
            self.dismiss(error)
            return
        self.view.show(picture)

    def action_close(self) -> None:
        self.dismiss(None)
