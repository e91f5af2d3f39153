"""Acting on one conversation or on all that are ticked: asking first, showing how far it is, saying what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING

from textual import work

from csdesk.i18n import _, ngettext
from csdesk.model.conversation import Conversation
from csdesk.store import conversations
from csdesk.tui import acts
from csdesk.tui.screens.desk_parts import DeskParts
from csdesk.tui.typed_ahead import ASKS

if TYPE_CHECKING:
    from csdesk.desk.many import Outcome
    from csdesk.desk.moves import Move
    from csdesk.desk.undoing import Undone

PATIENCE_S = 1.0
"""How long work may take before it says how far it is."""


@dataclass(frozen=True, slots=True)
class About:
    """What an action is about: one conversation, or those that are ticked."""

    one: Conversation | None
    ticked: tuple[int, ...] = ()

    @property
    def ref(self) -> str:
        """The short ref of the one; empty for many."""
        return self.one.short_ref if self.one else ""

    @property
    def name(self) -> str:
        """For a question: ``#7K3Q9F``, or how many."""
        if self.one is not None:
            return f"#{self.one.short_ref}"
        number = len(self.ticked)
        return ngettext("{count} conversation", "{count} conversations", number).format(count=f"{number:,}")


class ManyActions(DeskParts):
    """Ticking rows, and making moves of one conversation or of many."""

    def action_tick(self) -> None:
        """Tick the row, or take its tick off."""
        self.queue.rows.toggle_tick()

    def action_tick_range(self) -> None:
        """Begin or end a stretch of ticked rows."""
        self.queue.rows.stretch()

    def action_tick_all(self) -> None:
        """Tick everything in the view."""
        self.queue.rows.tick_all()

    def about(self) -> About | None:
        """What a key is about now; says so when that is nothing."""
        rows = self.queue.rows
        if rows.ticks and rows.has_focus:
            return About(None, rows.ticks)
        if self.chosen is None:
            self.news(_("Choose a conversation first."))
            return None
        return About(conversations.get(self.desk.store.reader(), self.chosen))

    def make(
        self, about: About, move: Move, said: str, hint: str = "", then: Callable[[], None] | None = None
    ) -> None:
        """Make a move. ``said`` tells of one conversation, of many the desk itself tells; ``then`` follows
        the first."""
        one = about.one
        if one is None:
            self._make_many(about, move)
            return

        def done(_nothing: None) -> None:
            self.news(said, hint or _("Ctrl+G takes it back"))
            if then is not None:
                then()

        self.attempt(lambda: acts.work.do(self.desk, one.id, move), done)

    @work(group=ASKS, exit_on_error=False)
    async def _make_many(self, about: About, move: Move) -> None:
        from csdesk.tui.screens.modals import ConfirmQuestion

        number = len(about.ticked)
        if number > acts.many.ASK_OVER:
            title = acts.many.question(move.kind, number)
            if not await self.app.push_screen_wait(ConfirmQuestion(title)):
                return
        self._run_many(about.ticked, move)

    def _run_many(self, ticked: tuple[int, ...], move: Move) -> None:
        from csdesk.tui.screens.progress import ProgressScreen

        stopped = Event()
        screen = ProgressScreen(len(ticked), stopped)
        waiting = self.set_timer(PATIENCE_S, lambda: self.app.push_screen(screen))

        def ended() -> None:
            waiting.stop()
            screen.end()

        def done(outcome: Outcome) -> None:
            ended()
            self._many_done(outcome)

        self.attempt(
            lambda: acts.many.do(self.desk, ticked, move, progress=screen.told, is_cancelled=stopped.is_set),
            done,
            ended,
        )

    def _many_done(self, outcome: Outcome) -> None:
        self.queue.rows.untick()
        sentences = [acts.many.said(outcome), *acts.many.reasons(outcome)]
        self.news(" ".join(sentences), _("Ctrl+G takes it back") if outcome.done else "")

    def action_undo(self) -> None:
        """Take back what was done last."""
        here = self.shown.id if self.shown else None
        if self.composer is not None:
            self.composer.keep(at_once=True)  # a reply taken back is put before what the store knows of
        self.attempt(lambda: acts.undoing.undo(self.desk, here=here), self._undone)

    def _undone(self, undone: Undone) -> None:
        kinds = acts.undo.UndoKind
        said = {
            kinds.SEND: _("The reply is taken back; its text is in the composer."),
            kinds.CLAIM: _("The claim is taken back."),
            kinds.RELEASE: _("The release is taken back."),
            kinds.RESOLVE: _("The conversation is open again."),
            kinds.REOPEN: _("The reopening is taken back."),
            kinds.TRANSFER: _("The transfer is taken back."),
            kinds.OFFER: _("Nobody is asked any more: it stays with you."),
            kinds.SNOOZE: _("The snooze is taken back."),
            kinds.LABEL: _("The labels are as before."),
            kinds.PRIORITY: _("The priority is as before."),
            kinds.VIEW: _("The view is there again."),
            kinds.MERGE: _("They are two contacts again."),
        }
        if undone.count + undone.left > 1:
            self._many_undone(undone)
            return
        if undone.kind is kinds.SEND and self.composer is not None:
            self.show_conversation(undone.conversation, write=True)
            self.composer.write_again(undone.text, undone.files)
        elif undone.kind is kinds.VIEW:
            self.refresh_counts()
        elif undone.kind is not kinds.SEND:
            self.show_conversation(undone.conversation)
        self.news(said[undone.kind])

    def _many_undone(self, undone: Undone) -> None:
        back = ngettext("{count} is as before.", "{count} are as before.", undone.count)
        left = ngettext(
            "{count} has changed since and stays as it is.",
            "{count} have changed since and stay as they are.",
            undone.left,
        )
        self.news(back.format(count=undone.count), left.format(count=undone.left) if undone.left else "")
