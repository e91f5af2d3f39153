"""One program at a time syncs a store: two would fence one another at the hub, again and again."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from csdesk.errors import Refused
from csdesk.i18n import _


@contextmanager
def of(database: Path) -> Iterator[None]:
    """Hold the turn to sync the store at ``database``; a killed program gives it back by dying.

    Raises Refused while another program has it.
    """
    path = database.with_name(f"{database.name}.sync")
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(
                "sync.running",
                _("Another program syncs this store already."),
                _("It is an open desk, or csdesk sync --follow: what you do goes up by itself."),
            ) from None
        yield
    finally:
        os.close(descriptor)
