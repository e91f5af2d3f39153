"""Fields on a box over the desk: saved by key, left with a question, each saying what it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final, TypeVar

from textual import work
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from csdesk.i18n import N_, _
from csdesk.tui.safe import plain_line
from csdesk.tui.screens.modals import Choice, ChoiceQuestion, Question

T = TypeVar("T")

BACK_TO_REPLY: Final = N_("Ctrl+S: back to the reply · Esc leaves")
"""How to leave a form that is opened from that of a quick reply, which alone saves."""


class Form(Question[T]):
    """Ctrl+S saves, Esc asks when something was written; a refusal leaves everything where it is.

    A subclass has ``action_save``, says what ``is_changed`` and which field has the focus, and yields ``foot``.
    """

    HINTS: ClassVar[Mapping[str, str]] = {}
    """What may stand in a field, by its name."""
    HOW: ClassVar[str] = N_("Ctrl+S saves · Esc leaves")
    """How to leave it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", N_("Save"), id="form.save", priority=True)
    ]

    def __init__(self) -> None:
        super().__init__()
        self.foot = Static(classes="foot")

    @property
    def is_changed(self) -> bool:
        """Whether anything was written that is not saved."""
        raise NotImplementedError

    @property
    def focused_name(self) -> str | None:
        """The name of the field that is written in."""
        raise NotImplementedError

    def on_descendant_focus(self) -> None:
        """Say what may stand in the field, and how to leave."""
        hint = self.HINTS.get(self.focused_name or "")
        how = _(self.HOW)
        self.foot.update(plain_line(f"{_(hint)} · {how}" if hint else how))

    def refuse(self, sentence: str, hint: str) -> None:
        """Say below why it was not saved, once the focus has moved."""
        said = Content.styled(plain_line(f"{sentence} {hint}").plain, "$red")
        self.call_after_refresh(self.foot.update, said)

    def action_cancel(self) -> None:
        """Leave; what was written is saved, dropped, or gone on with."""
        if self.is_changed:
            self._ask_about_changes()
        else:
            self.dismiss(None)

    @work(exclusive=True, exit_on_error=False)
    async def _ask_about_changes(self) -> None:
        choices = [
            Choice(_("Save them"), "save"),
            Choice(_("Go on writing"), ""),
            Choice(_("Drop them"), "drop"),
        ]
        answer = await self.app.push_screen_wait(ChoiceQuestion(_("There are changes."), choices))
        if answer == "save":
            await self.run_action("save")
        elif answer == "drop":
            self.dismiss(None)
