"""Erasing what a person wrote, was told, and is known by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from csdesk.desk.context import Desk
from csdesk.errors import Refused
from csdesk.i18n import _
from csdesk.model.operation import Kind
from csdesk.store import contacts, erasing, scrub
from csdesk.store.connect import Connection
from csdesk.store.writer import Transaction

Progress = Callable[[int, int], None]


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
