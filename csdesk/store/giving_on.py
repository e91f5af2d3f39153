"""What only one thing can have (an inbox's key of a contact, a thread, a source's number), when who had it is erased.

Its own operation names it no more, so the first of the others that named it has it now.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from csdesk.model.operation import Kind
from csdesk.store import anew_talks
from csdesk.store.apply.people import key_of
from csdesk.store.apply.shared import Dot
from csdesk.store.applying import Refused
from csdesk.store.connect import Connection


@dataclass(slots=True)
class Names:
    """What things that are about to be erased have: ``keys``, and (column, value) of their conversations."""

    keys: list[str] = field(default_factory=list)
    columns: set[tuple[str, str]] = field(default_factory=set)


def names_of(connection: Connection, uids: Iterable[bytes]) -> Names:
    """What these contacts and conversations have, and those contacts' own conversations."""
    found = Names()
    for uid in uids:
        found.keys += [key for (key,) in connection.execute(_KEYS, (uid,)).fetchall()]
        for thread, source_id in connection.execute(_COLUMNS, {"uid": uid}).fetchall():
            named = {("thread", thread), ("source_id", source_id)}
            found.columns |= {(column, value) for column, value in named if value is not None}
    return found


_KEYS = "SELECT key FROM contact_key k JOIN contact c ON c.id = k.contact WHERE c.uid = ?"
_COLUMNS = """
SELECT thread, source_id FROM conversation c JOIN contact p ON p.id = coalesce(c.owner, c.contact)
WHERE :uid IN (c.uid, p.uid)
"""


def give_on(connection: Connection, names: Names, lost: Collection[Dot]) -> Refused:
    """Have the first that is left have what was freed; gives the operations that cannot be applied."""
    _give_keys(connection, {*names.keys})
    uids: dict[bytes, None] = {}
    for column, value in sorted(names.columns):
        rows: list[Any] = connection.execute(_OPENED.format(column=column), (value,)).fetchall()
        uids |= dict.fromkeys(bytes(uid) for (uid,) in rows)
    return anew_talks.conversations(connection, [*uids], lost) if uids else {}


def _give_keys(connection: Connection, freed: set[str]) -> None:
    """One look through the log for all keys: an inbox may have another uid by now, what it knows somebody by stays."""
    ends = {_end(key) for key in freed}
    rows = connection.execute(_ADDED).fetchall() if freed else []
    for uid, said in rows:
        key = key_of(connection, said) if isinstance(said, str) and _end(said) in ends else None
        if key in freed:
            freed.discard(key)
            connection.execute(_PUT, (key, uid))


def _end(key: str) -> str:
    return key.rpartition(":")[2]


_ADDED = f"""
SELECT ent, body ->> '$.key' FROM op
WHERE kind = {int(Kind.CONTACT_ADDED)} AND json_valid(body) AND body ->> '$.key' IS NOT NULL ORDER BY hlc, desk
"""  # noqa: S608 - a number of ours
_PUT = "INSERT INTO contact_key(key, contact) SELECT ?, id FROM contact WHERE uid = ? ON CONFLICT DO NOTHING"
_OPENED = f"""
SELECT DISTINCT ent FROM op
WHERE kind = {int(Kind.CONVERSATION_OPENED)} AND json_valid(body) AND body ->> '$.{{column}}' = ?
"""  # noqa: S608 - a number and names of ours
