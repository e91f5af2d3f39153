"""What a search found, as lines: who, when, and the words lit where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip

from csdesk.i18n import N_, _
from csdesk.model.message import Sender
from csdesk.model.search import FoundIn, Hit
from csdesk.text import cell_width, fit, wrap
from csdesk.tui.glyphs import glyphs
from csdesk.tui.safe import display, display_line
from csdesk.tui.times import time_or_date
from csdesk.tui.widgets.line import Piece, build_line, centred
from csdesk.tui.widgets.line_view import MOST_KEPT, LineView, keep

ROOMY = 100
"""From so many cells a hit takes one line."""
NAME_CELLS = 16
NEAR_END = 25
MOST_HITS = 5_000
_SENDERS = {Sender.AGENT: N_("Reply: "), Sender.NOTE: N_("Note: "), Sender.AUTO: N_("Auto: ")}


class HitList(LineView):
    """Hits under a cursor; asks for more before its end is reached. Never has the focus itself."""

    can_focus = False
    ALLOW_SELECT = False
    ground = "base"

    @dataclass
    class MoreWanted(Message):
        """The cursor or the view came near the last hit."""

    @dataclass
    class Opened(Message):
        """A hit was clicked."""

        hit: Hit

    def __init__(self, *, now_ms: int = 0, id: str | None = None) -> None:
        super().__init__(id=id)
        self.hits: list[Hit] = []
        self.cursor = 0
        self._now_ms = now_ms
        self._empty: Sequence[str] = ()
        self._strips: dict[tuple[int, bool, int], tuple[Strip, ...]] = {}

    @property
    def row_height(self) -> int:
        """Lines a hit takes."""
        return 1 if self.size.width >= ROOMY else 2

    @property
    def selected(self) -> Hit | None:
        """The hit under the cursor."""
        return self.hits[self.cursor] if self.cursor < len(self.hits) else None

    def show(self, hits: Sequence[Hit], *, select: int | None = None) -> None:
        """Show other hits, the cursor on the one of message ``select``, else on the first."""
        self.hits = list(hits)
        self.top = 0
        places = [place for place, hit in enumerate(self.hits) if hit.message == select]
        self.cursor = places[0] if places else 0
        self.restyle()
        self._show_cursor()

    def add(self, hits: Sequence[Hit]) -> None:
        """More hits, behind those there are."""
        self.hits += hits
        self.refresh()

    def say_when_empty(self, lines: Sequence[str]) -> None:
        """What stands where no hit is (translated)."""
        self._empty = lines
        if not self.hits:
            self.restyle()

    def move(self, where: str) -> None:
        """Move the cursor: ``down``, ``up``, ``page_down``, ``page_up``, ``first`` or ``last``."""
        page = max(1, self.size.height // self.row_height - 1)
        ends = {"first": -len(self.hits), "last": len(self.hits)}
        by = {"down": 1, "up": -1, "page_down": page, "page_up": -page, **ends}[where]
        self.cursor = max(0, min(self.cursor + by, len(self.hits) - 1))
        self._show_cursor()

    def _show_cursor(self) -> None:
        first, height = self.cursor * self.row_height, self.row_height
        self.top = max(first + height - self.size.height, min(self.top, first))
        self._moved()

    def scroll_lines(self, count: int) -> None:
        self.top += count
        self._moved()

    def _moved(self) -> None:
        lines = len(self.hits) * self.row_height
        self.top = max(0, min(self.top, lines - self.size.height))
        self.refresh()
        seen = max(self.cursor, (self.top + self.size.height) // self.row_height)
        if self.hits and len(self.hits) - seen < NEAR_END:
            self.post_message(self.MoreWanted())

    def on_resize(self) -> None:
        self.forget_strips()
        self._show_cursor()

    def on_click(self, event: events.Click) -> None:
        place = (self.top + event.y) // self.row_height
        if place < len(self.hits):
            self.cursor = place
            self._show_cursor()
            self.post_message(self.Opened(self.hits[place]))

    # Drawing

    def extent(self) -> tuple[float, float]:
        lines = max(1, len(self.hits) * self.row_height)
        return self.top / lines, min(1.0, (self.top + self.size.height) / lines)

    def forget_strips(self) -> None:
        super().forget_strips()
        self._strips.clear()

    def edge_style(self, strip: Strip) -> Style:
        last = next(reversed(strip), None)
        return last.style if last and last.style else super().edge_style(strip)

    def draw_line(self, y: int) -> Strip:
        place, line = divmod(y, self.row_height)
        if place >= len(self.hits):
            return self._draw_empty(y)
        key = (place, place == self.cursor, self.text_width)
        strips = self._strips.get(key)
        if strips is None:
            drawn = self._draw(self.hits[place], is_selected=key[1])
            strips = keep(self._strips, key, drawn, MOST_KEPT // self.row_height)
        return strips[line]

    def _draw(self, hit: Hit, *, is_selected: bool) -> tuple[Strip, ...]:
        ground = "selected" if is_selected else self.ground
        style, width = self.palette.style, self.text_width
        base = style("content", ground)
        bar = (glyphs().bar if is_selected else " ", style("accent", ground, bold=True))
        ref = [(f"#{hit.ref[:6]} ", style("hint", ground))]
        name_style = "accent" if hit.found_in is FoundIn.CONTACT else "content"
        head: list[Piece] = [
            bar,
            (f" {time_or_date(hit.at, self._now_ms)}  ", style("detail", ground)),
            (self._who(hit), style(name_style, ground, bold=is_selected or name_style == "accent")),
        ]
        if self.row_height == 1:
            return (build_line(width, base, [*head, (" ", base), *self._said(hit, ground)], ref),)
        tier: list[Piece] = [(f" {hit.tier}", style("detail", ground))] if hit.tier else []
        second = [bar, (" " * 8, base), *self._said(hit, ground)]
        return build_line(width, base, [*head, *tier], ref), build_line(width, base, second)

    def _who(self, hit: Hit) -> str:
        name = display_line(hit.contact_name) or _("visitor")
        return fit(name, NAME_CELLS) if self.row_height == 1 else name

    def _said(self, hit: Hit, ground: str) -> list[Piece]:
        """The snippet, what fits the query lit."""
        style = self.palette.style
        prefix = N_("Subject: ") if hit.found_in is FoundIn.SUBJECT else _SENDERS.get(hit.sender)
        pieces: list[Piece] = [(_(prefix), style("hint", ground))] if prefix else []
        plain, lit = style("content", ground), style("accent", ground, bold=True)
        last = 0
        for start, end in hit.spans:
            pieces.append((display(hit.snippet[last:start]), plain))
            pieces.append((display(hit.snippet[start:end]), lit))
            last = end
        return [*pieces, (display(hit.snippet[last:]), plain)]

    def _draw_empty(self, y: int) -> Strip:
        style = self.palette.style("detail", self.ground)
        if self.hits or not self._empty:
            return build_line(self.text_width, style, ())
        lines = [part for line in self._empty for part in (wrap(line, max(8, self.text_width - 4)) or [""])]
        widest = max(map(cell_width, lines))
        place = y - max(1, self.size.height // 4)
        shown = lines[place] if 0 <= place < len(lines) else ""
        return centred(self.text_width, style, fit(shown, min(widest, self.text_width)), style)
