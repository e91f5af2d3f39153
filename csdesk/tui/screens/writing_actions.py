"""Writing: reply, note, send, quote, failed messages, and where the focus goes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING

from textual import work
from textual.app import SuspendNotSupported

from csdesk.errors import CsdeskError
from csdesk.i18n import _
from csdesk.model.message import Delivery, Message, Mode, Sender
from csdesk.model.people import MAIL_CHANNELS
from csdesk.tui import acts
from csdesk.tui.screens.desk_parts import DeskParts
from csdesk.tui.times import day_and_time
from csdesk.tui.typed_ahead import ASKS

if TYPE_CHECKING:
    from csdesk.tui.draft_keeper import Writing
    from csdesk.tui.panes.composer import Composer


class WritingActions(DeskParts):
    """What the keys of the composer do, and those of the conversation that lead to it."""

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
        if composer.mode is Mode.NOTE:
            self._send(composer, acts.sending.note)
        elif composer.mode_line.is_resolved and (composer.editor.text.strip() or composer.files):
            title = _("This conversation is resolved.")
            reopening = partial(acts.sending.reply, reopens=True)
            self._send_if_wanted(composer, title, _("Reopen it and send"), reopening)
        elif composer.is_too_long:
            title = _("This is longer than one message can be here.")
            in_parts = acts.sending.reply_in_parts
            self._send_if_wanted(composer, title, _("Send it in several messages"), in_parts)
        else:
            self._send(composer, acts.sending.reply)

    @work(group=ASKS, exit_on_error=False)
    async def _send_if_wanted(
        self, composer: Composer, title: str, choice: str, send: Callable[..., Message]
    ) -> None:
        """It cannot be sent as it is: send it in the way that is offered, or go on writing."""
        from csdesk.tui.screens.modals import Choice, ChoiceQuestion

        choices = [Choice(_("Go on writing"), False), Choice(choice, True)]
        about, text = composer.conversation, composer.editor.text
        answer = await self.app.push_screen_wait(ChoiceQuestion(title, choices))
        if answer and (composer.conversation, composer.editor.text) == (about, text):
            self._send(composer, send)

    def action_accept_finding(self) -> None:
        wording_keys().accept(self)

    def action_explain_finding(self) -> None:
        wording_keys().explain(self)

    def action_ignore_finding(self) -> None:
        wording_keys().ignore(self)

    def _send(self, composer: Composer, send: Callable[..., Message]) -> None:
        """Send it, unless the etiquette check asks first."""
        if not wording_keys().asked(self, composer, lambda: self._send_now(composer, send)):
            self._send_now(composer, send)

    def _send_now(self, composer: Composer, send: Callable[..., Message]) -> None:
        seen_at, writing = composer.keeper.seen_at, composer.take()
        if writing is None:
            return
        with_it = {"quick": writing.replies, "enclosed": writing.files} if writing.mode is Mode.REPLY else {}
        self.attempt(
            lambda: send(self.desk, writing.conversation, writing.text, seen_at=seen_at, **with_it),
            lambda _message: self._sent(composer, writing),
            lambda: composer.not_sent(writing),
        )

    def _sent(self, composer: Composer, writing: Writing) -> None:
        composer.keeper.settle(writing.conversation, writing.mode)
        composer.bring_back(writing.conversation, writing.mode)
        if writing.replies:
            self.shelf.read_uses()
        if self.shown is not None and self.shown.id == writing.conversation:
            self.conversation.lines.to_end()

    def action_rewrite_failed(self) -> None:
        """Put the marked message, which failed, back into the composer; a reply when none is marked."""
        marked, composer = self.conversation.lines.marked, self.composer
        if composer is None or marked is None or marked.delivery not in (Delivery.FAILED, Delivery.LOOK):
            self.action_reply()
            return
        composer.keep(at_once=True)
        self.attempt(
            lambda: acts.sending.rewrite_failed(self.desk, marked.id),
            lambda _text: self._write_again(marked.conversation),
        )

    def _write_again(self, conversation: int) -> None:
        self.show_conversation(conversation, write=True)
        if self.composer is not None:
            self.composer.show(conversation)
            self.news(_("It will not be sent unless you send it again."))

    async def action_edit_outside(self) -> None:
        """Write in the person's own editor. The draft is on disk before it starts."""
        from csdesk.tui import outside_editor

        composer, shown = self.composer, self.shown
        if composer is None or shown is None or composer.conversation != shown.id:
            self.news(_("Choose a conversation first."))
            return
        self.close_picker()
        composer.keep()
        before = composer.editor.text
        try:
            command = outside_editor.editor_command()
            for saved in composer.keeper.save_all():
                await asyncio.wrap_future(saved)
            with outside_editor.text_file(before, shown.short_ref, self.desk.now_ms()) as path:
                with self.app.suspend():
                    result = outside_editor.run(command, path)
                written = outside_editor.read_back(path, result)
        except CsdeskError as error:
            self.card.show_error(error)
            return
        except SuspendNotSupported:
            self.news(_("This terminal cannot be lent to an editor."))
            return
        self._written_outside(composer, before, written)

    def _written_outside(self, composer: Composer, before: str, written: str) -> None:
        if not written and before.strip():
            self.news(_("Nothing came back: your draft is as it was before."))
        elif written != before.rstrip("\n"):
            composer.editor.rewrite(written)
        composer.editor.focus()

    def action_quote(self) -> None:
        """Answer the marked message, or the customer's last: it stands above what is written."""
        composer, lines = self.composer, self.conversation.lines
        quoted = lines.marked or next(
            (each for each in reversed(lines.window_messages) if each.sender is Sender.CUSTOMER), None
        )
        if composer is None or self.shown is None or quoted is None or not quoted.text.strip():
            self.news(_("There is nothing to quote."))
            return
        is_inside = quoted.sender is Sender.NOTE
        self._write(Mode.NOTE if is_inside or composer.mode is Mode.NOTE else Mode.REPLY)
        composer.put_above(self._quote(quoted, composer.mode))

    def _quote(self, quoted: Message, mode: Mode) -> str:
        from csdesk.replies import quoting

        if mode is Mode.NOTE:
            return quoting.quote_for_chat(quoted.text, quoted.author_name)
        if self.shown is not None and self.shown.channel in MAIL_CHANNELS:
            name = quoted.author_name or _("visitor")
            return quoting.quote_for_letter(quoted.text, name, day_and_time(quoted.at))
        return quoting.quote_for_chat(quoted.text)

    def action_copy(self) -> None:
        """Copy the selected text, else the marked message, else the number of the conversation."""
        selected = self.get_selected_text()
        marked = self.conversation.lines.marked
        ref = f"#{self.shown.short_ref}" if self.shown else ""
        text = selected or (marked.text if marked else ref)
        if text:
            self.app.copy_to_clipboard(text)
            self.news(_("Copied."))

    def action_copy_part(self) -> None:
        """Copy a number, the text or a quote of the marked message, else of the newest the customer wrote."""
        message = self.conversation.lines.marked or acts.copying.newest_of_customer(
            self.conversation.lines.window_messages
        )
        if self.shown is None or message is None:
            self.news(_("There is no message to copy from."))
            return
        from csdesk.tui.screens.modals import Choice, ChoiceQuestion

        parts = acts.copying.parts(message, self.shown.short_ref)
        choices = [Choice(part.label, part.text) for part in parts]
        self.app.push_screen(ChoiceQuestion(_("Copy what?"), choices), self._copied)

    def _copied(self, text: str | None) -> None:
        if text:
            self.app.copy_to_clipboard(text)
            self.news(_("Copied."))

    def action_show_enclosed(self) -> None:
        """The files and links of the conversation, those of the marked message first."""
        if self.chosen is None:
            return
        self.show_conversation(self.chosen)
        marked = self.conversation.lines.marked
        found = acts.enclosed.of(self.desk, self.chosen)
        if self.shown is None or not found:
            self.news(_("No files and no links in this conversation."))
            return
        from csdesk.tui.screens.enclosed import EnclosedScreen

        self.app.push_screen(
            EnclosedScreen(self.desk, self.shown.short_ref, found, marked.id if marked else None)
        )

    def action_take_other_draft(self) -> None:
        """Put the draft of another window behind this one."""
        composer = self.composer
        if composer is None or composer.conversation is None:
            return
        others = composer.keeper.others(composer.conversation, composer.mode)
        if not others:
            self.news(_("There is no other draft here."))
            return
        composer.give_back(others[0].draft.text, others[0].draft.files)
        composer.keeper.take_over(others[0])


def wording_keys() -> ModuleType:
    """The keys of the etiquette check, loaded when one is pressed."""
    from csdesk.tui import wording_keys as module

    return module
