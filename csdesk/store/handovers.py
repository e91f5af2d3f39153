"""Handovers as they are read: the list, one with its items, and what became of each."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from csdesk.errors import NotFound
from csdesk.i18n import _
from csdesk.ids import REF_SHOWN, read_ref
from csdesk.model.handover import Handover, Item, Role, Section, Signature, Standing
from csdesk.store.connect import Connection
from csdesk.store.conversations import short_ref

_NOT_REPLACED = "NOT EXISTS (SELECT 1 FROM handover newer WHERE newer.replaces = h.uid)"
_SELECT = f"""
SELECT h.id, h.uid, h.ref, h.since, h.at, h.agent, giver.name, taker.name, h.text,
  (SELECT min(n.at) FROM handover n WHERE (n.at, n.ref) > (h.at, h.ref)
    AND NOT EXISTS (SELECT 1 FROM handover newer WHERE newer.replaces = n.uid))
FROM handover h JOIN agent giver ON giver.id = h.agent LEFT JOIN agent taker ON taker.id = h.to_agent
WHERE {_NOT_REPLACED}
"""  # noqa: S608 - our own texts


def listed(connection: Connection, limit: int = 50) -> list[Handover]:
    """The newest handovers first; those that their giver wrote again are left out."""
    rows = connection.execute(f"{_SELECT} ORDER BY h.at DESC, h.ref DESC LIMIT ?", (limit,)).fetchall()
    return [_handover(connection, row) for row in rows]


def newest(connection: Connection) -> Handover | None:
    """The last handover, or None before the first."""
    found = listed(connection, 1)
    return found[0] if found else None


def by_ref(connection: Connection, typed: str) -> Handover:
    """The handover whose ref starts with what was typed. Raises NotFound when none or several do."""
    prefix = read_ref(typed) or "-"
    rows = connection.execute(
        f"{_SELECT} AND h.ref >= ? AND h.ref < ? LIMIT 2", (prefix, prefix + "[")
    ).fetchall()
    if len(rows) != 1:
        raise NotFound(
            "handover.unknown",
            _("No handover has the ref {ref}.").format(ref=typed.strip()[:40]),
            _("csdesk handover list shows them."),
        )
    return _handover(connection, rows[0])


def _handover(connection: Connection, row: tuple[Any, ...]) -> Handover:
    number, uid, ref, since, at, giver, giver_name, to, text, next_at = row
    signatures = connection.execute(
        "SELECT s.role, s.agent, agent.name, s.at FROM handover_signature s JOIN agent ON agent.id = s.agent"
        " WHERE s.handover = ? ORDER BY s.at, s.role",
        (number,),
    ).fetchall()
    return Handover(
        number,
        bytes(uid),
        ref,
        ref[:REF_SHOWN],
        since,
        at,
        giver,
        giver_name,
        to,
        text,
        next_at,
        tuple(Signature(Role(role), agent, name, signed_at) for role, agent, name, signed_at in signatures),
    )


@dataclass(frozen=True, slots=True)
class Named:
    """The conversation of an item as a line shows it; ``id`` None where this desk does not hold it.

    ``said`` is the message the item is about, else the last line of the conversation.
    """

    id: int | None
    ref: str
    contact_name: str
    tier: str | None
    said: str


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item of a handover, its place in it, and what became of its conversation."""

    place: int
    item: Item
    named: Named
    standing: Standing


_ITEMS = """
SELECT i.place, i.section, i.conversation, i.message, i.due_at, c.id, c.ref, c.contact_name, c.tier, c.preview,
  (SELECT text FROM message WHERE uid = i.message), c.status = 'resolved', c.waiting_since IS NOT NULL,
  (SELECT max(m.at) FROM message m WHERE m.conversation = c.id AND m.sender = 'agent'), t.is_done
FROM handover_item i LEFT JOIN conversation c ON c.uid = i.conversation
LEFT JOIN handover_tick t ON t.handover = i.handover AND t.place = i.place
WHERE i.handover = ? ORDER BY i.place
"""


def items(connection: Connection, handover: int) -> list[ItemRow]:
    """The items of a handover, in the order they were written."""
    return [_item(connection, row) for row in connection.execute(_ITEMS, (handover,)).fetchall()]


def _item(connection: Connection, row: tuple[Any, ...]) -> ItemRow:
    place, section, uid, message, due_at, number, ref, name, tier, preview, said, *stands = row
    is_resolved, is_waiting, answered_at, ticked = stands
    item = Item(
        Section(section) if section in set(Section) else Section.NOTED,
        bytes(uid),
        None if message is None else bytes(message),
        due_at,
    )
    named = Named(number, short_ref(connection, ref) if ref else "", name or "", tier, said or preview or "")
    standing = Standing(
        bool(is_resolved), bool(is_waiting), answered_at, None if ticked is None else bool(ticked)
    )
    return ItemRow(place, item, named, standing)


# -- what is being written


def draft(connection: Connection, agent: int) -> str | None:
    """The text an agent has not finished, or None."""
    row = connection.execute("SELECT text FROM handover_draft WHERE agent = ?", (agent,)).fetchone()
    return None if row is None else str(row[0])


def keep_draft(connection: Connection, agent: int, text: str, at: int) -> None:
    """Keep unfinished text; an empty one is forgotten."""
    if not text.strip():
        connection.execute("DELETE FROM handover_draft WHERE agent = ?", (agent,))
        return
    connection.execute(
        "INSERT INTO handover_draft(agent, text, updated_at) VALUES(?,?,?)"
        " ON CONFLICT(agent) DO UPDATE SET text = excluded.text, updated_at = excluded.updated_at",
        (agent, text, at),
    )


SHORTEST = 2
"""Characters of a name that is looked for: one alone is part of many words."""


def that_say(connection: Connection, names: Iterable[str]) -> tuple[str, ...]:
    """The refs of the handovers whose text holds one of these names, the oldest first."""
    asked = json.dumps(sorted(name for name in names if len(name) >= SHORTEST))
    rows = connection.execute(
        "SELECT ref FROM handover h WHERE EXISTS (SELECT 1 FROM json_each(?) WHERE instr(h.text, value)) ORDER BY at",
        (asked,),
    )
    return tuple(ref for (ref,) in rows.fetchall())
