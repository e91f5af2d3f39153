"""The top line: who I am, how many wait, how long the longest has, what is still going out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from csdesk.config import WaitLimits
from csdesk.i18n import _
from csdesk.text import cell_width, truncate
from csdesk.tui.glyphs import glyphs
from csdesk.tui.safe import display_line
from csdesk.tui.themes import palette_of
from csdesk.tui.times import clock_time_with_seconds, wait_text
from csdesk.tui.widgets.line import Piece, build_line

ROOMY: Final = 100
GAP: Final = 3
LEVELS: Final = 5
NAME_CELLS: Final = 14
WAIT_CELLS: Final = 7

STATUS: Final = "screen.choose_availability"
WAITING: Final = "screen.show_view('waiting')"
MINE: Final = "screen.show_view('mine')"
FAILED: Final = "screen.show_view('failed')"
LONGEST: Final = "screen.longest_wait"
LOOK: Final = "screen.look"


_COLOURS: Final = {"online": "green", "offline": "hint"}


@dataclass(frozen=True, slots=True)
class DeskState:
    """What the top line says. ``availability`` is a translated word, empty shows none; ``sign`` names the
    glyph before it. ``mine`` are the agent's chats, of the ``capacity`` they take."""

    agent_name: str = ""
    availability: str = ""
    sign: str = "online"
    waiting: int = 0
    mine: int = 0
    capacity: int = 3
    longest_since: int | None = None
    going_out: int = 0
    unapproved: int = 0
    failed: int = 0
    now_ms: int = 0


