"""Put a desk together: open the store, say who acts. Faces receive it ready."""

from __future__ import annotations

import os
from pathlib import Path

from csdesk import config, paths
from csdesk.clock import Clock, clock_from_environment
from csdesk.config import Settings
from csdesk.desk.context import Desk
from csdesk.desk.people import me
from csdesk.store.database import open_store

AGENT_VARIABLE = "CSDESK_AGENT"


def open_desk(
    database: Path,
    *,
    agent: str | None = None,
    create: bool = False,
    clock: Clock | None = None,
    settings: Settings | None = None,
) -> Desk:
    """An open desk on the store at ``database``; the caller closes it.

    ``agent`` is ``--as``; without it CSDESK_AGENT, then the setting, then the login name.
    Raises CsdeskError when the settings or the store cannot be read.
    """
    held = settings or config.load(paths.config_path())
    ticking = clock or clock_from_environment()
    store = open_store(database, ticking, create=create)
    try:
        who = me(store, agent or os.environ.get(AGENT_VARIABLE) or held.agent.name or None)
    except BaseException:
        store.close()
        raise
    return Desk(store, ticking, held, who)
