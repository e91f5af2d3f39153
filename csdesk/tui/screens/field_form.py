"""A form of labelled fields, one below the other: walked by ↑ and ↓, each saying below what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Input, Static, TextArea

from csdesk.i18n import N_, _
from csdesk.tui.safe import plain_line
from csdesk.tui.screens.form import Form
from csdesk.tui.widgets.form_fields import ChoiceField, NoteField, SeveralField
from csdesk.tui.widgets.form_rows import Fields, FormRow

T = TypeVar("T")

CHROME_ROWS = 7
"""Of the screen: the frame, the title and the foot."""
LOW_ROWS, LOW_CHROME_ROWS = 16, 6
"""On a screen of fewer rows there is no frame, and the foot takes up to four."""


class FieldForm(Form[T]):
    """Fields by name; a subclass has ``action_save`` and says what ``is_changed``."""

    LABELS: ClassVar[Mapping[str, str]] = {}

    DEFAULT_CSS = """
    FieldForm > Vertical { width: 76; max-width: 96%; max-height: 100%; }
    FieldForm > Vertical > .label { color: $hint; }
    FieldForm.low > Vertical { padding: 0 2; }
    FieldForm.low .title { margin: 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,enter", "go(1)", N_("Next field"), id="form.next"),
        Binding("up", "go(-1)", N_("Previous field"), id="form.previous"),
    ]

    def __init__(self, title: str, fields: Mapping[str, Widget], about: str = "") -> None:
        """``about`` is one more line, for what is no field."""
        super().__init__()
        self._title_text = title
        self._about = about
        self.fields = dict(fields)
        self.rows = {name: FormRow(_(self.LABELS[name]), field) for name, field in fields.items()}

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(plain_line(self._title_text), classes="title")
            with Fields(id="fields"):
                yield from self.rows.values()
            if self._about:
                yield Static(plain_line(self._about), classes="label")
            yield self.foot

    def on_mount(self) -> None:
        next(iter(self.fields.values())).focus()
        self.on_resize()

    def on_resize(self) -> None:
        """The fields scroll where they do not fit."""
        self.set_class(self.app.size.height < LOW_ROWS, "low")
        self.query_one("#fields").styles.max_height = self.room

    @property
    def room(self) -> int:
        """How many rows there are for fields."""
        rows = self.app.size.height
        chrome = LOW_CHROME_ROWS if rows < LOW_ROWS else CHROME_ROWS
        return max(3, rows - chrome - bool(self._about))

    @property
    def focused_name(self) -> str | None:
        return self._name_of(self.focused)

    @property
    def texts(self) -> dict[str, str]:
        """What stands in each field that is written in or chosen from."""
        found = {name: text_of(field) for name, field in self.fields.items()}
        return {name: text for name, text in found.items() if text is not None}

    def _name_of(self, widget: Widget | None) -> str | None:
        return next((name for name, field in self.fields.items() if field is widget), None)

    @on(Input.Submitted)
    def _line_done(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_go(1)

    def action_go(self, by: int) -> None:
        if by > 0:
            self.focus_next()
        else:
            self.focus_previous()

    @on(Input.Changed)
    @on(TextArea.Changed)
    def _written(self, event: Input.Changed | TextArea.Changed) -> None:
        self._take_back(event.control)

    @on(ChoiceField.Chosen)
    @on(SeveralField.Chosen)
    def _chosen(self, event: ChoiceField.Chosen | SeveralField.Chosen) -> None:
        self._take_back(event.field)

    def _take_back(self, field: Widget) -> None:
        """A field that is changed is not complained of any more, until it is looked at again."""
        name = self._name_of(field)
        if name is not None:
            self.rows[name].refuse("")

    def refuse_fields(self, wrong: Mapping[str, str]) -> None:
        """Say below each field of ``wrong`` what is wrong there, and go to the first."""
        for name, row in self.rows.items():
            row.refuse(wrong.get(name, ""))
        first = next((name for name in self.rows if name in wrong), None)
        if first is not None:
            self.fields[first].focus()
            self.call_after_refresh(self.rows[first].scroll_visible, animate=False)


def text_of(field: Widget) -> str | None:
    """What stands in ``field``; None when it only opens something."""
    if isinstance(field, NoteField):
        return field.text
    return field.value if isinstance(field, (ChoiceField, SeveralField, Input)) else None
