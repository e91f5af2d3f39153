"""The schema's steps, in order, for ever: append, never edit.

``user_version`` repeats how many were applied, so that an up-to-date store opens
without loading sqlite-utils at all.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar, cast

from sqlite_utils import Database, Migrations

from csdesk.errors import StoreError
from csdesk.i18n import _
from csdesk.model.operation import Kind
from csdesk.store import arriving, hub, labels, schema, schema_shared, shared_log, stages
from csdesk.store.connect import Connection, translated

T = TypeVar("T")
SCALE = 1_000

steps = Migrations("csdesk")


@steps()
def m001_create_log(db: Database) -> None:
    _run(cast(Connection, db.conn), schema.LOG)


@steps()
def m002_create_projections(db: Database) -> None:
    for script in (schema.PEOPLE, schema.CONVERSATION, schema.MESSAGE, schema.COUNTS):
        _run(cast(Connection, db.conn), script)


@steps()
def m003_create_local_tables(db: Database) -> None:
    _run(cast(Connection, db.conn), schema.LOCAL)


@steps()
def m004_keep_the_wait_that_a_pause_ends(db: Database) -> None:
    _run(cast(Connection, db.conn), schema.PRIOR_FLOOR)
    _run(cast(Connection, db.conn), schema.EXTERNAL_IDS)
    _run(cast(Connection, db.conn), schema.OUTBOX_ORDER)


@steps()
def m005_find_names_and_subjects(db: Database) -> None:
    _in_stages(db, "m005_find_names_and_subjects")


@steps()
def m006_remember_what_was_erased(db: Database) -> None:
    _run(cast(Connection, db.conn), schema.ERASED)


@steps()
def m007_keep_the_queue_key(db: Database) -> None:
    _in_stages(db, "m007_keep_the_queue_key")


@steps()
def m008_list_what_a_filter_leaves(db: Database) -> None:
    _run(cast(Connection, db.conn), schema.RARE_FILTERS)


@steps()
def m009_know_who_is_there(db: Database) -> None:
    _run(cast(Connection, db.conn), schema.AVAILABILITY)


@steps()
def m010_sort_and_save_views(db: Database) -> None:
    _run(cast(Connection, db.conn), schema.SORTS)
    _run(cast(Connection, db.conn), schema.OWN_VIEWS)


@steps()
def m011_remember_what_was_announced(db: Database) -> None:
    _run(cast(Connection, db.conn), schema.ANNOUNCED)


@steps()
def m012_merge_when_idle(db: Database) -> None:
    _run(cast(Connection, db.conn), schema.MERGE_WHEN_IDLE)


@steps()
def m013_know_who_is_one_person(db: Database) -> None:
    _run(cast(Connection, db.conn), schema.ONE_PERSON)


@steps()
def m014_narrow_in_the_index(db: Database) -> None:
    _run(cast(Connection, db.conn), schema.NARROWED_VIEWS)


@steps()
def m015_know_what_a_reply_was_made_of(db: Database) -> None:
    _run(cast(Connection, db.conn), schema.REPLIES_SENT)


@steps()
def m016_remember_every_automatic_text(db: Database) -> None:
    _run(cast(Connection, db.conn), schema.AUTOMATIC_TEXTS)


@steps()
def m017_remember_what_became_of_findings(db: Database) -> None:
    _run(cast(Connection, db.conn), schema.FINDINGS)


@steps()
def m018_keep_files_with_a_draft(db: Database) -> None:
    _run(cast(Connection, db.conn), schema.DRAFT_FILES)


@steps()
def m019_hand_a_shift_over(db: Database) -> None:
    _run(cast(Connection, db.conn), schema.HANDOVERS)


@steps()
def m020_know_who_watches(db: Database) -> None:
    _run(cast(Connection, db.conn), schema.WATCHED)


@steps()
def m021_share_a_log(db: Database) -> None:
    _run(cast(Connection, db.conn), schema_shared.ALIAS)
    _run(cast(Connection, db.conn), schema_shared.SHARED)


@steps()
def m022_know_who_added_a_label(db: Database) -> None:
    connection = cast(Connection, db.conn)
    _run(connection, schema_shared.LABEL_ADDS)
    if hub.is_shared(connection):
        labels.learn(connection)


@steps()
def m023_keep_the_packs_of_the_team(db: Database) -> None:
    connection = cast(Connection, db.conn)
    _run(connection, schema_shared.PUBLISHED)
    shared_log.take_in(connection, (Kind.PACK_PUBLISHED, Kind.PACK_RETIRED))


@steps()
def m024_carry_files(db: Database) -> None:
    _run(cast(Connection, db.conn), schema_shared.CARRIED)


@steps()
def m025_offer_a_conversation(db: Database) -> None:
    connection = cast(Connection, db.conn)
    _run(connection, schema_shared.OFFERS)
    arriving.know(connection, (Kind.CONVERSATION_OFFERED, Kind.CONVERSATION_RETURNED))


@steps()
def m026_list_a_tier_by_time(db: Database) -> None:
    _run(cast(Connection, db.conn), schema.TIER_BY_TIME)


def _in_stages(db: Database, step: str) -> None:
    """All that is left of ``step``, in the caller's commit: nothing where ``upgrade`` did it before."""
    connection = cast(Connection, db.conn)
    while stages.advance(connection, step, partial(_run, connection)):
        pass
    stages.forget(connection)


