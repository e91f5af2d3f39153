"""When a quick reply is offered and what sending it does: a form for each, opened from that of the reply."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import ClassVar, Final

from textual import on
from textual.widget import Widget
from textual.widgets import Input

from csdesk.i18n import N_, _
from csdesk.model.conversation import Tier
from csdesk.model.event import STAGE_WORDS
from csdesk.model.reply import QuickReply
from csdesk.replies import said
from csdesk.replies.complaints import complaints
from csdesk.tui.reply_words import CHANNEL_NAMES, DAY_NAMES, PRIORITIES, STATUS_AFTER
from csdesk.tui.screens.field_form import FieldForm
from csdesk.tui.screens.form import BACK_TO_REPLY
from csdesk.tui.widgets.form_fields import ChoiceField, SeveralField
from csdesk.tui.widgets.in_order import LineInput

CHOOSES: Final = N_("← → or a digit chooses, Backspace takes it away")
MARKS: Final = N_("← → walks, Space marks; none marked is all of them")
SEVERAL: Final[Mapping[str, Mapping[str, str]]] = {
    "tier": {tier.value: tier.value for tier in Tier},
    "channels": CHANNEL_NAMES,
    "days": DAY_NAMES,
}
ONE: Final[Mapping[str, Mapping[str, str]]] = {
    "stage": STAGE_WORDS,
    "status": STATUS_AFTER,
    "priority": PRIORITIES,
}


class _TermsForm(FieldForm[QuickReply]):
    """Leaves with the reply as the fields say it; nothing is saved here."""

    HOW = BACK_TO_REPLY
    DEFAULT_CSS = "_TermsForm > Vertical { width: 76; }"

    def __init__(self, title: str, reply: QuickReply, today: Callable[[], date], about: str = "") -> None:
        """``today`` is what a day such as +3d counts from."""
        shown = said.said_of(reply)
        super().__init__(title, {name: _field(name, shown[name]) for name in self.LABELS}, about)
        self._reply = reply
        self._today = today

    @property
    def is_changed(self) -> bool:
        return self.texts != {name: said.said_of(self._reply)[name] for name in self.LABELS}

    @on(Input.Blurred)
    def _tidy(self, event: Input.Blurred) -> None:
        """Show how a line is read once it is left, such as the day that friday is."""
        name = self._name_of(event.input)
        if name is not None and event.value != said.said_of(self._reply)[name]:
            with event.input.prevent(Input.Changed):
                event.input.value = said.tidied(name, event.value, self._today())

    def action_save(self) -> None:
        """Leave with the reply; what a pack would refuse stays, with the reason below its field."""
        written = said.with_said(self._reply, self.texts, self._today())
        wrong = {name: each.told for name, each in complaints(written, written.slots).items()}
        wrong |= self.against(written)
        if any(name in self.LABELS for name in wrong):
            self.refuse_fields(wrong)
        else:
            self.dismiss(written)

    def against(self, written: QuickReply) -> dict[str, str]:
        """What is wrong with ``written`` besides, by field."""
        return {}


class OfferForm(_TermsForm):
    """When, where and for whom a reply is offered."""

    LABELS: ClassVar[Mapping[str, str]] = {
        "stage": N_("Stage"),
        "tier": N_("Tiers"),
        "channels": N_("Channels"),
        "from": N_("From"),
        "until": N_("Until"),
        "days": N_("Days"),
        "hours": N_("Hours"),
    }
    HINTS: ClassVar[Mapping[str, str]] = {
        "stage": CHOOSES,
        "tier": MARKS,
        "channels": MARKS,
        "from": N_("the first day: 2026-11-25, 11-25, friday, +3d"),
        "until": N_("the last day, which still counts"),
        "days": MARKS,
        "hours": N_("09:00-18:00; 22:00-06:00 goes over midnight"),
    }

    def __init__(self, reply: QuickReply, today: Callable[[], date], lang: str) -> None:
        """``lang`` is that of the pack: no reply has one of its own."""
        about = _("Its language is that of its pack: {lang}").format(lang=lang)
        super().__init__(_("When it is offered"), reply, today, about)


class AfterForm(_TermsForm):
    """What happens to the conversation with the send."""

    LABELS: ClassVar[Mapping[str, str]] = {
        "label": N_("Labels"),
        "snooze": N_("Snooze"),
        "status": N_("Status"),
        "priority": N_("Priority"),
    }
    HINTS: ClassVar[Mapping[str, str]] = {
        "label": N_("Separate them by commas"),
        "snooze": N_("30m, 2h, 1d or 1w; reply: until the customer writes"),
        "status": CHOOSES,
        "priority": CHOOSES,
    }

    def __init__(self, reply: QuickReply, today: Callable[[], date]) -> None:
        super().__init__(_("What happens once it is sent"), reply, today)

    def against(self, written: QuickReply) -> dict[str, str]:
        is_new = written.actions != self._reply.actions
        if is_new and said.contradict(written.actions):
            return {"status": _("It cannot both be snoozed and get a status. Take one of them away.")}
        return {}


def _field(name: str, value: str) -> Widget:
    if name in SEVERAL:
        return SeveralField(SEVERAL[name], value, id=f"term-{name}")
    if name in ONE:
        none = _("any") if name == "stage" else _("as it is")
        return ChoiceField(ONE[name], value, id=f"term-{name}", none=none)
    return LineInput(value, id=f"term-{name}", compact=True, select_on_focus=False)
