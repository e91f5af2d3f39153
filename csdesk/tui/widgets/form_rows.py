"""The lines of a form: a label, a field, and below the field what is wrong with what stands in it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from csdesk.tui.glyphs import glyphs
from csdesk.tui.safe import display_line, plain_line

LABEL_CELLS = 11


class Fields(VerticalScroll, can_focus=False, inherit_bindings=False):
    """What the fields scroll in where they do not fit: by the field that is gone to, never by a key of its own."""

    DEFAULT_CSS = "Fields { height: auto; scrollbar-size: 0 0; }"


class FormRow(Vertical):
    """``field`` beside its ``label``."""

    DEFAULT_CSS = f"""
    FormRow {{ height: auto; }}
    FormRow > Horizontal {{ height: auto; }}
    FormRow .label {{ width: {LABEL_CELLS}; color: $hint; }}
    FormRow > .wrong {{ display: none; height: auto; margin: 0 0 0 {LABEL_CELLS}; }}
    FormRow.refused > .wrong {{ display: block; }}
    FormRow Input {{ width: 1fr; }}
    FormRow Input:focus {{ background: $selected; }}
    FormRow TextArea {{ width: 1fr; border: none; padding: 0; background: $base; }}
    FormRow TextArea:focus {{ background: $selected; }}
    """

    def __init__(self, label: str, field: Widget) -> None:
        super().__init__()
        self._label = label
        self.field = field
        self._wrong = Static(classes="wrong")

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Static(plain_line(self._label), classes="label")
            yield self.field
        yield self._wrong

    def refuse(self, told: str) -> None:
        """Say below the field what is wrong; nothing when ``told`` is empty."""
        said = f"{glyphs().failed} {display_line(told)}" if told else ""
        self._wrong.update(Content.styled(said, "$red"))
        self.set_class(bool(told), "refused")
