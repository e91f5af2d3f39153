"""One quick reply of one's own: what it says and how it is found, on one screen."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Final

from textual import on, work
from textual.widget import Widget
from textual.widgets import TextArea

from csdesk.desk import own_replies
from csdesk.desk.context import Desk
from csdesk.desk.own_replies import Kept
from csdesk.desk.quick import local_now
from csdesk.errors import CsdeskError
from csdesk.i18n import N_, _
from csdesk.model.reply import QuickReply, Slot
from csdesk.replies import asking, said
from csdesk.replies.complaints import complaints
from csdesk.replies.pack_file import PackFile, open_pack
from csdesk.tui.reply_words import when_offered, written_actions
from csdesk.tui.screens.field_form import FieldForm
from csdesk.tui.screens.modals import Choice, ChoiceQuestion
from csdesk.tui.screens.reply_parts import FallbackForm, SlotList, VariantList
from csdesk.tui.screens.reply_terms import AfterForm, OfferForm
from csdesk.tui.typed_ahead import ASKS
from csdesk.tui.widgets.form_fields import NoteField, PartsField
from csdesk.tui.widgets.in_order import LineInput

LABELS: Final = {
    "code": N_("Code"),
    "title": N_("Title"),
    "aliases": N_("Aliases"),
    "folder": N_("Folder"),
    "tags": N_("Tags"),
    "note": N_("Note"),
    "body": N_("Text"),
    "variants": N_("Variants"),
    "slots": N_("Slots"),
    "fallback": N_("Fallback"),
    "subject": N_("Subject"),
    "offered": N_("Offered"),
    "after": N_("Once sent"),
}
HINTS: Final = {
    "code": N_("small letters and digits, such as pinyin initials"),
    "aliases": N_("other codes that find it too, parted by commas"),
    "folder": N_("/ between a folder and one inside it"),
    "tags": N_("Separate them by commas"),
    "body": N_("{{contact.name | friend}} is filled in, {{cursor}} is where typing goes on"),
    "variants": N_("Enter: the same in other words, used in turn"),
    "slots": N_("Enter: what is asked for on use, such as a day or a price"),
    "fallback": N_("Enter: the text for when a value is missing"),
    "subject": N_("of a mail that has none yet"),
    "offered": N_("Enter: for which stage, tiers, channels, days and hours"),
    "after": N_("Enter: labels, snooze, status, priority"),
}
CHANGED = "replies.changed_meanwhile"
CODE_FIELDS: Final = {"replies.code_taken": "code", "replies.alias_taken": "aliases"}
"""Where a code that is taken stands, by the code of the refusal."""
BODY_ROWS, FEWEST_BODY_ROWS = 7, 3


class ReplyForm(FieldForm[Kept]):
    """What a reply says, how it is found, when it is offered and what sending it does."""

    LABELS = LABELS
    HINTS = HINTS

    def __init__(
        self, desk: Desk, title: str, file: PackFile, reply: QuickReply, before: QuickReply | None = None
    ) -> None:
        """``reply`` is what the fields show; it takes the place of ``before`` in ``file``, or is new there."""
        self._body = NoteField(reply.body, id="reply-body", compact=True)
        super().__init__(title, _fields(reply, self._body))
        self._desk = desk
        self._file = file
        self._before = before
        self._shown = file.read.pack.slots if file.read.pack else ()
        self._known = {slot.name: slot for slot in (*reply.slots, *self._shown)}
        self._reply = replace(reply, slots=self._slots_of(reply))
        self._held = self._reply
        """What the fields were last shown: where nobody wrote, it stands."""
        self._body.move_cursor(self._body.document.end)

    def on_mount(self) -> None:
        super().on_mount()
        self._tell_parts()

    def on_resize(self) -> None:
        """Where there is little room the body gives way first, so that the rest is seen at a glance."""
        super().on_resize()
        rows = self.room - (len(self.fields) - 1)
        self._body.styles.height = max(FEWEST_BODY_ROWS, min(BODY_ROWS, rows))

    @property
    def is_changed(self) -> bool:
        return self.written != self._reply

    @property
    def written(self) -> QuickReply:
        """The reply as the fields say it now."""
        texts = self.texts
        body = texts.pop("body").rstrip("\n")
        written = replace(said.with_said(self._held, texts, self._today()), body=body)
        return replace(written, slots=self._slots_of(written))

    def _today(self) -> date:
        return local_now(self._desk).date()

    def _slots_of(self, reply: QuickReply) -> tuple[Slot, ...]:
        """The slots that ``reply`` asks for, those of them that are described."""
        names = asking.slot_names(asking.texts_of(reply))
        return tuple(self._known[name] for name in names if name in self._known)

    @on(TextArea.Changed)
    def _tell_parts(self) -> None:
        """Say what stands behind the fields that open."""
        written = self.written
        unknown = _("not described yet: Enter")
        told = []
        for name in asking.slot_names(asking.texts_of(written)):
            slot = self._known.get(name)
            told.append(f"{name} {slot.prompt if slot else unknown}")
        self._tell("variants", "  ·  ".join(written.variants))
        self._tell("slots", "  ·  ".join(told))
        self._tell("fallback", written.fallback)
        self._tell("offered", when_offered(written))
        self._tell("after", written_actions(written.actions))

    def _tell(self, name: str, told: str) -> None:
        field = self.fields[name]
        if isinstance(field, PartsField):
            field.show(told)

    @on(PartsField.Opened)
    @work(exclusive=True, group=ASKS, exit_on_error=False)
    async def _open_parts(self, event: PartsField.Opened) -> None:
        """Have what stands behind the field changed on a screen of its own."""
        event.stop()
        reply = self.written
        match self._name_of(event.field):
            case "variants":
                self._show(await self.ask_instead(VariantList(reply)) or reply)
            case "slots":
                await self._open_slots(reply)
            case "fallback":
                fallback = await self.ask_instead(FallbackForm(reply))
                self._show(reply if fallback is None else replace(reply, fallback=fallback))
            case "offered":
                lang = self._file.read.pack.lang if self._file.read.pack else reply.lang
                self._show(await self.ask_instead(OfferForm(reply, self._today, lang)) or reply)
            case "after":
                self._show(await self.ask_instead(AfterForm(reply, self._today)) or reply)

    async def _open_slots(self, reply: QuickReply) -> None:
        """A new slot is put where the body is written."""
        too = partial(own_replies.asking_for, self._file, besides=reply.id)
        slots = SlotList(reply, self._known, too)
        after = await self.ask_instead(slots)
        self._known = slots.known
        self._show(after or reply)
        for name in slots.new:
            self._body.insert(asking.placeholder(name))

    def _show(self, reply: QuickReply) -> None:
        """Go on with ``reply``: what was changed elsewhere is shown here."""
        self._held = reply
        for name, text in said.said_of(reply).items():
            field = self.fields.get(name)
            if isinstance(field, LineInput) and field.value != text:
                field.value = text
        if reply.body != self._body.text:
            self._body.replace(reply.body, (0, 0), self._body.document.end)
        self._tell_parts()

    @work(exclusive=True, exit_on_error=False)
    async def action_save(self) -> None:
        """Write it into the pack; what is refused stays here, with the reason below."""
        written = self.written
        if self._before is not None and written == self._before:
            self.dismiss(None)
            return
        wrong = self._wrong(written)
        if wrong:
            self.refuse_fields(wrong)
            if "" in wrong:
                self.refuse(wrong[""], "")
            return
        described = [slot for slot in written.slots if slot not in self._shown]
        try:
            kept = await asyncio.to_thread(
                own_replies.keep, self._desk, self._file, written, self._before, described
            )
        except CsdeskError as error:
            if error.code == CHANGED:
                await self._read_again(error)
            elif error.code in CODE_FIELDS:
                self.refuse_fields({CODE_FIELDS[error.code]: f"{error.sentence} {error.hint}"})
            else:
                self.refuse(error.sentence, error.hint)
            return
        self.dismiss(kept)

    def _wrong(self, written: QuickReply) -> dict[str, str]:
        """What stands against saving, by field; under "" what belongs to none."""
        names = asking.slot_names(asking.texts_of(written))
        unknown = [name for name in names if name not in self._known]
        asked = [*self._known.values(), *(Slot(name, name) for name in unknown)]
        wrong: dict[str, str] = {}
        for name, complaint in complaints(written, asked).items():
            wrong.setdefault(_field_of(name), complaint.told)
        if unknown:
            told = _("{slot} is not described yet.").format(slot=asking.placeholder(unknown[0]))
            wrong.setdefault("slots", " ".join((told, _("Enter on Slots describes it."))))
        return wrong

    async def _read_again(self, error: CsdeskError) -> None:
        """The pack is another by now: go on from what it says, keeping what was written here."""
        choices = [
            Choice(_("Read the file again and go on writing"), True),
            Choice(_("Leave it for now"), False),
        ]
        if not await self.app.push_screen_wait(ChoiceQuestion(error.sentence, choices)):
            return
        try:
            self._file = await asyncio.to_thread(open_pack, self._file.path, self._file.scope)
        except CsdeskError as again:
            self.refuse(again.sentence, again.hint)
            return
        if self._before is not None:
            wanted = self._before.id
            self._before = next((each for each in self._file.replies if each.id == wanted), None)
        self.refuse(_("Read again."), _("Ctrl+S saves what stands here."))


def _fields(reply: QuickReply, body: NoteField) -> dict[str, Widget]:
    shown = said.said_of(reply)
    none = {"offered": _("always"), "after": _("nothing else")}
    fields: dict[str, Widget] = {}
    for name in LABELS:
        if name in shown:
            fields[name] = LineInput(shown[name], id=f"reply-{name}", compact=True, select_on_focus=False)
        elif name == "body":
            fields[name] = body
        else:
            fields[name] = PartsField(id=f"reply-{name}", none=none.get(name, ""))
    return fields


def _field_of(name: str) -> str:
    """The field of this form behind which ``name`` is written; "" for none."""
    if name in said.OFFERED or name == "valid":
        return "offered"
    if name in said.AFTER or name == "actions":
        return "after"
    return name if name in LABELS else ""
