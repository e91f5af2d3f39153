"""Contacts who turned out to be one person, and those who turned out not to be.

A merge says of one contact whom they are; taking it apart says that they are nobody else. The later word on a
contact holds (by hybrid logical clock, then desk), so the words may arrive in any order. Who stands for whom is
worked out from all that hold, the oldest first; one that would close a circle (two desks merged the same two
contacts, each the other way round) changes nothing while it would.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from csdesk.model.operation import Operation
from csdesk.store.apply import headings, who
from csdesk.store.connect import Connection
from csdesk.store.rows import need, touch


def contact_merged(connection: Connection, operation: Operation) -> None:
    """The operation's contact is the person ``into``."""
    _decide(connection, operation, need(connection, "contact", operation.body["into"]))


def contact_unmerged(connection: Connection, operation: Operation) -> None:
    """The operation's contact is nobody but themselves."""
    _decide(connection, operation, None)


_HOLD = """
INSERT INTO contact_merge(contact, target, hlc, desk) VALUES(?,?,?,?) ON CONFLICT(contact)
DO UPDATE SET target = excluded.target, hlc = excluded.hlc, desk = excluded.desk
WHERE (excluded.hlc, excluded.desk) > (contact_merge.hlc, contact_merge.desk)
"""


def _decide(connection: Connection, operation: Operation, target: int | None) -> None:
    contact = need(connection, "contact", operation.ent)
    touched = _joined(connection, [contact] if target is None else [contact, target])
    held = connection.execute(_HOLD, (contact, target, operation.hlc, operation.desk)).rowcount
    if held:
        _settle(connection, touched)


_JOINED = """
WITH RECURSIVE near(id) AS (SELECT value FROM json_each(?)
  UNION SELECT m.target FROM contact_merge m JOIN near ON m.contact = near.id WHERE m.target IS NOT NULL
  UNION SELECT m.contact FROM contact_merge m JOIN near ON m.target = near.id)
SELECT id FROM near
"""


def _joined(connection: Connection, contacts: list[int]) -> list[int]:
    """These contacts and all whom merges join with them, by however many steps."""
    rows = connection.execute(_JOINED, (json.dumps(contacts),)).fetchall()
    return [contact for (contact,) in rows]


def _settle(connection: Connection, contacts: list[int]) -> None:
    """Have the rows say who stands for whom among ``contacts``, who are joined with nobody else."""
    among = json.dumps(contacts)
    edges = connection.execute(_EDGES, (among,)).fetchall()
    ends = survivors(edges)
    connection.executemany(
        "UPDATE contact SET survivor = ? WHERE id = ?",
        [(ends.get(contact), contact) for contact in contacts],
    )
    moved = _move(connection, among, ends)
    for contact in contacts:
        if contact not in ends:
            who.show_anew(connection, contact)
    for conversation in moved:
        headings.put(connection, conversation)
        touch(connection, conversation)


_EDGES = """
SELECT contact, target FROM contact_merge WHERE contact IN (SELECT value FROM json_each(?)) AND target IS NOT NULL
ORDER BY hlc, desk
"""


def survivors(edges: Iterable[tuple[int, int]]) -> dict[int, int]:
    """By contact the one who stands for them; who stands for themselves is left out."""
    into: dict[int, int] = {}
    for contact, target in edges:
        if _end(into, target) != contact:
            into[contact] = target
    return {contact: _end(into, contact) for contact in into}


def _end(into: Mapping[int, int], contact: int) -> int:
    while contact in into:
        contact = into[contact]
    return contact


def _move(connection: Connection, among: str, ends: Mapping[int, int]) -> list[int]:
    """Give each conversation to who its owner is now; those that moved have no heading until they get one."""
    moved = []
    for conversation, contact, owner in connection.execute(_OWNED, (among,)).fetchall():
        now = ends.get(owner, owner)
        if now == contact:
            continue
        headings.take(connection, conversation)
        connection.execute(
            "UPDATE conversation SET contact = ?, owner = ? WHERE id = ?",
            (now, None if now == owner else owner, conversation),
        )
        moved.append(conversation)
    return moved


_OWNED = """
SELECT id, contact, coalesce(owner, contact) FROM conversation WHERE contact IN (SELECT value FROM json_each(?))
ORDER BY id
"""
