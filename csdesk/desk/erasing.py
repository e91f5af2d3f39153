"""Erasing what a person wrote, was told, and is known by."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from csdesk.desk.context import Desk
from csdesk.errors import Refused
from csdesk.i18n import _
from csdesk.model.operation import Kind
from csdesk.store import contacts, erasing, people, scrub
from csdesk.store.connect import Connection
from csdesk.store.writer import Transaction

Progress = Callable[[int, int], None]
DAY_MS = 86_400_000
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased. ``copies`` are files beside the store that may still hold it; ``is_file_clean`` is
    False while another program keeps old pages of the write-ahead log."""

    contacts: int = 0
    conversations: int = 0
    operations: int = 0
    is_file_clean: bool = True
    copies: tuple[Path, ...] = field(default=())


def erase_contact(desk: Desk, contact: int, progress: Progress = lambda done, total: None) -> Erased:
    """Erase a contact and the words of all their conversations, for good, in one step.

    What waited to be sent is taken back and open conversations are resolved. A second call erases what
    was written since. Raises Refused while a message to them is being sent; StoreError.
    """
    reader = desk.store.reader()
    owners = contacts.all_uids(reader, contact)
    found = erasing.find(reader, owners)
    words: set[str] = set()

    def work(tx: Transaction) -> tuple[int, int]:
        conversations = _conversations_of(tx.connection, contact)
        now_owners = contacts.all_uids(tx.connection, contact)
        words.update(scrub.words_of(_texts(tx.connection, conversations)))
        _settle(tx, desk, conversations)
        fresh = found if set(now_owners) == set(owners) else None
        everything = erasing.find(tx.connection, now_owners, fresh)
        uid = contacts.uid(tx.connection, contact)
        count = erasing.erase(tx, Kind.CONTACT_ERASED, uid, everything.of(now_owners), desk.agent.uid)
        return len(conversations), count

    conversations, operations = desk.store.write(work)
    is_clean = scrub.scrub(desk.store.path, words, progress)
    return Erased(1, conversations, operations, is_clean, copies_beside(desk.store.path))


@dataclass(frozen=True, slots=True)
class Overdue:
    """Resolved conversations of an inbox whose words are kept longer than ``days``."""

    inbox: str
    days: int
    conversations: tuple[int, ...]


def overdue(desk: Desk) -> tuple[list[Overdue], list[str]]:
    """What is due by the setting ``retention``, and the names in it that are no inbox.

    A conversation is due when it is resolved, and was resolved and last written in before those days;
    never while it is open or snoozed.
    """
    reader, due, unknown = desk.store.reader(), [], []
    for name, days in desk.settings.retention.items():
        inbox = people.inbox_named(reader, name)
        if inbox is None:
            unknown.append(name)
            continue
        rows = reader.execute(
            "SELECT id FROM conversation WHERE status = 'resolved' AND resolved_at < :before AND updated_at < :before"
            " AND inbox = :inbox AND (erased_at IS NULL OR updated_at > erased_at) ORDER BY resolved_at, id",
            {"before": desk.now_ms() - days * DAY_MS, "inbox": inbox.id},
        ).fetchall()
        due.append(Overdue(inbox.name, days, tuple(number for (number,) in rows)))
    return due, unknown


def erase_overdue(
    desk: Desk, due: Sequence[Overdue], progress: Progress = lambda done, total: None
) -> Erased:
    """Erase the words of these conversations, and contacts of whom nothing else is kept.

    In steps of some hundred conversations, each whole or not at all: what a kill leaves is due again.
    """
    numbers = [number for each in due for number in each.conversations]
    words: set[str] = set()
    conversations = operations = gone = 0
    for start in range(0, len(numbers), AT_ONCE):
        progress(start, len(numbers) + 1)
        done = _erase_some(desk, numbers[start : start + AT_ONCE], words)
        conversations, gone, operations = conversations + done[0], gone + done[1], operations + done[2]
    is_clean = scrub.scrub(desk.store.path, words) if conversations else True
    return Erased(gone, conversations, operations, is_clean, copies_beside(desk.store.path))


