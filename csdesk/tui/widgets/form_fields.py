"""Fields of a form besides one line: one or some of a few words, some lines, several things behind one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.widgets import Static

from csdesk.i18n import N_, _
from csdesk.text import cell_width, truncate
from csdesk.tui.glyphs import glyphs
from csdesk.tui.safe import display_line
from csdesk.tui.widgets.chinese_area import ChineseTextArea

AROUND_CELLS = 4
"""The sign of a word of several, the blank behind it, and the marks of the cursor around both."""


class ChoiceField(Static, can_focus=True):
    """One of a few words, or none unless one ``is_required``."""

    DEFAULT_CSS = """
    ChoiceField { width: 1fr; height: 1; background: $base; }
    ChoiceField:focus { background: $selected; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,space", "step(1)", N_("The next one"), id="choice.next"),
        Binding("left", "step(-1)", N_("The one before"), id="choice.previous"),
        Binding("backspace,delete", "clear", N_("None of them"), id="choice.clear"),
    ]

    @dataclass
    class Chosen(Message):
        """The field shows another value."""

        field: ChoiceField

    def __init__(
        self, choices: Mapping[str, str], value: str, *, id: str, is_required: bool = False, none: str = ""
    ) -> None:
        """``none`` is what stands there when none of them is chosen."""
        super().__init__(id=id)
        self._none = none
        self._choices = choices
        self._values = [*choices] if is_required else ["", *choices]
        self.value = value

    def render(self) -> Content:
        name = self._choices.get(self.value)
        return Content.assemble(
            Content.styled("‹ ", "$hint"),
            Content.styled(_(name), "$content") if name else Content.styled(self._none or _("none"), "$hint"),
            Content.styled(" ›", "$hint"),
        )

    def choose(self, value: str) -> None:
        """Show ``value``, "" for none."""
        self.value = value
        self.refresh()
        self.post_message(self.Chosen(self))

    def action_step(self, by: int) -> None:
        place = self._values.index(self.value) if self.value in self._values else 0
        self.choose(self._values[(place + by) % len(self._values)])

    def action_clear(self) -> None:
        self.choose(self._values[0])

    def on_key(self, event: events.Key) -> None:
        if event.character and event.character.isdecimal():
            values = ["", *self._choices]
            if int(event.character) < len(values) and values[int(event.character)] in self._values:
                event.stop()
                self.choose(values[int(event.character)])


class SeveralField(Static, can_focus=True):
    """Any of a few words, each marked or not: none marked means all of them. Its value is the marked ones, parted
    by spaces."""

    DEFAULT_CSS = """
    SeveralField { width: 1fr; height: auto; background: $base; }
    SeveralField:focus { background: $selected; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "step(1)", N_("The next one"), id="several.next"),
        Binding("left", "step(-1)", N_("The one before"), id="several.previous"),
        Binding("space", "mark", N_("Mark it, or not"), id="several.mark"),
        Binding("backspace,delete", "clear", N_("None of them"), id="several.clear"),
    ]

    @dataclass
    class Chosen(Message):
        """Others are marked."""

        field: SeveralField

    def __init__(self, choices: Mapping[str, str], value: str, *, id: str) -> None:
        super().__init__(id=id)
        self._choices = choices
        self._place = 0
        self.value = value

    def render(self) -> Content:
        marked = self.value.split()
        lines: list[Content] = []
        for line in self._lines(self.size.width):
            parts: list[Content] = []
            for place, word in line:
                left, right = "‹›" if self.has_focus and place == self._place else "  "
                sign = glyphs().done if word in marked else glyphs().dot
                text = f"{left}{sign} {_(self._choices[word])}{right}"
                parts.append(Content.styled(text, "$content" if word in marked else "$hint"))
            lines.append(Content.assemble(*parts))
        if not marked and lines[-1].cell_length + cell_width(_("all")) < self.size.width:
            lines[-1] = Content.assemble(lines[-1], " ", Content.styled(_("all"), "$hint"))
        return Content("\n").join(lines)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines(width))

    def _lines(self, width: int) -> list[list[tuple[int, str]]]:
        """The words with their places, as many a line as fit into ``width`` cells."""
        lines: list[list[tuple[int, str]]] = [[]]
        room = width
        for place, word in enumerate(self._choices):
            cells = cell_width(_(self._choices[word])) + AROUND_CELLS
            if cells > room and lines[-1]:
                lines.append([])
                room = width
            room -= cells
            lines[-1].append((place, word))
        return lines

    def action_step(self, by: int) -> None:
        self._place = (self._place + by) % len(self._choices)
        self.refresh()

    def action_mark(self) -> None:
        marked = self.value.split()
        here = [*self._choices][self._place]
        self._mark([each for each in self._choices if (each in marked) != (each == here)])

    def action_clear(self) -> None:
        self._mark([])

    def on_key(self, event: events.Key) -> None:
        if event.character and event.character.isdecimal() and 0 < int(event.character) <= len(self._choices):
            event.stop()
            self._place = int(event.character) - 1
            self.action_mark()

    def _mark(self, words: Sequence[str]) -> None:
        self.value = " ".join(words)
        self.refresh()
        self.post_message(self.Chosen(self))


class NoteField(ChineseTextArea):
    """Some lines to write in; ↑ and ↓ leave it at its ends."""

    def action_cursor_up(self, select: bool = False) -> None:
        if self.cursor_at_first_line and not select:
            self.screen.focus_previous()
        else:
            super().action_cursor_up(select)

    def action_cursor_down(self, select: bool = False) -> None:
        if self.cursor_at_last_line and not select:
            self.screen.focus_next()
        else:
            super().action_cursor_down(select)


class PartsField(Static, can_focus=True):
    """Several things told in one line; Enter opens them."""

    DEFAULT_CSS = """
    PartsField { width: 1fr; height: 1; background: $base; }
    PartsField:focus { background: $selected; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "open", N_("Look at them, add, change"), id="parts.open"),
    ]

    @dataclass
    class Opened(Message):
        """Enter, Space or a click on ``field``."""

        field: PartsField

    def __init__(self, *, id: str, none: str = "") -> None:
        """``none`` is what stands there when there is nothing to tell."""
        super().__init__(id=id)
        self._none = none
        self._told = ""

    def show(self, told: str) -> None:
        """Say ``told``; nothing at all is said in words too."""
        self._told = told
        self.refresh()

    def render(self) -> Content:
        if not self._told:
            return Content.styled(self._none or _("none"), "$hint")
        return Content.styled(truncate(display_line(self._told), max(4, self.size.width)), "$content")

    def action_open(self) -> None:
        self.post_message(self.Opened(self))

    def on_click(self) -> None:
        self.focus()
        self.action_open()
