"""Beside a colleague at work: their conversation, what they write, whispers to them, and replies to approve.

Nothing here claims, answers or drafts: the conversation is read only. What the teacher does goes into the store
like anything else, and the trainee's desk sees it by the change feed.
"""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.widgets import Input

from csdesk.desk import approving, people
from csdesk.i18n import N_, _
from csdesk.model.message import OutboxItem
from csdesk.store import people as known
from csdesk.tui.screens.changed_reply import ChangedReply
from csdesk.tui.screens.modals import Choice, ChoiceQuestion
from csdesk.tui.screens.watch_parts import WatchParts


class WatchScreen(WatchParts):
    """What the teacher does."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "approve", N_("Approve the reply: it leaves"), id="watch.approve"),
        Binding("ctrl+o", "change", N_("Change the reply, then approve it"), id="watch.change"),
        Binding("ctrl+r", "give_back", N_("Return the reply with what is written below"), id="watch.return"),
        Binding("f8", "next_waiting", N_("The next reply that waits for approval"), id="watch.next"),
        Binding("f4", "toggle_approval", N_("Have this agent's replies wait for approval, or not"), id="watch.approval"),
        Binding("f7", "choose", N_("Watch somebody else"), id="watch.choose"),
        Binding("escape", "follow", N_("Follow what is open there again"), id="watch.follow"),
        Binding("pageup", "scroll('page_up')", N_("One page up"), id="watch.page_up"),
        Binding("pagedown", "scroll('page_down')", N_("One page down"), id="watch.page_down"),
        Binding("ctrl+q", "app.quit", N_("Leave csdesk; drafts are kept"), id="watch.quit"),
    ]  # fmt: skip

    @on(Input.Submitted, "#watch-whisper")
    def _whispered(self, event: Input.Submitted) -> None:
        event.stop()
        shown, text = self._view.conversation, event.value
        if shown is None:
            self.card.show_news(_("There is no conversation to whisper in yet."))
        elif text.strip():
            self._do(partial(approving.whisper, self.desk, shown, text), "", is_line_done=True)

    def action_approve(self) -> None:
        """Let the reply go that waits here."""
        if (item := self._pending()) is not None:
            act = partial(approving.approve, self.desk, item.message, uid=item.uid)
            self._do(act, _("Approved: it is on its way."))

    @work(exit_on_error=False)
    async def action_change(self) -> None:
        """Send another text in its place."""
        item = self._pending()
        if item is None:
            return
        text = await self.app.push_screen_wait(ChangedReply(item.agent_name, item.text))
        if text is not None:
            act = partial(approving.approve, self.desk, item.message, text, uid=item.uid)
            self._do(act, _("Approved: it is on its way."))

    def action_give_back(self) -> None:
        """Return the reply; what is written in the line says why."""
        item, why = self._pending(), self.line.value
        if item is None:
            return
        if not why.strip():
            self.line.focus()
            self.card.show_news(_("Write below why it comes back, then Ctrl+R."))
            return
        act = partial(approving.give_back, self.desk, item.message, why, uid=item.uid)
        self._do(act, _("Returned: it is its writer's draft again."), is_line_done=True)

    def _pending(self) -> OutboxItem | None:
        if self.pending is None:
            self.card.show_news(_("No reply waits for approval here."))
        return self.pending

    def action_toggle_approval(self) -> None:
        """Have the replies wait, or leave by themselves again; those that wait already go on waiting."""
        agent = self._view.agent
        approver = "" if agent.approver else self.desk.agent.name
        edit = partial(people.edit_agent, name=agent.name, changes={"approver": approver})
        said = (
            _("Replies of {name} wait for approval from now on.")
            if approver
            else _("Replies of {name} leave by themselves again. Those that wait still wait.")
        )
        self._do(lambda: self.desk.store.write(edit), said.format(name=agent.name))

    def action_next_waiting(self) -> None:
        """Show the reply that waits behind the one shown; behind the last one the first."""
        waiting = self._view.waiting
        if not waiting:
            self.card.show_news(_("No reply waits for approval."))
            return
        at = waiting.index(self.pending) + 1 if self.pending in waiting else 0
        item = waiting[at % len(waiting)]
        self.turn_to(item.author or self._view.agent.id, item.conversation)

    @work(exit_on_error=False)
    async def action_choose(self) -> None:
        """Ask whom to watch."""
        found = [
            each
            for each in known.agents(self.desk.store.reader())
            if each.is_active and each.id != self.desk.agent.id
        ]
        choices = [Choice(each.name, each.id) for each in found]
        chosen = await self.app.push_screen_wait(ChoiceQuestion(_("Watch whom?"), choices))
        if chosen is not None:
            self.turn_to(chosen, None)

    def action_follow(self) -> None:
        """Follow again what is open there; what is written in the line stays."""
        self.card.close()
        self.line.focus()
        self._chosen = None
        self.look()

    def action_leave(self) -> None:
        """From the lines back to the whisper."""
        self.line.focus()

    def action_scroll(self, where: str) -> None:
        self.conversation.lines.action_move(where)
