"""The composer: a reply or a note, its draft, and one line that says how it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from csdesk.desk.context import Desk
from csdesk.i18n import _
from csdesk.model.message import Mode
from csdesk.template import find_unfilled
from csdesk.text import cell_width
from csdesk.tui.draft_keeper import DraftKeeper, Writing
from csdesk.tui.keys import Place, bindings
from csdesk.tui.safe import display_line
from csdesk.tui.times import clock_time
from csdesk.tui.widgets.editor import ReplyEditor

PICKER_KEYS: Final = frozenset({"up", "down", "enter", "tab", "escape", "ctrl+n", "pageup", "pagedown"})


class Composer(Vertical):
    """Writes in one conversation at a time. The screen sends; this keeps what is not sent."""

    DEFAULT_CSS = """
    Composer { background: $raised; height: auto; max-height: 50%; padding: 0 1; }
    Composer #mode { height: 1; padding: 0 1; }
    Composer ReplyEditor { height: auto; min-height: 3; max-height: 12; background: $raised; }
    Composer #finding { height: 1; color: $hint; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    Composer.-note { background: $note; }
    Composer.-note ReplyEditor { background: $note; }
    Composer.-idle { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.COMPOSER)]

    @dataclass
    class QueryMade(Message):
        """What is typed behind a trigger (None: no longer a trigger there)."""

        query: str | None

    @dataclass
    class Left(Message):
        """The person wants back to the list; the text is kept."""

    @dataclass
    class PickerKey(Message):
        """A key for the quick replies that are open."""

        key: str

    def __init__(
        self, desk: Desk, slot_hint: Callable[[str], str] = str, send: Callable[[], None] | None = None
    ) -> None:
        super().__init__(id="composer")
        self._desk = desk
        self._slot_hint = slot_hint
        self.keeper = DraftKeeper(desk, self)
        self.editor = ReplyEditor(send, id="editor", enter_sends=desk.settings.ui.enter_sends)
        self._mode_line = Static(id="mode")
        self._finding = Static(id="finding")
        self.mode = Mode.REPLY
        self.conversation: int | None = None
        self._saved_at: int | None = None
        self._others = 0
        self._is_asked = False
        self._kept = ""
        self._notes: set[int] = set()

    def compose(self) -> ComposeResult:
        yield self._mode_line
        yield self.editor
        yield self._finding

    def on_mount(self) -> None:
        self.show(None)

    def show(self, conversation: int | None, mode: Mode | None = None) -> None:
        """Go on writing in a conversation (None: nowhere), with what was kept for it.

        Without ``mode`` it is a note again where a note was being written, else a reply.
        """
        self.keep()
        self.keeper.flush()
        if self.conversation is not None:
            is_note = self.mode is Mode.NOTE and bool(self.editor.text.strip())
            (self._notes.add if is_note else self._notes.discard)(self.conversation)
        if mode is None:
            mode = Mode.NOTE if conversation in self._notes else Mode.REPLY
        self.conversation, self.mode = conversation, mode
        self.set_class(conversation is None, "-idle")
        self.set_class(mode is Mode.NOTE, "-note")
        text, cursor, self._others = (
            ("", 0, 0) if conversation is None else self.keeper.load(conversation, mode)
        )
        self._saved_at = None
        self._is_asked = False
        self.editor.load(text, cursor)
        self._kept = self.editor.text
        self._light_slots(text)
        self.label()

    def lend_keys(self, *, is_picking: bool) -> None:
        """While quick replies are open, the keys that move and choose are theirs."""
        self.editor.lent_keys = PICKER_KEYS if is_picking else frozenset()

    def on_key(self, event: events.Key) -> None:
        if event.key in self.editor.lent_keys:
            event.stop()
            event.prevent_default()
            self.post_message(self.PickerKey(event.key))
        elif event.key == "tab" and self.editor.select_next_slot():
            event.stop()
            event.prevent_default()

    def action_newline(self) -> None:
        self.editor.action_newline()

    def action_enter(self) -> None:
        """Only named in the table of keys: the editor decides what its Enter does."""

    def action_leave_composer(self) -> None:
        self.keep()
        self.keeper.flush()
        self.post_message(self.Left())

    def switch_mode(self) -> None:
        """Reply to note and back; each keeps its own draft."""
        self.show(self.conversation, Mode.NOTE if self.mode is Mode.REPLY else Mode.REPLY)

    def take(self) -> str | None:
        """What is to be sent, or None: nothing there, or an open slot that is asked about first."""
        text = self.editor.text
        open_slots = find_unfilled(text)
        if open_slots and not self._is_asked:
            self._is_asked = True
            self.editor.select_next_slot()
            self._say(
                _("Fill in {slot} first, or send again to send it as it is.").format(slot=open_slots[0].name),
                "$red",
            )
            return None
        if self.conversation is None or not text.strip():
            self._say(_("There is nothing to send yet."), "$amber")
            return None
        self.keeper.forget(self.conversation, self.mode)
        self.editor.load("", 0)
        self._kept = ""
        self._is_asked = False
        self._light_slots("")
        self._saved_at = None
        self.label()
        return text

    def give_back(self, text: str) -> None:
        """The text is to be written on here, before what was typed since."""
        newer = self.editor.text
        whole = f"{text}\n{newer}" if newer.strip() else text
        self.editor.load(whole, len(whole))
        self.keep()

    def not_sent(self, conversation: int, mode: Mode, text: str) -> None:
        """Sending failed: the text is a draft again, where it was written and in no other place."""
        self.keeper.settle(conversation, mode)
        if (conversation, mode) == (self.conversation, self.mode):
            self.give_back(text)
        else:
            self.keeper.put_back(Writing(conversation, mode, text, len(text)))

    def write_again(self, text: str) -> None:
        """A reply was withdrawn: show it, as the draft the desk made of it or before what is newer."""
        if self.mode is not Mode.REPLY or not self.editor.text.strip():
            self.show(self.conversation, Mode.REPLY)
        if "".join(text.split()) not in "".join(self.editor.text.split()):
            self.give_back(text)

    def insert(self, text: str, cursor: int | None) -> None:
        """Put a quick reply where its query stands, or at the cursor."""
        start = self.editor.replace_query(text, len(text) if cursor is None else cursor)
        self.editor.focus()
        self._light_slots(self.editor.text)
        if find_unfilled(text):
            self.editor.move_cursor(self.editor.location_of(start))
            self.editor.select_next_slot()

    def keep(self) -> None:
        """Have what is written saved, if it has changed."""
        text = self.editor.text
        if self.conversation is not None and text != self._kept:
            self._kept = text
            self.keeper.note(Writing(self.conversation, self.mode, text, self.editor.cursor_index))

    @on(ReplyEditor.Edited)
    def _edited(self, event: ReplyEditor.Edited) -> None:
        event.stop()
        self._is_asked = False
        self._light_slots(event.text)
        self.keep()

    @on(ReplyEditor.QueryChanged)
    def _query_changed(self, event: ReplyEditor.QueryChanged) -> None:
        event.stop()
        self.post_message(self.QueryMade(event.query))

    @on(ReplyEditor.PasteTruncated)
    def _paste_truncated(self, event: ReplyEditor.PasteTruncated) -> None:
        event.stop()
        self._say(
            _("The paste was too long: {kept} characters kept, {dropped} left out.").format(
                kept=event.kept, dropped=event.dropped
            ),
            "$amber",
        )

    def on_draft_keeper_draft_saved(self, event: DraftKeeper.DraftSaved) -> None:
        self._saved_at = event.at
        self.label()

    def _light_slots(self, text: str) -> None:
        slots = find_unfilled(text)
        self.editor.highlight_spans([(slot.start, slot.end, "slot") for slot in slots])
        if slots:
            names = ", ".join(dict.fromkeys(self._slot_hint(slot.name) for slot in slots))
            self._say(_("To fill in (Tab): {slots}").format(slots=names), "$amber")
        elif not self._is_asked:
            self._say("", "$hint")

    def _say(self, text: str, colour: str) -> None:
        # Its height is fixed: a layout of the whole screen at every key would be twice the work.
        self._finding.update(Content.styled(display_line(text), colour), layout=False)

    def label(self) -> None:
        """Write the mode line again."""
        if not self.is_mounted:
            return
        active, other = ("bold $accent", "$hint")
        reply, note = _("Reply"), _("Note")
        is_note = self.mode is Mode.NOTE
        left = Content.assemble(
            Content.styled(reply, other if is_note else active),
            Content("  "),
            Content.styled(note, "bold $amber" if is_note else other),
        )
        right = self._standing()
        gap = self.size.width - 2 - cell_width(left.plain) - cell_width(right)
        self._mode_line.update(
            Content.assemble(left, Content(" " * max(1, gap)), Content.styled(right, "$hint")), layout=False
        )

    def _standing(self) -> str:
        if self._others:
            return _("a draft of another window is kept too")
        if self._saved_at is not None:
            return _("draft saved {time}").format(time=clock_time(self._saved_at))
        return _("only colleagues see notes") if self.mode is Mode.NOTE else ""

    def on_resize(self) -> None:
        self.label()
