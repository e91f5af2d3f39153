"""Conversations and contacts made anew, some of them: those of which the log got older facts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from csdesk.model.operation import Kind, Operation
from csdesk.store import about, applying, contacts, local_ids
from csdesk.store.apply import apply_many, erasing, headings, who
from csdesk.store.apply.batch import PUT_MESSAGE, Batch
from csdesk.store.apply.kept import Kept
from csdesk.store.apply.shared import Dot
from csdesk.store.applying import Refused
from csdesk.store.connect import Connection
from csdesk.store.log import Stored, decode_body
from csdesk.store.rows import as_uid, need, newest_version, update
from csdesk.store.shared_log import is_hidden
from csdesk.store.tokens import index_text

TABLES = ("attachment", "message", "event", "transfer", "conversation_label", "automatic", "offer")
"""What belongs to conversations, in an order in which it can be taken away."""

AT_ONCE = 200
"""Conversations made anew together, at least: those that want one name of a channel have to be."""

_ERASURES = frozenset({Kind.CONTACT_ERASED, Kind.CONVERSATION_ERASED, Kind.MESSAGES_ERASED})


def conversations(connection: Connection, uids: Sequence[bytes], lost: Collection[Dot]) -> Refused:
    """Make the rows of some conversations anew; gives the operations that cannot be applied.

    Whoever of them was opened first has what only one can have: the thread of an inbox, the number of a source.
    """
    numbers = [_number(connection, uid) for uid in uids]
    held = {uid: found for uid, found in zip(uids, numbers, strict=True) if found is not None}
    kept = Kept(numbers=dict(held), beyond={"conversation": _last(connection)})
    version = newest_version(connection)
    connection.execute("PRAGMA defer_foreign_keys = ON")
    marks = [_marks(connection, number) for number in held.values()]
    words: dict[int, str] = {}
    for number in held.values():
        words.update(_words(connection, number))
        headings.take(connection, number)
        kept.keep_times(connection, number)
    with local_ids.kept(connection, [*held.values()]):
        for number in held.values():
            _take_away(connection, number)
        with _indexes_at_rest(connection):
            operations = _all_about(connection, uids)
            connection.executemany(
                "DELETE FROM hub_parked WHERE desk = ? AND dseq = ?", [row[:2] for row in operations]
            )
            refused = applying.apply_safely(
                connection, operations, lost, kept, take=partial(_take_in, uids), is_indexing=False
            )
    now = [found for uid in uids if (found := _number(connection, uid)) is not None]
    _index(connection, now, words)
    connection.executemany("UPDATE conversation SET marks = ? WHERE id = ?", marks)
    connection.executemany(
        "UPDATE conversation SET version = ? WHERE id = ?",
        [(version + place, number) for place, number in enumerate(now, start=1)],
    )
    return refused


def _number(connection: Connection, uid: bytes) -> int | None:
    row = connection.execute("SELECT id FROM conversation WHERE uid = ?", (uid,)).fetchone()
    return int(row[0]) if row else None


def _last(connection: Connection) -> int:
    return int(connection.execute("SELECT coalesce(max(id), 0) FROM conversation").fetchone()[0])


def _marks(connection: Connection, number: int) -> tuple[int, int]:
    row = connection.execute("SELECT marks FROM conversation WHERE id = ?", (number,)).fetchone()
    return int(row[0]), number


def _words(connection: Connection, number: int) -> dict[int, str]:
    """What the index holds of a conversation's messages."""
    rows = connection.execute("SELECT id, text FROM message WHERE conversation = ?", (number,))
    return dict(rows.fetchall())


def _take_away(connection: Connection, number: int) -> None:
    connection.execute(
        "DELETE FROM attachment WHERE message IN (SELECT id FROM message WHERE conversation = ?)", (number,)
    )
    for table in TABLES[1:]:
        connection.execute(f"DELETE FROM {table} WHERE conversation = ?", (number,))  # noqa: S608 - our own names
    connection.execute("DELETE FROM conversation WHERE id = ?", (number,))


def _all_about(connection: Connection, uids: Sequence[bytes]) -> list[Stored]:
    """All operations that the rows of these conversations come from, in the order of the clocks."""
    own = about.operations(connection, uids)
    messages = {bytes(row.ent) for row in own if row.kind == Kind.MESSAGE_ADDED}
    owners = {uid for row in own if row.kind == Kind.CONVERSATION_OPENED and (uid := _contact(row))}
    erased = [row for row in about.operations(connection, owners) if row.kind in _ERASURES]
    found = {row[:2]: row for row in (*own, *about.operations(connection, messages), *erased)}
    return sorted((row for row in found.values() if not is_hidden(row)), key=lambda row: (row.hlc, row.desk))


