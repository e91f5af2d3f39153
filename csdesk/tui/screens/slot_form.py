"""One slot of a quick reply: its name, what it asks, and what may be filled in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Input, Static

from csdesk.errors import CsdeskError
from csdesk.i18n import N_, _
from csdesk.model.reply import Slot
from csdesk.replies.asking import described
from csdesk.replies.written import Written
from csdesk.tui.safe import plain_line
from csdesk.tui.screens.form import Form
from csdesk.tui.widgets.form_fields import ChoiceField, NoteField
from csdesk.tui.widgets.in_order import LineInput

KINDS: Final = {
    "text": N_("any text"),
    "choice": N_("one of several"),
    "date": N_("a day"),
    "number": N_("a number"),
}
NEED: Final = {"yes": N_("has to be filled in"), "no": N_("may stay empty")}
LABELS: Final = {
    "name": N_("Name"),
    "prompt": N_("Question"),
    "kind": N_("Takes"),
    "choices": N_("Choices"),
    "min": N_("At least"),
    "max": N_("At most"),
    "need": N_("Need"),
}
ONLY_FOR: Final = {"choices": "choice", "min": "number", "max": "number"}
"""Fields that are shown for one kind alone."""


class SlotForm(Form[Slot]):
    """Leaves with the slot, checked by the rules of a pack."""

    HINTS: ClassVar[Mapping[str, str]] = {
        "name": N_("small letters, digits and _: it stands as {{name}} in the text"),
        "prompt": N_("what you are asked when the reply is used"),
        "kind": N_("← → chooses"),
        "choices": N_("one a line"),
        "need": N_("← → chooses; an open slot that needs a value stops the first send"),
    }

    DEFAULT_CSS = """
    SlotForm > Vertical { width: 66; max-width: 96%; max-height: 100%; }
    SlotForm Horizontal { height: auto; }
    SlotForm .label { width: 10; color: $hint; }
    SlotForm Input { width: 1fr; }
    SlotForm Input:focus { background: $selected; }
    SlotForm TextArea { width: 1fr; height: 4; border: none; padding: 0; background: $base; }
    SlotForm TextArea:focus { background: $selected; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,enter", "go(1)", N_("Next field"), id="form.next"),
        Binding("up", "go(-1)", N_("Previous field"), id="form.previous"),
    ]

    def __init__(self, name: str, slot: Slot | None, others: Collection[str]) -> None:
        """``slot`` is what is known of the slot ``name`` so far; ``others`` are names that are taken."""
        super().__init__()
        self._others = others
        self._is_new = slot is None
        held = slot or Slot(name, "")
        self._fields: dict[str, Widget] = {
            "name": _line("name", name),
            "prompt": _line("prompt", "" if held.prompt == name else held.prompt),
            "kind": ChoiceField(KINDS, held.kind, id="slot-kind", is_required=True),
            "choices": NoteField("\n".join(held.choices), id="slot-choices", compact=True),
            "min": _line("min", _shown(held.least)),
            "max": _line("max", _shown(held.most)),
            "need": ChoiceField(NEED, "yes" if held.is_required else "no", id="slot-need", is_required=True),
        }
        self._before = self._said

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(plain_line(_("A new slot") if self._is_new else _("A slot")), classes="title")
            for name, label in LABELS.items():
                with Horizontal(id=f"row-{name}"):
                    yield Static(plain_line(_(label)), classes="label")
                    yield self._fields[name]
            yield self.foot

    def on_mount(self) -> None:
        self._fields["name"].focus()
        self._show_fields()

    @on(ChoiceField.Chosen)
    def _kind_chosen(self, event: ChoiceField.Chosen) -> None:
        event.stop()
        self._show_fields()

    def _show_fields(self) -> None:
        for name, kind in ONLY_FOR.items():
            self.query_one(f"#row-{name}").display = self._said["kind"] == kind

    @property
    def focused_name(self) -> str | None:
        return next((name for name, field in self._fields.items() if field is self.focused), None)

    @property
    def is_changed(self) -> bool:
        return self._said != self._before

    @property
    def _said(self) -> dict[str, str]:
        return {name: _text_of(field).strip() for name, field in self._fields.items()}

    @on(Input.Submitted)
    def _line_done(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_go(1)

    def action_go(self, by: int) -> None:
        if by > 0:
            self.focus_next()
        else:
            self.focus_previous()

    def action_save(self) -> None:
        """Leave with the slot; what a pack would refuse stays, with the reason below."""
        said = self._said
        if said["name"] in self._others:
            reason = _("The reply asks for {slot} already.").format(slot=said["name"])
            self.refuse(reason, _("Choose another name."))
            return
        try:
            self.dismiss(described(said["name"], _told(said)))
        except CsdeskError as error:
            self.refuse(error.sentence, error.hint)


def _told(said: dict[str, str]) -> Written:
    """The fields that count for the kind, as a pack says them."""
    kind = said["kind"]
    told: Written = {"prompt": said["prompt"] or said["name"], "type": kind}
    if kind == "choice":
        told["choices"] = tuple(line.strip() for line in said["choices"].splitlines() if line.strip())
    if kind == "number":
        told |= {name: said[name] for name in ("min", "max") if said[name]}
    return told | {"required": said["need"] == "yes"}


def _shown(bound: float | None) -> str:
    return "" if bound is None else f"{bound:.15g}"


def _line(name: str, value: str) -> LineInput:
    return LineInput(value, id=f"slot-{name}", compact=True, select_on_focus=False)


def _text_of(field: Widget) -> str:
    if isinstance(field, NoteField):
        return field.text
    return field.value if isinstance(field, (ChoiceField, Input)) else ""
