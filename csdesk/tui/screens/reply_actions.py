"""Quick replies of one's own: all of them on a screen, and a sent message kept as one."""

from __future__ import annotations

import asyncio

from textual import work

from csdesk.errors import CsdeskError
from csdesk.i18n import _
from csdesk.model.message import Sender
from csdesk.tui.screens.picking_actions import PickingActions


class ReplyActions(PickingActions):
    """What the keys for keeping and managing quick replies do."""

    def action_manage_replies(self) -> None:
        """All quick replies: search, change, and see what they are worth."""
        from csdesk.tui.screens.replies import RepliesScreen

        self.close_picker()
        self.app.push_screen(RepliesScreen(self.shelf, self.read_packs))

    @work(exclusive=True, group="keep", exit_on_error=False)
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
