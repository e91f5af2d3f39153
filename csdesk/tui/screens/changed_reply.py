"""A colleague's reply in an editor, to be sent as it stands there then."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from csdesk.i18n import N_, _
from csdesk.tui.safe import plain_line
from csdesk.tui.screens.over import Over
from csdesk.tui.widgets.chinese_area import ChineseTextArea
from csdesk.tui.widgets.in_order import InOrder, act_in_order


class ReplyText(InOrder, ChineseTextArea):
    """The text of the reply: Ctrl+S sends what was typed before it, however quickly."""

    async def _on_key(self, event: events.Key) -> None:
        await act_in_order(self, event)


class ChangedReply(Over[str | None]):
    """Dismissed with the text to send, or None: it waits on as it was."""

    DEFAULT_CSS = """
    ChangedReply { align: center middle; }
    ChangedReply > Vertical { width: 76; max-width: 96%; height: auto; max-height: 100%; background: $raised; padding: 1 2; }
    ChangedReply .title { color: $accent; text-style: bold; margin: 0 0 1 0; height: auto; }
    ChangedReply .foot { color: $hint; margin: 1 0 0 0; height: auto; }
    ChangedReply TextArea { height: 9; border: none; padding: 0 1; background: $base; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "send", N_("Approve it as it stands here"), id="changed_reply.send"),
        Binding("escape", "cancel", N_("Leave everything as it is"), id="changed_reply.cancel"),
    ]

    def __init__(self, writer: str, text: str) -> None:
        super().__init__(id="changed-reply")
        self._writer = writer
        self._area = ReplyText(text, id="changed-text", compact=True)

    def compose(self) -> ComposeResult:
        with Vertical():
            title = _("Sent in the name of {name}, as it stands here").format(name=self._writer)
            yield Static(plain_line(title), classes="title")
            yield self._area
            foot = _("Ctrl+S approves · Esc leaves everything as it is")
            yield Static(plain_line(foot), classes="foot")

    def on_mount(self) -> None:
        self._area.focus()
        self._area.move_cursor(self._area.document.end)

    def action_send(self) -> None:
        self.dismiss(self._area.text)

    def action_cancel(self) -> None:
        self.dismiss(None)
