"""One slot of a quick reply: its name, what it asks, and what may be filled in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import ClassVar, Final

from textual import on
from textual.widget import Widget

from csdesk.i18n import N_, _
from csdesk.model.reply import Slot
from csdesk.replies.asking import described
from csdesk.replies.complaints import slot_complaints
from csdesk.replies.written import Written
from csdesk.tui.screens.field_form import FieldForm
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


class SlotForm(FieldForm[Slot]):
    """Leaves with the slot, checked by the rules of a pack."""

    LABELS = LABELS
    HINTS: ClassVar[Mapping[str, str]] = {
        "name": N_("small letters, digits and _: it stands as {{name}} in the text"),
        "prompt": N_("what you are asked when the reply is used"),
        "kind": N_("← → chooses"),
        "choices": N_("one a line"),
        "need": N_("← → chooses; an open slot that needs a value stops the first send"),
    }

    DEFAULT_CSS = """
    SlotForm > Vertical { width: 66; }
    SlotForm TextArea { height: 4; }
    """

    def __init__(self, name: str, slot: Slot | None, others: Collection[str]) -> None:
        """``slot`` is what is known of the slot ``name`` so far; ``others`` are names that are taken."""
        held = slot or Slot(name, "")
        need = "yes" if held.is_required else "no"
        fields: dict[str, Widget] = {
            "name": _line("name", name),
            "prompt": _line("prompt", "" if held.prompt == name else held.prompt),
            "kind": ChoiceField(KINDS, held.kind, id="slot-kind", is_required=True),
            "choices": NoteField("\n".join(held.choices), id="slot-choices", compact=True),
            "min": _line("min", _shown(held.least)),
            "max": _line("max", _shown(held.most)),
            "need": ChoiceField(NEED, need, id="slot-need", is_required=True),
        }
        super().__init__(_("A new slot") if slot is None else _("A slot"), fields)
        self._others = others
        self._before = self._said

    def on_mount(self) -> None:
        super().on_mount()
        self._show_fields()

    @on(ChoiceField.Chosen)
    def _show_fields(self) -> None:
        for name, kind in ONLY_FOR.items():
            self.rows[name].display = self._said["kind"] == kind

    @property
    def is_changed(self) -> bool:
        return self._said != self._before

    @property
    def _said(self) -> dict[str, str]:
        return {name: text.strip() for name, text in self.texts.items()}

    def action_save(self) -> None:
        """Leave with the slot; what a pack would refuse stays, with the reason below its field."""
        said = self._said
        told = _told(said)
        wrong = {name: each.told for name, each in slot_complaints(said["name"], told).items()}
        if said["name"] in self._others:
            reason = _("The reply asks for {slot} already.").format(slot=said["name"])
            wrong["name"] = " ".join((reason, _("Choose another name.")))
        if wrong:
            self.refuse_fields(wrong)
        else:
            self.dismiss(described(said["name"], told))


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
