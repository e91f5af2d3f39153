"""A page to read over the desk: a head line, text that scrolls, and the keys at the foot."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from csdesk.i18n import N_
from csdesk.text import wrap
from csdesk.tui.keys import with_forms
from csdesk.tui.safe import display
from csdesk.tui.screens.over import Over
from csdesk.tui.surviving import Survives
from csdesk.tui.widgets.fitted import Fitted

T = TypeVar("T")


def typed(*keys: str) -> str:
    """Keys for a binding, with the forms in which an input method sends them."""
    return ",".join(form for key in keys for form in with_forms(key))


def wrapped(text: str, cells: int, style: str = "$content", indent: str = "") -> Iterable[Content]:
    """Outside text as lines of at most ``cells`` cells, each behind ``indent``."""
    for line in wrap(display(text), max(8, cells - len(indent))):
        yield Content.assemble(Content(indent), Content.styled(line, style))


class Paper(Survives, Over[T]):
    """A subclass writes ``head`` and ``body`` for a width, and names its keys in ``foot``."""

    DEFAULT_CSS = """
    Paper { align: center middle; }
    Paper > Vertical { width: 112; max-width: 100%; height: 96%; background: $raised; padding: 1 2; }
    Paper VerticalScroll { height: 1fr; margin: 1 0; scrollbar-size-vertical: 1; background: $raised; }
    Paper #paper-text { height: auto; }
    Paper #paper-foot { color: $hint; height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(typed("down", "j"), "scroll(1)", N_("One line down"), id="paper.down", show=False),
        Binding(typed("up", "k"), "scroll(-1)", N_("One line up"), id="paper.up", show=False),
        Binding(typed("pagedown", "space"), "page(1)", N_("One page down"), id="paper.page_down", show=False),
        Binding(typed("pageup", "b"), "page(-1)", N_("One page up"), id="paper.page_up", show=False),
        Binding("home", "ends(0)", N_("To the beginning"), id="paper.home", show=False),
        Binding("end", "ends(1)", N_("To the end"), id="paper.end", show=False),
    ]

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._head = Fitted(self.head, id="paper-head")
        self._text = Static(id="paper-text")
        self._body = VerticalScroll(self._text, id="paper-body")
        self._foot = Static(id="paper-foot")

    def head(self, width: int) -> Content:
        """The first line, at most ``width`` cells."""
        raise NotImplementedError

    def body(self, width: int) -> Iterable[Content]:
        """The lines of the text, each at most ``width`` cells."""
        raise NotImplementedError

    def foot(self) -> str:
        """The keys, in a line."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        with Vertical():
            yield self._head
            yield self._body
            yield self._foot

    def on_mount(self) -> None:
        self._body.focus()

    def on_resize(self) -> None:
        self.call_after_refresh(self.show)

    def show(self) -> None:
        """Write everything again."""
        width = max(20, self._body.size.width - 1)
        self._text.update(Content("\n").join(list(self.body(width))))
        self._head.refresh()
        self._foot.update(Content(self.foot()))

    def action_scroll(self, by: int) -> None:
        self._body.scroll_relative(y=by, animate=False)

    def action_page(self, by: int) -> None:
        self._body.scroll_relative(y=by * max(1, self._body.size.height - 1), animate=False)

    def action_ends(self, which: int) -> None:
        self._body.scroll_to(y=self._body.max_scroll_y if which else 0, animate=False)
