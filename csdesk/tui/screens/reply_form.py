"""One quick reply of one's own: what it says and how it is found, on one screen."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Input, Static, TextArea

from csdesk.desk import own_replies
from csdesk.desk.context import Desk
from csdesk.desk.own_replies import Kept
from csdesk.errors import CsdeskError
from csdesk.i18n import N_, _
from csdesk.model.reply import QuickReply, Slot
from csdesk.replies import asking
from csdesk.replies.pack_file import PackFile, open_pack
from csdesk.text import listed
from csdesk.tui.safe import plain_line
from csdesk.tui.screens.form import Form
from csdesk.tui.screens.modals import Choice, ChoiceQuestion
from csdesk.tui.screens.reply_parts import SlotList, VariantList
from csdesk.tui.widgets.form_fields import NoteField, PartsField
from csdesk.tui.widgets.in_order import LineInput

LINES: Final = {
    "code": N_("Code"),
    "title": N_("Title"),
    "folder": N_("Folder"),
    "tags": N_("Tags"),
    "note": N_("Note"),
}
VARIANTS, SLOTS = "variants", "slots"
PARTS: Final = {VARIANTS: N_("Variants"), SLOTS: N_("Slots")}
HINTS: Final = {
    "code": N_("small letters and digits, such as pinyin initials"),
    "folder": N_("/ between a folder and one inside it"),
    "tags": N_("Separate them by commas"),
    "body": N_("{{contact.name | friend}} is filled in, {{cursor}} is where typing goes on"),
    VARIANTS: N_("Enter: the same in other words, used in turn"),
    SLOTS: N_("Enter: what is asked for on use, such as a day or a price"),
}
CHANGED = "replies.changed_meanwhile"
CHROME_ROWS = 7
"""Of the screen: the frame, the title and the foot."""


@dataclass(frozen=True, slots=True)
class _Said:
    """What the reply says in no field of the form."""

    variants: tuple[str, ...]
    fallback: str
    subject: str


class ReplyForm(Form[Kept]):
    """What a reply says, and how it is found."""

    HINTS = HINTS

    DEFAULT_CSS = """
    ReplyForm > Vertical { width: 76; max-width: 96%; max-height: 100%; }
    ReplyForm Horizontal { height: auto; }
    ReplyForm #fields { height: auto; scrollbar-size: 0 0; }
    ReplyForm .label { width: 10; color: $hint; }
    ReplyForm Input { width: 1fr; }
    ReplyForm Input:focus { background: $selected; }
    ReplyForm TextArea { height: 7; border: none; padding: 0 1; background: $base; margin: 0 0 1 0; }
    ReplyForm TextArea:focus { background: $selected; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,enter", "go(1)", N_("Next field"), id="form.next"),
        Binding("up", "go(-1)", N_("Previous field"), id="form.previous"),
    ]

    def __init__(
        self, desk: Desk, title: str, file: PackFile, reply: QuickReply, before: QuickReply | None = None
    ) -> None:
        """``reply`` is what the fields show; it takes the place of ``before`` in ``file``, or is new there."""
        super().__init__()
        self._desk = desk
        self._title_text = title
        self._file = file
        self._before = before
        self._shown = file.read.pack.slots if file.read.pack else ()
        self._known = {slot.name: slot for slot in (*reply.slots, *self._shown)}
        self._reply = replace(reply, slots=self._slots_of(reply))
        self._lines = {
            name: LineInput(_shown(reply, name), id=f"reply-{name}", compact=True, select_on_focus=False)
            for name in LINES
        }
        self._body = NoteField(reply.body, id="reply-body", compact=True)
        self._body.move_cursor(self._body.document.end)
        self._said = _Said(reply.variants, reply.fallback, reply.subject)
        self._parts = {name: PartsField(id=f"reply-{name}") for name in PARTS}

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(plain_line(self._title_text), classes="title")
            with VerticalScroll(id="fields", can_focus=False):
                for name, label in LINES.items():
                    with Horizontal():
                        yield Static(plain_line(_(label)), classes="label")
                        yield self._lines[name]
                yield Static(plain_line(_("Text")), classes="label")
                yield self._body
                for name, label in PARTS.items():
                    with Horizontal():
                        yield Static(plain_line(_(label)), classes="label")
                        yield self._parts[name]
            yield self.foot

    def on_mount(self) -> None:
        self._lines["code"].focus()
        self.on_resize()
        self._tell_parts()

    def on_resize(self) -> None:
        """The fields scroll where they do not fit."""
        self.query_one("#fields").styles.max_height = max(3, self.app.size.height - CHROME_ROWS)

    @property
    def focused_name(self) -> str | None:
        focused = self.focused.id if self.focused else None
        return (focused or "").removeprefix("reply-")

    @property
    def is_changed(self) -> bool:
        return self.written != self._reply

    @property
    def written(self) -> QuickReply:
        """The reply as the fields say it now."""
        said = {name: field.value.strip() for name, field in self._lines.items()}
        written = replace(
            self._reply,
            code=said["code"].lower(),
            title=said["title"],
            folder=said["folder"],
            note=said["note"],
            tags=listed(said["tags"]),
            body=self._body.text.rstrip("\n"),
            variants=self._said.variants,
            fallback=self._said.fallback,
            subject=self._said.subject,
        )
        return replace(written, slots=self._slots_of(written))

    def _slots_of(self, reply: QuickReply) -> tuple[Slot, ...]:
        """The slots that ``reply`` asks for, those of them that are described."""
        names = asking.slot_names(asking.texts_of(reply))
        return tuple(self._known[name] for name in names if name in self._known)

    @on(TextArea.Changed)
    def _tell_parts(self) -> None:
        """Say which variants and slots the reply has now."""
        self._parts[VARIANTS].show("  ·  ".join(self._said.variants))
        unknown = _("not described yet: Enter")
        told = []
        for name in asking.slot_names(asking.texts_of(self.written)):
            slot = self._known.get(name)
            told.append(f"{name} {slot.prompt if slot else unknown}")
        self._parts[SLOTS].show("  ·  ".join(told))

    @on(PartsField.Opened)
    @work(exclusive=True, group="parts", exit_on_error=False)
    async def _open_parts(self, event: PartsField.Opened) -> None:
        """Have the parts changed in a list of their own; a new slot is put where the body is written."""
        event.stop()
        reply = self.written
        if event.field is self._parts[VARIANTS]:
            after = await self.ask_instead(VariantList(reply))
            self._show_parts(after or reply)
            return
        too = partial(own_replies.asking_for, self._file, besides=reply.id)
        slots = SlotList(reply, self._known, too)
        after = await self.ask_instead(slots)
        self._known = slots.known
        self._show_parts(after or reply)
        for name in slots.new:
            self._body.insert(asking.placeholder(name))

    def _show_parts(self, reply: QuickReply) -> None:
        self._said = _Said(reply.variants, reply.fallback, reply.subject)
        if reply.body != self._body.text:
            self._body.replace(reply.body, (0, 0), self._body.document.end)
        self._tell_parts()

    @on(Input.Submitted)
    def _line_done(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_go(1)

    def action_go(self, by: int) -> None:
        if by > 0:
            self.focus_next()
        else:
            self.focus_previous()

    @work(exclusive=True, exit_on_error=False)
    async def action_save(self) -> None:
        """Write it into the pack; what is refused stays here, with the reason below."""
        written = self.written
        if self._before is not None and written == self._before:
            self.dismiss(None)
            return
        names = asking.slot_names(asking.texts_of(written))
        open_name = next((name for name in names if name not in self._known), None)
        if open_name is not None:
            told = _("{slot} is not described yet.").format(slot=asking.placeholder(open_name))
            self.refuse(told, _("Enter on Slots describes it."))
            return
        described = [slot for slot in written.slots if slot not in self._shown]
        try:
            kept = await asyncio.to_thread(
                own_replies.keep, self._desk, self._file, written, self._before, described
            )
        except CsdeskError as error:
            if error.code == CHANGED:
                await self._read_again(error)
            else:
                self.refuse(error.sentence, error.hint)
            return
        self.dismiss(kept)

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


def _shown(reply: QuickReply, name: str) -> str:
    value = getattr(reply, name)
    return ", ".join(value) if isinstance(value, tuple) else str(value)
