"""Which hub this person runs, remembered between commands: its address without a password."""

from __future__ import annotations

import os
from pathlib import Path

from csdesk import paths
from csdesk.errors import UsageError
from csdesk.i18n import _
from csdesk.sync import credentials
from csdesk.sync.dsn import checked, without_password
from csdesk.whole_file import write_whole

VARIABLE = "CSDESK_HUB"


def remember(dsn: str) -> str | None:
    """Make ``dsn`` what ``run_by_me`` answers; where its password lies, None when it has none."""
    write_whole(_path(), without_password(dsn).encode())
    return credentials.keep(dsn)


def run_by_me(given: str | None = None) -> str:
    """The hub to run: ``given``, else CSDESK_HUB, else the one remembered; with its password where that was kept.

    Raises UsageError when there is none.
    """
    chosen = given or os.environ.get(VARIABLE, "").strip() or _remembered()
    if not chosen:
        raise UsageError(
            "hub.which",
            _("Which hub? None was made or named on this machine yet."),
            _(
                "Make one: `csdesk hub local` on this machine, or `csdesk hub init DSN` on a server; or give --hub DSN."
            ),
        )
    return credentials.with_password(checked(chosen))


def _remembered() -> str:
    try:
        return _path().read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""


def _path() -> Path:
    return paths.state_folder() / "hub" / "address"
