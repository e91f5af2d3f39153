"""The footer: the keys that work now, the likeliest first, whole words only."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from csdesk.i18n import _
from csdesk.text import cell_width
from csdesk.tui.keys import BY_ID, TYPING_PLACES, Place, footer_keys, is_typed, shown
from csdesk.tui.themes import palette_of
from csdesk.tui.widgets.line import Piece, build_line

GAP = 3
LAST_ID = "help.show"


@dataclass(frozen=True, slots=True)
class FooterItem:
    """One key of the footer: what is shown, what a click runs, and the cells it lies on."""

    id: str
    key: str
    label: str
    action: str
    start: int
    end: int


class KeyBar(Widget):
    """Reads the screen's live bindings; an item that does not fit is left out, help never is."""

    DEFAULT_CSS = "KeyBar { height: 1; dock: bottom; }"
    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._live: list[tuple[str, str, str]] = []

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._on_bindings)
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self.refresh())
        self._on_bindings(self.screen)

    @property
    def items(self) -> tuple[FooterItem, ...]:
        """What is shown now."""
        return tuple(self._fitted(self._live))

    def _on_bindings(self, _screen: Screen[object]) -> None:
        """Below another screen the bar stays as it was: Textual would ask that screen what works here."""
        if self.app.screen is not self.screen and self._live:
            return
        live = self._read_live()
        if live != self._live:
            self._live = live
            self.refresh()

    def restyle(self) -> None:
        """Draw again in another language."""
        self._on_bindings(self.screen)
        self.refresh()

    def _read_live(self) -> list[tuple[str, str, str]]:
        """Id, key and action of every footer key that works now, the likeliest first."""
        live: dict[str, list[tuple[str, str]]] = {}
        places: set[Place] = set()
        for active in self.screen.active_bindings.values():
            id, _at, place = (active.binding.id or "").partition("@")
            if active.enabled and id in BY_ID:
                live.setdefault(id, []).append((active.binding.key, active.binding.action))
                places.add(Place(place))
        if places & TYPING_PLACES:
            places -= {Place.LIST, Place.CONVERSATION}
        found = []
        for key in footer_keys(places):
            own = sorted(live.get(key.id, ()), key=lambda pair: is_typed(pair[0]))
            if own:
                found.append((key.id, own[0][0], own[0][1]))
        return found

    def _fitted(self, live: list[tuple[str, str, str]]) -> list[FooterItem]:
        def cells(id: str, key: str) -> int:
            return cell_width(shown(key, is_short=True)) + 1 + cell_width(_(BY_ID[id].label))

        kept = next((cells(id, key) + GAP for id, key, _action in live if id == LAST_ID), 0)
        items: list[FooterItem] = []
        at = 1
        for id, key, action in live:
            width = cells(id, key)
            reserved = 0 if id == LAST_ID else kept
            if at + width + reserved <= self.size.width:
                label = _(BY_ID[id].label)
                items.append(FooterItem(id, shown(key, is_short=True), label, action, at, at + width))
                at += width + GAP
        return items

    def render_line(self, y: int) -> Strip:
        palette = palette_of(self.app)
        base = palette.style("content", "raised")
        pieces: list[Piece] = []
        for item in self.items:
            pieces += [
                (" " * (GAP if pieces else 1), base),
                (item.key, palette.style("accent", "raised", bold=True)),
                (" " + item.label, palette.style("detail", "raised")),
            ]
        return build_line(self.size.width, base, pieces)

    async def on_click(self, event: events.Click) -> None:
        for item in self.items:
            if item.start <= event.x < item.end:
                await self.app.run_action(item.action, self.screen)
