"""Rows made anew from the log where the log got older facts than those the rows were made of.

That is the whole of merging: the rows are what all operations, in the order of their clocks and with what the
hub judged, give. Local ids stay, because what only this desk keeps (drafts, the outbox) goes by them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice

from csdesk.store import local_ids, log, merging_people, shared_log
from csdesk.store.apply import apply_many
from csdesk.store.apply.batch import Batch
from csdesk.store.apply.kept import Kept
from csdesk.store.apply.shared import Dot, Shared
from csdesk.store.connect import Connection, DriverError
from csdesk.store.rows import newest_version

RUN = 2_000
"""Operations between two savepoints: what is done again, one by one, when one of them cannot be applied."""

UNUSABLE = (LookupError, ValueError, TypeError, AttributeError, DriverError)
"""What applying an operation raises that another csdesk, or nobody, should have written."""

Refused = dict[Dot, str]
"""Operations that could not be applied, and why."""


def everything(connection: Connection) -> Refused:
    """Make all rows anew, also of what was parked; gives the operations that cannot be applied."""
    connection.execute("DELETE FROM hub_parked")
    kept, version = Kept(), newest_version(connection)
    kept.keep_all(connection)
    merging_people.keep_numbers(connection, kept)
    marks = connection.execute("SELECT marks, uid FROM conversation WHERE marks <> 0").fetchall()
    with local_ids.kept(connection):
        connection.execute("PRAGMA defer_foreign_keys = ON")
        for statement in _CLEAR:
            connection.execute(statement)
        operations, lost = shared_log.to_replay(connection)
        refused = apply_safely(connection, operations, lost or (), kept)
        connection.executemany("UPDATE conversation SET marks = ? WHERE uid = ?", marks)
        connection.execute("UPDATE conversation SET version = version + ?", (version,))
    return refused


_CLEAR = (
    *(
        f"DELETE FROM {table}"  # noqa: S608 - our own names
        for table in (
            "handover_tick", "handover_signature", "handover_item", "handover", "attachment", "message", "event", "transfer", "conversation_label", "label", "automatic", "conversation",
            "availability", "contact_label", "contact_key", "contact_merge", "contact", "team_member", "alias", "agent",
            "team", "inbox",
        )
    ),
    "INSERT INTO message_index(message_index) VALUES('delete-all')",
    "INSERT INTO heading_index(heading_index) VALUES('delete-all')",
)  # fmt: skip


def apply_safely(
    connection: Connection,
    operations: Iterable[log.Stored],
    lost: Collection[Dot],
    kept: Kept | None = None,
) -> Refused:
    """Apply operations that come in the order of their clocks; what cannot be applied changes nothing."""
    refused: Refused = {}
    rest = iter(operations)
    while run := list(islice(rest, RUN)):
        if not _applied(connection, run, lost, kept, refused if len(run) == 1 else None):
            for each in run:
                _applied(connection, [each], lost, kept, refused)
    return refused


def _applied(
    connection: Connection,
    run: list[log.Stored],
    lost: Collection[Dot],
    kept: Kept | None,
    refused: Refused | None,
) -> bool:
    """Whether all of ``run`` was applied; else none of it was, and ``refused`` gets the reason."""
    try:
        with _savepoint(connection):
            batch = Batch(connection, shared=Shared(lost), kept=kept)
            apply_many(batch, [each.read() for each in run])
            batch.write()
    except UNUSABLE as error:
        if not connection.in_transaction or "interrupted" in str(error):
            raise
        if refused is not None:
            refused[run[0][:2]] = str(error) or type(error).__name__
        return False
    return True


@contextmanager
def _savepoint(connection: Connection) -> Iterator[None]:
    connection.execute("SAVEPOINT applying")
    try:
        yield
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK TO applying")
            connection.execute("RELEASE applying")
        raise
    connection.execute("RELEASE applying")
