"""``csdesk watch``: the screen of a teacher beside a trainee, in an application of its own."""

from __future__ import annotations

from typing import Any

from textual.screen import Screen

from csdesk.desk import watching
from csdesk.desk.context import Desk
from csdesk.errors import CsdeskError
from csdesk.log import get_logger, start_logging
from csdesk.model.people import Agent
from csdesk.paths import log_path
from csdesk.tui.app import DeskApp
from csdesk.tui.screens.watch import WatchScreen
from csdesk.tui.start import run_app


class WatchApp(DeskApp):
    """Shows one agent's work to another; nothing but the watching goes on in it."""

    def __init__(self, desk: Desk, agent: Agent, conversation: int | None = None) -> None:
        super().__init__(desk)
        self._agent = agent
        self._conversation = conversation

    def action_practise(self) -> None:
        """Whoever watches does not practise here."""

    def get_default_screen(self) -> Screen[Any]:
        return WatchScreen(self.desk, self._agent, self._conversation)


def watch(desk: Desk, agent: Agent, conversation: int | None) -> int:
    """Watch until the teacher leaves; the exit code. Raises CsdeskError when the screen failed."""
    start_logging(log_path())
    try:
        return run_app(WatchApp(desk, agent, conversation))
    finally:
        try:
            watching.leave(desk).result()
        except CsdeskError as error:
            get_logger(__name__).warning("watching not ended: %s", error.code)
