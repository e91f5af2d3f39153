"""One quick reply of one's own: what it says and how it is found, on one screen."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from csdesk.desk import own_replies
from csdesk.desk.context import Desk
from csdesk.desk.own_replies import Kept
from csdesk.errors import CsdeskError
from csdesk.i18n import N_, _
from csdesk.model.reply import QuickReply
from csdesk.replies.pack_file import PackFile, open_pack
from csdesk.text import listed
from csdesk.tui.safe import plain_line
from csdesk.tui.screens.form import Form
from csdesk.tui.screens.modals import Choice, ChoiceQuestion
from csdesk.tui.widgets.chinese_area import ChineseTextArea
from csdesk.tui.widgets.in_order import LineInput

LINES: Final = {
    "code": N_("Code"),
    "title": N_("Title"),
    "folder": N_("Folder"),
    "tags": N_("Tags"),
    "note": N_("Note"),
}
HINTS: Final = {
    "code": N_("small letters and digits, such as pinyin initials"),
    "folder": N_("/ between a folder and one inside it"),
    "tags": N_("Separate them by commas"),
    "body": N_("{{contact.name | friend}} is filled in, {{cursor}} is where typing goes on"),
}
CHANGED = "replies.changed_meanwhile"


class ReplyForm(Form[Kept]):
    """What a reply says, and how it is found."""

    HINTS = HINTS

    DEFAULT_CSS = """
    ReplyForm > Vertical { width: 76; max-width: 96%; max-height: 100%; }
    ReplyForm Horizontal { height: auto; }
    ReplyForm .label { width: 9; color: $hint; }
    ReplyForm Input { width: 1fr; }
    ReplyForm Input:focus { background: $selected; }
    ReplyForm TextArea { height: 7; border: none; padding: 0 1; background: $base; margin: 1 0 0 0; }
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
        self._reply = reply
        self._before = before
        self._lines = {
            name: LineInput(_shown(reply, name), id=f"reply-{name}", compact=True, select_on_focus=False)
            for name in LINES
        }
        self._body = ChineseTextArea(reply.body, id="reply-body", compact=True)

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(plain_line(self._title_text), classes="title")
            for name, label in LINES.items():
                with Horizontal():
                    yield Static(plain_line(_(label)), classes="label")
                    yield self._lines[name]
            yield self._body
            yield self.foot

    def on_mount(self) -> None:
        self._lines["code"].focus()

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
        return replace(
            self._reply,
            code=said["code"].lower(),
            title=said["title"],
            folder=said["folder"],
            note=said["note"],
            tags=listed(said["tags"]),
            body=self._body.text.rstrip("\n"),
        )

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
        try:
            kept = await asyncio.to_thread(own_replies.keep, self._desk, self._file, written, self._before)
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
