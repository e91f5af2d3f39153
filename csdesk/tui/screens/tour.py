"""One minute over the real screen: six cards, each beside what it is about. A key of the desk leaves it at once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Region, Size
from textual.widget import Widget
from textual.widgets import Static

from csdesk import paths
from csdesk.errors import CsdeskError
from csdesk.i18n import N_, _
from csdesk.tui.glyphs import glyphs
from csdesk.tui.screens.desk_parts import DeskParts
from csdesk.tui.screens.over import Over
from csdesk.tui.widgets.in_order import StandsAside
from csdesk.whole_file import write_whole

WIDTH: Final = 54
REMEMBERED: Final = "tour"
"""The file of the state folder that holds where it was left."""
LINES: Final = 9
"""As high as the highest card: it stands still while the steps change."""


@dataclass(frozen=True, slots=True)
class Step:
    """A card: its title, its text (msgids), and the part of the desk it stands beside."""

    title: str
    text: str
    beside: Callable[[DeskParts], Widget]


STEPS: Final = (
    Step(
        N_("The queue"),
        N_(
            "Who waits stands here, the longest wait on top. {warm} amber: soon too long. {late} red: too long. "
            "Arrows move, Enter opens."
        ),
        lambda desk: desk.queue,
    ),
    Step(
        N_("F8: who has waited longest"),
        N_("From anywhere, F8 opens the longest wait and puts you into the composer."),
        lambda desk: desk.status_bar,
    ),
    Step(
        N_("Write, or / for a quick reply"),
        N_(
            "The composer is below the conversation. Type / after a space and a few letters, Enter puts the reply "
            "in. What you write is kept as a draft, whatever happens."
        ),
        lambda desk: desk.composer or desk.conversation,
    ),
    Step(
        N_("Ctrl+S sends, Ctrl+G takes it back"),
        N_(
            "A reply is held for some seconds before it leaves. Until then Ctrl+G brings it back into the composer; "
            "it undoes a resolve or a transfer too."
        ),
        lambda desk: desk.composer or desk.conversation,
    ),
    Step(
        N_("F9 resolves and goes on"),
        N_("Done with a customer? F9 resolves the conversation and opens the next who waits."),
        lambda desk: desk.key_bar,
    ),
    Step(
        N_("F4: your status"),
        N_(
            "Online, busy, away or offline, with the time you are back. F1 helps at any place, and has this tour; "
            "Ctrl+P finds every command."
        ),
        lambda desk: desk.status_bar,
    ),
)


def step_to_go_on_with() -> int:
    """Where the tour was left, also by the program before this one; 0 where that is not known."""
    try:
        step = int((paths.state_folder() / REMEMBERED).read_text("ascii"))
    except (OSError, ValueError):
        return 0
    return step if 0 <= step < len(STEPS) else 0


def remember_step(step: int) -> None:
    """Go on with ``step`` the next time. A disk that refuses costs only that."""
    with suppress(OSError, CsdeskError):
        write_whole(paths.state_folder() / REMEMBERED, str(step).encode())


class TourScreen(Over[bool], StandsAside):
    """``left_at`` is the step to go on with; 0 once the tour was seen to its end."""

    DEFAULT_CSS = f"""
    TourScreen > Vertical {{ width: {WIDTH}; max-width: 100%; height: auto; min-height: {LINES}; background: $selected; padding: 1 2; }}
    TourScreen .title {{ color: $accent; text-style: bold; height: auto; margin: 0 0 1 0; }}
    TourScreen .text {{ color: $content; height: auto; }}
    TourScreen .foot {{ color: $detail; height: auto; margin: 1 0 0 0; }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,right,space", "go(1)", N_("The next card"), id="tour.next"),
        Binding("left", "go(-1)", N_("The card before"), id="tour.previous"),
        Binding("escape", "leave", N_("Leave the tour; F1 has it"), id="tour.leave"),
    ]
    own_keys = frozenset({"enter", "right", "space", "left", "escape"})

    def __init__(self, desk: DeskParts, step: int = 0) -> None:
        super().__init__(id="tour")
        self._desk = desk
        self.left_at = step
        self._box = Vertical(
            Static(classes="title"), Static(classes="text"), Static(classes="foot"), id="tour-card"
        )

    def compose(self) -> ComposeResult:
        yield self._box

    def on_mount(self) -> None:
        self._show()

    def on_resize(self) -> None:
        self.call_after_refresh(self._place)

    def _show(self) -> None:
        step, sign = STEPS[self.left_at], glyphs()
        title, text, foot = (self._box.query_one(name, Static) for name in (".title", ".text", ".foot"))
        title.update(Content(_(step.title)))
        text.update(Content(_(step.text).format(warm=sign.warm, late=sign.late)))
        place = _("{step} of {all}").format(step=self.left_at + 1, all=len(STEPS))
        foot.update(Content(f"{place}   " + _("Enter next · ← back · Esc leaves")))
        self.call_after_refresh(self._place)

    def _place(self) -> None:
        beside = STEPS[self.left_at].beside(self._desk)
        region = beside.region if beside.display else self._desk.region
        box = self._box.outer_size
        self._box.styles.offset = spot(region, Size(box.width, max(box.height, LINES)), self.size)

    def action_go(self, by: int) -> None:
        """The next card; behind the last one the tour is over."""
        if self.left_at + by >= len(STEPS):
            self.left_at = 0
            self.dismiss(True)
        elif self.left_at + by >= 0:
            self.left_at += by
            self._show()

    def action_leave(self) -> None:
        self.dismiss(False)

    def on_click(self, event: events.Click) -> None:
        """On the card: the next one. Beside it: leave."""
        if self._box.region.contains(event.screen_x, event.screen_y):
            self.action_go(1)
        else:
            self.dismiss(False)


def spot(about: Region, card: Size, screen: Size) -> tuple[int, int]:
    """Where a card stands beside what it is about: to its right, above it or below it, on the screen in any case."""
    if about.right + 1 + card.width <= screen.width and about.height > card.height:
        x, y = about.right + 1, about.y + 2
    elif about.y - card.height >= 1:
        x, y = about.x + 2, about.y - card.height
    elif about.bottom + card.height <= screen.height:
        x, y = about.x + 2, about.bottom + 1
    else:
        x, y = screen.width - card.width, screen.height - card.height - 2
    return max(0, min(x, screen.width - card.width)), max(0, min(y, screen.height - card.height))
