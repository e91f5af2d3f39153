"""The screen while an older store is brought up to date, before the desk opens."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.filter import LineFilter
from textual.widgets import Static

from csdesk.clock import Clock
from csdesk.config import Settings
from csdesk.errors import CsdeskError, Refused
from csdesk.i18n import N_, _
from csdesk.store import presence
from csdesk.tui.driver import driver_class
from csdesk.tui.glyphs import use_glyphs
from csdesk.tui.safe import ControlGuard, plain_line
from csdesk.tui.themes import register_themes, theme_name

BAR_CELLS = 40
LOOK_S = 0.1


class UpgradeApp(App[None], inherit_bindings=False):
    """Upgrades the store at ``path`` and ends; ``failure`` is what stopped it."""

    CSS = """
    Screen { background: $base; align: center middle; }
    Screen > Static { width: 60; max-width: 90%; height: auto; }
    #title { color: $accent; text-style: bold; margin: 0 0 1 0; }
    #bar { color: $content; }
    #foot { color: $hint; margin: 1 0 0 0; }
    """
    TITLE = "csdesk"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+q,ctrl+c", "stop", N_("Stop; the next start goes on"), id="upgrade.stop")
    ]

    def __init__(self, path: Path, clock: Clock, settings: Settings) -> None:
        super().__init__(driver_class=driver_class())
        self.animation_level = "none"
        self.failure: CsdeskError | None = None
        self._path, self._clock = path, clock
        self._guard = ControlGuard()
        self._share = (0, 1)
        self._is_stopped = threading.Event()
        self._worker = threading.Thread(target=self._upgrade, name="csdesk-upgrade", daemon=True)
        use_glyphs(settings.ui.glyphs)
        register_themes(self)
        self.theme = theme_name(settings.ui.theme)

    def compose(self) -> ComposeResult:
        yield Static(plain_line(_("Upgrading the store {path}").format(path=self._path.name)), id="title")
        yield Static(self._bar(), id="bar")
        yield Static(
            plain_line(
                _("A copy from before stays beside it. Esc stops; the next start goes on from there.")
            ),
            id="foot",
        )

    def on_mount(self) -> None:
        self._worker.start()
        self.set_interval(LOOK_S, self._look)

    def get_line_filters(self) -> list[LineFilter]:
        return [*super().get_line_filters(), self._guard]

    def action_stop(self) -> None:
        self._is_stopped.set()

    def _look(self) -> None:
        self.query_one("#bar", Static).update(self._bar())
        if not self._worker.is_alive():
            self.exit()

    def _bar(self) -> Content:
        done, total = self._share
        share = min(1.0, done / max(total, 1))
        filled = round(BAR_CELLS * share)
        return Content.assemble(
            Content.styled(" " * filled, "on $accent"),
            Content.styled(" " * (BAR_CELLS - filled), "on $raised"),
            f" {int(100 * share):3d} %",
        )

    def _upgrade(self) -> None:
        try:
            presence.bring_up_to_date(self._path, self._clock, self._progress)
        except CsdeskError as error:
            self.failure = error

    def _progress(self, done: int, total: int) -> None:
        self._share = (done, total)
        if self._is_stopped.is_set():
            raise Refused(
                "upgrade.stopped",
                _("The upgrade was stopped before its end."),
                _("Start csdesk again: it goes on from there."),
            )
