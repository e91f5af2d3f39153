"""Bringing an older store up to date: by one program alone, copied first, in commits that a kill leaves whole.

Nobody else may have the store open meanwhile: an older csdesk that wrote between two steps would write rows
that neither schema has. Programs that come later wait, and show the bar of the one that works.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from csdesk.errors import Refused, StoreError
from csdesk.i18n import _
from csdesk.store import before_upgrade, connect, migrations
from csdesk.store.connect import Connection, translated

Progress = Callable[[int, int], None]
LOOK_AGAIN_S = 0.1
SCALE = 1_000
COPIED = 300
"""How much of the way the copy is, of ``SCALE``."""

ROOM_FACTOR = 2
ROOM_MORE = 32 * 1024 * 1024
"""Free bytes an upgrade needs: the copy, as much again for what a step writes anew, and the write-ahead log."""


def upgrade_store(path: Path, latest: int, progress: Progress, busy_ms: int = connect.BUSY_MS) -> None:
    """Make the store at ``path`` one of schema ``latest``; waits while another program does it.

    Raises StoreError when there is no room, a step fails (it is undone) or the store is newer; Refused
    while another program has the store open. What a kill cuts off goes on with the next call.
    """
    with _alone(path, progress) as report:
        connection = connect.open_alone(path, busy_ms)
        try:
            with translated(path):
                version = connection.execute("PRAGMA user_version").fetchone()[0]
                migrations.refuse_newer(version, latest, path)
                if version < latest:
                    _upgrade(connection, path, latest, report)
        finally:
            connection.close()


def wait(path: Path, progress: Progress) -> None:
    """Return once no program upgrades the store at ``path``; ``progress`` hears how far that one is."""
    lock = connect.upgrade_lock(path)
    try:
        with lock.open("r+b") as file:
            _take(file.fileno(), progress)
            lock.unlink(missing_ok=True)  # it was finished, or killed: whoever upgrades makes it anew
    except FileNotFoundError:
        return
    except OSError as error:
        raise _cannot_lock(path, error) from None


def _upgrade(connection: Connection, path: Path, latest: int, progress: Progress) -> None:
    if not migrations.is_under_way(connection):
        _need_room(path)
        before_upgrade.keep_copy(
            connection, path, latest, lambda done, total: progress(COPIED * done // max(total, 1), SCALE)
        )
        migrations.begin(connection, latest)
    left = SCALE - COPIED
    migrations.upgrade(
        connection,
        path,
        latest,
        lambda done, total: progress(COPIED + left * done // max(total, 1), SCALE),
    )


def _need_room(path: Path) -> None:
    """Raises StoreError when the disk of ``path`` is too full to begin."""
    need = ROOM_FACTOR * path.stat().st_size + ROOM_MORE
    free = shutil.disk_usage(path.resolve().parent).free
    if free < need:
        raise StoreError(
            "store.no_room",
            _(
                "The store {path} needs an upgrade, and {need} MB of free space for it; there are {free} MB."
            ).format(path=path, need=-(-need // 1_000_000), free=free // 1_000_000),
            _("Free some space beside it, then try again; nothing was changed."),
        )


@contextmanager
def _alone(path: Path, progress: Progress) -> Iterator[Progress]:
    """Be the one program that upgrades ``path``. Gives a progress that others who wait can read, too."""
    lock = connect.upgrade_lock(path)
    try:
        file = os.open(lock, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise _cannot_lock(path, error) from None
    shown = -1

    def report(done: int, total: int) -> None:
        nonlocal shown
        if done != shown:
            shown = done
            os.pwrite(file, f"{done} {total}\n".ljust(24).encode(), 0)
        progress(done, total)

    try:
        _take(file, progress)
        yield report
        lock.unlink(missing_ok=True)
    finally:
        os.close(file)


def _take(file: int, progress: Progress) -> None:
    """Lock ``file`` once nobody holds it: the lock ends with the process that holds it, however that ends."""
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            done, _space, total = os.pread(file, 24, 0).decode().strip().partition(" ")
            progress(int(done or 0), int(total or SCALE))
            time.sleep(LOOK_AGAIN_S)


def _cannot_lock(path: Path, error: OSError) -> Refused:
    return Refused(
        "store.cannot_lock",
        _("The store {path} needs an upgrade, and its folder cannot be written: {reason}.").format(
            path=path, reason=error.strerror
        ),
        _("Check the rights of the file and of its folder."),
    )
