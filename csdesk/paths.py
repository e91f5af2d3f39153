"""Where things live: the only module that knows the XDG folders.

``CSDESK_CONFIG_DIR``, ``CSDESK_DATA_DIR``, ``CSDESK_STATE_DIR`` and ``CSDESK_CACHE_DIR`` each
replace one folder; tests use them, and so can a person with two shops on one machine.
Asking for a path never makes anything: a folder is made by ``ensure_folder`` alone.
"""

from __future__ import annotations

import os
from pathlib import Path

from csdesk.errors import CsdeskError, UsageError
from csdesk.i18n import _

APP = "csdesk"
FOLDER_MODE = 0o700
FILE_MODE = 0o600
DATABASE_VARIABLE = "CSDESK_DB"


def config_folder() -> Path:
    """The folder of the settings file."""
    return _folder("CSDESK_CONFIG_DIR", "config")


def data_folder() -> Path:
    """The folder of the stores and of a person's own packs."""
    return _folder("CSDESK_DATA_DIR", "data")


def state_folder() -> Path:
    """The folder of the log and of what is only remembered for comfort."""
    return _folder("CSDESK_STATE_DIR", "state")


def cache_folder() -> Path:
    """The folder of what can be computed again."""
    return _folder("CSDESK_CACHE_DIR", "cache")


def downloads_folder() -> Path:
    """Where this person's other programs put what comes from outside."""
    from platformdirs import user_downloads_path

    return user_downloads_path()


def config_path() -> Path:
    """The settings file, whether or not it exists."""
    return config_folder() / "config.toml"


def log_path() -> Path:
    """The log file, whether or not it exists."""
    return state_folder() / "csdesk.log"


def database_path(explicit: str | None = None) -> Path:
    """The store to work on: ``explicit`` (from ``--db``), else ``CSDESK_DB``, else the usual place.

    Raises UsageError when ``explicit`` is given and empty.
    """
    if explicit is not None and not explicit.strip():
        raise UsageError(
            "paths.empty_database",
            _("--db was given without a path."),
            _("Name a file: --db desk.db"),
        )
    chosen = explicit or os.environ.get(DATABASE_VARIABLE, "").strip()
    return Path(chosen).expanduser() if chosen else data_folder() / "desk.db"


def demo_database_path() -> Path:
    """The store of ``csdesk demo``, apart from the one a person works in."""
    return data_folder() / "demo.db"


def ensure_folder(folder: Path) -> Path:
    """Make ``folder`` and what is missing above it, for this person only (mode 0700).

    A folder that exists keeps its mode. Raises CsdeskError when it cannot be made.
    """
    missing = [part for part in (folder, *folder.parents) if not part.exists()]
    try:
        for part in reversed(missing):
            part.mkdir(mode=FOLDER_MODE, exist_ok=True)
    except OSError as error:
        raise CsdeskError(
            "paths.no_folder",
            _("The folder {folder} cannot be made: {reason}.").format(folder=folder, reason=error.strerror),
            _("Make it yourself, or name another place with CSDESK_DATA_DIR, CSDESK_STATE_DIR or --db."),
        ) from error
    if not folder.is_dir():
        raise CsdeskError(
            "paths.not_a_folder",
            _("{folder} is a file, and a folder is needed there.").format(folder=folder),
            _("Move the file away."),
        )
    return folder


def _folder(variable: str, kind: str) -> Path:
    replaced = os.environ.get(variable, "").strip()
    if replaced:
        return Path(replaced).expanduser().absolute()
    from platformdirs import PlatformDirs

    found: Path = getattr(PlatformDirs(APP, appauthor=False), f"user_{kind}_path")
    return found
