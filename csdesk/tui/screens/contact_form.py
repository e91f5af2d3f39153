"""The form of a contact: what is known of them, changed field by field with the keyboard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Input, Static

from csdesk.desk import contacts as cases
from csdesk.desk.context import Desk
from csdesk.errors import CsdeskError, UsageError
from csdesk.i18n import N_, _
from csdesk.model.conversation import Tier
from csdesk.model.people import LIFECYCLE_NAMES, Contact
from csdesk.text import listed
from csdesk.tui.safe import plain_line
from csdesk.tui.screens.form import Form
from csdesk.tui.widgets.form_fields import ChoiceField, NoteField
from csdesk.tui.widgets.form_rows import Fields
from csdesk.tui.widgets.in_order import LineInput

LABELS: Final = "labels"
FIELDS: Final = {
    "name": N_("Name"),
    "phone": N_("Phone"),
    "email": N_("E-mail"),
    "tier": N_("Tier"),
    "lifecycle": N_("Lifecycle"),
    "birthday": N_("Birthday"),
    "source": N_("Source"),
    LABELS: N_("Labels"),
    "note": N_("Note"),
}
CHOICES: Final[Mapping[str, Mapping[str, str]]] = {
    "tier": {tier.value: tier.value for tier in Tier},
    "lifecycle": {each.value: name for each, name in LIFECYCLE_NAMES.items()},
}
HINTS: Final = {
    "birthday": N_("1990-02-28, or 02-28 without the year"),
    LABELS: N_("Separate them by commas"),
    "tier": N_("← → or a digit chooses, Backspace takes it away"),
    "lifecycle": N_("← → or a digit chooses, Backspace takes it away"),
}
CHROME_ROWS = 9
"""Of the screen: the margin, the frame, the title and the foot."""


class ContactForm(Form[Contact]):
    """Everything that may be known of a contact."""

    HINTS = HINTS

    DEFAULT_CSS = """
    ContactForm > Vertical { width: 66; max-height: 100%; }
    ContactForm #fields Horizontal { height: auto; }
    ContactForm .label { width: 11; color: $hint; }
    ContactForm #fields Input { width: 1fr; }
    ContactForm Input:focus { background: $selected; }
    ContactForm TextArea { width: 1fr; height: 3; border: none; padding: 0; background: $base; }
    ContactForm TextArea:focus { background: $selected; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab,down,enter", "go(1)", N_("Next field"), id="form.next"),
        Binding("shift+tab,up", "go(-1)", N_("Previous field"), id="form.previous"),
    ]

    def __init__(self, desk: Desk, contact: Contact) -> None:
        super().__init__()
        self._desk = desk
        self._contact = contact
        self._before = values_of(contact)
        self._fields: dict[str, Widget] = {}

    def compose(self) -> ComposeResult:
        with Vertical():
            title = _("Contact: {name}").format(name=self._contact.name or _("visitor"))
            yield Static(plain_line(title), classes="title")
            with Fields(id="fields"):
                for name, label in FIELDS.items():
                    self._fields[name] = field = _field(name, self._before[name])
                    with Horizontal():
                        yield Static(plain_line(_(label)), classes="label")
                        yield field
            yield self.foot

    def on_mount(self) -> None:
        self._fields["name"].focus()
        self.on_resize()

    def on_resize(self) -> None:
        """The fields scroll where they do not fit."""
        self.query_one("#fields").styles.max_height = max(3, self.app.size.height - CHROME_ROWS)

    @property
    def focused_name(self) -> str | None:
        return next((name for name, field in self._fields.items() if field is self.focused), None)

    @property
    def is_changed(self) -> bool:
        return bool(self._written())

    def _written(self) -> dict[str, str]:
        """What was changed, as it stands in the fields."""
        now = {name: _text_of(field) for name, field in self._fields.items()}
        return {name: text for name, text in now.items() if text.strip() != self._before[name].strip()}

    @on(Input.Submitted)
    def _line_done(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_go(1)

    def action_go(self, by: int) -> None:
        names = list(FIELDS)
        here = self.focused_name
        place = names.index(here) + by if here else 0
        self._fields[names[place % len(names)]].focus()

    def action_save(self) -> None:
        """Save what was changed; a value that is refused stays, with the reason below."""
        changes = self._written()
        labels = listed(changes.pop(LABELS)) if LABELS in changes else None
        for name, value in changes.items():
            try:
                cases.clean_value(name, value)
            except UsageError as error:
                self._refuse(error, name)
                return
        self._save(partial(_store, self._desk, self._contact, changes, labels))

    @work(exclusive=True, exit_on_error=False)
    async def _save(self, store: Callable[[], Contact]) -> None:
        try:
            saved = await asyncio.to_thread(store)
        except CsdeskError as error:
            self._refuse(error, self.focused_name or "name")
            return
        self.dismiss(saved)

    def _refuse(self, error: CsdeskError, name: str) -> None:
        self._fields[name].focus()
        self.refuse(error.sentence, error.hint)


def values_of(contact: Contact) -> dict[str, str]:
    """What the fields show of a contact."""
    held = {name: getattr(contact, name) or "" for name in FIELDS if name != LABELS}
    return {**held, LABELS: ", ".join(contact.labels)}


def _field(name: str, value: str) -> Widget:
    if name in CHOICES:
        return ChoiceField(CHOICES[name], value, id=f"contact-{name}")
    if name == "note":
        return NoteField(value, id="contact-note", compact=True)
    return LineInput(value, id=f"contact-{name}", compact=True, select_on_focus=False)


def _text_of(field: Widget) -> str:
    if isinstance(field, NoteField):
        return field.text
    return field.value if isinstance(field, (ChoiceField, Input)) else ""


def _store(
    desk: Desk, contact: Contact, changes: Mapping[str, str], labels: tuple[str, ...] | None
) -> Contact:
    saved = cases.edit(desk, contact.id, changes) if changes else contact
    return saved if labels is None else cases.set_labels(desk, contact.id, labels)
