"""The schema's steps, in order, for ever: append, never edit.

``user_version`` repeats how many were applied, so that an up-to-date store opens
without loading sqlite-utils at all.
"""

from __future__ import annotations

from pathlib import Path
from typing import cast

from sqlite_utils import Database, Migrations

from csdesk.errors import StoreError
from csdesk.i18n import _
from csdesk.store import schema
from csdesk.store.apply import headings, messages
from csdesk.store.connect import Connection, translated

steps = Migrations("csdesk")


@steps()
def m001_create_log(db: Database) -> None:
    _run(db, schema.LOG)


@steps()
def m002_create_projections(db: Database) -> None:
    for script in (schema.PEOPLE, schema.CONVERSATION, schema.MESSAGE, schema.COUNTS):
        _run(db, script)


@steps()
def m003_create_local_tables(db: Database) -> None:
    _run(db, schema.LOCAL)


@steps()
def m004_keep_the_wait_that_a_pause_ends(db: Database) -> None:
    _run(db, schema.PRIOR_FLOOR)
    _run(db, schema.EXTERNAL_IDS)
    _run(db, schema.OUTBOX_ORDER)


@steps()
def m005_find_names_and_subjects(db: Database) -> None:
    _run(db, schema.SEARCH)
    db.execute("INSERT INTO message_index(message_index) VALUES('delete-all')")
    connection = cast(Connection, db.conn)
    messages.fill_index(connection)
    headings.fill(connection)


@steps()
def m006_remember_what_was_erased(db: Database) -> None:
    _run(db, schema.ERASED)


@steps()
def m007_keep_the_queue_key(db: Database) -> None:
    _run(db, schema.QUEUE_KEY)
    _run(db, schema.MERGE_LESS)


@steps()
def m008_list_what_a_filter_leaves(db: Database) -> None:
    _run(db, schema.RARE_FILTERS)


@steps()
def m009_know_who_is_there(db: Database) -> None:
    _run(db, schema.AVAILABILITY)


def _run(db: Database, script: str) -> None:
    """Execute statement by statement: ``executescript`` would end the migration's transaction."""
    statement = ""
    for line in script.splitlines():
        statement += line + "\n"
        if is_complete(statement):
            db.execute(statement)
            statement = ""


def is_complete(statement: str) -> bool:
    """Whether ``statement`` ends here: a trigger ends at its ``END;``, anything else at ``;``."""
    plain = statement.strip()
    if plain.upper().startswith("CREATE TRIGGER"):
        return plain.upper().endswith("END;")
    return plain.endswith(";")


def upgrade(connection: Connection, path: Path | str, latest: int) -> None:
    """Bring the store to ``latest``. Raises StoreError when a step fails; it is then undone."""
    if latest != len(steps._migrations):
        raise AssertionError("SCHEMA_VERSION and the list of migrations disagree")
    with translated(path):
        # Two programs may meet a store that needs steps: the second waits here, and finds them done.
        connection.execute("BEGIN IMMEDIATE")
        try:
            steps.apply(Database(connection, execute_plugins=False))
            connection.execute(f"PRAGMA user_version={latest}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def refuse_newer(version: int, latest: int, path: Path | str) -> None:
    """Raises StoreError when the store was made by a newer csdesk than this one."""
    if version > latest:
        raise StoreError(
            "store.newer",
            _("The store {path} was made by a newer csdesk (schema {theirs}, this one knows {ours}).").format(
                path=path, theirs=version, ours=latest
            ),
            _("Upgrade csdesk, or name another store with --db PATH. The store was left as it is."),
        )
