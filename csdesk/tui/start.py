"""Open the desk in the terminal, and leave the terminal as it was."""

from __future__ import annotations

import gc
import os
from pathlib import Path

from csdesk import paths
from csdesk.bootstrap import AGENT_VARIABLE, open_desk
from csdesk.desk.context import Desk
from csdesk.desk.runner import Runner
from csdesk.errors import CsdeskError
from csdesk.log import start_logging
from csdesk.tui.app import DeskApp, say_failure


def run(db: str | None, agent: str | None, lang: str | None) -> int:
    """The TUI on a store; the exit code. Raises CsdeskError when the store cannot be opened."""
    database = Path(paths.database_path(db))
    is_first_start = not database.exists() and agent is None and AGENT_VARIABLE not in os.environ
    start_logging(paths.log_path())
    with open_desk(database, agent=agent, create=True) as desk:
        runner = Runner(desk)
        runner.start()
        try:
            return run_desk(desk, is_first_start=is_first_start)
        finally:
            runner.close()


def run_desk(desk: Desk, *, is_first_start: bool = False) -> int:
    """The TUI on an open desk. Raises CsdeskError when the screen failed; the log has the details."""
    app = DeskApp(desk, is_first_start=is_first_start)
    app.call_later(_settle_memory)
    code = app.run()
    if app.failure is not None:
        sentence, hint = say_failure()
        raise CsdeskError("tui.failed", sentence, hint)
    return code or 0


def _settle_memory() -> None:
    """The garbage collector was off while importing; what was loaded stays for good."""
    gc.collect()
    gc.freeze()
    gc.enable()
