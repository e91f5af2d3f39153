"""Help: the keys for this place, from the one table of keys, and pages to read; all of it can be searched."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from csdesk.i18n import N_, _, language
from csdesk.text import cell_width, fit, wrap
from csdesk.tui.keys import KEYS, Key, Place, keys_in, place_name, shown
from csdesk.tui.screens.over import Over
from csdesk.tui.widgets.choices import Choices
from csdesk.tui.widgets.in_order import LineInput

PAGES = Path(__file__).resolve().parent.parent / "pages"
KEY_CELLS, NARROW_KEY_CELLS = 22, 12
"""For the keys, before what they do; names that need more stand on a line of their own."""
NARROW = 60
MOST_CELLS = 84
"""Longer lines are tiring to read."""

_KEY = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True)
class HelpPage:
    """One page: a title and its lines. Text between backquotes is a key or a sign."""

    title: str
    lines: tuple[str, ...]


def read_pages(lang: str) -> list[HelpPage]:
    """The pages in ``lang`` (a key of LANGUAGES), in order."""
    text = (PAGES / f"{lang}.txt").read_text("utf-8")
    parts = [part.strip().splitlines() for part in text.split("\n# ")]
    return [HelpPage(lines[0].removeprefix("# "), tuple(lines[1:])) for lines in parts]


class HelpScreen(Over[str | None]):
    """Dismissed with ``tour`` or ``settings`` when one of them is wanted."""

    DEFAULT_CSS = """
    HelpScreen { align: center middle; }
    HelpScreen > Vertical { width: 116; max-width: 100%; height: 92%; background: $raised; padding: 1 2; }
    HelpScreen #help-pages { width: 26; height: 1fr; margin: 0 2 0 0; background: $raised; border: none; padding: 0; }
    HelpScreen #help-pages > .option-list--option-highlighted { background: $selected; color: $accent; text-style: bold; }
    HelpScreen.-narrow #help-pages { width: 1fr; height: 5; margin: 0; }
    HelpScreen.-narrow Horizontal { layout: vertical; }
    HelpScreen Horizontal { height: 1fr; }
    HelpScreen .foot { color: $hint; height: 1; margin: 1 0 0 0; }
    HelpScreen #help-query { height: 1; border: none; background: $base; padding: 0 1; margin: 0 0 1 0; }
    HelpScreen VerticalScroll { height: 1fr; width: 1fr; scrollbar-size-vertical: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,ｑ,f1,question_mark,fullwidth_question_mark", "close", N_("Close the help"), id="help.close"),
        Binding("slash,fullwidth_solidus,ideographic_comma,f3", "search", N_("Search the help"), id="help.search"),
        Binding("right,n,ｎ,tab", "turn(1)", N_("The next page"), id="help.next"),
        Binding("left,p,ｐ,shift+tab", "turn(-1)", N_("The page before"), id="help.previous"),
        Binding("t,ｔ", "leave_for('tour')", N_("Take the one-minute tour"), id="help.tour"),
        Binding("comma,fullwidth_comma", "leave_for('settings')", N_("Show and change the settings"), id="help.settings"),
        Binding("down,j,ｊ", "scroll(1)", N_("One line down"), id="help.down", show=False),
        Binding("up,k,ｋ", "scroll(-1)", N_("One line up"), id="help.up", show=False),
    ]  # fmt: skip

    def __init__(self, place: Place, chosen: Mapping[str, tuple[str, ...]]) -> None:
        """The keys of ``place`` come first; ``chosen`` are a person's own keys by action id."""
        super().__init__(id="help")
        self._place = place
        self._chosen = chosen
        self._pages = read_pages(language())
        self._query = LineInput(id="help-query", compact=True)
        titles = [_("Keys here"), *(page.title for page in self._pages)]
        self._titles = Choices(*[Option(Content(title)) for title in titles], id="help-pages")
        self._body = VerticalScroll(Static(id="help-text"), id="help-body")

    def compose(self) -> ComposeResult:
        with Vertical():
            yield self._query
            with Horizontal():
                yield self._titles
                yield self._body
            yield Static(
                Content(_("←→ pages · ↑↓ scroll · / searches · t tour · , settings · Esc closes")),
                classes="foot",
            )

    def on_mount(self) -> None:
        self._query.placeholder = _("/ searches keys and pages")
        self._titles.highlighted = 0
        self._titles.can_focus = False
        self._body.focus()

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width < 72, "-narrow")
        self.call_after_refresh(self._show)

    @on(OptionList.OptionHighlighted)
    def _turned(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self._show()

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._body.focus()

    @on(Input.Changed, "#help-query")
    def _searched(self, event: Input.Changed) -> None:
        event.stop()
        self._show()

    @on(Input.Submitted, "#help-query")
    def _to_text(self, event: Input.Submitted) -> None:
        event.stop()
        self._body.focus()

    def on_key(self, event: events.Key) -> None:
        if event.key in ("escape", "down") and self._query.has_focus:
            event.stop()
            if event.key == "escape":
                self._query.value = ""
            self._body.focus()

    # -- what stands there

    def _show(self) -> None:
        width = max(20, min(MOST_CELLS, self._body.size.width - 2))
        words = self._query.value.casefold().split()
        if words:
            parts = self._found(words, width)
        elif number := self._titles.highlighted or 0:
            parts = _written(self._pages[number - 1], width)
        else:
            parts = self._keys([], width)
        self.query_one("#help-text", Static).update(Content("\n").join(parts))
        self._body.scroll_home(animate=False)

    def _found(self, words: list[str], width: int) -> list[Content]:
        """The keys and the lines of all pages that say every word."""
        parts = self._keys(words, width)
        for page in self._pages:
            lines = tuple(line for line in page.lines if _says(line, words))
            if lines:
                parts += [*_written(HelpPage(page.title, lines), width), Content("")]
        return parts or [Content.styled(_("Nothing here says that."), "$detail")]

    def _keys(self, words: list[str], width: int) -> list[Content]:
        order = [self._place, *(place for place in Place if place is not self._place)]
        parts: list[Content] = []
        for place in order:
            found = [(key, self._line(key, place, width)) for key in KEYS]
            lines = [line for key, line in found if line and _says(f"{line.plain} {_(key.label)}", words)]
            if lines:
                parts += [Content.styled(place_name(place), "bold $accent"), *lines, Content("")]
        return parts

    def _line(self, key: Key, place: Place, width: int) -> Content | None:
        names = _readable(keys_in(key, place, self._chosen.get(key.id)))
        if not names:
            return None
        said = "  ".join(names)
        cells = KEY_CELLS if width >= NARROW else NARROW_KEY_CELLS
        indent = cells + 3
        head = f"  {fit(said, cells)} " if cell_width(said) <= cells else f"  {said}\n{' ' * indent}"
        told = wrap(_(key.text), max(8, width - indent))
        return Content.assemble(
            Content.styled(head, "$content"), Content.styled(("\n" + " " * indent).join(told), "$detail")
        )

    # -- acting

    def action_search(self) -> None:
        self._query.focus()

    def action_turn(self, by: int) -> None:
        self._query.value = ""
        count = self._titles.option_count
        self._titles.highlighted = ((self._titles.highlighted or 0) + by) % count

    def action_scroll(self, by: int) -> None:
        self._body.scroll_relative(y=by, animate=False)

    def action_leave_for(self, wish: str) -> None:
        self.dismiss(wish)

    def action_close(self) -> None:
        self.dismiss(None)


def _says(line: str, words: list[str]) -> bool:
    folded = line.casefold()
    return all(word in folded for word in words)


def _written(page: HelpPage, width: int) -> list[Content]:
    """The page for ``width`` cells: keys lit, a blank line between what belongs apart."""
    parts = [Content.styled(page.title, "bold $accent"), Content("")]
    for line in page.lines:
        parts += _lit(line, width) if line else [Content("")]
    return parts


def _lit(line: str, width: int) -> list[Content]:
    """``line`` wrapped, what stood between backquotes lit."""
    pieces = _KEY.split(line)
    marks = [at % 2 == 1 for at, piece in enumerate(pieces) for _char in piece]
    plain, at = "".join(pieces), 0
    found: list[Content] = []
    for row in wrap(plain, width):
        start = at = plain.index(row, at)
        spans: list[Content] = []
        for place, char in enumerate(row):
            spans.append(Content.styled(char, "bold $accent" if marks[start + place] else "$content"))
        at += len(row)
        found.append(Content.assemble(*spans))
    return found


def _readable(keys: Iterable[str]) -> list[str]:
    """Key names for a person, without the forms that only an input method sends."""
    return [name for name in dict.fromkeys(shown(key) for key in keys) if cell_width(name) <= KEY_CELLS and "_" not in name
            and (len(name) > 1 or ord(name) < 0x3000)]  # fmt: skip