def _erase_some(desk: Desk, numbers: Sequence[int], words: set[str]) -> tuple[int, int, int]:
    """Conversations, contacts and operations that lost words."""
    found = erasing.find(desk.store.reader(), _owners(desk.store.reader(), numbers))

    def work(tx: Transaction) -> tuple[int, int, int]:
        still = [number for number in numbers if _is_resolved(tx.connection, number)]
        everything = erasing.find(tx.connection, _owners(tx.connection, numbers), found)
        words.update(scrub.words_of(_texts(tx.connection, still)))
        count, by = 0, desk.agent.uid
        for number in still:
            _settle(tx, desk, [number])
            uid = _uid_of(tx.connection, number)
            count += erasing.erase(tx, Kind.CONVERSATION_ERASED, uid, everything.of([uid]), by)
        left = _contacts_done(tx.connection, still)
        for uid in left:
            count += erasing.erase(tx, Kind.CONTACT_ERASED, uid, everything.of([uid]), by)
        return len(still), len(left), count

    return desk.store.write(work)


def _owners(connection: Connection, numbers: Sequence[int]) -> list[bytes]:
    """The uids of these conversations and of their contacts."""
    rows = connection.execute(
        "SELECT c.uid, contact.uid FROM conversation c JOIN contact ON contact.id = c.contact"
        " WHERE c.id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(numbers)),),
    ).fetchall()
    return list(dict.fromkeys(bytes(uid) for row in rows for uid in row))


def _contacts_done(connection: Connection, numbers: Sequence[int]) -> list[bytes]:
    """Contacts of these conversations, all of whose conversations are erased by now."""
    rows = connection.execute(
        "SELECT DISTINCT contact.uid FROM conversation c JOIN contact ON contact.id = c.contact"
        " WHERE c.id IN (SELECT value FROM json_each(?)) AND contact.erased_at IS NULL AND NOT EXISTS"
        " (SELECT 1 FROM conversation other WHERE other.contact = contact.id AND other.erased_at IS NULL)",
        (json.dumps(list(numbers)),),
    ).fetchall()
    return [bytes(uid) for (uid,) in rows]


def _is_resolved(connection: Connection, conversation: int) -> bool:
    row = connection.execute("SELECT status FROM conversation WHERE id = ?", (conversation,)).fetchone()
    return row is not None and row[0] == "resolved"


def _uid_of(connection: Connection, conversation: int) -> bytes:
    return bytes(
        connection.execute("SELECT uid FROM conversation WHERE id = ?", (conversation,)).fetchone()[0]
    )


def copies_beside(database: Path) -> tuple[Path, ...]:
    """Files that csdesk itself left beside the store when it restored or upgraded it."""
    found = database.parent.glob(f"{database.name}.before-*")
    return tuple(sorted(path for path in found if not path.name.endswith((".head", "-wal", "-shm"))))


def _conversations_of(connection: Connection, contact: int) -> list[int]:
    rows = connection.execute("SELECT id FROM conversation WHERE contact = ? ORDER BY id", (contact,))
    return [number for (number,) in rows.fetchall()]


def _texts(connection: Connection, conversations: Sequence[int]) -> list[str]:
    """Everything the search index holds of these conversations."""
    texts: list[str] = []
    for number in conversations:
        rows = connection.execute("SELECT text FROM message WHERE conversation = ?", (number,)).fetchall()
        texts += [text for (text,) in rows]
        texts += connection.execute(
            "SELECT contact_name, subject FROM conversation WHERE id = ?", (number,)
        ).fetchone()
    return texts


def _settle(tx: Transaction, desk: Desk, conversations: Sequence[int]) -> None:
    """Nothing of these conversations is on its way or waited for any more."""
    by = {"by": desk.agent.uid.hex(), "at": tx.now_ms}
    for number in conversations:
        _refuse_while_sending(tx, number)
        for message, uid in tx.connection.execute(
            "SELECT o.message, m.uid FROM outbox o JOIN message m ON m.id = o.message"
            " WHERE o.conversation = ? AND o.state IN ('held', 'queued')",
            (number,),
        ).fetchall():
            tx.connection.execute("DELETE FROM outbox WHERE message = ?", (message,))
            tx.record(Kind.MESSAGE_WITHDRAWN, bytes(uid), by)
        uid, status = tx.connection.execute(
            "SELECT uid, status FROM conversation WHERE id = ?", (number,)
        ).fetchone()
        if status != "resolved":
            tx.record(Kind.CONVERSATION_RESOLVED, bytes(uid), by)


def _refuse_while_sending(tx: Transaction, conversation: int) -> None:
    row = tx.connection.execute(
        "SELECT 1 FROM outbox JOIN lease ON lease.inbox = outbox.inbox"
        " WHERE outbox.conversation = ? AND outbox.state = 'sending' AND lease.until > ?",
        (conversation, tx.now_ms),
    ).fetchone()
    if row is not None:
        raise Refused(
            "erase.sending",
            _("A message to this person is being sent at this moment."),
            _("Try again in a few seconds; nothing was changed."),
        )
