"""Rows made anew from the log where the log got older facts than those the rows were made of.

That is the whole of merging: the rows are what all operations, in the order of their clocks and with what the
hub judged, give. Local ids stay, because what only this desk keeps (drafts, the outbox) goes by them.
"""

from __future__ import annotations

from csdesk.store import anew_talks, applying, local_ids, merging_people, shared_log
from csdesk.store.apply.kept import Kept
from csdesk.store.applying import Refused
from csdesk.store.connect import Connection
from csdesk.store.rows import newest_version


def everything(connection: Connection) -> Refused:
    """Make all rows anew, also of what was parked; gives the operations that cannot be applied.

    What is done where nothing less will do: two agents turned out to be one, or one to be two.
    """
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
        refused = applying.apply_safely(connection, operations, lost or (), kept)
        connection.executemany("UPDATE conversation SET marks = ? WHERE uid = ?", marks)
        connection.execute("UPDATE conversation SET version = version + ?", (version,))
    return refused


_CLEAR = (
    *(
        f"DELETE FROM {table}"  # noqa: S608 - our own names
        for table in (
            "published",
            "handover_tick",
            "handover_signature",
            "handover_item",
            "handover",
            *anew_talks.TABLES,
            "label",
            "conversation",
            "availability",
            "contact_label",
            "contact_key",
            "contact_merge",
            "contact",
            "team_member",
            "alias",
            "agent",
            "team",
            "inbox",
        )
    ),
    "INSERT INTO message_index(message_index) VALUES('delete-all')",
    "INSERT INTO heading_index(heading_index) VALUES('delete-all')",
)
