"""Choosing what goes into the text: quick replies, emoji, colleagues."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING

from textual import work

from csdesk.errors import CsdeskError
from csdesk.i18n import _
from csdesk.model.message import Sender
from csdesk.tui import acts
from csdesk.tui.screens.desk_parts import DeskParts
from csdesk.tui.typed_ahead import ASKS

if TYPE_CHECKING:
    from csdesk.store.published import Stamp
    from csdesk.tui.panes.composer import Composer
    from csdesk.tui.panes.file_chips import FileChips
    from csdesk.tui.panes.reply_picker import ReplyPicker
    from csdesk.tui.panes.word_picker import WordPicker
    from csdesk.tui.team_news import TeamNews
    from csdesk.tui.widgets.editor_parts import Ask

PACKS = "packs"
MOST_NEWS = 2
"""Sentences about the team's packs that are said at once."""


class PickingActions(DeskParts):
    """Two pickers above the composer, one open at a time; their keys are the composer's."""

    _pack_trouble: CsdeskError | None = None
    """What was last said of a broken pack."""
    _pack_look: asyncio.Future[bool] | None = None
    _team_packs: Stamp | None = None
    _team_news: TeamNews | None = None
    _reading = Lock()

    def read_packs(self) -> None:
        """Read the packs in a thread; the quick replies are there when it is done."""
        self.run_worker(self._read_packs, thread=True, group=PACKS, exit_on_error=False)

    def look_at_packs(self) -> None:
        """Each second: whether a pack has changed, in a thread and one look at a time."""
        if self._pack_look is None:  # no worker: its messages would cost ten times the look
            self._pack_look = asyncio.get_running_loop().run_in_executor(None, self.shelf.has_changed)
            self._pack_look.add_done_callback(self._looked)

    def look_at_team_packs(self) -> None:
        """Something was committed: have versions of the team's packs read that came with it, by the etiquette check
        too."""
        before, self._team_packs = self._team_packs, acts.published.stamp(self.desk.store.reader())
        if before not in (None, self._team_packs):
            if self.composer is not None:
                self.composer.wording.forget()
            self.read_packs()

    def _looked(self, look: asyncio.Future[bool]) -> None:
        self._pack_look = None
        if not look.cancelled() and look.exception() is None and look.result() and self.is_attached:
            self.read_packs()

    def _read_packs(self) -> None:
        with self._reading:
            is_unspelt = self.shelf.load()
            news, rules = self._read_team_news()
        self.app.call_from_thread(self._replies_changed, news, rules)
        if is_unspelt:
            self.shelf.spell()
            self.app.call_from_thread(self._replies_changed)

    def _read_team_news(self) -> tuple[list[str], CsdeskError | None]:
        """What others gave the team since the last look, and what is wrong in its rules."""
        if self._team_news is None:
            from csdesk.tui.team_news import TeamNews

            self._team_news = TeamNews(self.desk)
        return self._team_news.read(), self._team_news.trouble()

    def _replies_changed(self, news: Sequence[str] = (), rules: CsdeskError | None = None) -> None:
        if self.picker is not None:
            self.picker.search_again()
        if news:
            self.news(" ".join(news[:MOST_NEWS]))
        trouble = self.shelf.new_problems() or rules
        if trouble is not None:
            self._pack_trouble = trouble
            self.card.show_error(trouble)
        elif not self.shelf.has_problems:
            self.card.settle(self._pack_trouble)
            self._pack_trouble = None

    def action_pick_reply(self) -> None:
        """Open the quick replies with a line of their own to search in."""
        if self.chosen is None:
            self.news(_("Choose a conversation first."))
            return
        self.show_conversation(self.chosen)
        if self.picker is None:
            return
        self.close_picker()
        self.add_class("-reading")
        self.picker.open("", self.shown, ask=True)

    def action_attach_file(self) -> None:
        """Ask for files, and have them go with the reply."""
        from csdesk.tui.screens.attaching import ask_for_files

        ask_for_files(self)

    def action_detach_file(self) -> None:
        """Take a file off the reply; of several, ask which."""
        from csdesk.tui.screens.attaching import ask_which_goes

        ask_which_goes(self)

    def on_file_chips_removed(self, event: FileChips.Removed) -> None:
        if self.composer is not None:
            self.composer.enclose(each for each in self.composer.files if each != event.file)
            self.composer.editor.focus()

    def on_composer_query_made(self, event: Composer.QueryMade) -> None:
        """A trigger was typed in the composer, its query changed, or it is gone."""
        from csdesk.tui.widgets.editor_parts import Ask

        if self.picker is None:
            return
        if event.query is None:
            if not self.picker.has_class("-asking"):
                self.hide_pickers()
        elif event.ask is not Ask.REPLY:
            self._offer(event.ask, event.query)
        elif self.picker.is_open:
            self.picker.search(event.query)
        else:
            self.picker.open(event.query, self.shown)

    def _offer(self, ask: Ask, query: str) -> None:
        from csdesk.tui.widgets.editor_parts import SIGNS, Ask

        composer = self.composer
        offers = composer.offers.find(ask, query, composer.mode) if composer is not None else []
        if not offers:  # the mode has changed since
            self.close_picker()
        elif self.word_picker is not None:
            slot = composer.offers.slot if composer is not None and ask is Ask.SLOT else None
            self.word_picker.open(f"{slot[0].prompt}  {query}" if slot else SIGNS[ask] + query, offers)

    def on_composer_picker_key(self, event: Composer.PickerKey) -> None:
        """A key typed in the composer while something is to be chosen."""
        if self.word_picker is not None and self.word_picker.is_open:
            self.word_picker.press(event.key)
        elif self.picker is not None and self.picker.is_open and not self.picker.press(event.key):
            self.close_picker()

    def on_word_picker_offer_chosen(self, event: WordPicker.OfferChosen) -> None:
        if self.composer is None:
            return
        if self.composer.slots.is_active:
            self.composer.slots.fill(event.offer.inserted)
        else:
            self.composer.offers.use(event.offer)
            self.composer.insert(event.offer.inserted, None)

    def on_reply_picker_reply_chosen(self, event: ReplyPicker.ReplyChosen) -> None:
        # Keys behind Enter may have shown another conversation: it was filled in for this one only.
        if self.composer is not None and self.composer.conversation == event.conversation:
            self.composer.insert_reply(event.prepared)

    def on_reply_picker_closed(self) -> None:
        self._stay_text()

    def on_word_picker_closed(self) -> None:
        self._stay_text()

    def _stay_text(self) -> None:
        """Closed without choosing: what was typed stays as text."""
        if self.composer is not None:
            self.composer.editor.end_query()
            self.composer.editor.focus()

    def action_manage_replies(self) -> None:
        """All quick replies: search, change, and see what they are worth."""
        from csdesk.tui.screens.replies import RepliesScreen

        self.close_picker()
        self.app.push_screen(RepliesScreen(self.shelf, self.read_packs))

    @work(exclusive=True, group=ASKS, exit_on_error=False)
    async def action_keep_reply(self) -> None:
        """Keep the marked message of ours, or the last one sent here, as a quick reply."""
        lines, shown = self.conversation.lines, self.shown
        sent = [each for each in lines.window_messages if each.sender is Sender.AGENT and each.text.strip()]
        marked = lines.marked if lines.marked in sent else None
        message = marked or (sent[-1] if sent and lines.marked is None else None)
        if message is None or shown is None:
            self.news(_("Mark a message that was sent to the customer first."))
            return
        from csdesk.desk import own_replies
        from csdesk.tui.screens.reply_form import ReplyForm

        library = self.shelf.library
        taken = {name for each in (library.replies if library else ()) for name in (each.code, *each.aliases)}
        try:
            reply = await asyncio.to_thread(
                own_replies.suggestion,
                message.text,
                shown.contact_name,
                taken,
                self.shelf.spell_title,
                self.desk.now_ms(),
            )
            file = await asyncio.to_thread(own_replies.home, self.desk)
        except CsdeskError as error:
            self.card.show_error(error)
            return
        kept = await self.app.push_screen_wait(ReplyForm(self.desk, _("Keep as a quick reply"), file, reply))
        if kept is not None:
            self.read_packs()
            self.news(_("Saved in {file}.").format(file=kept.after.path))
