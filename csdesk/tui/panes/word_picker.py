"""What was found for a query in the text, above the composer: emoji, colleagues. Looks as quick replies do."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from csdesk.text import fit
from csdesk.tui.glyphs import glyphs
from csdesk.tui.offers import Offer
from csdesk.tui.panes.reply_picker import MOVES, ROWS
from csdesk.tui.safe import display_line
from csdesk.tui.surviving import Survives
from csdesk.tui.themes import palette_of
from csdesk.tui.widgets.line import Piece, build_line

SIGN_CELLS = 3


class WordPicker(Survives, Widget):
    """A list to choose from with the composer's keys. Hidden until something is found."""

    DEFAULT_CSS = f"""
    WordPicker {{ height: {ROWS + 1}; background: $raised; display: none; }}
    WordPicker.-open {{ display: block; }}
    """

    @dataclass
    class OfferChosen(Message):
        """An offer is to be put where its query stands."""

        offer: Offer

    @dataclass
    class Closed(Message):
        """It was closed without choosing."""

    def __init__(self) -> None:
        super().__init__(id="word-picker")
        self._asked = ""
        self._offers: list[Offer] = []
        self._index = 0

    @property
    def is_open(self) -> bool:
        return self.has_class("-open")

    def open(self, asked: str, offers: list[Offer]) -> None:
        """Show ``offers`` (at least one) for what was typed, trigger included."""
        self._asked, self._offers, self._index = asked, offers, 0
        self.add_class("-open")
        self.refresh()

    def close(self) -> None:
        """Hide it."""
        self.remove_class("-open")

    def press(self, key: str) -> None:
        """Act on a key that moves, inserts or closes."""
        if key in MOVES:
            self._index = max(0, min(self._index + MOVES[key], len(self._offers) - 1))
            self.refresh()
            return
        self.close()
        self.post_message(self.Closed() if key == "escape" else self.OfferChosen(self._offers[self._index]))

    def on_click(self, event: events.Click) -> None:
        place = self._first + event.y - 1
        if event.y > 0 and place < len(self._offers):
            self._index = place
            self.press("enter")

    @property
    def _first(self) -> int:
        """Which offer stands on the first row."""
        return max(0, min(self._index - ROWS // 2, len(self._offers) - ROWS))

    def render_line(self, y: int) -> Strip:
        style, width = palette_of(self.app).style, self.size.width
        if y == 0:
            head: list[Piece] = [
                (" " + display_line(self._asked), style("accent", "raised", bold=True)),
                (f"  {len(self._offers)}", style("hint", "raised")),
            ]
            return build_line(width, style("content", "raised"), head)
        place = self._first + y - 1
        if place >= len(self._offers):
            return build_line(width, style("content", "raised"), ())
        offer, is_chosen = self._offers[place], place == self._index
        surface = "selected" if is_chosen else "raised"
        pieces: list[Piece] = [
            ((glyphs().bar if is_chosen else " ") + " ", style("accent", surface, bold=True)),
            (fit(offer.sign, SIGN_CELLS), style("content", surface)),
            (display_line(offer.title), style("content" if is_chosen else "detail", surface)),
        ]
        return build_line(width, style("content", surface), pieces)
