"""Small questions in the middle of the screen: choose one, or write a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from csdesk.i18n import N_, _
from csdesk.tui.safe import display_line, plain, plain_line
from csdesk.tui.screens.over import Over
from csdesk.tui.widgets.choices import Choices
from csdesk.tui.widgets.in_order import LineInput

T = TypeVar("T")
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """One answer: its text (shown as plain text) and what it stands for."""

    text: str
    value: T


class Question(Over[T | None], Generic[T]):
    """What all questions share: a box, a title, Esc to leave things as they are."""

    DEFAULT_CSS = """
    Question { align: center middle; }
    Question > Vertical { width: 60; max-width: 90%; height: auto; max-height: 80%; background: $raised; padding: 1 2; }
    Question.beneath > Vertical { visibility: hidden; }
    Question .title { color: $accent; text-style: bold; margin: 0 0 1 0; height: auto; }
    Question .body { margin: 0 0 1 0; height: auto; }
    Question .foot { color: $hint; margin: 1 0 0 0; height: auto; }
    Question OptionList, Question OptionList:focus { background: $raised; border: none; height: auto; max-height: 14; padding: 0; }
    Question Input { background: $base; border: none; height: 1; padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", N_("Leave everything as it is"), id="question.cancel")
    ]

    async def ask_instead(self, question: Question[S]) -> S | None:
        """Show ``question`` in place of this box; afterwards the box is back, with the focus where it was."""
        focused = self.focused
        self.add_class("beneath")
        try:
            return await self.app.push_screen_wait(question)
        finally:
            self.remove_class("beneath")
            self.set_focus(focused)

    def action_cancel(self) -> None:
        self.dismiss(None)


class ChoiceQuestion(Question[T]):
    """Choose one; 1 to 9 choose at once. ``body`` stands above the choices."""

    def __init__(self, title: str, choices: Sequence[Choice[T]], body: Content | None = None) -> None:
        super().__init__()
        self._body = body
        self._title_text = title
        self._choices = list(choices)

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(plain_line(self._title_text), classes="title")
            if self._body is not None:
                yield Static(Content.assemble(self._body), classes="body")
            yield Choices(
                *[
                    Option(Content.assemble(Content.styled(_number(place), "$hint"), _spaced(choice.text)))
                    for place, choice in enumerate(self._choices)
                ]
            )
            yield Static(plain_line(_("Enter chooses · Esc leaves everything as it is")), classes="foot")

    def on_mount(self) -> None:
        self.query_one(OptionList).focus()

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._choices[event.option_index].value)

    def answer(self, event: events.Key) -> bool:
        """Take a number that stands before a choice."""
        if event.character and event.character.isdigit() and 0 < int(event.character) <= len(self._choices):
            self.dismiss(self._choices[int(event.character) - 1].value)
            return True
        return False


def _spaced(text: str) -> Content:
    """One line whose runs of blanks stay: what is chosen may be columns, or a customer's own words."""
    return plain(" ".join(text.splitlines()))


def _number(place: int) -> str:
    return f"{place + 1}  " if place < 9 else "   "


class LineQuestion(Question[str]):
    """Write one line: ``hint`` tells what, ``keys`` what the keys do, where that is not what they do anywhere. An empty
    line is no answer, unless ``may_be_empty``."""

    def __init__(
        self, title: str, hint: str = "", value: str = "", *, keys: str = "", may_be_empty: bool = False
    ) -> None:
        super().__init__()
        self._title_text = title
        self._hint = hint
        self._keys = keys
        self._value = value
        self._may_be_empty = may_be_empty

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(plain_line(self._title_text), classes="title")
            yield LineInput(self._value, compact=True)
            keys = self._keys or _("Enter accepts · Esc leaves everything as it is")
            lines = [display_line(each) for each in (self._hint, keys) if each]
            yield Static(plain("\n".join(lines)), classes="foot")

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    @on(Input.Submitted)
    def _written(self, event: Input.Submitted) -> None:
        if event.value.strip() or self._may_be_empty:
            self.dismiss(event.value)


class ConfirmQuestion(Question[bool]):
    """Yes by ``y`` or Enter; anything else leaves things as they are."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,y,Y,ｙ", "accept", N_("Yes, do it"), id="question.accept"),
        Binding("n,N,ｎ", "cancel", N_("Leave everything as it is"), id="question.refuse"),
    ]

    def __init__(self, title: str, hint: str = "") -> None:
        super().__init__()
        self._title_text = title
        self._hint = hint

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(plain_line(self._title_text), classes="title")
            yield Static(plain_line(self._hint or _("Enter does it · Esc leaves everything as it is")))

    def action_accept(self) -> None:
        self.dismiss(True)
