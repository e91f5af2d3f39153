"""Rows without a person's words: what the log gives once its bodies were erased.

Replayed from an erased log these find nothing more to take; on a store that held the words they take
them out of every row, of the search indexes, and of what is only this store's: drafts, the outbox.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from csdesk.model.conversation import Mark
from csdesk.model.operation import Kind, Operation
from csdesk.store import contacts, log
from csdesk.store.apply import headings, who
from csdesk.store.apply.batch import Batch
from csdesk.store.apply.kept import Kept
from csdesk.store.connect import Connection
from csdesk.store.rows import need, next_version, touch
from csdesk.store.tokens import index_text


def contact_erased(connection: Connection, operation: Operation) -> None:
    """Nothing is known of the contact any more, and nothing of what their own conversations said.

    Whom they were merged with is another contact, with an erasure of their own.
    """
    contact = need(connection, "contact", operation.ent)
    rows = connection.execute(
        "SELECT id FROM conversation WHERE contact = ? AND coalesce(owner, contact) = ? ORDER BY id",
        (contacts.survivor_of(connection, contact), contact),
    )
    found = [conversation for (conversation,) in rows.fetchall()]
    for conversation in found:
        headings.take(connection, conversation)
    forget_contact(connection, operation)
    for conversation in found:
        _erase(connection, operation, conversation)
    who.show_anew(connection, contacts.survivor_of(connection, contact))
    for conversation in found:
        headings.put(connection, conversation)


def forget_contact(connection: Connection, operation: Operation) -> None:
    """Nothing is known of the contact; their conversations are as they were."""
    contact = need(connection, "contact", operation.ent)
    connection.execute(
        "UPDATE contact SET name = '', email = NULL, phone = NULL, lifecycle = NULL, birthday = NULL, note = '',"
        " erased_at = ? WHERE id = ?",
        (operation.body["at"], contact),
    )
    connection.execute("DELETE FROM contact_key WHERE contact = ?", (contact,))
    connection.execute("DELETE FROM contact_label WHERE contact = ?", (contact,))


def conversation_erased(connection: Connection, operation: Operation) -> None:
    """What the conversation said is gone; who it was with is still known."""
    conversation = need(connection, "conversation", operation.ent)
    headings.take(connection, conversation)
    _erase(connection, operation, conversation)
    headings.put(connection, conversation)


def messages_erased(connection: Connection, operation: Operation) -> None:
    """Some messages of what is being erased have lost their words: a first part of many."""
    rows = connection.execute(
        "SELECT id, text, conversation FROM message WHERE uid IN (SELECT unhex(value) FROM json_each(?))",
        (json.dumps(operation.body["messages"]),),
    ).fetchall()
    _unindex(connection, [(message, text) for message, text, _conversation in rows])
    for message, _text, _conversation in rows:
        for statement in _BLANK_MESSAGE:
            connection.execute(statement, (message,))
    for conversation in {conversation for _message, _text, conversation in rows}:
        connection.execute("UPDATE conversation SET preview = '' WHERE id = ?", (conversation,))
        touch(connection, conversation)


def erasure_met(_connection: Connection, _operation: Operation) -> None:
    """A desk says up to where it had not known of an erasure. The rows stay: who erased acts on it, in the log."""


_BLANK_MESSAGE = (
    "UPDATE message SET text = '', author_name = '', reason = NULL, external_id = NULL WHERE id = ?",
    "UPDATE attachment SET name = '', sha256 = '' WHERE message = ?",
)


def _erase(connection: Connection, operation: Operation, conversation: int) -> None:
    forget_drafts(connection, conversation)
    erase_rows(connection, operation, conversation)


def forget_drafts(connection: Connection, conversation: int) -> None:
    """What only this desk has of a conversation: what is being written in it, or was and is on its way."""
    for statement in _FORGET:
        connection.execute(statement, {"id": conversation})
    connection.execute(
        "UPDATE conversation SET marks = marks & ~? WHERE id = ?",
        (_SIGNS, conversation),
    )


def erase_rows(
    connection: Connection, operation: Operation, conversation: int, kept: Kept | None = None
) -> None:
    """What the conversation said is gone from the rows that the log makes; drafts and the like are not looked at.

    ``kept`` as in ``Batch``: the line that says so has its place among those that are made anew.
    """
    rows = connection.execute(
        "SELECT id, text FROM message WHERE conversation = ? AND text <> ''", (conversation,)
    ).fetchall()
    _unindex(connection, rows)
    for statement in _BLANK:
        connection.execute(statement, {"id": conversation, "at": operation.body["at"]})
    _forget_reasons(connection, conversation)
    connection.execute(
        "UPDATE conversation SET version = ?, subject = '', thread = NULL, source_id = NULL, preview = '',"
        " erased_at = ? WHERE id = ?",
        (next_version(connection), operation.body["at"], conversation),
    )
    line = Batch(connection, kept=kept)
    line.show(operation, conversation)
    line.write()


_SIGNS = int(Mark.DRAFT) | int(Mark.FAILED) | int(Mark.APPROVAL)
_BLANK = (
    "UPDATE message SET text = '', author_name = '', reason = NULL, external_id = NULL WHERE conversation = :id"
    " AND (text <> '' OR author_name <> '' OR reason IS NOT NULL OR external_id IS NOT NULL)",
    "UPDATE attachment SET name = '', sha256 = ''"
    " WHERE message IN (SELECT id FROM message WHERE conversation = :id)",
    "UPDATE transfer SET reason = '' WHERE conversation = :id",
    "UPDATE offer SET reason = '' WHERE conversation = :id",
    "DELETE FROM conflict WHERE conversation = :id",
    "DELETE FROM conversation_label WHERE conversation = :id",
    "DELETE FROM label WHERE NOT EXISTS (SELECT 1 FROM conversation_label WHERE label = label.id)",
    "UPDATE handover SET text = '' WHERE at <= :at AND id IN (SELECT handover FROM handover_item"
    " WHERE conversation = (SELECT uid FROM conversation WHERE id = :id))",
)


_FORGET = (
    "DELETE FROM draft WHERE conversation = :id",
    "DELETE FROM outbox WHERE conversation = :id",
    "DELETE FROM undo WHERE conversation = :id",
)


def _unindex(connection: Connection, rows: Iterable[tuple[int, str]]) -> None:
    connection.executemany(
        "INSERT INTO message_index(message_index, rowid, text) VALUES('delete', ?, ?)",
        [(message, index_text(text)) for message, text in rows if text],
    )


_WITH_REASON = (Kind.CONVERSATION_TRANSFERRED, Kind.CONVERSATION_OFFERED, Kind.CONVERSATION_RETURNED)


def _forget_reasons(connection: Connection, conversation: int) -> None:
    """An event repeats what its operation says: of a transfer, an offer and an answer to it also why."""
    rows = connection.execute(
        "SELECT id, body FROM event WHERE conversation = ? AND kind IN (?, ?, ?)",
        (conversation, *map(int, _WITH_REASON)),
    ).fetchall()
    for event, body in rows:
        facts = {name: value for name, value in json.loads(body).items() if name != "reason"}
        connection.execute("UPDATE event SET body = ? WHERE id = ?", (log.encode_body(facts), event))
