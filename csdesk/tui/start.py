"""Open the desk in the terminal, and leave the terminal as it was."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Self

from csdesk import config, paths
from csdesk.bootstrap import AGENT_VARIABLE, open_desk
from csdesk.clock import clock_from_environment
from csdesk.desk.context import Desk
from csdesk.errors import CsdeskError
from csdesk.log import start_logging
from csdesk.store import presence
from csdesk.tui.app import DeskApp, say_failure

if TYPE_CHECKING:
    from csdesk.desk.runner import Runner


def run(db: str | None, agent: str | None, lang: str | None) -> int:
    """The TUI on a store; the exit code. Raises CsdeskError when the store cannot be opened."""
    database = Path(paths.database_path(db))
    is_first_start = not database.exists() and agent is None and AGENT_VARIABLE not in os.environ
    start_logging(paths.log_path())
    if database.exists() and presence.needs_upgrade(database):
        _upgrade(database)
    with open_desk(database, agent=agent, create=True) as desk, Background(desk) as background:
        return run_desk(desk, is_first_start=is_first_start, when_up=background.start)


def _upgrade(database: Path) -> None:
    """Bring an older store up to date behind a screen that shows how far it is. Raises what stopped it."""
    from csdesk.tui.upgrade_app import UpgradeApp

    app = UpgradeApp(database, clock_from_environment(), config.load(paths.config_path()))
    app.run()
    if app.failure is not None:
        raise app.failure


def run_desk(desk: Desk, *, is_first_start: bool = False, when_up: Callable[[], None] | None = None) -> int:
    """The TUI on an open desk; ``when_up`` is called once, behind the first frame.

    Raises CsdeskError when the screen failed; the log has the details.
    """
    return run_app(DeskApp(desk, is_first_start=is_first_start, when_up=when_up))


def run_app(app: DeskApp) -> int:
    """Run ``app`` to its end and close what it has left open; the exit code. Raises as ``run_desk`` does."""
    try:
        code = app.run()
    finally:
        for close in app.after_run:
            close()
    if app.failure is not None:
        sentence, hint = say_failure()
        raise CsdeskError("tui.failed", sentence, hint)
    return code or 0


class Background:
    """What works beside the screen. It starts behind the first frame and ends with the screen."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._runner: Runner | None = None

    def start(self) -> None:
        """Run the desk's inboxes, and settle the memory."""
        from csdesk.desk.runner import Runner

        self._runner = Runner(self._desk)
        self._runner.start()
        _settle_memory()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        gc.enable()
        if self._runner is not None:
            self._runner.close()


def _settle_memory() -> None:
    """The garbage collector was off while importing; what was loaded stays for good."""
    gc.collect()
    gc.freeze()
    gc.enable()
