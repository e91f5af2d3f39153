"""Erasing what a person wrote, was told, and is known by."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from csdesk.desk.context import Desk
from csdesk.errors import Refused
from csdesk.i18n import _
from csdesk.model.operation import Kind
from csdesk.store import backup, contacts, erasing, files, handovers, scrub
from csdesk.store.connect import Connection
from csdesk.store.writer import Transaction

Progress = Callable[[int, int], None]
PART = 100
"""Operations of which one commit takes the words: about a tenth of a second, for which others wait to write."""
BREATH_S = 0.02
"""Between two commits, so that who waits to write comes in: SQLite does not queue."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased. ``copies`` are files beside the store that may still hold it; ``is_file_clean`` is
    False while another program keeps old pages of the write-ahead log. ``handovers`` are the refs of those whose
    text says a name of the person all the same: a giver wrote it there by hand."""

    contacts: int = 0
    conversations: int = 0
    operations: int = 0
    is_file_clean: bool = True
    copies: tuple[Path, ...] = field(default=())
    handovers: tuple[str, ...] = field(default=())


def silent(_done: int, _total: int) -> None:
    """No progress is shown."""


def erase_contact(desk: Desk, contact: int, progress: Progress = silent) -> Erased:
    """Erase a contact and the words of all their conversations, for good.

    First what waited to be sent is taken back and open conversations are resolved; then go the words, some
    hundred messages at a time; last the name, and with it the rest. After a kill ``resume`` goes on.
    A second call erases what was written since. Raises Refused while a message to them is being sent;
    StoreError.
    """
    names = {each.name for each in contacts.group(desk.store.reader(), contact)}
    conversations, operations = _erase_contact(desk, contact, progress)
    still = handovers.that_say(desk.store.reader(), names)
    return scrubbed(desk, Erased(1, conversations, operations, handovers=still), progress)


def resume(desk: Desk, progress: Progress = silent) -> Erased | None:
    """Finish the erasures that a kill left unfinished; None when there are none. Raises as ``erase_contact``."""
    uids, is_unscrubbed = erasing.unfinished(desk.store.reader())
    if not uids and not is_unscrubbed:
        return None
    conversations = operations = 0
    for uid in uids:
        (contact,) = desk.store.reader().execute("SELECT id FROM contact WHERE uid = ?", (uid,)).fetchone()
        done = _erase_contact(desk, contact, progress)
        conversations, operations = conversations + done[0], operations + done[1]
    return scrubbed(desk, Erased(len(uids), conversations, operations), progress)


def _erase_contact(desk: Desk, contact: int, progress: Progress) -> tuple[int, int]:
    """Conversations and operations that lost words: of the person, under each name they were merged from."""
    reader, by = desk.store.reader(), desk.agent.uid
    contact = contacts.survivor_of(reader, contact)
    uid = contacts.uid(reader, contact)

    def begin(tx: Transaction) -> None:
        settle(tx, desk, _conversations_of(tx.connection, contact))
        erasing.begin(tx, uid)

    def end(tx: Transaction) -> tuple[int, int]:
        conversations = _conversations_of(tx.connection, contact)
        settle(tx, desk, conversations)
        now_owners = contacts.all_uids(tx.connection, contact)
        fresh = found if set(now_owners) == set(owners) else None
        everything = erasing.find(tx.connection, now_owners, fresh)
        count = 0
        for each in reversed(contacts.group(tx.connection, contact)):
            theirs = contacts.own_uids(tx.connection, each.id)
            count += erasing.erase(tx, Kind.CONTACT_ERASED, each.uid, everything.of(theirs), by)
        erasing.finish(tx, uid)
        return len(conversations), count

    desk.store.write(begin)
    owners = contacts.all_uids(reader, contact)
    found = erasing.find(reader, owners)
    operations = erase_said(desk, uid, found.said_by(owners), progress)
    conversations, rest = desk.store.write(end)
    return conversations, operations + rest


def erase_said(desk: Desk, ent: bytes, dots: Sequence[erasing.Dot], progress: Progress = silent) -> int:
    """Take the words out of operations about messages of ``ent``, part by part; how many lost words.

    ``progress`` hears of half the way: the file is scrubbed afterwards.
    """
    count = 0
    for start in range(0, len(dots), PART):
        progress(start, 2 * len(dots))
        part = dots[start : start + PART]
        count += desk.store.write(partial(erasing.erase_part, ent=ent, dots=part, by=desk.agent.uid))
        time.sleep(BREATH_S)
    return count


def scrubbed(desk: Desk, done: Erased, progress: Progress = silent) -> Erased:
    """``done`` once the store is rid of what the rows left behind: attachments' bytes, freed pages.

    The bytes go first: only then is the mark gone by which ``resume`` knows of work that a kill left.
    """
    path = desk.store.path
    files.sweep(desk.store)
    is_clean = scrub.scrub(path, lambda step, steps: progress(steps + step, 2 * steps))
    return replace(done, is_file_clean=is_clean, copies=backup.copies_beside(path, desk.store.desk))


def settle(tx: Transaction, desk: Desk, conversations: Sequence[int]) -> None:
    """Nothing of these conversations is on its way or waited for any more."""
    by = {"by": desk.agent.uid.hex(), "at": tx.now_ms}
    for number in conversations:
        _refuse_while_sending(tx, number)
        for message, uid in tx.connection.execute(
            "SELECT o.message, m.uid FROM outbox o JOIN message m ON m.id = o.message"
            " WHERE o.conversation = ? AND o.state IN ('held', 'approval', 'queued')",
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


def _conversations_of(connection: Connection, contact: int) -> list[int]:
    rows = connection.execute("SELECT id FROM conversation WHERE contact = ? ORDER BY id", (contact,))
    return [number for (number,) in rows.fetchall()]
