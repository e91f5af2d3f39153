"""A copy of the store as it was, beside it, before a newer csdesk changes its schema."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from csdesk.errors import StoreError
from csdesk.i18n import _
from csdesk.store import connect
from csdesk.store.connect import Connection

Progress = Callable[[int, int], None]
PAGES_A_STEP = 512


def copy_path(path: Path, version: int) -> Path:
    """Where the copy of the store at ``path`` goes before it becomes schema ``version``."""
    return path.with_name(f"{path.name}.before-schema-{version}")


def keep_copy(connection: Connection, path: Path, version: int, progress: Progress) -> Path:
    """Copy the store as of now; the copy takes its name only when it is whole and on disk.

    Raises StoreError when there is no room for it: the store is then left as it is.
    """
    copy = copy_path(path, version)
    fresh = copy.with_name(f"{copy.name}.{os.getpid()}")
    try:
        connect.create_file(fresh)
        target = connect.open_scratch(fresh)
        try:
            connection.backup(
                target, pages=PAGES_A_STEP, progress=lambda _state, left, all_: progress(all_ - left, all_)
            )
        finally:
            target.close()
        handle = os.open(fresh, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        fresh.replace(copy)
    except (OSError, connect.DriverError) as error:
        raise StoreError(
            "store.no_copy",
            _("The store {path} needs an upgrade, and could not be copied first: {reason}.").format(
                path=path, reason=error
            ),
            _("Free some space beside it, then try again; nothing was changed."),
        ) from error
    finally:
        fresh.unlink(missing_ok=True)
    return copy
