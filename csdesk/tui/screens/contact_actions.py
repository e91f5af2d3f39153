"""What is done with the contact of a conversation: each key asks, acts through the desk, and says so."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from textual import work

from csdesk.i18n import _
from csdesk.model.conversation import View
from csdesk.model.people import PHONE_CHANNEL, Contact
from csdesk.store import conversations, people
from csdesk.tui import acts
from csdesk.tui.screens.queue_actions import QueueActions
from csdesk.tui.screens.writing_actions import WritingActions
from csdesk.tui.typed_ahead import ASKS

if TYPE_CHECKING:
    from csdesk.tui.screens.modals import Choice

FOUND_AT_MOST = 9


class ContactActions(QueueActions, WritingActions):
    """Edit, merge and take apart, block, call, write first, all of theirs, the stage of the sale."""

    @work(group=ASKS, exit_on_error=False)
    async def action_contact_menu(self) -> None:
        """Everything that can be done with the contact, by number."""
        from csdesk.store import contacts
        from csdesk.tui.screens.modals import Choice, ChoiceQuestion

        who = self._contact()
        if who is None:
            return
        acts_on: list[Choice[Callable[[], object]]] = [
            Choice(_("Edit what is known of them"), self.action_edit_contact),
            Choice(_("All their conversations"), self.action_contact_conversations),
            Choice(_("Write down a telephone call"), self.action_log_call),
            Choice(_("Begin a conversation"), self.action_begin_conversation),
            Choice(_("Set the stage of the sale"), self.action_stage),
            Choice(_("Merge with another contact"), self.action_merge_contact),
            Choice(_("Unblock") if who.is_blocked else _("Block"), self.action_block_contact),
        ]
        if contacts.last_merge(self.desk.store.reader(), who.id):
            acts_on.append(Choice(_("Take the last merge apart"), self.action_unmerge_contact))
        chosen = await self.app.push_screen_wait(ChoiceQuestion(who.name or _("visitor"), acts_on))
        if chosen is not None:
            chosen()

    def _contact(self) -> Contact | None:
        """Who the chosen conversation is with; None, and said so, when there is none."""
        chosen, reader = self.chosen, self.desk.store.reader()
        if chosen is None:
            self.news(_("Choose a conversation first."))
            return None
        from csdesk.store import contacts

        return contacts.get(reader, conversations.get(reader, chosen).contact)

    def action_edit_contact(self) -> None:
        from csdesk.tui.screens.contact_form import ContactForm

        who = self._contact()
        if who is None:
            return

        def left(saved: Contact | None) -> None:
            if saved is not None:
                self._contact_changed()
                self.news(_("{name} is saved.").format(name=saved.name or _("visitor")))

        self.app.push_screen(ContactForm(self.desk, who), left)

    def _contact_changed(self) -> None:
        """Draw what the rows repeat of a contact again."""
        if self.feed is not None:
            self.feed.poll()
        self.conversation.reload()
        self.contact.show(self.shown)

    def action_contact_conversations(self) -> None:
        """All conversations of the contact, as a filter that Esc takes off."""
        chosen = self.chosen
        if chosen is None:
            self.news(_("Choose a conversation first."))
            return
        ref = conversations.get(self.desk.store.reader(), chosen).short_ref
        self.back_to_list()
        self.queue.filter_by(View.ALL, f"contact:#{ref}", select=chosen)
        self.refresh_counts()

    def action_block_contact(self) -> None:
        """Block, or unblock: it says which, and the same brings it back."""
        who = self._contact()
        if who is None:
            return
        name = who.name or _("visitor")
        if who.is_blocked:
            self.attempt(
                partial(acts.contacts.unblock, self.desk, who.id), lambda _who: self._contact_changed()
            )
            self.news(_("{name} is not blocked.").format(name=name))
        else:
            self.attempt(
                partial(acts.contacts.block, self.desk, who.id), lambda _who: self._contact_changed()
            )
            self.news(
                _("{name} is blocked.").format(name=name), _("What they write is kept, and nobody waits.")
            )

    @work(group=ASKS, exit_on_error=False)
    async def action_merge_contact(self) -> None:
        """Find the other one, show what both would be, merge."""
        from csdesk.tui.screens.merging import MergeQuestion

        who = self._contact()
        other = None if who is None else await self._other_contact(who)
        if who is None or other is None:
            return
        asked = await self.app.push_screen_wait(MergeQuestion(self.desk, other, who))
        if asked is None:
            return
        gone, survivor = asked

        def merged(_made: object) -> None:
            self._contact_changed()
            self.news(
                _("{gone} and {survivor} are one contact now.").format(
                    gone=gone.name or _("visitor"), survivor=survivor.name or _("visitor")
                ),
                _("Ctrl+G takes it back"),
            )

        self.attempt(partial(acts.contacts.merge, self.desk, gone.id, survivor.id), merged)

    async def _other_contact(self, who: Contact) -> Contact | None:
        """Ask for another contact until one is found or the person leaves."""
        from csdesk.tui.screens.merging import contact_line, find_contacts
        from csdesk.tui.screens.modals import Choice, ChoiceQuestion, LineQuestion

        title = _("With whom is {name} to be merged?").format(name=who.name or _("visitor"))
        hint, typed = _("A name, an e-mail address, a phone number or #number"), ""
        while True:
            asked = await self.app.push_screen_wait(LineQuestion(title, hint, typed))
            if asked is None:
                return None
            found = [
                each
                for each in find_contacts(self.desk.store.reader(), asked, FOUND_AT_MOST)
                if each.id != who.id
            ]
            if len(found) == 1:
                return found[0]
            if found:
                choices = [Choice(contact_line(each), each) for each in found]
                return await self.app.push_screen_wait(ChoiceQuestion(title, choices))
            hint, typed = _("No other contact is known as that."), asked

    def action_unmerge_contact(self) -> None:
        who = self._contact()
        if who is None:
            return

        def apart(alone: Contact) -> None:
            self._contact_changed()
            self.news(_("{name} stands alone again.").format(name=alone.name or _("visitor")))

        self.attempt(partial(acts.contacts.unmerge, self.desk, who.id), apart)

    def action_log_call(self) -> None:
        """A conversation for the call, with the composer ready for a note: what is written is a draft at once."""
        who = self._contact()
        if who is None:
            return

        def begun(conversation: int) -> None:
            self._begun(conversation)
            self.action_note()

        self.attempt(partial(acts.calls.begin_call, self.desk, who.id), begun)

    @work(group=ASKS, exit_on_error=False)
    async def action_begin_conversation(self) -> None:
        from csdesk.tui.screens.modals import Choice, ChoiceQuestion

        who = self._contact()
        if who is None:
            return
        inboxes = [
            each
            for each in people.inboxes(self.desk.store.reader())
            if each.is_active and each.channel != PHONE_CHANNEL
        ]
        choices = [Choice(each.name, each.name) for each in inboxes]
        inbox = await self.app.push_screen_wait(ChoiceQuestion(_("Through which inbox?"), choices))
        if inbox is not None:
            self.attempt(partial(acts.calls.start, self.desk, who.id, inbox), self._begun)

    def _begun(self, conversation: int) -> None:
        """A new conversation of mine is there to be written in."""
        self.queue.show_view(View.MINE, select=conversation)
        self.refresh_counts()
        self.show_conversation(conversation, write=True)

    @work(group=ASKS, exit_on_error=False)
    async def action_stage(self) -> None:
        from csdesk.tui.screens.modals import Choice, ChoiceQuestion
        from csdesk.tui.widgets.queue_list import STAGE_NAMES

        chosen = self.chosen
        if chosen is None:
            self.news(_("Choose a conversation first."))
            return
        choices = [Choice(_(name), stage) for stage, name in STAGE_NAMES.items()]
        stage = await self.app.push_screen_wait(ChoiceQuestion(_("Stage of the sale"), choices))
        if stage is not None:
            self.attempt(
                lambda: acts.work.move_to_stage(self.desk, chosen, acts.conversation.Stage(stage)),
                lambda _done: self._contact_changed(),
            )
