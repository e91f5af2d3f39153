"""The desk as a place to practise: the same panes over a store of its own, with a mark nobody overlooks."""

from __future__ import annotations

from csdesk.errors import CsdeskError
from csdesk.i18n import _
from csdesk.trainer.sitting import Done, Sitting
from csdesk.tui.screens.desk import DeskScreen
from csdesk.tui.screens.modals import ConfirmQuestion

LINGER_S = 4.0
"""How long the last words of the last customer can be read before the debrief."""


class PracticeScreen(DeskScreen):
    """Dismissed once ``sitting`` has ended; what became of it is in ``sitting.done``."""

    def __init__(self, sitting: Sitting) -> None:
        super().__init__(sitting.desk, id="practice")
        self._sitting = sitting
        self._is_ending = False
        self._label()

    def on_mount(self) -> None:
        self.call_after_refresh(self.complete)

    async def complete(self) -> None:
        if self.composer is None:
            await super().complete()
            self._sitting.start()

    def _label(self) -> None:
        self.status_bar.badge = _("PRACTICE")

    def relabel(self) -> None:
        self._label()
        super().relabel()

    def tick(self) -> None:
        super().tick()
        if self._sitting.is_over and not self._is_ending:
            self._is_ending = True
            self.news(_("All customers are done."), _("The debrief comes in a moment."))
            self.set_timer(LINGER_S, self._end)

    def action_end_practice(self) -> None:
        """End it now, after a question: what was not said costs points."""

        def answered(wish: bool | None) -> None:
            if wish and not self._is_ending:
                self._is_ending = True
                self._end()

        self.app.push_screen(
            ConfirmQuestion(
                _("End the practice now?"),
                _("Talks that are not done count as unfinished. Enter ends it, Esc goes on."),
            ),
            answered,
        )

    def _end(self) -> None:
        self.attempt(self._sitting.finish, self._ended, self._not_ended)

    def _ended(self, _done: tuple[Done, ...]) -> None:
        self.call_later(self._leave)

    def _not_ended(self) -> None:
        """The attempts could not be kept: the card says why, and the key tries again."""
        self._is_ending = False

    async def _leave(self) -> None:
        try:
            await self.finish()
        except CsdeskError as error:
            self.card.show_error(error)
        self.dismiss(None)
