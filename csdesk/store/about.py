"""What the log says of one thing: asked of an index that only a store with a hub has (``hub.join``)."""

from __future__ import annotations

import json
from collections.abc import Iterable

from csdesk.model.operation import Kind
from csdesk.store.connect import Connection
from csdesk.store.log import Stored

ABOUT = """CASE kind
  WHEN 60 THEN iif(json_valid(body), unhex(body ->> '$.conversation'), NULL)
  WHEN 63 THEN iif(json_valid(body), unhex(body ->> '$.message'), NULL)
  ELSE ent END"""
"""What an operation is about, as the index knows it: a message is about its conversation, a file about its
message, anything else about what it names (60 and 63 are ``message.added`` and ``attachment.added``)."""

PEOPLE = "kind IN (10, 11, 12, 13, 14, 15)"
"""Facts about agents, teams and inboxes, without who is available."""

INDEXES = {
    "op_about": f"CREATE INDEX IF NOT EXISTS op_about ON op({ABOUT}, hlc, desk)",
    "op_claim": "CREATE INDEX IF NOT EXISTS op_claim ON op(ent, hlc, desk) WHERE arg IS NOT NULL",
    "message_undelivered": "CREATE INDEX IF NOT EXISTS message_undelivered ON message(conversation)"
    " WHERE delivery IN ('queued', 'sending')",
    "op_people": f"CREATE INDEX IF NOT EXISTS op_people ON op(hlc, desk) WHERE {PEOPLE}",
}

Clock = tuple[int, int]
"""A place in the order of all operations: the hybrid time, then the desk."""

_COLUMNS = "desk, dseq, hlc, kind, ver, scope, ent, arg, body, sum"


def newest(connection: Connection, uid: bytes) -> Clock | None:
    """Where the newest operation about a thing stands; None when there is none."""
    row = connection.execute(_NEWEST, (uid,)).fetchone()
    return None if row is None else (row[0], row[1])


_NEWEST = f"SELECT hlc, desk FROM op WHERE {ABOUT} = ? ORDER BY hlc DESC, desk DESC LIMIT 1"  # noqa: S608 - fixed texts


def first(connection: Connection, uid: bytes, kind: Kind) -> Clock | None:
    """Where the first operation of this kind about a thing stands; None when there is none."""
    row = connection.execute(_FIRST, (uid, int(kind))).fetchone()
    return None if row is None else (row[0], row[1])


_FIRST = f"SELECT hlc, desk FROM op WHERE {ABOUT} = ? AND kind = ? ORDER BY hlc, desk LIMIT 1"  # noqa: S608 - fixed texts


def operations(connection: Connection, uids: Iterable[bytes]) -> list[Stored]:
    """All operations about some things, thing by thing in the order of the clocks."""
    asked = json.dumps([uid.hex() for uid in uids])
    return [Stored(*row) for row in connection.execute(_ALL, (asked,)).fetchall()]


_ALL = f"""
SELECT {_COLUMNS} FROM json_each(?) asked CROSS JOIN op ON {ABOUT} = unhex(asked.value) ORDER BY hlc, desk
"""  # noqa: S608 - fixed texts


def people(connection: Connection) -> list[Stored]:
    """All operations about agents, teams and inboxes, in the order of the clocks."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM op WHERE {PEOPLE} ORDER BY hlc, desk")  # noqa: S608 - fixed texts
    return [Stored(*row) for row in rows.fetchall()]
