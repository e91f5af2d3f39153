"""Where things live: the only module that knows the XDG folders.

``CSDESK_CONFIG_DIR``, ``CSDESK_DATA_DIR``, ``CSDESK_STATE_DIR`` and ``CSDESK_CACHE_DIR`` each
replace one folder; tests use them, and so can a person with two shops on one machine.
Asking for a path never makes anything: a folder is made by ``ensure_folder`` alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from csdesk.errors import CsdeskError, UsageError
from csdesk.i18n import _

APP = "csdesk"
FOLDER_MODE = 0o700
FILE_MODE = 0o600
DATABASE_VARIABLE = "CSDESK_DB"
YAML_SUFFIXES = (".yaml", ".yml")


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

    Raises UsageError when ``explicit`` is given and empty, and for the home folder of somebody unknown here.
    """
    if explicit is not None and not explicit.strip():
        raise UsageError(
            "paths.empty_database",
            _("--db was given without a path."),
            _("Name a file: --db desk.db"),
        )
    chosen = explicit or os.environ.get(DATABASE_VARIABLE, "").strip()
    found = expanded(chosen) if chosen else data_folder() / "desk.db"
    if chosen.startswith("~") and found == Path(chosen):  # a folder of that name would be made
        raise UsageError(
            "paths.no_home",
            _("{path} is in the home folder of somebody whom this machine does not know.").format(
                path=chosen
            ),
            _("Name a file: --db desk.db"),
        )
    return found


def expanded(written: str) -> Path:
    """A path as a person writes it: ``~`` is a home folder; of somebody whom this machine does not know it stays."""
    try:
        return Path(written).expanduser()
    except RuntimeError:
        return Path(written)


def is_file(path: Path) -> bool:
    """Whether there is a file; what no system could have there, or does not let one see, is none."""
    try:
        return path.is_file()
    except OSError:
        return False


def is_there(path: Path) -> bool:
    """As ``is_file``, for anything."""
    try:
        return path.exists()
    except OSError:
        return False


def data_files(path: Path) -> tuple[Path, ...]:
    """The YAML files in the folder ``path``, not searched deeper, by name; ``path`` itself where it is none; nothing for
    what is not there.

    Raises OSError for a folder that cannot be read.
    """
    if not is_there(path):
        return ()
    if not path.is_dir():
        return (path,)
    return tuple(sorted(file for file in path.iterdir() if file.suffix in YAML_SUFFIXES and is_file(file)))


def count_data_files(places: Iterable[Path]) -> int:
    """How many ``data_files`` there are in all; a folder that cannot be read has none."""
    count = 0
    for place in places:
        with suppress(OSError):
            count += len(data_files(place))
    return count


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
        return expanded(replaced).absolute()
    from platformdirs import PlatformDirs

    found: Path = getattr(PlatformDirs(APP, appauthor=False), f"user_{kind}_path")
    return found
