"""All quick replies on one screen: looked through, kept, changed, moved, deleted, and all that taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.binding import Binding, BindingType

from csdesk.desk import own_replies
from csdesk.desk.learning import Proposal, ReplyRecord
from csdesk.desk.own_replies import Kept
from csdesk.desk.reply_undo import Deed
from csdesk.errors import CsdeskError
from csdesk.i18n import N_, _
from csdesk.model.reply import PackScope, QuickReply
from csdesk.replies.keys import is_chinese
from csdesk.replies.pack_file import PackFile
from csdesk.text import truncate
from csdesk.tui.screens.modals import LineQuestion
from csdesk.tui.screens.reply_browser import PROPOSED, ReplyBrowser
from csdesk.tui.screens.reply_form import ReplyForm
from csdesk.tui.times import time_or_date
from csdesk.tui.typed_ahead import ASKS
from csdesk.tui.widgets.picked_list import PickedList

if TYPE_CHECKING:
    from csdesk.tui.shelf import Shelf


TAKEN_BACK: Final = {
    Deed.ADDED: N_("Taken back: {code}, added {time}, is gone again."),
    Deed.CHANGED: N_("Taken back: {code} reads as before {time}."),
    Deed.DELETED: N_("Taken back: {code}, deleted {time}, is there again."),
}


class RepliesScreen(ReplyBrowser):
    """The browser with letters that act on the reply under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n,ｎ", "new", N_("A new quick reply"), id="replies.new"),
        Binding("e,ｅ", "edit", N_("Edit"), id="replies.edit"),
        Binding("d,ｄ", "duplicate", N_("Duplicate"), id="replies.duplicate"),
        Binding("m,ｍ", "move", N_("Move to another folder"), id="replies.move"),
        Binding("delete,x,ｘ", "delete", N_("Delete"), id="replies.delete"),
        Binding("z,ｚ,ctrl+g", "undo", N_("Take back the last change"), id="replies.undo"),
        Binding("p,ｐ", "publish", N_("Give its pack to the team"), id="replies.publish"),
        Binding("v,ｖ", "packs", N_("Packs of the team, and their versions"), id="replies.packs"),
    ]

    def __init__(self, shelf: Shelf, reread: Callable[[], None]) -> None:
        """``reread`` has the packs read again for the rest of the desk."""
        super().__init__(shelf)
        self._reread = reread

    @on(PickedList.Chosen)
    def _chosen(self, event: PickedList.Chosen) -> None:
        event.stop()
        self.action_edit()

    @property
    def reply(self) -> QuickReply | None:
        row = self.list.chosen
        return row.reply if isinstance(row, ReplyRecord) else None

    @property
    def _taken(self) -> set[str]:
        return {name for each in self._records for name in (each.reply.code, *each.reply.aliases)}

    def action_new(self) -> None:
        self._open_form(_("A new quick reply"), lambda: (own_replies.blank(self._desk.now_ms()), None))

    def action_duplicate(self) -> None:
        if (reply := self.reply) is not None:
            copy = own_replies.copy_of(reply, self._taken, self._desk.now_ms())
            self._open_form(_("A copy of {code}").format(code=reply.code), lambda: (copy, None))

    def action_edit(self) -> None:
        row = self.list.chosen
        if isinstance(row, Proposal):
            self._open_form(_("A new quick reply"), lambda: (self._proposed(row), None))
        elif row is not None and row.reply.scope is PackScope.PERSONAL:
            self._open_form(
                _("Quick reply {code}").format(code=row.reply.code), lambda: (row.reply, row.reply)
            )
        elif row is not None:
            own = replace(own_replies.copy_of(row.reply, (), self._desk.now_ms()), aliases=row.reply.aliases)
            self._open_form(
                _("Your own {code}: it hides this one").format(code=own.code), lambda: (own, None)
            )

    def _proposed(self, proposal: Proposal) -> QuickReply:
        return own_replies.from_body(proposal.body, self._taken, self._spell, self._desk.now_ms())

    def _spell(self, title: str) -> str:
        return self._shelf.spell_title(title) if is_chinese(title) else title

    @work(exclusive=True, group=ASKS, exit_on_error=False)
    async def _open_form(self, title: str, made: Callable[[], tuple[QuickReply, QuickReply | None]]) -> None:
        """Ask for a reply in a form on the pack as it is now; show what came of it."""
        try:
            reply, before = await asyncio.to_thread(made)
            file = await asyncio.to_thread(self._file_of, before)
        except CsdeskError as error:
            self.tell(error)
            return
        kept = await self.app.push_screen_wait(ReplyForm(self._desk, title, file, reply, before))
        if kept is not None:
            self._changed(kept, reply.id)

    def _file_of(self, before: QuickReply | None) -> PackFile:
        file = own_replies.pack_of(self._desk, before) if before is not None else None
        return file or own_replies.home(self._desk)

    @work(exclusive=True, group=ASKS, exit_on_error=False)
    async def action_move(self) -> None:
        """Put the reply into another folder."""
        reply = self._own_reply()
        if reply is None:
            return
        hint = ", ".join(sorted({each.reply.folder for each in self._records if each.reply.folder}))
        question = LineQuestion(_("Which folder?"), truncate(hint, 110), reply.folder, may_be_empty=True)
        folder = await self.app.push_screen_wait(question)
        if folder is not None and folder.strip() != reply.folder:
            after = replace(reply, folder=folder.strip())
            await self._write(
                lambda: own_replies.keep(self._desk, self._file_of(reply), after, reply), reply.id
            )

    @work(exclusive=True, group=ASKS, exit_on_error=False)
    async def action_delete(self) -> None:
        """Delete the reply at once; z brings it back."""
        reply = self._own_reply()
        if reply is not None:
            said = _("Deleted {code}; z brings it back.").format(code=reply.code)
            await self._write(lambda: own_replies.remove(self._desk, self._file_of(reply), reply), "", said)

    def _own_reply(self) -> QuickReply | None:
        """The chosen reply, when it is one's own; else it is said that it is not."""
        reply = self.reply
        if reply is not None and reply.scope is not PackScope.PERSONAL:
            self.tell(said=_("This one is not yours: d copies it into your pack."))
            return None
        return reply

    async def _write(self, act: Callable[[], Kept], select: str, said: str = "") -> None:
        try:
            kept = await asyncio.to_thread(act)
        except CsdeskError as error:
            self.tell(error)
            return
        self._changed(kept, select, said)

    def _changed(self, kept: Kept, select: str, said: str = "") -> None:
        if self.view == PROPOSED:
            self._proposals = [each for each in self._proposals or () if each != self.list.chosen]
        self._after(select, said or _("Saved in {file}.").format(file=kept.after.path))

    @work(exclusive=True, group=ASKS, exit_on_error=False)
    async def action_undo(self) -> None:
        """Bring the pack back as it was before the last change, whenever that was made."""
        try:
            done = await asyncio.to_thread(own_replies.take_back, self._desk)
        except CsdeskError as error:
            self.tell(error)
            return
        if done is None:
            self.tell(said=_("Nothing is left to take back."))
            return
        when = time_or_date(done.at, self._desk.now_ms())
        self._after("", _(TAKEN_BACK[done.deed]).format(code=done.code, time=when))

    @work(exclusive=True, group=ASKS, exit_on_error=False)
    async def action_publish(self) -> None:
        """Give the pack of the chosen reply to the team, as its file is now."""
        from csdesk.desk import giving_packs
        from csdesk.tui.screens import team_packs

        reply = self.reply
        if reply is None:
            return
        try:
            done = await team_packs.give(
                self.app, self._desk, partial(giving_packs.proposal_of, self._desk, reply.pack)
            )
        except CsdeskError as error:
            self.tell(error)
            return
        if done is not None:
            self._after(reply.id, team_packs.given(done))

    @work(exclusive=True, group=ASKS, exit_on_error=False)
    async def action_packs(self) -> None:
        """The packs of the team and their versions."""
        from csdesk.tui.screens.team_packs import TeamPacksScreen

        if await self.app.push_screen_wait(TeamPacksScreen(self._desk)):
            self._after("", "")

    def _after(self, select: str, said: str) -> None:
        """The packs are others: read them here and for the rest of the desk."""
        self._reread()
        self.said = said
        self.read(select)
