"""The composer: a reply or a note, its draft, and one line that says how it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.binding import BindingType
from textual.message import Message

from csdesk.desk.context import Desk
from csdesk.desk.quick import Prepared, today_in
from csdesk.i18n import _
from csdesk.model.message import Mode
from csdesk.model.reply import Slot
from csdesk.model.transcript_file import TranscriptFile
from csdesk.template import find_unfilled
from csdesk.tui.draft_keeper import NOTHING, DraftKeeper, Writing
from csdesk.tui.keys import Place, bindings
from csdesk.tui.offers import Offers
from csdesk.tui.panes.composer_parts import ComposerParts
from csdesk.tui.recall import Recall
from csdesk.tui.slot_filling import SlotFilling
from csdesk.tui.widgets.editor import ReplyEditor
from csdesk.tui.widgets.editor_parts import Ask
from csdesk.tui.wording import Wording


class Composer(ComposerParts):
    """Writes in one conversation at a time. The screen sends; this keeps what is not sent."""

    DEFAULT_CSS = """
    Composer { background: $raised; height: auto; max-height: 50%; padding: 0 1; }
    Composer ReplyEditor { height: auto; min-height: 3; max-height: 12; background: $raised; }
    Composer #finding { height: 1; color: $hint; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    Composer.-note { background: $note; }
    Composer.-note ReplyEditor { background: $note; }
    Composer.-idle { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.COMPOSER)]

    @dataclass
    class QueryMade(Message):
        """What is typed behind a trigger for ``ask`` (None: no longer a trigger there)."""

        query: str | None
        ask: Ask

    @dataclass
    class Left(Message):
        """The person wants back to the list; the text is kept."""

    @dataclass
    class PickerKey(Message):
        """A key for what was found behind a trigger."""

        key: str

    def __init__(
        self,
        desk: Desk,
        slot_hint: Callable[[str], str] = str,
        send: Callable[[], None] | None = None,
        find_slot: Callable[[str, tuple[str, ...]], tuple[Slot, str] | None] = lambda _name, _replies: None,
    ) -> None:
        editor = ReplyEditor(send, finds=self._finds, takes=self._takes, id="editor")
        super().__init__(desk.settings.ui, editor, slot_hint)
        self.offers = Offers(desk)
        self.slots = SlotFilling(
            editor,
            self.offers,
            lambda name: find_slot(name, tuple(each.reply for each in self.replies)),
            lambda: today_in(desk, self.conversation),
            self.say,
        )
        self.keeper = DraftKeeper(desk, self)
        self.wording = Wording(desk, self)
        self._slot_hint = lambda name: self.wording.prompt(name) or slot_hint(name)
        self._recall = Recall(desk)
        self._kept: tuple[str, tuple[TranscriptFile, ...]] = "", ()
        self._notes: set[int] = set()

    def on_mount(self) -> None:
        self.show(None)

    def show(self, conversation: int | None, mode: Mode | None = None) -> None:
        """Go on writing in a conversation (None: nowhere), with what was kept for it.

        Without ``mode`` it is a note again where a note was being written, now or before a restart, else a reply.
        """
        self.keep(at_once=True)
        if self.conversation is not None:
            is_note = self.mode is Mode.NOTE and bool(self.editor.text.strip())
            (self._notes.add if is_note else self._notes.discard)(self.conversation)
        if mode is None:
            is_note = conversation in self._notes or self.keeper.has_only_a_note(conversation)
            mode = Mode.NOTE if is_note else Mode.REPLY
        self.conversation, self.mode = conversation, mode
        self.set_class(conversation is None, "-idle")
        self.set_class(mode is Mode.NOTE, "-note")
        writing, self.mode_line.others = (
            (NOTHING, 0) if conversation is None else self.keeper.load(conversation, mode)
        )
        self.mode_line.saved_at = None
        self.is_asked = False
        self._go_on_with(writing)
        self.label()

    def _go_on_with(self, writing: Writing) -> None:
        self.editor.load(writing.text, writing.cursor)
        self.show_files(writing.files)
        self._kept = self.editor.text, self.files
        self.replies = writing.replies
        self.light_slots(writing.text)
        self.wording.note()

    def on_key(self, event: events.Key) -> None:
        if event.key in ("tab", "shift+tab") and self.slots.walk(back=event.key == "shift+tab"):
            event.stop()
            event.prevent_default()

    def action_newline(self) -> None:
        self.editor.action_newline()

    def action_enter(self) -> None:
        """Only named in the table of keys: the editor decides what its Enter does."""

    def action_leave_composer(self) -> None:
        self.keep(at_once=True)
        self.post_message(self.Left())

    def switch_mode(self) -> None:
        """Reply to note and back; each keeps its own draft."""
        self.show(self.conversation, Mode.NOTE if self.mode is Mode.REPLY else Mode.REPLY)

    def take(self) -> Writing | None:
        """What is to be sent, or None: nothing there, or an open slot that is asked about first."""
        if not self.is_asked and not self.slots.settle_before_sending():
            return None
        text = self.editor.text
        open_slots = find_unfilled(text)
        if open_slots and not self.is_asked:
            self.is_asked = True
            self.slots.go()
            said = _("Send again to send it as it is, or fill in first: {slot}")
            self.say(said.format(slot=self._slot_hint(open_slots[0].name)), "$red")
            return None
        if self.conversation is None or not (text.strip() or self.files):
            self.say(_("There is nothing to send yet."), "$amber")
            return None
        self.keeper.forget(self.conversation, self.mode)
        taken = Writing(self.conversation, self.mode, text, len(text), self.replies, self.files)
        self.is_asked = False
        self._go_on_with(NOTHING)
        self.mode_line.saved_at = None
        self.label()
        return taken

    def give_back(self, text: str, files: tuple[TranscriptFile, ...] = ()) -> None:
        """The text is to be written on here, before what was typed since, and the files are to go with it."""
        self.show_files((*files, *self.files))
        newer = self.editor.text
        whole = f"{text}\n{newer}" if newer.strip() else text
        self.editor.load(whole, len(whole))
        self.keep()

    def not_sent(self, writing: Writing) -> None:
        """Sending failed: the text is a draft again, where it was written and in no other place."""
        self.keeper.settle(writing.conversation, writing.mode)
        if (writing.conversation, writing.mode) == (self.conversation, self.mode):
            self.replies = (*writing.replies, *self.replies)
            self.give_back(writing.text, writing.files)
        else:
            self.keeper.put_back(writing)

    def bring_back(self, conversation: int, mode: Mode) -> None:
        """Something was sent: show the draft that was put aside for it, unless more is written already."""
        if (conversation, mode) == (self.conversation, self.mode) and not (self.editor.text or self.files):
            brought = self.keeper.bring_back(conversation, mode)
            if brought is not None:
                self._go_on_with(brought)

    def put_above(self, text: str) -> None:
        """Put ``text`` before what is written, so that Ctrl+Z takes it away again, and write behind it."""
        self.editor.history.checkpoint()
        self.editor.insert(text, (0, 0), maintain_selection_offset=True)
        self.editor.move_cursor(self.editor.document.end)
        self.editor.focus()

    def write_again(self, text: str, files: tuple[TranscriptFile, ...] = ()) -> None:
        """A reply was withdrawn: show it, as the draft the desk made of it or before what is newer."""
        if self.mode is not Mode.REPLY or not (self.editor.text.strip() or self.files):
            self.show(self.conversation, Mode.REPLY)
        if "".join(text.split()) not in "".join(self.editor.text.split()):
            self.give_back(text, files)
        elif not set(files) <= set(self.files):
            self.enclose((*files, *self.files))
        self.keep(at_once=True)

    def insert(self, text: str, cursor: int | None) -> None:
        """Put a quick reply where its query stands, or at the cursor."""
        start = self.editor.replace_query(text, len(text) if cursor is None else cursor)
        self.editor.focus()
        self.light_slots(self.editor.text)
        if find_unfilled(text):
            self.editor.move_cursor(self.editor.location_of(start))
            self.slots.go()

    def insert_reply(self, prepared: Prepared) -> None:
        """Put a quick reply into the text; what it does is done when the text is sent."""
        self.replies = (*self.replies, prepared.note)
        self.insert(prepared.expansion.text, prepared.expansion.cursor)

    def keep(self, *, at_once: bool = False) -> None:
        """Have what is written saved, if it has changed: at the next pause, or without waiting for one."""
        text = self.editor.text
        if self.conversation is not None and (text, self.files) != self._kept:
            self._kept = text, self.files
            self.replies = self.replies if text.strip() else ()
            cursor = self.editor.cursor_index
            self.keeper.note(Writing(self.conversation, self.mode, text, cursor, self.replies, self.files))
        if at_once:
            self.keeper.flush()

    @on(ReplyEditor.Edited)
    def _edited(self, event: ReplyEditor.Edited) -> None:
        event.stop()
        self.is_asked = False
        self.keep()
        self.light_slots(event.text)
        self.wording.note()
        self.mode_line.measure(event.text, self.mode)

    @on(ReplyEditor.QueryChanged)
    def _query_changed(self, event: ReplyEditor.QueryChanged) -> None:
        event.stop()
        self.wording.note()
        self.post_message(self.QueryMade(event.query, event.ask))

    @on(ReplyEditor.QueryKey)
    def _query_key(self, event: ReplyEditor.QueryKey) -> None:
        event.stop()
        self.post_message(self.PickerKey(event.key))

    @on(ReplyEditor.PasteTruncated)
    def _paste_truncated(self, event: ReplyEditor.PasteTruncated) -> None:
        event.stop()
        self.say(
            _("The paste was too long: {kept} characters kept, {dropped} left out.").format(
                kept=event.kept, dropped=event.dropped
            ),
            "$amber",
        )

    def on_draft_keeper_draft_saved(self, event: DraftKeeper.DraftSaved) -> None:
        self.mode_line.saved_at = event.at
        self.label()

    def _finds(self, ask: Ask, query: str) -> bool:
        """Whether there is anything to choose from; the quick replies say themselves when there is not."""
        return ask is Ask.REPLY or bool(self.offers.find(ask, query, self.mode))

    def _takes(self, key: str) -> bool:
        """Choose a value for a slot, or step through what was sent recently, if that is what ``key`` does now."""
        if key.isdigit() or self.conversation is None:
            return key.isdigit() and self.slots.choose(key)
        editor = self.editor
        is_at_end = editor.cursor_location == editor.document.end
        shown = self._recall.step(key, editor.text, self.conversation, self.mode, is_at_end=is_at_end)
        if shown is None:
            return False
        editor.load(shown)
        self._kept = editor.text, self.files  # only looked at: no draft until it is changed
        self.light_slots(shown)
        self.label()
        return True
