"""Erasing what was kept for as long as the setting ``retention`` says."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from csdesk.desk.context import Desk
from csdesk.desk.erasing import PART, Erased, Progress, erase_said, scrubbed, settle, silent
from csdesk.model.operation import Kind
from csdesk.store import erasing, people
from csdesk.store.connect import Connection
from csdesk.store.writer import Transaction

DAY_MS = 86_400_000


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


def erase_overdue(desk: Desk, due: Sequence[Overdue], progress: Progress = silent) -> Erased:
    """Erase the words of these conversations, and contacts of whom nothing else is kept.

    In commits of some hundred messages; what was opened again since is left. What a kill leaves is due again.
    """
    numbers = [number for each in due for number in each.conversations]
    if not numbers:
        return Erased()
    desk.store.write(erasing.begin)
    found = erasing.find(desk.store.reader(), _owners(desk.store.reader(), numbers))
    erased = Erased()
    for done, group in _groups(desk, numbers, found):
        progress(done, 2 * len(numbers))
        erased = _sum(erased, _erase_some(desk, group, found))
    return scrubbed(desk, erased, progress)


def _groups(desk: Desk, numbers: Sequence[int], found: erasing.Found) -> Iterator[tuple[int, list[int]]]:
    """``numbers`` in groups of about ``PART`` operations, with how many came before."""
    group: list[int] = []
    done = size = 0
    reader = desk.store.reader()
    for number in numbers:
        size += len(found.dots.get(_uid_of(reader, number), ()))
        group.append(number)
        if size >= PART:
            yield done, group
            done, group, size = done + len(group), [], 0
    if group:
        yield done, group


def _sum(first: Erased, second: Erased) -> Erased:
    return Erased(
        first.contacts + second.contacts,
        first.conversations + second.conversations,
        first.operations + second.operations,
    )


def _erase_some(desk: Desk, numbers: Sequence[int], found: erasing.Found) -> Erased:
    by = desk.agent.uid
    reader = desk.store.reader()
    ahead = 0
    for number in numbers:
        uid = _uid_of(reader, number)
        said = found.said_by([uid])
        if len(said) > PART and _is_resolved(reader, number):
            ahead += erase_said(desk, uid, said)

    def work(tx: Transaction) -> Erased:
        still = [number for number in numbers if _is_resolved(tx.connection, number)]
        owners = _owners(tx.connection, still)
        everything = erasing.find(tx.connection, owners, found.only(owners))
        count = 0
        for number in still:
            settle(tx, desk, [number])
            uid = _uid_of(tx.connection, number)
            count += erasing.erase(tx, Kind.CONVERSATION_ERASED, uid, everything.of([uid]), by)
        left = _contacts_done(tx.connection, still)
        for uid in left:
            count += erasing.erase(tx, Kind.CONTACT_ERASED, uid, everything.of([uid]), by)
        return Erased(len(left), len(still), ahead + count)

    return desk.store.write(work)


def _owners(connection: Connection, numbers: Sequence[int]) -> list[bytes]:
    """The uids of these conversations and of their contacts."""
    rows = connection.execute(
        "SELECT c.uid, contact.uid FROM conversation c JOIN contact"
        " ON contact.id = c.contact OR contact.survivor = c.contact"
        " WHERE c.id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(numbers)),),
    ).fetchall()
    return list(dict.fromkeys(bytes(uid) for row in rows for uid in row))


def _contacts_done(connection: Connection, numbers: Sequence[int]) -> list[bytes]:
    """Contacts of these conversations, all of whose conversations are erased by now."""
    rows = connection.execute(
        "SELECT DISTINCT contact.uid FROM conversation c JOIN contact"
        " ON contact.id = c.contact OR contact.survivor = c.contact"
        " WHERE c.id IN (SELECT value FROM json_each(?)) AND contact.erased_at IS NULL AND NOT EXISTS"
        " (SELECT 1 FROM conversation other WHERE other.contact = c.contact AND other.erased_at IS NULL)",
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
