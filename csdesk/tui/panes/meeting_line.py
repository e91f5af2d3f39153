"""The lines above a conversation that others worked on, too: what they did, and the key to decide."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from csdesk.desk import looking
from csdesk.desk.context import Desk
from csdesk.desk.looking import Met
from csdesk.i18n import _, ngettext
from csdesk.store import offers
from csdesk.store.offers import Offer
from csdesk.text import wrap
from csdesk.tui.glyphs import glyphs
from csdesk.tui.safe import display_line
from csdesk.tui.times import time_or_date

MOST_CARDS = 3
INDENT = "  "
ENDS = (".", "!", "?", "。", "！", "？")


class MeetingLine(Static):
    """Hidden unless a person has something to decide; a click on it asks."""

    DEFAULT_CSS = """
    MeetingLine { height: auto; max-height: 6; padding: 0 1; display: none; background: $raised; color: $amber; }
    MeetingLine.-open { display: block; }
    """
    ALLOW_SELECT = False

    class Clicked(Message):
        """The agent wants to decide."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(id="meeting")
        self._desk = desk
        self._met: Met | None = None
        self._beside: tuple[str, ...] = ()
        self._written: tuple[list[str], int] = [], 0

    def show(self, conversation: int | None, beside: Sequence[str] = ()) -> None:
        """Show what waits for a decision in ``conversation`` and who is in it ``beside`` us, or hide."""
        found = looking.met(self._desk, conversation) if conversation is not None else []
        self._met = found[0] if found else None
        asked = offers.of(self._desk.store.reader(), conversation) if conversation is not None else None
        self._beside = tuple(beside) if asked is None else (self._asked(asked), *beside)
        self.set_class(self._met is not None or bool(self._beside), "-open")
        self._write()

    def _asked(self, offer: Offer) -> str:
        """Who is asked to take the conversation, and what can be done about that here."""
        if offer.to == self._desk.agent.id:
            said = _("{agent} asks you to take this: {reason}")
            return said.format(agent=display_line(offer.by_name), reason=display_line(offer.reason))
        until = time_or_date(offer.until, self._desk.now_ms())
        said = _("{agent} is asked to take this until {time}. U asks no longer.")
        return said.format(agent=display_line(offer.to_name), time=until)

    def on_resize(self) -> None:
        self._write()

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(self.Clicked())

    def _write(self) -> None:
        width = max(10, self.size.width - 2 - len(INDENT))
        said = self._said(self._met) if self._met is not None else []
        lines = [Content(line) for each in said for line in _indented(each, width, glyphs().warm)]
        lines += [
            Content.styled(line, "$detail")
            for each in self._beside
            for line in _indented(each, width, glyphs().online)
        ]
        written = [line.plain for line in lines], len(self._beside)
        if (
            written != self._written
        ):  # an update lays the whole screen out anew, and this is asked every few seconds
            self._written = written
            self.update(Content("\n").join(lines))

    def _said(self, met: Met) -> list[str]:
        now = self._desk.now_ms()
        said = [
            f"{time_or_date(card.at, now)} {display_line(looking.sentence(card))}"
            for card in met.cards[:MOST_CARDS]
        ]
        if met.replies:
            said.append(
                ngettext(
                    "{count} reply of yours is kept and not sent: it needs another look.",
                    "{count} replies of yours are kept and not sent: they need another look.",
                    len(met.replies),
                ).format(count=len(met.replies))
            )
        between = " " if said[-1].endswith(ENDS) else f" {glyphs().dot} "
        said[-1] += between + _("L decides.")
        return said


def _indented(said: str, width: int, sign: str) -> list[str]:
    """``said`` in lines of ``width`` cells, the first behind ``sign``."""
    lines = wrap(said, width)
    return [f"{sign} {lines[0]}", *(INDENT + line for line in lines[1:])]
