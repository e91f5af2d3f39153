"""Who practises."""

from __future__ import annotations

import getpass
import os

from csdesk.cli.start import Start


def trainee_name(start: Start) -> str:
    """Who practises: --as, CSDESK_AGENT, the setting, else the login name. No store is needed."""
    named = start.agent or os.environ.get("CSDESK_AGENT", "").strip() or start.settings.agent.name
    if named:
        return named
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "agent"
