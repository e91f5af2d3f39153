"""How far work is that takes longer than a moment, and Esc to stop it."""

from __future__ import annotations

from threading import Event
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from csdesk.i18n import N_, _
from csdesk.tui.glyphs import glyphs
from csdesk.tui.safe import plain_line
from csdesk.tui.screens.over import Over

EVERY_S: Final = 0.1
CELLS: Final = 30


class ProgressScreen(Over[None]):
    """Shows what ``told`` heard from another thread; Esc sets ``stopped``."""

    DEFAULT_CSS = """
    ProgressScreen { align: center middle; }
    ProgressScreen > Vertical { width: 44; height: auto; background: $raised; padding: 1 2; }
    ProgressScreen .title { color: $accent; text-style: bold; height: 1; }
    ProgressScreen .foot { color: $hint; margin: 1 0 0 0; height: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "stop", N_("Stop"), id="progress.stop")]

    def __init__(self, total: int, stopped: Event) -> None:
        super().__init__()
        self._done, self._total = 0, max(1, total)
        self._stopped = stopped
        self._has_ended = False
        self._bar = Static()

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(plain_line(_("Working…")), classes="title")
            yield self._bar
            yield Static(plain_line(_("Esc stops; everything is then as it was")), classes="foot")

    def on_mount(self) -> None:
        self.set_interval(EVERY_S, self._draw)
        self._draw()

    def told(self, done: int, total: int) -> None:
        """So much is done; called on any thread."""
        self._done, self._total = done, max(1, total)

    def end(self) -> None:
        """The work is over, whether this is shown yet or not."""
        self._has_ended = True
        if self.is_current:
            self.dismiss(None)

    def _draw(self) -> None:
        if self._has_ended:
            self.dismiss(None)
            return
        cells = CELLS * self._done // self._total
        bar = glyphs().bar * cells + glyphs().dot * (CELLS - cells)
        self._bar.update(plain_line(f"{bar} {self._done:,}/{self._total:,}"))

    def action_stop(self) -> None:
        self._stopped.set()
