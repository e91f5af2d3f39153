"""Where the passwords of hubs are kept: in the system's keyring, else in files that only this person may read.

Never in the settings, the store or the log. A password belongs to a login on a server, so that stores in several
folders share what one person was given once.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
from pathlib import Path
from typing import Any

from csdesk import paths
from csdesk.errors import CsdeskError
from csdesk.i18n import _
from csdesk.sync.dsn import joined, parts
from csdesk.whole_file import write_whole

SERVICE = "csdesk hub"


def with_password(dsn: str) -> str:
    """``dsn`` with the password that was kept for it; as it is where none was, or it has one itself."""
    settings = parts(dsn)
    kept = None if "password" in settings else _find(_name(settings))
    return dsn if kept is None else joined({**settings, "password": kept})


def keep(dsn: str) -> str | None:
    """Keep the password in ``dsn`` for ``with_password``; where it lies, in words. None when it has none."""
    settings = parts(dsn)
    password = settings.get("password")
    if password is None:
        return None
    name = _name(settings)
    keyring = _keyring()
    if keyring is not None:
        keyring.set_password(SERVICE, name, password)
        return _("in the keyring")
    path = _file(name)
    try:
        write_whole(path, password.encode())
    except OSError as error:
        raise CsdeskError(
            "hub.password_not_kept",
            _("The password cannot be kept in {path}: {reason}.").format(path=path, reason=error.strerror),
            _("Make room or name another folder with CSDESK_STATE_DIR, then do this again."),
        ) from error
    path.chmod(paths.FILE_MODE)
    return _("in {path}").format(path=path)


def forget(dsn: str) -> None:
    """Keep nothing for ``dsn`` any more."""
    name = _name(parts(dsn))
    keyring = _keyring()
    if keyring is not None and keyring.get_password(SERVICE, name) is not None:
        keyring.delete_password(SERVICE, name)
    _file(name).unlink(missing_ok=True)


def _find(name: str) -> str | None:
    keyring = _keyring()
    found = keyring.get_password(SERVICE, name) if keyring is not None else None
    if isinstance(found, str):
        return found
    path = _file(name)
    try:
        if path.stat().st_mode & 0o077:
            raise CsdeskError(
                "hub.password_open",
                _("Others may read the hub's password in {path}.").format(path=path),
                _("Take that away: chmod 600 {path}").format(path=path),
            )
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def _name(settings: dict[str, str]) -> str:
    """Whose password, and where: hosts, port, database and login."""
    return "/".join(settings.get(part, "") for part in ("host", "port", "dbname", "user"))


def _file(name: str) -> Path:
    digest = hashlib.blake2b(name.encode(), digest_size=12).hexdigest()
    return paths.state_folder() / "hub" / f"{digest}.password"


def _keyring() -> Any:
    """The keyring, where the optional package is there and has a place to keep things; else None."""
    if importlib.util.find_spec("keyring") is None:
        return None
    keyring = importlib.import_module("keyring")
    backend = keyring.get_keyring()
    # The package's own stand-in for "nowhere" has no priority worth the name.
    return keyring if float(getattr(backend, "priority", 0)) >= 1 else None
