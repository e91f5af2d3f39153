"""Who a contact is now, and what their conversations say of it.

Contacts that were merged keep their own rows. The one that stands for all of them shows what any of them is
known by; each of their conversations repeats name, tier and whether they are blocked, for the queue.
"""

from __future__ import annotations

from typing import NamedTuple

from csdesk.store.apply import headings
from csdesk.store.apply.waits import recompute_waiting
from csdesk.store.connect import Connection
from csdesk.store.rows import next_version


class Known(NamedTuple):
    """What a conversation repeats of its contact, in the order of its columns."""

    contact_name: str
    also_known: str
    tier: str | None
    is_blocked: int


_GROUP = """
SELECT c.name, c.tier, c.is_blocked FROM contact c LEFT JOIN contact_merge m ON m.contact = c.id
WHERE c.id = :id OR c.survivor = :id ORDER BY c.survivor IS NOT NULL, m.hlc, m.desk
"""


def known_as(connection: Connection, contact: int) -> Known:
    """What is said of a contact who stands for themselves and, in the order of the merges, for others."""
    rows = connection.execute(_GROUP, {"id": contact}).fetchall()
    if len(rows) == 1:
        name, tier, is_blocked = rows[0]
        return Known(name, "", tier, is_blocked)
    names = list(dict.fromkeys(name for name, _tier, _blocked in rows if name))
    tiers = [tier for _name, tier, _blocked in rows if tier]
    return Known(
        names[0] if names else "",
        "".join(f"\n{name}" for name in names[1:]),
        tiers[0] if tiers else None,
        int(any(is_blocked for _name, _tier, is_blocked in rows)),
    )


def show_anew(connection: Connection, contact: int) -> None:
    """Have all conversations of a contact who stands for themselves say who they are now."""
    known = known_as(connection, contact)
    values = {**known._asdict(), "id": contact, "version": next_version(connection)}
    renamed = _ids(connection, "contact_name <> :contact_name OR also_known <> :also_known", values)
    turned = _ids(connection, "is_blocked <> :is_blocked", values)
    for conversation in renamed:
        headings.take(connection, conversation)
    connection.execute(_SHOW, values)
    for conversation in renamed:
        headings.put(connection, conversation)
    for conversation in turned:
        recompute_waiting(connection, conversation)


def _ids(connection: Connection, differing: str, values: dict[str, object]) -> list[int]:
    """The contact's conversations that say something else; ``differing`` is one of the texts above."""
    rows = connection.execute(f"SELECT id FROM conversation WHERE contact = :id AND ({differing})", values)  # noqa: S608 - fixed texts
    return [conversation for (conversation,) in rows.fetchall()]


_SHOW = """
UPDATE conversation SET version = :version, contact_name = :contact_name, also_known = :also_known, tier = :tier,
  is_blocked = :is_blocked
WHERE contact = :id AND (contact_name <> :contact_name OR also_known <> :also_known OR tier IS NOT :tier
  OR is_blocked <> :is_blocked)
"""
