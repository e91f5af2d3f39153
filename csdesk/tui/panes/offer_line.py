"""The line under the top one that says what a colleague asks of the agent, and how long they may think about it."""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from csdesk.i18n import _, ngettext
from csdesk.store.offers import Offer
from csdesk.text import cell_width, truncate
from csdesk.tui.glyphs import glyphs
from csdesk.tui.safe import display_line
from csdesk.tui.times import wait_text

GAP = 2
LEAST_SAID = 24


class OfferLine(Static):
    """Hidden unless somebody is asked; a click opens what it is about."""

    DEFAULT_CSS = """
    OfferLine { height: 1; width: 1fr; padding: 0 1; display: none; background: $selected; color: $amber; }
    OfferLine.-open { display: block; }
    """
    ALLOW_SELECT = False

    class Clicked(Message):
        """The agent wants to see what they are asked to take."""

    def __init__(self) -> None:
        super().__init__(id="offer")
        self._shown: tuple[Offer, str, int, int] | None = None

    def show(self, offer: Offer | None, about: str = "", more: int = 0, left_ms: int = 0) -> None:
        """Show ``offer`` of the conversation ``about`` with ``more`` besides and the time that is left, or hide."""
        shown = None if offer is None else (offer, about, more, left_ms // 1000)
        if shown == self._shown:
            return
        self._shown = shown
        self.set_class(offer is not None, "-open")
        self._write()

    def on_resize(self) -> None:
        self._write()

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(self.Clicked())

    def _write(self) -> None:
        if self._shown is None:
            return
        offer, about, more, left_s = self._shown
        left = wait_text(left_s * 1000)
        others = ngettext("{count} more", "{count} more", more).format(count=more) if more else ""
        keys = _("I takes it · U declines")
        whole = "  ".join(filter(None, (others, left, keys)))
        tail = next(
            (each for each in (whole, f"{left}  I/U") if self._room_beside(each) >= LEAST_SAID),
            f"{left}  I/U",
        )
        said = f"{glyphs().arrow} " + _("{agent} asks you to take {about}: {reason}").format(
            agent=display_line(offer.by_name), about=display_line(about), reason=display_line(offer.reason)
        )
        said = truncate(said, max(0, self._room_beside(tail)))
        gap = " " * max(GAP, self.size.width - 2 - cell_width(said) - cell_width(tail))
        self.update(Content.assemble(Content(said), Content(gap), Content.styled(tail, "$content")))

    def _room_beside(self, tail: str) -> int:
        return self.size.width - 2 - cell_width(tail) - GAP
