"""The quick replies and rules in use, for commands that work without a store too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from csdesk.cli.start import Start
from csdesk.errors import StoreError
from csdesk.model.published import TeamFile, Thing
from csdesk.replies.pack import Library, load_packs, pack_folders
from csdesk.store import connect, presence, published


def library_in_use(start: Start) -> Library:
    """All quick replies of this person: those of the program, of the team (through the hub and in its folder), their
    own."""
    with team_files(start, Thing.REPLIES) as team:
        return load_packs(pack_folders(start.settings.replies), (), team)


@contextmanager
def team_files(start: Start, thing: Thing) -> Iterator[tuple[TeamFile, ...]]:
    """What the team has through the hub, as the store knows it; nothing where there is no store, or one of another
    csdesk. Their texts can be read inside."""
    path = start.database
    if not _is_ours(path):
        yield ()
        return
    connection = connect.open_reader(path)
    try:
        yield published.files(connection, thing)
    finally:
        connection.close()


def _is_ours(path: Path) -> bool:
    """Whether a store of today's schema is there: another is for those to complain of who need one."""
    try:
        return connect.exists(path) and presence.schema_version(path) == presence.QUICK_VERSION
    except StoreError:
        return False
