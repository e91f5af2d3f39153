"""Textual's command palette, its chosen line marked as in our own lists: by a bar, not by colour alone."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.command import CommandInput, CommandList, CommandPalette, SearchIcon
from textual.containers import Horizontal, Vertical
from textual.widgets import LoadingIndicator
from textual.widgets.option_list import Option

from csdesk.i18n import _
from csdesk.tui.screens.over import Leaves
from csdesk.tui.widgets.choices import Barred


class Commands(CommandList, Barred):
    """What was found. Textual looks for it by the name of its first base."""


class Palette(CommandPalette, Leaves[None]):
    """Every command by its name."""

    def __init__(self) -> None:
        super().__init__(placeholder=_("What do you want to do?"))

    def compose(self) -> ComposeResult:
        """As Textual 8.2 composes it, with our list."""
        with Vertical(id="--container"):
            with Horizontal(id="--input"):
                yield SearchIcon()
                yield CommandInput(placeholder=self._placeholder, select_on_focus=False)
            with Vertical(id="--results"):
                yield Commands()
                yield LoadingIndicator()

    def _start_no_matches_countdown(self, search_value: str) -> None:
        """As Textual 8.2 does, in the person's own language."""
        self._stop_no_matches_countdown()
        self._no_matches_timer = self.set_timer(
            self._NO_MATCHES_COUNTDOWN, lambda: self._show_no_matches(search_value)
        )

    def _show_no_matches(self, search_value: str) -> None:
        if search_value:
            said = Option(_("No command has such a name."), id=self._NO_MATCHES, disabled=True)
            self.query_one(CommandList).add_option(said)
        self._list_visible = bool(search_value)
