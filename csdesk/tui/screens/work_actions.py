"""What is done with a conversation besides writing: each key asks, acts through the desk, and says so."""

from __future__ import annotations

from datetime import datetime, timedelta

from textual import work

from csdesk.clock import parse_time
from csdesk.i18n import _, ngettext
from csdesk.model.conversation import Conversation, Priority, View
from csdesk.store import conversations, people, queue
from csdesk.tui import acts
from csdesk.tui.panes.conversation import PRIORITY_NAMES
from csdesk.tui.screens.desk_parts import DeskParts

HOUR_MS = 3_600_000
MORNING = 9


class WorkActions(DeskParts):
    """Claim, release, transfer, resolve, reopen, snooze, label, priority, undo, retry."""

    def _about(self) -> Conversation | None:
        chosen = self.chosen
        if chosen is None:
            self.news(_("Choose a conversation first."))
            return None
        return conversations.get(self.desk.store.reader(), chosen)

    def action_claim(self) -> None:
        about = self._about()
        if about:
            self.attempt(
                lambda: acts.work.claim(self.desk, about.id),
                lambda _done: self.news(_("#{ref} is yours.").format(ref=about.short_ref)),
            )

    def action_release(self) -> None:
        about = self._about()
        if about:
            self.attempt(
                lambda: acts.work.release(self.desk, about.id),
                lambda _done: self.news(_("#{ref} is free for others.").format(ref=about.short_ref)),
            )

    def action_resolve(self) -> None:
        about = self._about()
        if about:
            self.attempt(lambda: acts.work.resolve(self.desk, about.id), lambda _done: self._resolved(about))

    def action_resolve_next(self) -> None:
        """Resolve, then open who has waited longest."""
        about = self._about()
        if about:
            self.attempt(
                lambda: acts.work.resolve(self.desk, about.id), lambda _done: self._resolved_and_on(about)
            )

    def _resolved(self, about: Conversation) -> None:
        self.news(_("#{ref} is resolved.").format(ref=about.short_ref), _("Ctrl+G takes it back"))

    def _resolved_and_on(self, about: Conversation) -> None:
        self._resolved(about)
        if self.is_writing and self.shown is not None and self.shown.id != about.id:
            return  # gone on by hand meanwhile
        rows = [
            row
            for row in queue.page(self.desk.store.reader(), View.WAITING, limit=2).rows
            if row.id != about.id
        ]
        if rows:
            self.queue.rows.select(rows[0].id)
            self.show_conversation(rows[0].id, write=self.is_writing)
        else:
            self.show_conversation(None)
            self.back_to_list()

    def action_reopen(self) -> None:
        about = self._about()
        if about:
            self.attempt(
                lambda: acts.work.reopen(self.desk, about.id),
                lambda _done: self.news(_("#{ref} is open again.").format(ref=about.short_ref)),
            )

    def action_undo(self) -> None:
        """Take back the last send, resolve or transfer."""
        self.attempt(lambda: acts.undoing.undo(self.desk), self._undone)

    def _undone(self, undone: acts.undoing.Undone) -> None:
        kinds = acts.undoing.UndoKind
        said = {
            kinds.SEND: _("The reply is taken back; its text is in the composer."),
            kinds.RESOLVE: _("The conversation is open again."),
            kinds.TRANSFER: _("The transfer is taken back."),
        }
        if undone.kind is kinds.SEND and self.composer is not None:
            self.show_conversation(undone.conversation, write=True)
            self.composer.write_again(undone.text)
        elif undone.kind is not kinds.SEND:
            self.show_conversation(undone.conversation)
        self.news(said[undone.kind])

    @work(exit_on_error=False)
    async def action_transfer(self) -> None:
        from csdesk.tui.screens.modals import Choice, ChoiceQuestion, LineQuestion

        about = self._about()
        if about is None:
            return
        reader = self.desk.store.reader()
        targets = [
            *(Choice(each.name, acts.work.Target(agent=each.name)) for each in people.agents(reader)
              if each.is_active and each.id not in (about.assignee, self.desk.agent.id)),
            *(Choice(_("{team} (team)").format(team=each.name), acts.work.Target(team=each.name))
              for each in people.teams(reader) if each.is_active),
        ]  # fmt: skip
        if not targets:
            self.news(_("There is no one to transfer to."), _("csdesk agent add NAME adds a colleague."))
            return
        title = _("Transfer #{ref} to").format(ref=about.short_ref)
        target = await self.app.push_screen_wait(ChoiceQuestion(title, targets))
        if target is None:
            return
        reason = await self.app.push_screen_wait(LineQuestion(_("Why? Your colleague reads it first.")))
        if reason:
            self.attempt(
                lambda: acts.work.transfer(self.desk, about.id, target, reason),
                lambda _done: self.news(
                    _("#{ref} is transferred.").format(ref=about.short_ref), _("Ctrl+G takes it back")
                ),
            )

    @work(exit_on_error=False)
    async def action_snooze(self) -> None:
        from csdesk.tui.screens.modals import Choice, ChoiceQuestion

        about = self._about()
        if about is None:
            return
        choices = [Choice(text, value) for text, value in _snooze_times(self.desk.now_ms())]
        until = await self.app.push_screen_wait(
            ChoiceQuestion(_("Snooze #{ref} until").format(ref=about.short_ref), choices)
        )
        if until is None:
            return
        wanted = until or None
        if until < 0:
            wanted = await self._ask_time()
            if wanted is None:
                return
        self.attempt(
            lambda: acts.work.snooze(self.desk, about.id, wanted),
            lambda _done: self.news(_("#{ref} is snoozed.").format(ref=about.short_ref), _("5 shows them")),
        )

    async def _ask_time(self) -> int | None:
        from csdesk.tui.screens.modals import LineQuestion

        hint = _("As 2026-01-31 09:00, local time")
        while True:
            typed = await self.app.push_screen_wait(LineQuestion(_("Snooze until when?"), hint))
            if typed is None:
                return None
            try:
                return parse_time(datetime.fromisoformat(typed.strip()).astimezone().isoformat())
            except ValueError:
                hint = _("That is no time. Write it as 2026-01-31 09:00")

    @work(exit_on_error=False)
    async def action_label(self) -> None:
        from csdesk.tui.screens.modals import LineQuestion

        about = self._about()
        if about is None:
            return
        known = ", ".join(people.labels(self.desk.store.reader())[:12])
        hint = _("Separate them by commas. In use: {labels}").format(labels=known or "-")
        typed = await self.app.push_screen_wait(
            LineQuestion(_("Labels"), hint, ", ".join(about.labels), may_be_empty=True)
        )
        if typed is None:
            return
        wanted = [part.strip() for part in typed.replace("，", ",").split(",") if part.strip()]
        add = tuple(name for name in wanted if name not in about.labels)
        remove = tuple(name for name in about.labels if name not in wanted)
        self.attempt(lambda: acts.work.label(self.desk, about.id, add, remove))

    @work(exit_on_error=False)
    async def action_priority(self) -> None:
        from csdesk.tui.screens.modals import Choice, ChoiceQuestion

        about = self._about()
        if about is None:
            return
        choices = [Choice(_(PRIORITY_NAMES[each]), each) for each in reversed(Priority)]
        chosen = await self.app.push_screen_wait(
            ChoiceQuestion(_("Priority of #{ref}").format(ref=about.short_ref), choices)
        )
        if chosen is not None:
            self.attempt(lambda: acts.work.prioritise(self.desk, about.id, chosen))

    def action_retry_failed(self) -> None:
        """Queue every failed message of the conversation again."""
        about = self._about()
        if about is None:
            return
        self.attempt(lambda: acts.sending.retry_failed(self.desk, about.id), self._retried)

    def _retried(self, count: int) -> None:
        if not count:
            self.news(_("Nothing failed here."))
        else:
            self.news(
                ngettext(
                    "{count} message will be sent again.", "{count} messages will be sent again.", count
                ).format(count=count)
            )


def _snooze_times(now_ms: int) -> list[tuple[str, int]]:
    """What can be chosen: text and UTC ms; 0 = until the customer writes, -1 = type a time."""
    now = datetime.fromtimestamp(now_ms / 1000).astimezone()
    tomorrow = (now + timedelta(days=1)).replace(hour=MORNING, minute=0, second=0, microsecond=0)
    monday = (now + timedelta(days=7 - now.weekday())).replace(
        hour=MORNING, minute=0, second=0, microsecond=0
    )
    return [
        (_("in one hour"), now_ms + HOUR_MS),
        (_("in three hours"), now_ms + 3 * HOUR_MS),
        (_("tomorrow at 9:00"), int(tomorrow.timestamp() * 1000)),
        (_("Monday at 9:00"), int(monday.timestamp() * 1000)),
        (_("the customer writes"), 0),
        (_("a time I type"), -1),
    ]
