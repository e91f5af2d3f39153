"""A small list of my conversations over the desk: who waits, for how long, and Enter goes there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from csdesk.config import WaitLimits
from csdesk.i18n import N_, _
from csdesk.model.conversation import Page, QueueRow
from csdesk.tui.safe import plain_line
from csdesk.tui.screens.over import Over
from csdesk.tui.widgets.queue_list import QueueList
from csdesk.tui.widgets.row_list import RowList

MOST_LINES = 16


class SwitchScreen(Over[int | None]):
    """Dismissed with the conversation to open, or None. The first row is the one before."""

    DEFAULT_CSS = """
    SwitchScreen { align: center middle; }
    SwitchScreen > Vertical { width: 72; max-width: 95%; height: auto; background: $pane; padding: 1 1; }
    SwitchScreen .title { color: $accent; text-style: bold; height: 1; padding: 0 1; margin: 0 0 1 0; }
    SwitchScreen .foot { color: $hint; height: 1; padding: 0 1; margin: 1 0 0 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", N_("Back to where you were"), id="switch.close"),
        Binding("f7,tab", "next", N_("The next conversation"), id="switch.next"),
    ]

    def __init__(
        self, rows: Sequence[QueueRow], limits: Callable[[str | None], WaitLimits], now_ms: int
    ) -> None:
        super().__init__(id="switch")
        self._list = QueueList(_Rows(rows), limits=limits, density="compact", now_ms=now_ms, id="switch-rows")
        self._lines = min(MOST_LINES, len(rows))

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(plain_line(_("My conversations")), classes="title")
            yield self._list
            yield Static(
                plain_line(_("Enter opens · F7 the next · Esc back to where you were")), classes="foot"
            )

    def on_mount(self) -> None:
        self._list.styles.height = self._lines
        self._list.focus()

    @on(RowList.RowOpened)
    def _opened(self, event: RowList.RowOpened) -> None:
        event.stop()
        self.dismiss(event.conversation_id)

    @on(RowList.RowHighlighted)
    def _highlighted(self, event: RowList.RowHighlighted) -> None:
        event.stop()

    def action_next(self) -> None:
        self._list.action_move("down")

    def action_close(self) -> None:
        self.dismiss(None)


class _Rows:
    """A RowSource over a few rows that were read already."""

    def __init__(self, rows: Sequence[QueueRow]) -> None:
        self._rows = tuple(rows)

    def page(self, after: str | None, before: str | None, limit: int) -> Page:
        if before is not None or after is None:
            return Page(self._rows, None)
        keys = [row.key for row in self._rows]
        return Page(self._rows[keys.index(after) + 1 :] if after in keys else (), None)

    def total(self) -> int:
        return len(self._rows)

    def locate(self, conversation_id: int) -> str | None:
        return next((row.key for row in self._rows if row.id == conversation_id), None)