def _run(connection: Connection, script: str) -> None:
    """Execute statement by statement: ``executescript`` would end the migration's transaction."""
    statement = ""
    for line in script.splitlines():
        statement += line + "\n"
        if is_complete(statement):
            connection.execute(statement)
            statement = ""


def is_complete(statement: str) -> bool:
    """Whether ``statement`` ends here: a trigger ends at its ``END;``, anything else at ``;``."""
    plain = statement.strip()
    if plain.upper().startswith("CREATE TRIGGER"):
        return plain.upper().endswith("END;")
    return plain.endswith(";")


UNDER_WAY = "upgrade.to"
"""Key of ``meta`` while steps are taken: a copy of the store as it was is beside it."""


def is_under_way(connection: Connection) -> bool:
    """Whether an upgrade of this store was begun and not ended."""
    return connection.execute("SELECT 1 FROM meta WHERE key = ?", (UNDER_WAY,)).fetchone() is not None


def begin(connection: Connection, latest: int) -> None:
    """Note that the store is on its way to ``latest``."""
    connection.execute(
        "INSERT INTO meta(key, value) VALUES(?, ?) ON CONFLICT(key) DO NOTHING", (UNDER_WAY, latest)
    )


def upgrade(
    connection: Connection,
    path: Path | str,
    latest: int,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Bring the store to ``latest``: an empty one in one commit, an older one by steps, long steps by stages.

    Each commit leaves a place to go on from. Nobody else may write meanwhile. Raises StoreError when a
    step fails; its last commit is then undone.
    """
    if latest != len(steps._migrations):
        raise AssertionError("SCHEMA_VERSION and the list of migrations disagree")
    db = Database(connection, execute_plugins=False)
    with translated(path):
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            # Two programs may make the same store: the second waits here, and finds it made.
            _in_commit(connection, lambda: _take_steps(db, None, latest))
            return
        for number in range(version + 1, latest + 1):
            _take_step(db, number, version, latest, progress)
        connection.execute("DELETE FROM meta WHERE key = ?", (UNDER_WAY,))


def _take_step(
    db: Database, number: int, version: int, latest: int, progress: Callable[[int, int], None]
) -> None:
    connection = cast(Connection, db.conn)
    names = [step.name for step in steps._migrations]
    name, following = names[number - 1], names[number] if number < latest else None

    def tell(share: float) -> None:
        progress(int(SCALE * (number - 1 - version + share)), SCALE * (latest - version))

    tell(0)
    if name in stages.STAGES:
        run = partial(_run, connection)
        while _in_commit(connection, partial(stages.advance, connection, name, run)):
            tell(stages.share_done(connection, name))
    _in_commit(connection, lambda: _take_steps(db, following, number))
    tell(1)


def _take_steps(db: Database, stop_before: str | None, version: int) -> None:
    """Every step that is left before ``stop_before``, and the number of steps that makes."""
    steps.apply(db, stop_before=stop_before)
    db.execute(f"PRAGMA user_version={version}")


def _in_commit(connection: Connection, work: Callable[[], T]) -> T:
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = work()
        connection.execute("COMMIT")
        return result
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
