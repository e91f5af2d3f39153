"""Labels are an add-wins set: taking one off takes away the addings that its author knew of, and no others.

A row keeps in ``adds`` by desk (its number in digits) the number of that desk's last adding that still holds. Of one
desk whoever knows an adding knows all before it, so the last one is enough. Shapiro et al., "A comprehensive study of
convergent and commutative replicated data types" (2011), 3.3.5, with a vector in place of single tags.
"""

from __future__ import annotations

import json
from typing import Any

from csdesk.model.operation import Operation
from csdesk.store.connect import Connection
from csdesk.store.log import decode_body, encode_body

Adds = dict[str, int]
TAKES = "takes"
"""Where the body of a removal names the addings that its author knew of. One without it, as older stores wrote it,
takes away all that are before it."""

ON_CONVERSATION = """
INSERT INTO conversation_label(conversation, label, adds)
  SELECT ?1, id, json_object(CAST(?3 AS TEXT), ?4) FROM label WHERE name = ?2
  ON CONFLICT DO UPDATE SET adds = json_patch(iif(adds = '', '{}', adds), excluded.adds)
"""
"""Puts a label on a conversation: its local id, the name, the desk and number of the adding."""

ON_CONTACT = """
INSERT INTO contact_label(contact, name, adds) VALUES(?1, ?2, json_object(CAST(?3 AS TEXT), ?4))
  ON CONFLICT DO UPDATE SET adds = json_patch(iif(adds = '', '{}', adds), excluded.adds)
"""
"""The same for a contact."""

_WHERE = {
    "conversation": "conversation_label WHERE conversation = ? AND label = (SELECT id FROM label WHERE name = ?)",
    "contact": "contact_label WHERE contact = ? AND name = ?",
}


def takes(connection: Connection, table: str, row: int, name: str) -> dict[str, Adds]:
    """What a removal of this label, made here and now, has to say beside its name: what it takes away."""
    adds = _adds(connection, table, row, name)
    return {TAKES: adds} if adds else {}


def take_off(connection: Connection, table: str, row: int, operation: Operation) -> None:
    """Take the label that ``operation`` names off a conversation or a contact, unless somebody added it who is not
    known to its author."""
    name, where = operation.body["label"], _WHERE[table]
    adds = _adds(connection, table, row, name)
    left = _left(adds or {}, operation.body.get(TAKES))
    if left:
        connection.execute(
            f"UPDATE {where.replace(' WHERE', ' SET adds = ? WHERE', 1)}",  # noqa: S608 - the fixed texts above
            (encode_body(left), row, name),
        )
    else:
        connection.execute(f"DELETE FROM {where}", (row, name))  # noqa: S608 - the fixed texts above


def _left(adds: Adds, taken: Adds | None) -> Adds:
    """The addings that a removal leaves."""
    if taken is None:
        return {}
    return {desk: dseq for desk, dseq in adds.items() if dseq > taken.get(desk, 0)}


def _adds(connection: Connection, table: str, row: int, name: str) -> Adds | None:
    """The addings that a label has its place from; None where it is not there, or nobody kept them."""
    found = connection.execute(f"SELECT adds FROM {_WHERE[table]}", (row, name)).fetchone()  # noqa: S608 - the fixed texts above
    return json.loads(found[0]) if found and found[0] else None


def learn(connection: Connection) -> None:
    """Find the addings in the log for the labels that are there: rows from before they were kept have none."""
    found: dict[tuple[int, bytes, str], Adds] = {}
    for kind, ent, desk, dseq, text in connection.execute(_SAID):
        body = _body(text)
        if not isinstance(body.get("label"), str):
            continue  # erased, or nobody can read it
        is_contact, is_adding = _MEANING[kind]
        key = (is_contact, bytes(ent), body["label"])
        if is_adding:
            found.setdefault(key, {})[str(desk)] = dseq
        else:
            found[key] = _left(found.get(key, {}), body.get(TAKES))
    rows = [(encode_body(adds), ent, name, is_contact) for (is_contact, ent, name), adds in found.items()]
    for is_contact, statement in enumerate(_KEEP):
        connection.executemany(
            statement, [row[:3] for row in rows if row[3] == is_contact and row[0] != "{}"]
        )


def _body(text: str) -> dict[str, Any]:
    try:
        body = decode_body(text)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


_SAID = "SELECT kind, ent, desk, dseq, body FROM op WHERE kind IN (6, 7, 38, 39) ORDER BY hlc, desk"
_MEANING = {6: (1, True), 7: (1, False), 38: (0, True), 39: (0, False)}
"""By kind (``contact.labelled`` and what follows): whether it is about a contact, and whether it adds."""
_KEEP = (
    "UPDATE conversation_label SET adds = ? WHERE conversation = (SELECT id FROM conversation WHERE uid = ?)"
    " AND label = (SELECT id FROM label WHERE name = ?)",
    "UPDATE contact_label SET adds = ? WHERE contact = (SELECT id FROM contact WHERE uid = ?) AND name = ?",
)
