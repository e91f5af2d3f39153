"""The rows that the log gives, made anew in a private database beside the store.

Operations go in by runs, as an import's do, and the search indexes are filled at the end, from the rows
in their order: a tenth of the work of one operation after the other. Only what a replay asks for is kept
up meanwhile; what the screens read is not.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from csdesk.errors import StoreError
from csdesk.i18n import _
from csdesk.model.operation import Kind, Operation
from csdesk.store import connect, log, migrations
from csdesk.store.apply import apply, apply_many
from csdesk.store.apply.batch import Batch
from csdesk.store.apply.shared import Dot, Instant, Shared
from csdesk.store.applying import UNUSABLE, savepoint
from csdesk.store.checks import Findings
from csdesk.store.connect import Connection
from csdesk.store.database import SCHEMA_VERSION
from csdesk.store.rows import MissingEntity
from csdesk.store.tokens import index_text

Progress = Callable[[int, int], None]
RUN = 10_000
"""Operations in one commit: about 10 MB with the rows they become."""

AT_ONCE = 2_000
CACHE_KB = 64_000
ROOM_MORE = 32 * 1024 * 1024
"""Free bytes a check needs besides as many as the store has: the rows again, and what a sort puts aside."""


def open_private(store: Path) -> Connection:
    """An empty database on the disk of ``store`` (or where temporary files go), gone with its connection.

    Its file has no name once it is open, so that a kill leaves no copy of what customers said.
    Raises StoreError when there is no room for it.
    """
    descriptor, name = tempfile.mkstemp(prefix="csdesk-verify-", dir=_folder_with_room(store))
    os.close(descriptor)
    try:
        connection = connect.open_scratch(Path(name))
        for pragma in (
            f"page_size={connect.PAGE_SIZE}",
            "locking_mode=EXCLUSIVE",
            "journal_mode=MEMORY",  # the one that does not ask for the file's name
            f"cache_size=-{CACHE_KB}",
            "temp_store=FILE",
        ):
            connection.execute(f"PRAGMA {pragma}")
    finally:
        os.unlink(name)
    return connection


def _folder_with_room(store: Path) -> Path:
    need = store.stat().st_size + ROOM_MORE
    folders = (store.resolve().parent, Path(tempfile.gettempdir()))
    free = [shutil.disk_usage(folder).free if os.access(folder, os.W_OK) else 0 for folder in folders]
    for folder, room in zip(folders, free, strict=True):
        if room >= need:
            return folder
    raise StoreError(
        "store.no_room",
        _(
            "Verifying {path} needs {need} MB of free space for the rows it makes anew; there are {free} MB."
        ).format(path=store, need=-(-need // 1_000_000), free=max(free) // 1_000_000),
        _("Free some space beside it, or name a folder with more in TMPDIR; nothing was changed."),
    )


INDEXES: Final = {
    "message_index": (("text",), "SELECT id, text FROM message ORDER BY id"),
    "heading_index": (
        ("name", "subject"),
        "SELECT heading, contact_name || also_known, subject FROM conversation WHERE heading IS NOT NULL ORDER BY heading",
    ),
}
"""The full-text tables: their columns, and the rows they should hold, in the order in which they take them."""

_LOOKED_UP = frozenset({"message_conversation", "conversation_contact", "conversation_version"})
"""What ``apply`` asks of the two large tables; their other indexes are for the screens."""


def prepare(scratch: Connection) -> dict[str, str]:
    """Make the tables; gives, by name, what makes the full-text tables that ``fill_indexes`` is to fill.

    A view takes the words meanwhile, and drops them.
    """
    migrations.upgrade(scratch, "scratch", SCHEMA_VERSION)
    for (name,) in scratch.execute(_UNASKED).fetchall():
        if name not in _LOOKED_UP:
            scratch.execute(f"DROP INDEX {name}")
    made = dict(scratch.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table'").fetchall())
    for name, (columns, _rows) in INDEXES.items():
        scratch.execute(f"DROP TABLE {name}")
        nothing = ", ".join(f"NULL AS {column}" for column in ("rowid", name, "rank", *columns))
        scratch.execute(f"CREATE VIEW {name} AS SELECT {nothing}")
        scratch.execute(f"CREATE TRIGGER {name}_later INSTEAD OF INSERT ON {name} BEGIN SELECT 1; END")
    return {name: made[name] for name in INDEXES}


_UNASKED = """
SELECT i.name FROM pragma_index_list('conversation') i WHERE NOT i."unique"
UNION ALL SELECT i.name FROM pragma_index_list('message') i WHERE NOT i."unique"
"""


def replay(
    scratch: Connection,
    operations: Iterable[log.Stored],
    found: Findings,
    lost: Collection[Dot] | None = None,
) -> Iterator[int]:
    """Make the rows of all ``operations``; gives after each run how many were of a kind unknown here.

    What cannot be replayed goes into ``found``, and its rows are missing. ``lost`` is what a hub judged to have
    come too late, None where only one desk wrote the log.
    """
    rest, instant = iter(operations), Instant()

    def shared() -> Shared | None:
        return None if lost is None else Shared(lost, instant)

    while run := list(islice(rest, RUN)):
        yield _replay_run(scratch, run, found, shared)
        found.looked_at += len(run)


def _replay_run(
    scratch: Connection, run: Sequence[log.Stored], found: Findings, shared: Callable[[], Shared | None]
) -> int:
    scratch.execute("BEGIN")
    batch = Batch(scratch, is_indexing=False, shared=shared())
    try:
        operations = log.read_many(run)
        batch.expect(_times_of(operations))
        unknown = apply_many(batch, operations)
        batch.write()
    except UNUSABLE as error:
        if not scratch.in_transaction or "interrupted" in str(error):
            raise  # no fact is to blame: SQLite itself gave up
        scratch.execute("ROLLBACK")
        return _one_by_one(scratch, run, found, shared)
    scratch.execute("COMMIT")
    return unknown


def _times_of(operations: Iterable[Operation]) -> set[int]:
    """When what is shown in a conversation was, as far as what another csdesk wrote says so."""
    said = {operation.body.get("at") for operation in operations if operation.kind in _SHOWN}
    return {at for at in said if isinstance(at, int) and 0 <= at < _LATEST_MS}


_SHOWN = frozenset(range(Kind.CONVERSATION_OPENED, Kind.MESSAGE_ADDED + 1))
_LATEST_MS = 1 << 52

OF_MESSAGES = frozenset({Kind.MESSAGE_WITHDRAWN, Kind.MESSAGE_DELIVERED, Kind.ATTACHMENT_ADDED})


def _one_by_one(
    scratch: Connection, run: Sequence[log.Stored], found: Findings, shared: Callable[[], Shared | None]
) -> int:
    """As ``_replay_run``, to find out which of them cannot be replayed."""
    unknown = 0
    scratch.execute("BEGIN")
    for operation in run:
        try:
            with savepoint(scratch):
                unknown += not apply(scratch, operation.read(), shared())
        except UNUSABLE as error:
            if not scratch.in_transaction or "interrupted" in str(error):
                raise
            if shared() is not None and operation.kind in OF_MESSAGES and isinstance(error, MissingEntity):
                continue  # the message was taken back on another desk, which nobody knew yet
            found.add(
                _("log: operation {dseq} of desk {desk} cannot be replayed ({reason})").format(
                    dseq=operation.dseq, desk=operation.desk, reason=error
                )
            )
    scratch.execute("COMMIT")
    return unknown


def fill_indexes(
    scratch: Connection, made: dict[str, str], progress: Progress, names: Collection[str] = tuple(INDEXES)
) -> None:
    """Make those full-text tables of ``prepare`` that are in ``names``, and index the rows that are there now."""
    (total,) = scratch.execute("SELECT count(*) FROM message").fetchone()
    for name in names:
        scratch.execute(f"DROP VIEW {name}")
        scratch.execute(made[name])
        for done in fill_index(scratch, name, scratch, name):
            progress(done if name == "message_index" else total, total)


def empty_index(scratch: Connection, name: str) -> str:
    """Make an empty full-text table like the index ``name``; gives what it is called."""
    columns, _rows = INDEXES[name]
    scratch.execute(
        f"CREATE VIRTUAL TABLE wanted_{name} USING fts5("
        f"{', '.join(columns)}, content='', columnsize=0, detail=full, tokenize='unicode61')"
    )
    return f"wanted_{name}"


def fill_index(scratch: Connection, table: str, rows_of: Connection, name: str) -> Iterator[int]:
    """Fill the full-text ``table`` of ``scratch`` with what the index ``name`` should hold of ``rows_of``.

    In the order of the ids and in large pieces, that are not merged: it is read once. Gives now and then
    how many rows are done.
    """
    columns, source = INDEXES[name]
    for option, value in _FOR_ONE_FILL.items():
        scratch.execute(f"INSERT INTO {table}({table}, rank) VALUES(?, ?)", (option, value))
    places = ", ".join("?" * (len(columns) + 1))
    insert = f"INSERT INTO {table}(rowid, {', '.join(columns)}) VALUES({places})"
    done = 0
    scratch.execute("BEGIN")
    try:
        cursor = rows_of.execute(source)
        while rows := cursor.fetchmany(AT_ONCE):
            scratch.executemany(insert, [(row[0], *map(index_text, row[1:])) for row in rows])
            done += len(rows)
            yield done
    finally:
        if scratch.in_transaction:
            scratch.execute("COMMIT")


_FOR_ONE_FILL: Final = {"hashsize": 64 << 20, "automerge": 0, "crisismerge": 1_999}
