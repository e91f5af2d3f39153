"""Being there: what keys and ticks mean for the agent's availability, and what the screen shows of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import work
from textual.message import Message

from csdesk.i18n import _
from csdesk.tui import acts
from csdesk.tui.screens.desk_parts import DeskParts
from csdesk.tui.times import clock_time
from csdesk.tui.typed_ahead import ASKS

if TYPE_CHECKING:
    from csdesk.model.availability import Standing
    from csdesk.tui.screens.availability import Countdown

REMIND_MS = 300_000
"""How often somebody is reminded who meant to be back."""


class AvailabilityActions(DeskParts):
    """F4, the countdown over the top line, and what came while nobody was there."""

    @dataclass
    class CameBack(Message):
        """A key ended an absence that began ``since`` (UTC ms)."""

        since: int

    _countdown: Countdown | None = None
    _away_since: int | None = None
    _reminded_at: int | None = None

    def begin_attendance(self) -> None:
        """From now on keys and time tell whether somebody is there."""
        from csdesk.tui.attendance import Attendance

        self.attendance = Attendance(self.desk, self._stands)
        self.attendance.begin()
        self.say_standing()

    def somebody_is_there(self) -> None:
        """A key was pressed in this window; it acts as usual besides."""
        if self.attendance is not None:
            self.attendance.key()
            if self._countdown is not None:
                self._show_countdown()

    def tick(self) -> None:
        super().tick()
        if self.attendance is not None:
            self.attendance.tick(self.desk.now_ms())
            self._show_countdown()
            self._remind(self.attendance.seat.standing)

    def _remind(self, now: Standing) -> None:
        """Who should be back by what they said is reminded, now and then; only they change how they stand."""
        if now.until is None or not 0 <= now.until <= self.desk.now_ms():
            self._reminded_at = None
        elif self._reminded_at is None or self.desk.now_ms() - self._reminded_at >= REMIND_MS:
            self._reminded_at = self.desk.now_ms()
            self.say_standing()
            said = _("You meant to be back at {time}.").format(time=clock_time(now.until))
            self.news(said, _("F4 says how you stand"))
            if self.desk.settings.ui.bell:
                self.app.bell()

    def say_standing(self) -> None:
        """Write how the agent stands into the top line, in the language of now."""
        if self.attendance is not None:
            from csdesk.tui.screens.availability import word

            shown = acts.availability.shown(self.desk, self.attendance.seat.standing)
            self.standing_word = word(shown, self.desk.now_ms())
            self.standing_sign = shown.status.value
            self.refresh_counts()

    def _stands(self, before: Standing, now: Standing, by_key: bool) -> None:
        self.say_standing()
        self._show_countdown()
        if by_key and before.episode is not None:
            (self.focused or self).post_message(self.CameBack(before.episode))

    def on_availability_actions_came_back(self, event: CameBack) -> None:
        """It took the way of the key that brought us back, so that key has acted where it was meant to."""
        event.stop()
        self.app.call_later(self._came_back, event.since)

    def _came_back(self, since: int) -> None:
        self._away_since = since
        if self.app.screen is self:
            self.action_show_while_away()

    def _show_countdown(self) -> None:
        """The banner stands over whatever screen is on top, and goes with the first key."""
        left_ms = self.attendance.countdown_ms if self.attendance is not None else None
        banner = self._countdown
        if banner is not None and (
            left_ms is None or not banner.is_attached or banner.screen is not self.app.screen
        ):
            if banner.is_attached:
                banner.remove()
            banner = self._countdown = None
        if left_ms is None:
            return
        if banner is None:
            from csdesk.tui.screens.availability import Countdown

            banner = self._countdown = Countdown()
            self.app.screen.mount(banner)
        banner.show(left_ms)

    def action_show_while_away(self) -> None:
        """What came in the last absence: Enter there opens the one that is marked."""
        if self._away_since is None:
            self.news(_("You have not been away."))
            return
        from csdesk.store.meanwhile import missed
        from csdesk.tui.screens.availability import WhileAway

        found = missed(self.desk.store.reader(), self.desk.agent.id, self._away_since)
        if not found:
            self.news(_("You are online again; nobody wrote."))
            return
        card = WhileAway(found, self._away_since, self.desk.now_ms(), is_over_text=self.is_writing)
        self.app.push_screen(card, self._left_card)

    def _left_card(self, wanted: int | None) -> None:
        if wanted:
            action = f"open_missed({wanted})" if wanted > 0 else "longest_wait"
            self.run_worker(self.run_action(action), exit_on_error=False)

    @work(group=ASKS, exit_on_error=False)
    async def action_choose_availability(self) -> None:
        """Say how I stand: status, then until when and why."""
        from csdesk.tui.screens.availability import ask

        if self.attendance is None:
            return
        before = self.attendance.seat.standing
        shown = acts.availability.shown(self.desk, before)
        wish = await ask(self, shown, self.desk.now_ms())
        if wish is not None:
            self.attempt(
                lambda: acts.availability.choose(self.desk, wish.status, wish.until, wish.reason),
                lambda now: self._chose(before, now),
            )

    def _chose(self, before: Standing, now: Standing) -> None:
        from csdesk.tui.screens.availability import word

        if acts.availability.shown(self.desk, now) != now:
            said = _("The hub is out of reach: you are offline, and {status} when it is back.")
            self.news(said.format(status=word(now)), _("F4 changes it"))
        elif now.episode is not None or before.episode is None:
            self.news(_("You are {status}.").format(status=word(now)), _("F4 changes it"))
        else:
            self._came_back(before.episode)
