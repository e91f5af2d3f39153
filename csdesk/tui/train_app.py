"""``csdesk train``: the way of a practice in an application of its own, without the store of the desk."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from textual.screen import Screen

from csdesk.bootstrap import open_desk
from csdesk.config import Settings
from csdesk.desk.context import Desk
from csdesk.errors import CsdeskError
from csdesk.log import start_logging
from csdesk.paths import log_path
from csdesk.tui.app import DeskApp
from csdesk.tui.practising import Trainee, practise
from csdesk.tui.start import run_app


class TrainApp(DeskApp):
    """Begins with the chooser and ends with it. ``desk`` is nobody's: it only lends settings to what
    stands around the practice."""

    def __init__(self, desk: Desk, trainee: Trainee) -> None:
        super().__init__(desk)
        self._trainee = trainee
        self.trouble: CsdeskError | None = None

    def on_mount(self) -> None:
        self.run_worker(self._practise())

    def action_practise(self) -> None:
        """A practice is what this whole app is for."""

    async def _practise(self) -> None:
        try:
            await practise(self, self.after_run, self._trainee)
        except CsdeskError as error:
            self.trouble = error
        self.exit(0)

    def get_default_screen(self) -> Screen[Any]:
        return Screen(id="lobby")


def train(agent: str, settings: Settings) -> int:
    """Practise until the trainee leaves; the exit code. Raises CsdeskError when something stands in the way."""
    start_logging(log_path())
    with (
        tempfile.TemporaryDirectory(prefix="csdesk-") as folder,
        open_desk(Path(folder) / "lobby.db", agent=agent, create=True, settings=settings) as lobby,
    ):
        app = TrainApp(lobby, Trainee(agent, settings, lobby.clock))
        code = run_app(app)
    if app.trouble is not None:
        raise app.trouble
    return code
