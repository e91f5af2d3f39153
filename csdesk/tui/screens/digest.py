"""What others did since the agent looked last: a line for each conversation, mine first; looking makes it seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from csdesk.desk import changes as cases
from csdesk.desk.changes import Changed, Digest
from csdesk.desk.context import Desk
from csdesk.i18n import N_, _, ngettext
from csdesk.text import fit
from csdesk.tui.glyphs import glyphs
from csdesk.tui.safe import display_line
from csdesk.tui.screens.over import Over
from csdesk.tui.screens.paper import typed
from csdesk.tui.surviving import Survives
from csdesk.tui.themes import palette_of
from csdesk.tui.times import time_or_date
from csdesk.tui.widgets.line import Piece
from csdesk.tui.widgets.picked_list import PickedList

if TYPE_CHECKING:
    from csdesk.tui.screens.desk_parts import DeskParts

ROOMY = 90
NAME_CELLS, NARROW_NAME_CELLS = 12, 8


class DigestScreen(Survives, Over[int | None]):
    """Every conversation that others changed; Enter leaves with the one to open."""

    DEFAULT_CSS = """
    DigestScreen { align: center middle; }
    DigestScreen > Vertical { width: 120; max-width: 100%; height: 80%; background: $raised; padding: 1 2; }
    DigestScreen .title { color: $accent; text-style: bold; height: 1; margin: 0 0 1 0; }
    DigestScreen #digest-said { height: 2; margin: 1 0 0 0; color: $detail; }
    DigestScreen .foot { color: $hint; height: 1; margin: 1 0 0 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(f"escape,{typed('q')}", "dismiss(None)", N_("Back to where you were"), id="digest.close")
    ]

    def __init__(self, desk: Desk, found: Digest) -> None:
        super().__init__(id="digest")
        self._desk = desk
        self._found = found
        self.list: PickedList[Changed] = PickedList(self._draw, id="digest-list")
        self._said = Static(id="digest-said")

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(Content(_("What others did since you looked")), classes="title")
            yield self.list
            yield self._said
            yield Static(Content(_("Enter opens · Esc closes · next time only what is new")), classes="foot")

    def on_mount(self) -> None:
        self.list.focus()
        self.list.show(list(self._found.talks))
        self._tell()

    def _draw(self, each: Changed, surface: str, width: int) -> tuple[list[Piece], list[Piece]]:
        style, sign = palette_of(self.app).style, glyphs()
        name = display_line(each.conversation.contact_name) or _("visitor")
        cells = NAME_CELLS if width >= ROOMY else NARROW_NAME_CELLS
        mark = sign.bar if each.is_mine else " "
        left: list[Piece] = [
            (f"{mark} ", style("accent", surface)),
            (time_or_date(each.at, self._desk.now_ms()) + "  ", style("detail", surface)),
            (fit(f"#{each.conversation.short_ref}", 8), style("accent", surface)),
            (fit(name, cells) + "  ", style("content", surface, bold=each.is_mine)),
            (f" {sign.dot} ".join(cases.words(each.what)), style("content", surface)),
        ]
        by = ", ".join(display_line(name) for name in each.by)
        return left, [(f"{by} ", style("detail", surface))] if by and width >= ROOMY else []

    @on(PickedList.Highlighted)
    def _highlighted(self, event: PickedList.Highlighted) -> None:
        event.stop()
        self._tell()

    def _tell(self) -> None:
        """Of the marked one all that was done and by whom; below it what has no line of its own."""
        each, lines = self.list.chosen, []
        if each is not None:
            names = ", ".join(display_line(name) for name in each.by)
            lines.append(f" {glyphs().dot} ".join((*cases.words(each.what), *([names] if names else []))))
        more = []
        if self._found.more:
            said = ngettext("{count} more conversation", "{count} more conversations", self._found.more)
            more.append(said.format(count=f"{self._found.more:,}"))
        if self._found.besides:
            said = ngettext("{count} change besides", "{count} changes besides", self._found.besides)
            more.append(said.format(count=f"{self._found.besides:,}"))
        if more:
            lines.append(f" {glyphs().dot} ".join(more))
        self._said.update(Content("\n".join(lines)))

    @on(PickedList.Chosen)
    def _chosen(self, event: PickedList.Chosen) -> None:
        event.stop()
        if (each := self.list.chosen) is not None:
            self.dismiss(each.conversation.id)


def open_for(screen: DeskParts) -> None:
    """Read it off the screen's thread, show it, and note that it was seen."""
    desk = screen.desk

    def look() -> Digest:
        found = cases.digest(desk)
        cases.seen(desk, found)
        return found

    def show(found: Digest) -> None:
        if found.is_empty:
            screen.news(_("Nobody else did anything since you looked."))
        elif not found.talks:
            said = ngettext("{count} change besides", "{count} changes besides", found.besides)
            screen.news(said.format(count=f"{found.besides:,}"))
        else:
            screen.app.push_screen(DigestScreen(desk, found), opened)

    def opened(conversation: int | None) -> None:
        if conversation is not None:
            screen.run_worker(screen.run_action(f"open_missed({conversation})"), exit_on_error=False)

    screen.attempt(look, show)


def offer(screen: DeskParts) -> None:
    """Say in a line that others did something, if they did; who never looked begins now."""
    desk = screen.desk

    def look() -> int:
        cases.begin(desk)
        return cases.digest(desk).count

    def tell(count: int) -> None:
        if count:
            said = ngettext(
                "Others changed {count} conversation since you looked.",
                "Others changed {count} conversations since you looked.",
                count,
            )
            screen.news(said.format(count=f"{count:,}"), _("W shows them"))

    screen.attempt(look, tell)
