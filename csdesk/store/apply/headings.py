"""What a conversation is found by besides its messages: the contact's name and the subject.

A heading is one row of ``heading_index`` whose rowid is a message of the conversation (the first
one it had), so that headings and messages are found in one order of time. The index keeps no
text of its own: what is taken out of it has to be told word for word as it was put in.
"""

from __future__ import annotations

from csdesk.store.apply.batch import PUT_HEADING
from csdesk.store.connect import Connection
from csdesk.store.tokens import index_text

_TAKE = "INSERT INTO heading_index(heading_index, rowid, name, subject) VALUES('delete',?,?,?)"
FILL_BATCH = 2_000


def put(connection: Connection, conversation: int) -> None:
    """Index the heading of a conversation that has a message and no heading yet."""
    row = connection.execute(
        "SELECT contact_name || also_known, subject, (SELECT min(id) FROM message WHERE conversation = c.id)"
        " FROM conversation c WHERE id = ? AND heading IS NULL AND (contact_name <> '' OR subject <> '')",
        (conversation,),
    ).fetchone()
    if row is not None and row[2] is not None:
        name, subject, message = row
        connection.execute(PUT_HEADING, (message, index_text(name), index_text(subject)))
        connection.execute("UPDATE conversation SET heading = ? WHERE id = ?", (message, conversation))


def take(connection: Connection, conversation: int) -> None:
    """Take the heading out: before the name, the subject or the message it stands on changes."""
    held, name, subject = connection.execute(
        "SELECT heading, contact_name || also_known, subject FROM conversation WHERE id = ?", (conversation,)
    ).fetchone()
    if held is not None:
        connection.execute(_TAKE, (held, index_text(name), index_text(subject)))
        connection.execute("UPDATE conversation SET heading = NULL WHERE id = ?", (conversation,))


def fill(connection: Connection) -> None:
    """Index the headings of all conversations that have none: after rows were written in bulk."""
    last: int | None = 0
    while last is not None:
        last = fill_some(connection, last)


def fill_some(connection: Connection, after: int) -> int | None:
    """As ``fill`` for the next conversations behind the id ``after``; the id of the last, None for none.

    Of stores from before contacts could be merged: they have one name.
    """
    rows = connection.execute(
        "SELECT c.id, contact_name, subject, (SELECT min(id) FROM message WHERE conversation = c.id)"
        " FROM conversation c WHERE c.id > ? AND heading IS NULL ORDER BY c.id LIMIT ?",
        (after, FILL_BATCH),
    ).fetchall()
    found = [row for row in rows if row[3] is not None and (row[1] or row[2])]
    connection.executemany(
        PUT_HEADING,
        [(message, index_text(name), index_text(subject)) for _id, name, subject, message in found],
    )
    connection.executemany(
        "UPDATE conversation SET heading = ? WHERE id = ?", [(row[3], row[0]) for row in found]
    )
    return int(rows[-1][0]) if rows else None
