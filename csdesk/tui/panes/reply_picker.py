"""Quick replies above the composer: what was found, what it would say, its open slots lit.

Opened by a trigger in the text the query stays in the text; opened by F2 it has a line of its
own. Either way the text of the composer is untouched until a reply is inserted.
"""

from __future__ import annotations

from dataclasses import dataclass

from rich.style import Style
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input

from csdesk.desk.quick import Prepared
from csdesk.i18n import _, ngettext
from csdesk.model.conversation import Conversation
from csdesk.model.reply import FoundReply
from csdesk.text import fit, wrap
from csdesk.tui.glyphs import glyphs
from csdesk.tui.reply_words import after_sending
from csdesk.tui.safe import display, display_line
from csdesk.tui.shelf import Shelf
from csdesk.tui.surviving import Survives
from csdesk.tui.themes import Palette, palette_of
from csdesk.tui.widgets.in_order import LineInput
from csdesk.tui.widgets.line import Piece, build_line

ROWS = 5
CODE_CELLS = 8
NARROW = 48
MOVES = {"down": 1, "ctrl+n": 1, "up": -1, "ctrl+p": -1, "pagedown": ROWS, "pageup": -ROWS}


class FoundList(Widget):
    """The found replies on the left, the chosen one filled in on the right; line API, no markup."""

    DEFAULT_CSS = f"FoundList {{ height: {ROWS + 1}; background: $raised; }}"

    def __init__(self) -> None:
        super().__init__(id="found")
        self.query_text = ""
        self.found: list[FoundReply] = []
        self.index = 0
        self.preview: Prepared | None = None

    @property
    def chosen(self) -> FoundReply | None:
        return self.found[self.index] if self.found else None

    @property
    def _palette(self) -> Palette:
        return palette_of(self.app)

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        ground = self._palette.style("content", "raised")
        left_width = width if width < NARROW else width // 2
        left = self._head(left_width) if y == 0 else self._row(y - 1, left_width)
        if left_width == width:
            return left
        return Strip([*left, *build_line(width - left_width, ground, self._preview_line(y))], width)

    def _head(self, width: int) -> Strip:
        style = self._palette.style
        count = len(self.found)
        said = ngettext("{count} reply", "{count} replies", count).format(count=count)
        if not count:
            said = _("no reply fits; Esc closes")
        pieces: list[Piece] = [
            (" /" + display_line(self.query_text), style("accent", "raised", bold=True)),
            ("  " + said, style("hint", "raised")),
        ]
        return build_line(width, style("content", "raised"), pieces)

    def _row(self, line: int, width: int) -> Strip:
        first = max(0, min(self.index - ROWS // 2, len(self.found) - ROWS))
        place = first + line
        base = self._palette.style("content", "raised")
        if place >= len(self.found):
            return build_line(width, base, ())
        is_chosen = place == self.index
        surface = "selected" if is_chosen else "raised"
        found = self.found[place]
        style = self._palette.style
        bar = glyphs().bar if is_chosen else " "
        pieces: list[Piece] = [(bar + " ", style("accent", surface, bold=True))]
        in_code = found.matched == "code"
        pieces += _lit(found.reply.code, found.spans if in_code else (), style("detail", surface),
                       style("accent", surface, bold=True), CODE_CELLS)  # fmt: skip
        pieces += _lit(display_line(found.reply.title), () if in_code else found.spans,
                       style("content" if is_chosen else "detail", surface),
                       style("content", surface, bold=True), max(4, width - CODE_CELLS - 4))  # fmt: skip
        return build_line(width, style("content", surface), pieces)

    def _preview_line(self, y: int) -> list[Piece]:
        style = self._palette.style
        if y == 0:
            does = after_sending(self.preview.reply.actions) if self.preview else ""
            return [
                (" " + (display_line(does) or _("preview")), style("amber" if does else "hint", "raised"))
            ]
        if self.preview is None:
            return []
        room = self.size.width - self.size.width // 2 - 2
        lines = wrap(display(self.preview.expansion.text), room)
        shown = lines[y - 1] if y - 1 < len(lines) else ""
        if y == ROWS and len(lines) > ROWS:
            shown = fit(shown, room - 1).rstrip() + glyphs().ellipsis
        plain, lit = style("detail", "raised"), self._palette.filled("amber")
        return [(" ", plain), *_slots_lit(shown, plain, lit)]


def _lit(text: str, spans: tuple[tuple[int, int], ...], plain: Style, lit: Style, cells: int) -> list[Piece]:
    """``text`` in ``cells`` cells, what matched in bold."""
    shown = fit(text, cells)
    marked = [any(start <= at < end for start, end in spans) for at in range(len(shown))]
    pieces: list[Piece] = []
    for at, char in enumerate(shown):
        style = lit if marked[at] and at < len(text) else plain
        if pieces and pieces[-1][1] is style:
            pieces[-1] = (pieces[-1][0] + char, style)
        else:
            pieces.append((char, style))
    return [*pieces, (" ", plain)]


def _slots_lit(text: str, plain: Style, lit: Style) -> list[Piece]:
    pieces: list[Piece] = []
    rest = text
    while "{" in rest and "}" in rest[rest.index("{") :]:
        start = rest.index("{")
        end = rest.index("}", start) + 1
        pieces += [(rest[:start], plain), (rest[start:end], lit)]
        rest = rest[end:]
    return [*pieces, (rest, plain)]


class ReplyPicker(Survives, Vertical):
    """The palette. Hidden until something is to be picked."""

    DEFAULT_CSS = """
    ReplyPicker { height: auto; background: $raised; display: none; }
    ReplyPicker.-open { display: block; }
    ReplyPicker #reply-query { height: 1; border: none; background: $raised; padding: 0 1; display: none; }
    ReplyPicker.-asking #reply-query { display: block; }
    """

    @dataclass
    class ReplyChosen(Message):
        """A reply is to be inserted, filled in as shown for ``conversation``."""

        found: FoundReply
        prepared: Prepared
        conversation: int | None

    @dataclass
    class Closed(Message):
        """It was closed without choosing."""

    def __init__(self, shelf: Shelf) -> None:
        super().__init__(id="picker")
        self._shelf = shelf
        self._list = FoundList()
        self._query = LineInput(id="reply-query", compact=True)
        self._conversation: Conversation | None = None

    def compose(self) -> ComposeResult:
        yield self._query
        yield self._list

    @property
    def is_open(self) -> bool:
        return self.has_class("-open")

    def open(self, query: str, conversation: Conversation | None, *, ask: bool = False) -> None:
        """Show what fits ``query``; with ``ask`` it is typed here, not in the composer."""
        self._conversation = conversation
        self.set_class(ask, "-asking")
        self.add_class("-open")
        if ask:
            self._query.placeholder = _("code, title, words or pinyin initials")
            self._query.value = query
            self._query.focus()
        self.search(query)

    def search(self, query: str) -> None:
        """Show what fits ``query`` now."""
        self._list.query_text = query
        self._list.found = self._shelf.find(query, self._conversation)
        self._list.index = 0
        self._show_preview()

    def search_again(self) -> None:
        """More can be found than a moment ago: an open palette shows it."""
        if self.is_open:
            self.search(self._list.query_text)

    def close(self) -> None:
        """Hide it."""
        self.remove_class("-open", "-asking")

    def press(self, key: str) -> bool:
        """Act on a key that moves, inserts or closes; False when it means nothing here."""
        if key in MOVES:
            if self._list.found:
                self._list.index = max(0, min(self._list.index + MOVES[key], len(self._list.found) - 1))
                self._show_preview()
            return True
        if key in ("enter", "tab"):
            return self._choose()
        if key == "escape":
            self.close()
            self.post_message(self.Closed())
            return True
        return False

    def _choose(self) -> bool:
        chosen = self._list.chosen
        if chosen is None or self._list.preview is None:
            return False
        self.close()
        about = self._conversation.id if self._conversation else None
        self.post_message(self.ReplyChosen(chosen, self._list.preview, about))
        return True

    def _show_preview(self) -> None:
        chosen = self._list.chosen
        self._list.preview = self._shelf.prepare(chosen.reply, self._conversation) if chosen else None
        self._list.refresh()

    @on(Input.Changed, "#reply-query")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self.has_class("-asking"):
            self.search(event.value)

    @on(Input.Submitted, "#reply-query")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._choose()

    def on_key(self, event: events.Key) -> None:
        if event.key != "enter" and self.is_open and self.press(event.key):
            event.stop()
            event.prevent_default()

    def on_click(self, event: events.Click) -> None:
        line = event.screen_y - self._list.region.y - 1
        first = max(0, min(self._list.index - ROWS // 2, len(self._list.found) - ROWS))
        if 0 <= line < ROWS and first + line < len(self._list.found):
            self._list.index = first + line
            self._show_preview()
            self._choose()
