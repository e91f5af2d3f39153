"""Handing the shift over on the screen: what is left now, earlier handovers, and what became of each item."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ClassVar, Final, TypeVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from csdesk.desk import handover as cases
from csdesk.desk.context import Desk
from csdesk.desk.handover import Composed, Looked
from csdesk.errors import CsdeskError, NotFound
from csdesk.i18n import N_, _
from csdesk.model.handover import ItemState
from csdesk.text import truncate
from csdesk.tui.glyphs import glyphs
from csdesk.tui.safe import display_line
from csdesk.tui.screens.handover_form import HandoverForm
from csdesk.tui.screens.handover_lines import (
    HandoverPaper,
    ItemLine,
    Kept,
    Pieces,
    draw_handover,
    draw_item,
    lines_of,
)
from csdesk.tui.screens.over import Over
from csdesk.tui.screens.paper import typed
from csdesk.tui.surviving import Survives
from csdesk.tui.themes import Palette, palette_of
from csdesk.tui.widgets.fitted import Fitted
from csdesk.tui.widgets.picked_list import PickedList

T = TypeVar("T")
LIST_ROWS: Final = 6


class HandoverScreen(Survives, Over[int | None]):
    """Above the handovers, this shift's first; below the items of the chosen one. Leaves with the conversation to open."""

    DEFAULT_CSS = f"""
    HandoverScreen {{ align: center middle; }}
    HandoverScreen > Vertical {{ width: 116; max-width: 100%; height: 94%; background: $raised; padding: 1 2; }}
    HandoverScreen #handovers {{ height: auto; min-height: 1; max-height: {LIST_ROWS}; margin: 1 0; }}
    HandoverScreen #handover-said {{ height: 2; margin: 1 0 0 0; color: $detail; }}
    HandoverScreen #handover-news {{ height: auto; max-height: 2; }}
    HandoverScreen #handover-foot {{ color: $hint; height: auto; max-height: 2; margin: 1 0 0 0; }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(f"escape,{typed('q')}", "close", N_("Back to where you were"), id="handover.close"),
        Binding("tab,shift+tab", "switch", N_("Between the handovers and their items"), id="handover.switch"),
        Binding(typed("e"), "write", N_("Write the handover of this shift"), id="handover.write"),
        Binding(typed("s"), "sign", N_("Take the chosen handover over"), id="handover.sign"),
        Binding(typed("x"), "tick", N_("The item is dealt with, or it is not"), id="handover.tick"),
        Binding(typed("v"), "read", N_("Read the whole text"), id="handover.read"),
    ]

    def __init__(self, desk: Desk) -> None:
        super().__init__(id="handover")
        self._desk = desk
        self._now: Composed | None = None
        self.handovers: PickedList[Kept] = PickedList(self._drawn(draw_handover), id="handovers")
        self.items: PickedList[ItemLine] = PickedList(self._drawn(draw_item), id="handover-items")
        self._head = Fitted(self._head_line)
        self._said = Static(id="handover-said")
        self.news = Static(id="handover-news")
        self._foot = Static(id="handover-foot")

    def _drawn(self, draw: Callable[[Palette, int, T, str, int], Pieces]) -> Callable[[T, str, int], Pieces]:
        """``draw`` with the colours and the time of now."""
        return lambda row, surface, width: draw(
            palette_of(self.app), self._desk.now_ms(), row, surface, width
        )

    def compose(self) -> ComposeResult:
        with Vertical():
            yield self._head
            yield self.handovers
            yield self.items
            yield self._said
            yield self.news
            yield self._foot

    def on_mount(self) -> None:
        self._said.update(Content(_("Reading what is left of the shift …")))
        self._foot.update(
            Content(
                _(
                    "Enter opens · e writes · s takes over · x dealt with · v whole text · Tab switches · Esc closes"
                )
            )
        )
        self.handovers.focus()
        self.read()

    # -- reading

    @work(exclusive=True, group="read", exit_on_error=False)
    async def read(self, select: str = "", said: str = "") -> None:
        """Read everything again, with the cursor on the handover ``select``; tell what was done."""
        self._now = await asyncio.to_thread(cases.compose_now, self._desk)
        earlier = await asyncio.to_thread(cases.recent, self._desk)
        rows: list[Kept] = [self._now, *earlier]
        refs = ["", *(each.handover.ref for each in earlier)]
        place = self.items.index
        self.handovers.styles.height = min(LIST_ROWS, len(rows))
        self.handovers.show(rows, refs.index(select) if select in refs else 0)
        self._show_items(place)
        self._head.refresh()
        self._tell(said)

    @property
    def chosen(self) -> Looked | None:
        """The written handover under the cursor."""
        row = self.handovers.chosen
        return row if isinstance(row, Looked) else None

    def _show_items(self, place: int = 0) -> None:
        row = self.handovers.chosen
        lines = [] if row is None else list(lines_of(self._desk.store.reader(), row))
        self.items.show(lines, place)

    # -- showing

    def _head_line(self, width: int) -> Content:
        return Content.styled(truncate(_("Handover"), width), "bold $accent")

    def _tell(self, said: str = "", error: CsdeskError | None = None) -> None:
        """What was done, or refused; it stands until the next thing is done."""
        if error is not None:
            text = Content.styled(
                f"{glyphs().failed} {display_line(f'{error.sentence} {error.hint}')}", "$red"
            )
        else:
            text = Content.styled(f"{glyphs().done} {display_line(said)}" if said else "", "$green")
        self.news.update(text)

    def _say_item(self) -> None:
        """The item under the cursor in full."""
        line = self.items.chosen
        self._said.update(Content(_("Nothing is left over.") if line is None else display_line(line.said)))

    @on(PickedList.Highlighted)
    def _highlighted(self, event: PickedList.Highlighted) -> None:
        event.stop()
        if event.list is self.handovers:
            self._show_items()
        self._say_item()

    # -- acting

    def action_close(self) -> None:
        if self.focused is self.items:
            self.handovers.focus()
        else:
            self.dismiss(None)

    def action_switch(self) -> None:
        (self.items if self.focused is self.handovers else self.handovers).focus()

    @on(PickedList.Chosen)
    def _opened(self, event: PickedList.Chosen) -> None:
        event.stop()
        if self.focused is self.handovers:
            self.items.focus()
            return
        line = self.items.chosen
        if line is None or line.conversation is None:
            self._tell(
                error=NotFound("handover.not_here", _("This desk does not hold that conversation."), "")
            )
        else:
            self.dismiss(line.conversation)

    @work(exclusive=True, group="form", exit_on_error=False)
    async def action_write(self) -> None:
        """Edit the text and write it, signed as the giver; what is left unfinished is kept."""
        if self._now is None:
            return
        self._tell()
        draft = await asyncio.to_thread(cases.draft, self._desk)
        written = await self.app.push_screen_wait(HandoverForm(self._desk, self._now, draft))
        if written is not None:
            said = _("Handover {ref} is written, and signed by you.").format(ref=written.short_ref)
            self.read(written.ref, said)

    def action_sign(self) -> None:
        if (row := self.chosen) is None:
            self._tell(
                error=NotFound(
                    "handover.none_chosen", _("Choose an earlier handover above."), _("e writes this one.")
                )
            )
            return
        ref = row.handover.ref
        self._act(lambda: cases.sign(self._desk, ref), ref, _("You took over this handover."))

    def action_tick(self) -> None:
        line, row = self.items.chosen, self.chosen
        if row is None or line is None or line.place is None:
            self._tell(
                error=NotFound("handover.none_chosen", _("Choose an item of an earlier handover."), "")
            )
            return
        ref, place, is_done = row.handover.ref, line.place, line.state is not ItemState.DONE
        said = _("Marked as dealt with.") if is_done else _("Marked as not dealt with.")
        self._act(lambda: cases.tick(self._desk, ref, place, is_done=is_done), ref, said)

    @work(exclusive=True, group="act", exit_on_error=False)
    async def _act(self, act: Callable[[], object], ref: str, said: str) -> None:
        try:
            await asyncio.to_thread(act)
        except CsdeskError as error:
            self._tell(error=error)
            return
        self.read(ref, said)

    def action_read(self) -> None:
        row = self.handovers.chosen
        if row is not None:
            self.app.push_screen(HandoverPaper(row))
