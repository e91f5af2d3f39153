"""Writing: reply, note, send, quick replies, and where the focus goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csdesk.i18n import _
from csdesk.model.message import Mode
from csdesk.store import drafts
from csdesk.tui import acts
from csdesk.tui.screens.desk_parts import DeskParts

if TYPE_CHECKING:
    from csdesk.tui.panes.composer import Composer


class WritingActions(DeskParts):
    """What the keys of the composer and the quick replies do."""

    def action_reply(self) -> None:
        self._write(Mode.REPLY)

    def action_note(self) -> None:
        self._write(Mode.NOTE)

    def _write(self, mode: Mode) -> None:
        if self.chosen is None or self.composer is None:
            return
        self.show_conversation(self.chosen, write=True)
        if self.composer.mode is not mode:
            self.composer.switch_mode()

    def action_toggle_mode(self) -> None:
        """Reply to note and back."""
        if self.shown is not None and self.composer is not None:
            self.close_picker()
            self.composer.switch_mode()
            self.composer.editor.focus()

    def action_send(self) -> None:
        """Send what the composer holds; what cannot be sent comes back to it."""
        composer = self.composer
        if composer is None or composer.conversation is None:
            return
        self.close_picker()
        conversation, mode, text = composer.conversation, composer.mode, composer.take()
        seen_at = composer.keeper.seen_at
        if text is None:
            return
        send = acts.sending.note if mode is Mode.NOTE else acts.sending.reply
        self.attempt(
            lambda: send(self.desk, conversation, text, seen_at=seen_at),
            lambda _message: self._sent(composer, conversation, mode),
            lambda: composer.not_sent(conversation, mode, text),
        )

    def _sent(self, composer: Composer, conversation: int, mode: Mode) -> None:
        composer.keeper.settle(conversation, mode)
        if self.shown is not None and self.shown.id == conversation:
            self.conversation.lines.to_end()

    def action_pick_reply(self) -> None:
        """Open the quick replies with a line of their own to search in."""
        if self.chosen is None:
            self.news(_("Choose a conversation first."))
            return
        self.show_conversation(self.chosen)
        if self.picker is None:
            return
        self.add_class("-reading")
        self.picker.open("", self.shown, ask=True)

    def query_changed(self, query: str | None) -> None:
        """The composer's trigger was typed, its query changed, or it is gone."""
        if self.picker is None or self.composer is None:
            return
        if query is None:
            if not self.picker.has_class("-asking"):
                self.close_picker()
        elif self.picker.is_open:
            self.picker.search(query)
        else:
            self.picker.open(query, self.shown)
            self.composer.lend_keys(is_picking=True)

    def picker_key(self, key: str) -> None:
        """A key typed in the composer while quick replies are open."""
        if self.picker is not None and not self.picker.press(key):
            self.close_picker()

    def picker_closed(self) -> None:
        """Closed without choosing: what was typed stays as text."""
        if self.composer is not None:
            self.composer.editor.end_query()
            self.composer.lend_keys(is_picking=False)
            self.composer.editor.focus()

    def action_copy(self) -> None:
        """Copy the selected text, else the marked message, else the number of the conversation."""
        selected = self.get_selected_text()
        marked = self.conversation.lines.marked
        ref = f"#{self.shown.short_ref}" if self.shown else ""
        text = selected or (marked.text if marked else ref)
        if text:
            self.app.copy_to_clipboard(text)
            self.news(_("Copied."))

    def action_take_other_draft(self) -> None:
        """Put the draft of another window behind this one."""
        composer = self.composer
        if composer is None or composer.conversation is None:
            return
        held = drafts.held(self.desk.store.reader(), composer.conversation, self.desk.agent.id, composer.mode)
        others = [
            each.draft
            for each in held
            if each.session != self.desk.session and each.draft.updated_at != composer.keeper.seen_at
        ]
        if not others:
            self.news(_("There is no other draft here."))
            return
        composer.give_back(others[0].text)
