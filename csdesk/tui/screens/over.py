"""Screens that lie over another one: what changes below is drawn from its own lines, dimmed, and nothing else.

For a change on a screen below, Textual 8.2 renders that whole screen, dims it and sends the terminal all of it:
with a question over the desk, each second cost ten times what it costs without.
"""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import ModalScreen, Screen
from textual.strip import Strip

from csdesk.i18n import N_
from csdesk.tui.compositor import BandCompositor, Below
from csdesk.tui.keys import BY_ID, Place, binding_id

T = TypeVar("T")


class Leaves(Screen[T]):
    """A screen over the desk: the key that leaves csdesk closes it as Esc does, and leaves unless that asks something."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+q",
            "close_and_quit",
            N_("Leave csdesk; drafts are kept"),
            show=False,
            priority=True,
            id=binding_id(BY_ID["app.quit"], Place.ANYWHERE),
        )
    ]

    _is_leaving = False

    def action_close_and_quit(self) -> None:
        """Do what Esc does; once this is closed, what lies below does the same, and the desk leaves."""
        self._is_leaving = True
        self.app.simulate_key("escape")

    def on_screen_resume(self) -> None:
        """It was asked something, and the answer was to stay."""
        self._is_leaving = False

    def on_unmount(self) -> None:
        if not self._is_leaving:
            return
        below = self.app.screen
        self.app.call_later(
            below.action_close_and_quit if isinstance(below, Leaves) else self.app.action_quit
        )


class Over(ModalScreen[T], Leaves[T], Below[T]):
    """A ModalScreen that asks the screen below for the lines that are drawn."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._compositor = BandCompositor()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of the screen below, dimmed by our background."""
        stack, colour = self.app.screen_stack, self.styles.background
        place = stack.index(self) if self in stack else 0
        if place == 0 or colour.a == 1:
            return super().render_lines(crop)
        band = Region(0, crop.y, self.size.width, crop.height)
        chops = stack[place - 1]._compositor._render_chops(band, set(band.line_range).__contains__)
        dimmed = []
        for line in band.line_range:
            # Of a terminal that has just grown, the screen below hears after us.
            strip = Strip.join([*chops[line].values()]) if line < len(chops) else Strip([])
            whole = strip.adjust_cell_length(band.width)
            dimmed.append(Strip(BackgroundScreen.process_segments(whole, colour), band.width))
        return [strip.crop(crop.x, crop.right) for strip in dimmed]
