"""The text of a handover, edited: Ctrl+S writes and signs it, Esc keeps it for later."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static, TextArea

from csdesk.desk import handover as cases
from csdesk.desk.context import Desk
from csdesk.desk.handover import Composed
from csdesk.errors import CsdeskError
from csdesk.i18n import N_, _
from csdesk.model.handover import Handover
from csdesk.tui.safe import plain_line
from csdesk.tui.screens.over import Over
from csdesk.tui.surviving import Survives
from csdesk.tui.widgets.chinese_area import ChineseTextArea

SAVE_S = 0.5
"""How long after the last key the text is kept."""


class HandoverForm(Survives, Over[Handover | None]):
    """Leaves with the handover that was written, or with None; unfinished text is kept either way."""

    DEFAULT_CSS = """
    HandoverForm { align: center middle; }
    HandoverForm > Vertical { width: 100; max-width: 100%; height: 94%; background: $raised; padding: 1 2; }
    HandoverForm .title { color: $accent; text-style: bold; height: 1; margin: 0 0 1 0; }
    HandoverForm TextArea, HandoverForm TextArea:focus { height: 1fr; border: none; padding: 0 1; background: $base; }
    HandoverForm .foot { color: $hint; margin: 1 0 0 0; height: auto; max-height: 3; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", N_("Write the handover and sign it"), id="handover.save", priority=True),
        Binding("f5", "compose_anew", N_("Take the text from the data again"), id="handover.anew"),
        Binding("escape", "leave", N_("Close; the text is kept"), id="handover.leave", priority=True),
    ]

    def __init__(self, desk: Desk, now: Composed, draft: str | None) -> None:
        """``draft`` is what was written and not finished before; the text of ``now`` where there is none."""
        super().__init__(id="handover-form")
        self._desk = desk
        self._now = now
        self._kept = draft if draft is not None else now.text
        self._is_draft = draft is not None
        self._saving: Timer | None = None
        self.area = ChineseTextArea(self._kept, id="handover-text", compact=True)
        self._foot = Static(classes="foot")

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(plain_line(_("Handover of this shift")), classes="title")
            yield self.area
            yield self._foot

    def on_mount(self) -> None:
        self.area.focus()
        how = _("Ctrl+S writes and signs · F5 from the data again · Esc keeps it for later")
        began = _("This is what you began before.") + " " if self._is_draft else ""
        rule = _("A conversation is handed over while its number stands in the text.")
        self._foot.update(plain_line(f"{began}{rule} {how}"))

    @on(TextArea.Changed)
    def _changed(self, event: TextArea.Changed) -> None:
        event.stop()
        if self._saving is not None:
            self._saving.stop()
        self._saving = self.set_timer(SAVE_S, self._keep)

    @work(exclusive=True, group="keep", exit_on_error=False)
    async def _keep(self) -> None:
        text = self.area.text
        if text != self._kept:
            self._kept = text
            await asyncio.to_thread(cases.keep_draft, self._desk, text)

    def action_compose_anew(self) -> None:
        """The data's own text in place of what stands here; Ctrl+Z brings that back."""
        self.area.replace(self._now.text, (0, 0), self.area.document.end)

    @work(exclusive=True, group="write", exit_on_error=False)
    async def action_save(self) -> None:
        """Write and sign; what is refused stays here, with the reason below."""
        self._stop_saving()
        try:
            written = await asyncio.to_thread(cases.write, self._desk, self.area.text, self._now.left)
        except CsdeskError as error:
            self._foot.update(Content.styled(plain_line(f"{error.sentence} {error.hint}").plain, "$red"))
            return
        self.dismiss(written)

    @work(exclusive=True, group="write", exit_on_error=False)
    async def action_leave(self) -> None:
        """Keep what was changed, and close."""
        self._stop_saving()
        if self.area.text != self._kept:
            await asyncio.to_thread(cases.keep_draft, self._desk, self.area.text)
        self.dismiss(None)

    def _stop_saving(self) -> None:
        if self._saving is not None:
            self._saving.stop()
        self.workers.cancel_group(self, "keep")
