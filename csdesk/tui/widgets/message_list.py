"""A conversation as lines: opens at its end, follows it until the reader scrolls away."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.selection import Selection
from textual.strip import Strip

from csdesk.i18n import ngettext
from csdesk.model.message import Message, Sender
from csdesk.text import wrap
from csdesk.tui.glyphs import glyphs
from csdesk.tui.keys import Place, bindings
from csdesk.tui.themes import Palette
from csdesk.tui.typed_ahead import ActsAtOnce
from csdesk.tui.widgets.line import centred, with_style
from csdesk.tui.widgets.line_view import LineView
from csdesk.tui.widgets.message_blocks import GUTTER, Block, Kind
from csdesk.tui.widgets.message_draw import draw, head_depends_on_time
from csdesk.tui.widgets.message_view import MessageView, Spot
from csdesk.tui.widgets.message_window import MessageSource, NoMessages

if TYPE_CHECKING:
    from csdesk.store.search_terms import Term


class MessageList(ActsAtOnce, LineView):
    """The messages of one conversation, drawn by lines from a bounded window."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.CONVERSATION)]
    ground = "base"

    def __init__(
        self, source: MessageSource | None = None, *, now_ms: int = 0, id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self._view = MessageView(source or NoMessages())
        self._strips: dict[int, Strip] = {}
        self._now_ms = now_ms
        self._marked: int | None = None
        self._terms: tuple[Term, ...] = ()
        self.names: tuple[str, ...] = ()
        """Colleagues and teams that are lit behind an ``@`` in notes; the first is the reader's own."""
        self._empty_text = ""

    @property
    def is_at_tail(self) -> bool:
        """True while the newest message is in sight and new ones are followed."""
        return self._view.is_at_tail

    @property
    def unseen_count(self) -> int:
        """New messages below what is in sight (100 = a hundred or more)."""
        return self._view.unseen

    @property
    def marked(self) -> Message | None:
        """The message under the mark, if any (to copy or to send again)."""
        return next((m for m in self._view.window.messages if m.id == self._marked), None)

    @property
    def window_messages(self) -> tuple[Message, ...]:
        """The messages in memory, oldest first."""
        return tuple(self._view.window.messages)

    @property
    def lowest_id(self) -> int:
        """Id of the last message in sight; 0 when there is none."""
        blocks = self._view.visible_blocks()
        return blocks[-1][1].message.id if blocks else 0

    def light(self, terms: tuple[Term, ...]) -> None:
        """Light what ``terms`` say wherever it stands; nothing when there are none."""
        if terms != self._terms:
            self._terms = terms
            self.restyle()

    def show(self, source: MessageSource, place: Spot | None = None) -> Spot | None:
        """Show another conversation, at its end or at a place that its reader had left.

        Gives the place where the reader leaves the one before; None when that was its end.
        """
        left = self._view.place
        self._view = MessageView(source, self.text_width - 1, self.size.height)
        if place is not None:
            self._view.to_place(place)
        self._marked = None
        self._follow()
        return left

    def say_when_empty(self, text: str) -> None:
        """The sentence that stands where no message is (translated)."""
        self._empty_text = text
        self.restyle()

    def reload_tail(self, changed: set[int] | None = None) -> None:
        """Messages arrived, or ``changed`` (None: any): read those and the end; draw if anything differs."""
        if self._view.reload_tail(changed):
            self._follow()

    def tick(self, now_ms: int) -> None:
        """It is ``now_ms``: draw the countdowns in sight again."""
        self._now_ms = now_ms
        for line, block in self._view.visible_blocks():
            if head_depends_on_time(block.message):
                head = line + block.above
                self._strips.pop(head + self._view.shift, None)
                self.refresh_rows_of_view(head - self.top, 1)

    def to_end(self) -> None:
        """Go to the newest message and follow the conversation again."""
        self._view.to_end()
        self._follow()

    def show_at(self, message_id: int) -> bool:
        """Show and mark a message of the conversation, wherever it is; False when it is gone."""
        is_there = self._view.to_message(message_id)
        if is_there:
            self._marked = message_id
            self._follow()
        return is_there

    def scroll_lines(self, count: int) -> None:
        before = self.top + self._view.shift
        self._view.scroll_by(count)
        if before != self._view.top + self._view.shift:
            self._follow()

    def action_move(self, where: str) -> None:
        """Scroll: ``down``, ``up``, ``page_down``, ``page_up``, ``first`` or ``last``."""
        page = max(1, self.size.height - 2)
        if where == "last":
            self.to_end()
        elif where == "first":
            self._view.to_start()
            self._follow()
        else:
            self.scroll_lines({"down": 1, "up": -1, "page_down": page, "page_up": -page}[where])

    def action_mark_message(self, step: int) -> None:
        """Mark the message after (1) or before (-1) the marked one; the newest one first."""
        ids = [message.id for message in self._view.window.messages]
        if not ids:
            return
        place = ids.index(self._marked) + step if self._marked in ids else len(ids) - 1
        place = max(0, min(place, len(ids) - 1))
        self._marked = ids[place]
        self._view.show_message(place)
        self._follow()

    def on_resize(self) -> None:
        self._view.resize(self.text_width - 1, self.size.height)
        self._follow()

    def _follow(self) -> None:
        """Draw where the view stands now."""
        self.top = self._view.top
        self.forget_strips()
        self.refresh()

    # Drawing and copying

    def extent(self) -> tuple[float, float]:
        count = max(1, self._view.line_count)
        return self.top / count, min(1.0, (self.top + self.size.height) / count)

    def forget_strips(self) -> None:
        super().forget_strips()
        self._strips.clear()

    def render_line(self, y: int) -> Strip:
        if self._view.unseen and y == self.size.height - 1:
            return _new_below(self._view.unseen, self.size.width, self.palette)
        return super().render_line(y)

    def draw_line(self, y: int) -> Strip:
        if y >= self._view.line_count:
            text = "" if self._view.blocks else self._empty_text
            return _draw_empty(text, y - self.size.height // 3, self.text_width, self.palette)
        number = y + self._view.shift
        strip = self._strips.get(number)
        if strip is None:
            block, line = self._view.place_of(y)
            is_marked = block.message.id == self._marked and line >= block.above
            strip = draw(block, line, self.palette, self.text_width, self._now_ms, is_marked)
            if self.names and block.message.sender is Sender.NOTE:
                strip = _with_names(strip, block, line, self.names, self.palette)
            if self._terms:
                from csdesk.tui.widgets.message_lit import light

                strip = light(strip, block, line, self._terms, self.palette.filled("accent"))
            self._strips[number] = strip
        selection = self.text_selection
        span = selection.get_span(number) if selection else None
        shown = with_style(strip, max(GUTTER, span[0]), span[1], self.palette.selection) if span else strip
        return shown.apply_offsets(0, number)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        shift, last_line = self._view.shift, self._view.line_count - 1
        first = 0 if selection.start is None else selection.start.y - shift
        last = last_line if selection.end is None else selection.end.y - shift
        parts: list[str] = []
        for y in range(max(0, first), min(last, last_line) + 1):
            text, is_continued = self._plain_line(y)
            start, end = selection.get_span(y + shift) or (0, 0)
            parts.append(text[max(0, start - GUTTER) : None if end == -1 else max(0, end - GUTTER)])
            parts.append("" if is_continued else "\n")
        return "".join(parts).rstrip("\n"), "\n"

    def _plain_line(self, y: int) -> tuple[str, bool]:
        """The text of a line without bar and ground, and whether its paragraph goes on."""
        block, number = self._view.place_of(y)
        line = block.lines[number]
        if line.kind is Kind.HEAD:
            drawn = draw(block, number, self.palette, self.text_width, self._now_ms, False)
            return drawn.text[GUTTER:].rstrip(), False
        return line.text, line.is_continued

    def selection_updated(self, selection: Selection | None) -> None:
        self.refresh()


def _with_names(strip: Strip, block: Block, line: int, names: tuple[str, ...], palette: Palette) -> Strip:
    from csdesk.tui.widgets.message_lit import light_names

    style = palette.style("accent", "note", bold=True)
    return light_names(strip, block, line, names, style, palette.filled("accent"))


def _new_below(unseen: int, width: int, palette: Palette) -> Strip:
    """The line that says how many messages came below what is in sight."""
    text = ngettext("{arrow} {count} new below (End)", "{arrow} {count} new below (End)", unseen)
    shown = text.format(arrow=glyphs().below, count="99+" if unseen > 99 else unseen)
    style = palette.style("accent", "base")
    return centred(width, style, shown, style)


def _draw_empty(text: str, place: int, width: int, palette: Palette) -> Strip:
    """Line ``place`` of ``text``, wrapped, where no message is."""
    style = palette.style("detail", "base")
    lines = wrap(text, max(8, width - 4)) if text else []
    return centred(width, style, lines[place] if 0 <= place < len(lines) else "", style)