class StatusBar(Widget):
    """One line in fixed columns: a second that ticks moves nothing."""

    DEFAULT_CSS = "StatusBar { height: 1; }"
    ALLOW_SELECT = False

    def __init__(self, *, limits: WaitLimits | None = None, id: str | None = None) -> None:
        super().__init__(id=id)
        self._limits = limits or WaitLimits(100_000, 180_000)
        self._state = DeskState()
        self._sync = ("", "", "detail")
        self.badge = ""
        """A word that stands in place of the program's name, at any width: what is worked in is no real desk."""
        self.watched_by = ""
        """Who follows what is done here; empty: nobody does."""

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self.refresh())

    @property
    def state(self) -> DeskState:
        """What is shown."""
        return self._state

    def show(self, state: DeskState) -> None:
        """Show ``state``; nothing is drawn when it looks the same."""
        if state != self._state:
            self._state = state
            self.refresh()

    def show_sync(self, text: str, short: str = "", colour: str = "detail") -> None:
        """Say how this desk stands with the team's hub, in a narrow terminal by ``short``; nothing without one."""
        if self._sync != (text, short, colour):
            self._sync = (text, short, colour)
            self.refresh()

    def take_limits(self, limits: WaitLimits) -> None:
        """Colour the longest wait by ``limits``."""
        self._limits = limits
        self.refresh()

    def tick(self, now_ms: int) -> None:
        """It is ``now_ms``."""
        self.show(replace(self._state, now_ms=now_ms))

    def restyle(self) -> None:
        """Draw again in another language or theme."""
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        base = palette_of(self.app).style("detail", "raised")
        left, middle, right = self._fitting(width)
        left_width, rest = _cells(left), _cells(middle) + _cells(right) + 1
        column = left_width + GAP
        if width >= ROOMY and width * 2 // 7 + rest + GAP <= width:
            column = max(column, width * 2 // 7)
        pieces = [*left, (" " * (column - left_width), base), *middle]
        gap = width - column - rest
        return build_line(width, base, [*pieces, (" " * max(0, gap), base), *right])

    def _fitting(self, width: int) -> tuple[list[Piece], list[Piece], list[Piece]]:
        """As much as fits: the clock goes first, then the program's name, the words, the agent."""
        for level in range(LEVELS):
            parts = self._left(level), self._middle(level), self._right(level)
            if sum(_cells(part) for part in parts) + 2 * GAP + 1 <= width:
                break
        return parts

    def _piece(self, text: str, colour: str = "detail", *, bold: bool = False, click: str = "") -> Piece:
        """A text of the line; ``click`` is the action a click on it runs."""
        style = palette_of(self.app).style(colour, "raised", bold=bold)
        return text, style + _clicked(click) if click else style

    def _left(self, level: int) -> list[Piece]:
        state, sign = self._state, glyphs()
        badge = self._badge()
        pieces = [self._piece(" ")]
        if level >= 4:
            return badge
        if badge:
            pieces = [*badge, self._piece("  ")]
        elif level < 2:
            pieces += [self._piece("csdesk", "accent", bold=True), self._piece("  ")]
        if state.availability:
            mark, colour = getattr(sign, state.sign), _COLOURS.get(state.sign, "amber")
            pieces += [
                self._piece(f"{mark} ", colour, click=STATUS),
                self._piece(state.availability + " ", "content", click=STATUS),
            ]
        return [*pieces, self._piece(truncate(display_line(state.agent_name), NAME_CELLS))]

    def _badge(self) -> list[Piece]:
        style = palette_of(self.app).style("amber", "raised", bold=True) + Style(reverse=True)
        watched = _("{name} watches").format(name=display_line(self.watched_by)) if self.watched_by else ""
        return [(f" {word} ", style) for word in (self.badge, watched) if word]

    def _middle(self, level: int) -> list[Piece]:
        state = self._state
        gap = self._piece(" " * GAP if level < 3 else "  ")
        pieces = [
            self._piece(_("Waiting") + " ", click=WAITING),
            self._piece(f"{state.waiting:<2}", "content", bold=True, click=WAITING),
            gap,
            self._piece(_("Mine") + " ", click=MINE),
            self._piece(f"{state.mine}/{state.capacity}", "content", bold=True, click=MINE),
        ]
        if level >= 3:
            return [*pieces, gap, *self._longest()]
        is_full = state.mine >= state.capacity > 0
        hold = _("on hold")
        pieces.append(self._piece(" " + (hold if is_full else " " * cell_width(hold)), "amber"))
        return [*pieces, gap, self._piece(_("Longest") + " ", click=LONGEST), *self._longest()]

    def _longest(self) -> list[Piece]:
        state, sign = self._state, glyphs()
        if state.longest_since is None:
            return [self._piece(" " * (WAIT_CELLS + 2))]
        age_ms = max(0, state.now_ms - state.longest_since)
        mark, colour = (" ", "content")
        if age_ms >= self._limits.red_ms:
            mark, colour = sign.late, "red"
        elif age_ms >= self._limits.amber_ms:
            mark, colour = sign.warm, "amber"
        return [
            self._piece(f"{mark} ", colour, click=LONGEST),
            self._piece(f"{wait_text(age_ms):<{WAIT_CELLS}}", colour, bold=True, click=LONGEST),
        ]

    def _right(self, level: int) -> list[Piece]:
        state, sign = self._state, glyphs()
        pieces: list[Piece] = []
        if state.failed:
            failed = _("{count} failed").format(count=state.failed)
            pieces += [self._piece(f"{sign.failed} {failed}", "red", click=FAILED)]
        if state.going_out:
            gap = "  " if pieces else ""
            text = _("{count} going out").format(count=state.going_out)
            pieces += [self._piece(f"{gap}{sign.clock} {text}", "amber")]
        if state.unapproved:
            gap = "  " if pieces else ""
            text = _("{count} to approve").format(count=state.unapproved)
            pieces += [self._piece(f"{gap}{sign.clock} {text}", "amber")]
        text, short, colour = self._sync
        if text:
            said = ("  " if pieces else "") + (text if level < 2 else short)
            pieces += [self._piece(said, colour, click=LOOK)]
        if level < 1:
            pieces += [self._piece("  " + clock_time_with_seconds(state.now_ms))]
        return pieces


def _cells(pieces: list[Piece]) -> int:
    return sum(cell_width(text) for text, _style in pieces)


@lru_cache
def _clicked(action: str) -> Style:
    """What makes Textual run ``action`` when the text is clicked."""
    return Style(meta={"@click": action})
