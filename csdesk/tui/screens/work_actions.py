"""What is done with conversations besides writing: each key asks, acts through the desk, and says so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from textual import work

from csdesk.clock import parse_time
from csdesk.i18n import _, ngettext
from csdesk.model.conversation import Priority
from csdesk.store import people, queue
from csdesk.text import listed
from csdesk.tui import acts
from csdesk.tui.panes.conversation import PRIORITY_NAMES
from csdesk.tui.screens.many_actions import About, ManyActions
from csdesk.tui.typed_ahead import ASKS

if TYPE_CHECKING:
    from csdesk.desk.moves import Target
    from csdesk.tui.screens.modals import Choice

HOUR_MS = 3_600_000
MORNING = 9


class WorkActions(ManyActions):
    """Claim, release, transfer, resolve, reopen, snooze, label, priority, of one or of many; retry."""

    _is_sure = False
    """Whether they said already that they take more than they take; until there is room again."""

    def action_claim(self) -> None:
        """Claim it; more chats than I take ask first, once until there is room again."""
        about = self.about()
        if about is None:
            return
        if self._is_too_much(about):
            self._claim_beyond(about)
        else:
            self._claim(about)

    def _is_too_much(self, about: About) -> bool:
        """Of one only: who ticks many has counted them, and is asked with their number anyway."""
        if self.attendance is None or about.one is None:
            return False
        self._is_sure = self._is_sure and self.attendance.is_on_hold
        return about.one.assignee is None and not self._is_sure and self.attendance.is_on_hold

    @work(group=ASKS, exit_on_error=False)
    async def _claim_beyond(self, about: About) -> None:
        from csdesk.tui.screens.modals import Choice, ChoiceQuestion

        state = self.status_bar.state
        title = _("You have {count} of {most} chats. Claim {what} all the same?").format(
            count=state.mine, most=state.capacity, what=about.name
        )
        choices = [Choice(_("Leave it to others"), False), Choice(_("Claim it"), True)]
        answer = await self.app.push_screen_wait(ChoiceQuestion(title, choices))
        self._is_sure = answer is True
        if self._is_sure:
            self._claim(about)

    def _claim(self, about: About) -> None:
        self.make(about, acts.moves.claim(), _("#{ref} is yours.").format(ref=about.ref))

    def action_release(self) -> None:
        if about := self.about():
            self.make(about, acts.moves.release(), _("#{ref} is free for others.").format(ref=about.ref))

    def action_resolve(self) -> None:
        if about := self.about():
            self._resolve(about)

    def action_resolve_next(self) -> None:
        """Resolve, then open who has waited longest on me or on nobody."""
        if about := self.about():
            self._resolve(about, lambda: self._go_on_from(about))

    def _resolve(self, about: About, then: Callable[[], None] | None = None) -> None:
        said = _("#{ref} is resolved.").format(ref=about.ref)
        self.make(about, acts.moves.resolve(), said, then=then)

    def _go_on_from(self, about: About) -> None:
        done = about.one.id if about.one else None
        if self.is_writing and self.shown is not None and self.shown.id != done:
            return  # gone on by hand meanwhile
        waiting = queue.longest_waits_for(self.desk.store.reader(), self.desk.agent.id, 2)
        rows = [row for row in waiting if row.id != done]
        if rows:
            self.queue.rows.select(rows[0].id)
            self.show_conversation(rows[0].id, write=self.is_writing)
        else:
            self.show_conversation(None)
            self.back_to_list()

    def action_reopen(self) -> None:
        if about := self.about():
            self.make(about, acts.moves.reopen(), _("#{ref} is open again.").format(ref=about.ref))

    @work(group=ASKS, exit_on_error=False)
    async def action_transfer(self) -> None:
        from csdesk.tui.screens.modals import ChoiceQuestion, LineQuestion

        about = self.about()
        if about is None:
            return
        targets = self._targets(about)
        if not targets:
            self.news(_("There is no one to transfer to."), _("csdesk agent add NAME adds a colleague."))
            return
        title = _("Transfer {what} to").format(what=about.name)
        target = await self.app.push_screen_wait(ChoiceQuestion(title, targets))
        if target is None:
            return
        hint = " ".join(acts.offers.obstacles(self.desk, target.agent)) if target.agent else ""
        reason = await self.app.push_screen_wait(LineQuestion(_("Why? Your colleague reads it first."), hint))
        if not reason:
            return
        move = acts.offers.hand_on(self.desk, target, reason)
        if move.kind is acts.undo.UndoKind.OFFER:
            said = _("{agent} is asked to take #{ref}.").format(agent=target.agent, ref=about.ref)
        else:
            said = _("#{ref} is transferred.").format(ref=about.ref)
        self.make(about, move, said)

    def action_accept_offer(self) -> None:
        """Take what a colleague asks."""
        from csdesk.tui import offer_watch

        offer_watch.accept(self)

    def action_decline_offer(self) -> None:
        """Say no to a colleague who asks; to one who is asked from here: ask no longer."""
        from csdesk.tui import offer_watch

        offer_watch.decline(self)

    def _targets(self, about: About) -> list[Choice[Target]]:
        """Colleagues, those who can take something first, and teams; of one conversation not who has it."""
        from csdesk.tui.screens.availability import reach_line
        from csdesk.tui.screens.modals import Choice

        reader, within_reach = self.desk.store.reader(), acts.availability.colleagues(self.desk)
        if about.one is None:
            within_reach.append(acts.availability.reach(self.desk))
        owner = about.one.assignee if about.one else None
        return [
            *(Choice(reach_line(each), acts.moves.Target(agent=each.agent.name))
              for each in within_reach if each.agent.id != owner),
            *(Choice(_("{team} (team)").format(team=each.name), acts.moves.Target(team=each.name))
              for each in people.teams(reader) if each.is_active),
        ]  # fmt: skip

    @work(group=ASKS, exit_on_error=False)
    async def action_snooze(self) -> None:
        from csdesk.tui.screens.modals import Choice, ChoiceQuestion

        about = self.about()
        if about is None:
            return
        choices = [Choice(text, value) for text, value in _snooze_times(self.desk.now_ms())]
        title = _("Snooze {what} until").format(what=about.name)
        until = await self.app.push_screen_wait(ChoiceQuestion(title, choices))
        if until is None:
            return
        wanted = until or None
        if until < 0:
            wanted = await self._ask_time()
            if wanted is None:
                return
        said = _("#{ref} is snoozed.").format(ref=about.ref)
        self.make(about, acts.moves.snooze(wanted), said, _("5 shows them · Ctrl+G takes it back"))

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

    @work(group=ASKS, exit_on_error=False)
    async def action_label(self) -> None:
        from csdesk.tui.screens.modals import LineQuestion

        about = self.about()
        if about is None:
            return
        one = about.one
        known = ", ".join(people.labels(self.desk.store.reader())[:12]) or "-"
        if one is not None:
            hint = _("Separate them by commas. In use: {labels}").format(labels=known)
            question = LineQuestion(_("Labels"), hint, ", ".join(one.labels), may_be_empty=True)
        else:
            hint = _("name puts a label on, -name takes one off. In use: {labels}").format(labels=known)
            question = LineQuestion(_("Labels of {what}").format(what=about.name), hint)
        typed = await self.app.push_screen_wait(question)
        if typed is None:
            return
        add, remove = read_labels(typed, None if one is None else one.labels)
        if add or remove:
            self.make(about, acts.moves.label(add, remove), _("The labels are set."))

    @work(group=ASKS, exit_on_error=False)
    async def action_priority(self) -> None:
        from csdesk.tui.screens.modals import Choice, ChoiceQuestion

        about = self.about()
        if about is None:
            return
        choices = [Choice(_(PRIORITY_NAMES[each]), each) for each in reversed(Priority)]
        title = _("Priority of {what}").format(what=about.name)
        chosen = await self.app.push_screen_wait(ChoiceQuestion(title, choices))
        if chosen is not None:
            self.make(about, acts.moves.prioritise(chosen), _("The priority is set."))

    def action_retry_failed(self) -> None:
        """Queue every failed message of the conversation again."""
        chosen = self.chosen
        if chosen is None:
            self.news(_("Choose a conversation first."))
            return
        self.attempt(lambda: acts.sending.retry_failed(self.desk, chosen), self._retried)

    def _retried(self, count: int) -> None:
        if not count:
            self.news(_("Nothing failed here."))
        else:
            self.news(
                ngettext(
                    "{count} message will be sent again.", "{count} messages will be sent again.", count
                ).format(count=count)
            )


def read_labels(typed: str, current: tuple[str, ...] | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What to put on and what to take off. With the ``current`` labels of one conversation what is typed is
    all that it shall have; for many (None) a name is put on, and one behind a minus taken off."""
    names = listed(typed)
    if current is None:
        add = tuple(name.removeprefix("+") for name in names if not name.startswith("-"))
        return add, tuple(name[1:] for name in names if name.startswith("-"))
    return (
        tuple(name for name in names if name not in current),
        tuple(name for name in current if name not in names),
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