def _contact(row: Stored) -> bytes | None:
    try:
        return as_uid(decode_body(row.body)["contact"])
    except (ValueError, TypeError, LookupError):
        return None


def _take_in(uids: Sequence[bytes], batch: Batch, operations: list[Operation]) -> None:
    """As ``apply_many``; an erasure takes words from these conversations alone, and no draft."""
    run: list[Operation] = []
    for operation in operations:
        if operation.kind in _ERASURES:
            apply_many(batch, run)
            run = []
            batch.refresh()
            if batch.shared is None or not batch.shared.is_void(operation):
                _erase(batch, operation, uids)
        else:
            run.append(operation)
    apply_many(batch, run)


def _erase(batch: Batch, operation: Operation, uids: Sequence[bytes]) -> None:
    connection = batch.connection
    if operation.kind == Kind.MESSAGES_ERASED:
        erasing.messages_erased(connection, operation)
        return
    for uid in uids:
        row = connection.execute(_OWNED, (uid,)).fetchone()
        if row is not None and operation.ent in (uid, bytes(row[1])):
            erasing.erase_rows(connection, operation, row[0], batch.kept)


_OWNED = """
SELECT c.id, contact.uid FROM conversation c JOIN contact ON contact.id = coalesce(c.owner, c.contact) WHERE c.uid = ?
"""


@contextmanager
def _indexes_at_rest(connection: Connection) -> Iterator[None]:
    """Within the block nothing reaches the full-text tables: who asks for them writes into the void."""
    for name, columns in (("message_index", ("text",)), ("heading_index", ("name", "subject"))):
        nothing = ", ".join(f"NULL AS {column}" for column in ("rowid", name, "rank", *columns))
        connection.execute(f"CREATE TEMP VIEW {name} AS SELECT {nothing}")
        connection.execute(
            f"CREATE TEMP TRIGGER {name}_at_rest INSTEAD OF INSERT ON {name} BEGIN SELECT 1; END"
        )
    try:
        yield
    finally:
        if connection.in_transaction:
            for name in ("message_index", "heading_index"):
                connection.execute(f"DROP VIEW temp.{name}")


def _index(connection: Connection, numbers: Sequence[int], before: dict[int, str]) -> None:
    """Have the indexes hold what the messages of these conversations say now, given what they held."""
    now: dict[int, str] = {}
    for number in numbers:
        now.update(_words(connection, number))
    connection.executemany(
        "INSERT INTO message_index(message_index, rowid, text) VALUES('delete', ?, ?)",
        [(number, index_text(text)) for number, text in before.items() if text and now.get(number) != text],
    )
    connection.executemany(
        PUT_MESSAGE,
        [(number, index_text(text)) for number, text in now.items() if before.get(number) != text],
    )
    for number in numbers:
        connection.execute("UPDATE conversation SET heading = NULL WHERE id = ?", (number,))
        headings.put(connection, number)


def contact(connection: Connection, uid: bytes, lost: Collection[Dot]) -> Refused:
    """Make the row of one contact anew, and have their conversations say it; as ``conversations``."""
    operations = [row for row in about.operations(connection, [uid]) if row.kind in OF_CONTACT]
    begun: set[bytes] = set()

    def take(batch: Batch, run: list[Operation]) -> None:
        for operation in run:
            if operation[:2] in lost:
                continue
            if operation.kind == Kind.CONTACT_ERASED:
                erasing.forget_contact(connection, operation)
            elif operation.kind != Kind.CONTACT_ADDED:
                apply_many(batch, [operation])
            elif uid not in begun:
                apply_many(batch, [operation])  # in case it is not here at all
                _begin(connection, operation)
                begun.add(uid)

    refused = applying.apply_safely(connection, operations, (), take=take)
    if begun:
        who.show_anew(connection, contacts.survivor_of(connection, need(connection, "contact", uid)))
    return refused


OF_CONTACT = frozenset(
    {
        Kind.CONTACT_ADDED,
        Kind.CONTACT_EDITED,
        Kind.CONTACT_ERASED,
        Kind.CONTACT_LABELLED,
        Kind.CONTACT_UNLABELLED,
    }
)
"""What is said of a contact alone. Whom they were merged with is not: there the order decides nothing."""


def _begin(connection: Connection, operation: Operation) -> None:
    """Have a contact be known as at the first, and by no label."""
    body, number = operation.body, need(connection, "contact", operation.ent)
    known = {field: body.get(field) for field in ("email", "phone", "tier", "source")}
    unsaid = {"lifecycle": None, "birthday": None, "note": "", "is_blocked": 0, "erased_at": None}
    values = {"name": body.get("name", ""), **known, **unsaid, "created_at": body["at"]}
    update(connection, "contact", number, values)
    connection.execute("DELETE FROM contact_label WHERE contact = ?", (number,))
