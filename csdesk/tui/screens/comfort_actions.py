"""What makes the desk one's own: density, settings, help and the tour."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from csdesk.i18n import _
from csdesk.tui.keys import Place
from csdesk.tui.screens.desk_parts import DeskParts

if TYPE_CHECKING:
    from csdesk.tui.upkeep import Upkeep


class ComfortActions(DeskParts):
    """What the keys for help and settings do; nothing here touches a conversation."""

    _upkeep: Upkeep | None = None

    def tick(self) -> None:
        super().tick()
        now_ms = self.desk.now_ms()
        if self._upkeep is None:
            from csdesk.tui.upkeep import Upkeep

            self._upkeep = Upkeep(self, self.desk.store, now_ms)
        self._upkeep.tick(now_ms, self.attendance.seat.active_at if self.attendance else now_ms)

    @property
    def place(self) -> Place:
        """Where keys act now."""
        if self.conversation.find is not None and self.conversation.find.has_focus_within:
            return Place.FIND
        if self.conversation.lines.has_focus:
            return Place.CONVERSATION
        return Place.COMPOSER if self.is_writing else Place.LIST

    def action_show_help(self) -> None:
        """The keys for this place, and pages to read; they lead on to the tour and the settings."""
        from csdesk.tui.keymap import read_keymap
        from csdesk.tui.screens.help import HelpScreen

        def left(wish: str | None) -> None:
            if wish == "tour":
                self.action_show_tour()
            elif wish == "settings":
                self.action_open_settings()

        self.app.push_screen(HelpScreen(self.place, read_keymap(self.desk.settings.keymap)), left)

    def action_hand_over(self) -> None:
        """What this shift leaves, and what earlier ones left; a conversation chosen there is opened."""
        from csdesk.tui.screens.handover import HandoverScreen

        def left(conversation: int | None) -> None:
            if conversation is not None:
                self.run_worker(self.run_action(f"open_missed({conversation})"), exit_on_error=False)

        self.app.push_screen(HandoverScreen(self.desk), left)

    def action_open_settings(self) -> None:
        from csdesk.tui.preferences import choose
        from csdesk.tui.screens.settings import SettingsScreen

        self.app.push_screen(SettingsScreen(self.desk, partial(choose, self.app, self.desk)))

    def action_show_tour(self) -> None:
        """Go on with the tour where it was left."""
        from csdesk.tui.screens.tour import TourScreen, remember_step, step_to_go_on_with

        tour = TourScreen(self, step_to_go_on_with())

        def left(_done: bool | None) -> None:
            remember_step(tour.left_at)

        self.app.push_screen(tour, left)

    def action_use_density(self, density: str) -> None:
        """Draw rows in ``density`` from now on."""
        self.queue.rows.set_density(density)
        from csdesk.tui.preferences import remember

        self.run_worker(remember(self.app, self.desk, "ui.density", density), exit_on_error=False)

    def action_toggle_density(self) -> None:
        """The other density."""
        is_compact = self.queue.rows.row_height == 1
        self.action_use_density("cosy" if is_compact else "compact")
        self.news(
            _("Two lines a conversation.") if is_compact else _("One line a conversation."),
            _("D changes it back"),
        )
