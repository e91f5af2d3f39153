"""The keys, from the one table of keys: this place first, then the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from csdesk.i18n import N_, _
from csdesk.text import cell_width, fit
from csdesk.tui.keys import KEYS, Key, Place, keys_in, place_name, shown

KEY_CELLS = 22


class HelpScreen(ModalScreen[None]):
    """Scrolls; Esc, q and F1 close it."""

    DEFAULT_CSS = """
    HelpScreen { align: center middle; }
    HelpScreen > Vertical { width: 76; max-width: 100%; height: 90%; background: $raised; padding: 1 2; }
    HelpScreen .foot { color: $hint; height: 1; }
    HelpScreen VerticalScroll { height: 1fr; scrollbar-size-vertical: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape,q,f1,question_mark,fullwidth_question_mark",
            "close",
            N_("Close the help"),
            id="help.close",
        )
    ]

    def __init__(self, place: Place, chosen: Mapping[str, tuple[str, ...]]) -> None:
        """``place`` comes first; ``chosen`` are a person's own keys by action id."""
        super().__init__()
        self._place = place
        self._chosen = chosen

    def compose(self) -> ComposeResult:
        with Vertical():
            with VerticalScroll():
                yield Static(self._text())
            yield Static(
                Content(_("Esc closes · arrows scroll · csdesk keys prints this page")), classes="foot"
            )

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def _text(self) -> Content:
        order = [self._place, *(place for place in Place if place is not self._place)]
        parts: list[Content] = []
        for place in order:
            lines = [line for key in KEYS if (line := self._line(key, place))]
            if lines:
                parts += [Content.styled(place_name(place), "bold $accent"), *lines, Content("")]
        return Content("\n").join(parts)

    def _line(self, key: Key, place: Place) -> Content | None:
        names = _readable(keys_in(key, place, self._chosen.get(key.id)))
        if not names:
            return None
        keys = fit("  ".join(names), KEY_CELLS)
        return Content.assemble(
            Content.styled(f"  {keys} ", "$content"), Content.styled(_(key.text), "$detail")
        )

    def action_close(self) -> None:
        self.dismiss(None)


def _readable(keys: Iterable[str]) -> list[str]:
    """Key names for a person, without the forms that only an input method sends."""
    return [name for name in dict.fromkeys(shown(key) for key in keys) if cell_width(name) <= KEY_CELLS and "_" not in name
            and (len(name) > 1 or ord(name) < 0x3000)]  # fmt: skip
