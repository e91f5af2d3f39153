"""Waiting customers make themselves heard: the line, the bell, the notification, the window's title."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import Future
from typing import TYPE_CHECKING, Protocol, cast

from csdesk.errors import CsdeskError
from csdesk.i18n import _
from csdesk.tui.screens.desk_parts import DeskParts

if TYPE_CHECKING:
    from csdesk.tui import notices
    from csdesk.tui.alerts import AlertWatch
    from csdesk.tui.panes.alert_line import AlertLine

ACTING_MS = 30_000
"""How long after the last key somebody still counts as writing to the one they see."""

LOOKING_MS = 60_000
"""The same for being in front of a terminal that does not tell of its focus."""


class Outside(Protocol):
    """An app that has a terminal around it."""

    tells_focus: bool

    def tell_terminal(self, sequence: str) -> None:
        """Send what is no part of the screen."""

    def name_window(self, title: str) -> None:
        """Make ``title`` the window's."""


class AlertActions(DeskParts):
    """Looks on each tick, and says what the look found."""

    alerts: AlertWatch | None = None
    alert_line: AlertLine | None = None

    def begin_alerts(self) -> None:
        """From now on waits are announced; who waited before the start is told of when it is late."""
        from csdesk.tui.alerts import AlertWatch
        from csdesk.tui.panes.alert_line import AlertLine

        self.alert_line = AlertLine()
        self.mount(self.alert_line, after=self.status_bar)
        self.alerts = AlertWatch(self.desk)
        self._look()

    def refresh_counts(self) -> None:
        super().refresh_counts()
        if self.alerts is not None:
            self.alerts.note_change()

    def tick(self) -> None:
        super().tick()
        if self.alerts is not None:
            self._look()

    def relabel(self) -> None:
        super().relabel()
        if self.alert_line is not None:
            self.alert_line.relabel()

    def on_alert_line_clicked(self) -> None:
        self.run_worker(self.run_action("longest_wait"), exit_on_error=False)

    def action_close_alert(self) -> None:
        """I have seen it; the next one who waits too long opens it again."""
        if self.alerts is not None:
            self.alerts.close()
            self._look()

    def action_try_alert(self) -> None:
        """Show, ring and notify once, whatever is set about when."""
        from csdesk.tui import notices

        said = _("This is what an alert looks like.")
        self.news(said)
        self.app.bell()
        self._notify(said)
        if self._protocol() is notices.Protocol.NONE:
            self.news(said, _("This terminal is not known to show notifications; see alerts.notify."))

    # -- looking

    def _look(self) -> None:
        if self.alerts is None or self.alert_line is None:
            return
        self._name_window()
        news = self.alerts.look(self._acting_on())
        if news is None:
            return
        if news.line != self.alert_line.line:
            self.alert_line.show(news.line)
        if news.said:
            self.be_loud(news.said, news.written)

    def be_loud(self, said: str, written: Future[int] | None = None) -> None:
        """Ring, and notify where nobody looks, as the settings say; of what ``written`` says is no news: nothing."""
        self.run_worker(self._be_loud(said, written), exit_on_error=False)

    async def _be_loud(self, said: str, written: Future[int] | None) -> None:
        """Unless another window of this agent was quicker to say the same."""
        if written is not None:
            try:
                if not await asyncio.wrap_future(written):
                    return
            except CsdeskError:
                pass  # it could not be written down: better said twice than not at all
        if self.desk.settings.ui.bell:
            self.app.bell()
        if self.desk.settings.alerts.notify_when == "always" or not self._is_looking():
            self._notify(said)

    def _acting_on(self) -> int | None:
        is_acting = self.is_writing and self._is_key_younger_than(ACTING_MS)
        return self.shown.id if is_acting and self.shown else None

    def _is_looking(self) -> bool:
        from csdesk.model.availability import Availability

        if not self.app.app_focus:
            return False
        if self.attendance is not None and self.attendance.seat.standing.status is Availability.AWAY:
            return False
        return self._outside.tells_focus or self._is_key_younger_than(LOOKING_MS)

    def _is_key_younger_than(self, age_ms: int) -> bool:
        return self.attendance is not None and (self.desk.now_ms() - self.attendance.seat.active_at < age_ms)

    # -- the terminal

    @property
    def _outside(self) -> Outside:
        return cast(Outside, self.app)

    def _protocol(self) -> notices.Protocol:
        from csdesk.tui import notices

        return notices.protocol_for(self.desk.settings.alerts.notify, os.environ)

    def _notify(self, said: str) -> None:
        from csdesk.tui import notices

        sequence = notices.notification(self._protocol(), said, is_in_tmux=bool(os.environ.get("TMUX")))
        if sequence:
            self._outside.tell_terminal(sequence)

    def _name_window(self) -> None:
        from csdesk.tui import notices
        from csdesk.tui.alerts import window_title

        if not self.desk.settings.alerts.title or not notices.has_title(os.environ):
            return
        state = self.status_bar.state
        since = state.longest_since
        self._outside.name_window(
            window_title(state.waiting, None if since is None else self.desk.now_ms() - since)
        )
