"""How handovers and their items look as lines, and a handover's whole text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from csdesk.desk.handover import Composed, Looked
from csdesk.errors import NotFound
from csdesk.i18n import N_, _, ngettext
from csdesk.model.handover import ItemState, Section
from csdesk.store import conversations
from csdesk.store.connect import Connection
from csdesk.text import cell_width, fit, truncate
from csdesk.tui.glyphs import glyphs
from csdesk.tui.safe import display_line
from csdesk.tui.screens.paper import Paper, typed, wrapped
from csdesk.tui.themes import Palette
from csdesk.tui.times import time_or_date
from csdesk.tui.widgets.line import Piece

NAME_CELLS, ROOMY_NAME_CELLS, ROOMY = 10, 18, 100
Kept = Composed | Looked
Pieces = tuple[list[Piece], list[Piece]]


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One item as its line shows it; ``place`` is None while nothing is written, ``conversation`` None where this
    desk does not hold it."""

    place: int | None
    section: Section
    ref: str
    conversation: int | None
    contact_name: str
    said: str
    due_at: int | None
    state: ItemState


def lines_of(connection: Connection, row: Kept) -> Iterator[ItemLine]:
    """The items of a handover, or of this shift."""
    if isinstance(row, Composed):
        now = row.left.at
        for entry in row.left.entries:
            item = entry.item
            is_late = entry.is_left or (item.due_at is not None and item.due_at <= now)
            state = ItemState.MISSED if is_late else ItemState.OPEN
            number = _number_of(connection, item.conversation)
            yield ItemLine(
                None, item.section, entry.ref, number, entry.contact_name, entry.said, item.due_at, state
            )
        return
    for each, state in row.items:
        named, item = each.named, each.item
        yield ItemLine(
            each.place,
            item.section,
            named.ref,
            named.id,
            named.contact_name,
            named.said,
            item.due_at,
            state,
        )


def _number_of(connection: Connection, uid: bytes) -> int | None:
    try:
        return conversations.by_uid(connection, uid)
    except NotFound:
        return None


def draw_handover(palette: Palette, now_ms: int, row: Kept, surface: str, _width: int) -> Pieces:
    """A handover: whether it was taken, when, by whom; how much of it was missed."""
    style, sign = palette.style, glyphs()
    if isinstance(row, Composed):
        count = len(row.left.entries)
        left = [
            (f"{sign.draft} ", style("accent", surface)),
            (_("This shift"), style("content", surface)),
        ]
        items = ngettext("{count} item", "{count} items", count).format(count=count)
        unwritten = _("not written yet")
        return left, [(f"{items}  {unwritten} ", style("hint", surface))]
    found = row.handover
    takers = ", ".join(display_line(each.agent_name) for each in found.takers)
    pieces = [
        (f"{sign.done if takers else sign.open} ", style("green" if takers else "amber", surface)),
        (time_or_date(found.at, now_ms) + "  ", style("detail", surface)),
        (display_line(found.giver_name), style("content", surface)),
        (f" {sign.arrow} ", style("hint", surface)),
        (takers or _("not taken yet"), style("content" if takers else "amber", surface)),
    ]
    right = [
        (
            ngettext("{count} item", "{count} items", len(row.items)).format(count=len(row.items)),
            style("hint", surface),
        )
    ]
    if row.missed:
        missed = ngettext("{count} missed", "{count} missed", row.missed).format(count=row.missed)
        right.append((f"  {sign.failed} {missed}", style("red", surface)))
    return pieces, [*right, (" ", style("hint", surface))]


def draw_item(palette: Palette, now_ms: int, line: ItemLine, surface: str, width: int) -> Pieces:
    """An item: what became of it, why it is here, whose it is, and when it is due."""
    style, sign = palette.style, glyphs()
    marks = {
        ItemState.OPEN: (sign.open, "detail", "content"),
        ItemState.DONE: (sign.done, "green", "hint"),
        ItemState.MISSED: (sign.failed, "red", "red"),
    }
    mark, colour, name_colour = marks[line.state]
    section = line.section.heading
    name = display_line(line.contact_name) or _("visitor")
    name_cells = ROOMY_NAME_CELLS if width >= ROOMY else NAME_CELLS
    left: list[Piece] = [
        (f"{mark} ", style(colour, surface)),
        (
            fit(section, _section_cells(width)) + "  ",
            style(colour if line.state is ItemState.MISSED else "hint", surface),
        ),
        (fit(f"#{line.ref}" if line.ref else "", 8), style("accent", surface)),
        (fit(name, name_cells) + "  ", style(name_colour, surface)),
        (display_line(line.said), style("detail", surface)),
    ]
    return left, _due(palette, now_ms, line, surface)


def _due(palette: Palette, now_ms: int, line: ItemLine, surface: str) -> list[Piece]:
    if line.due_at is None:
        return []
    is_missed = line.state is ItemState.MISSED
    due = _("due {time}").format(time=time_or_date(line.due_at, now_ms))
    return [(due + " ", palette.style("red" if is_missed else "amber", surface))]


def _section_cells(width: int) -> int:
    """The headings stand in a column as wide as the widest of this language, or a third of the line."""
    return min(width // 3, max(cell_width(section.heading) for section in Section))


class HandoverPaper(Paper[None]):
    """The whole text of a handover, and who signed it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(f"escape,{typed('q', 'v')}", "dismiss", N_("Close"), id="handover.text_close")
    ]

    def __init__(self, row: Kept) -> None:
        super().__init__(id="handover-paper")
        self._row = row

    def head(self, width: int) -> Content:
        if isinstance(self._row, Composed):
            return Content.styled(_("Handover of this shift, not written yet"), "bold $accent")
        title = _("Handover {ref}").format(ref=self._row.handover.short_ref)
        return Content.styled(truncate(title, width), "bold $accent")

    def body(self, width: int) -> Iterable[Content]:
        if isinstance(self._row, Composed):
            yield from wrapped(self._row.text, width)
            return
        found = self._row.handover
        yield from wrapped(found.text or _("(its text was erased with a customer it named)"), width)
        yield Content()
        for each in found.signatures:
            said = _("given by {name}") if each.role == "giver" else _("taken by {names}")
            name = display_line(each.agent_name)
            line = f"{glyphs().done} {said.format(name=name, names=name)}  {time_or_date(each.at, found.at)}"
            yield Content.styled(truncate(line, width), "$green")

    def foot(self) -> str:
        return _("Esc closes")
