"""Fields of a form besides one line: one of a few words, some lines, several things behind one line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from csdesk.i18n import N_, _
from csdesk.text import truncate
from csdesk.tui.safe import display_line
from csdesk.tui.widgets.chinese_area import ChineseTextArea


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

    def __init__(self, choices: Mapping[str, str], value: str, *, id: str, is_required: bool = False) -> None:
        super().__init__(id=id)
        self._choices = choices
        self._values = [*choices] if is_required else ["", *choices]
        self.value = value

    def render(self) -> Content:
        name = self._choices.get(self.value)
        return Content.assemble(
            Content.styled("‹ ", "$hint"),
            Content.styled(_(name), "$content") if name else Content.styled(_("none"), "$hint"),
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

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._told = ""

    def show(self, told: str) -> None:
        """Say ``told``; nothing at all is said in words too."""
        self._told = told
        self.refresh()

    def render(self) -> Content:
        if not self._told:
            return Content.styled(_("none"), "$hint")
        return Content.styled(truncate(display_line(self._told), max(4, self.size.width)), "$content")

    def action_open(self) -> None:
        self.post_message(self.Opened(self))

    def on_click(self) -> None:
        self.focus()
        self.action_open()
