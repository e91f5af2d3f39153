"""Reading contacts: lists, and who is meant by a ref, an address or a name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from csdesk.errors import NotFound
from csdesk.i18n import _
from csdesk.ids import read_ref
from csdesk.model.operation import Kind
from csdesk.model.people import Contact, as_one
from csdesk.store.connect import Connection

_SELECT = """
SELECT c.id, c.uid, c.name, c.email, c.phone, c.tier, c.source,
  (SELECT count(*) FROM conversation WHERE contact = c.id), c.note, c.is_blocked, c.erased_at, c.lifecycle,
  c.birthday, c.created_at
FROM contact c
"""
NAMED_AT_MOST = 8


def get(connection: Connection, number: int) -> Contact | None:
    """The person who the contact with this local id is now: with all who were merged into one with them."""
    row = connection.execute("SELECT coalesce(survivor, id) FROM contact WHERE id = ?", (number,)).fetchone()
    return as_one(group(connection, row[0])) if row else None


def group(connection: Connection, contact: int) -> list[Contact]:
    """A contact who stands for themselves, then those whom they stand for, in the order of the merges.

    Each says what was said of them alone.
    """
    rows = connection.execute(
        f"{_SELECT} LEFT JOIN contact_merge m ON m.contact = c.id WHERE c.id = :id OR c.survivor = :id"
        " ORDER BY c.survivor IS NOT NULL, m.hlc, m.desk",
        {"id": contact},
    ).fetchall()
    return [_contact(connection, row) for row in rows]


def alone(connection: Connection, number: int) -> Contact | None:
    """The contact with this local id as if they had never been merged."""
    row = connection.execute(f"{_SELECT} WHERE c.id = ?", (number,)).fetchone()
    return _contact(connection, row) if row else None


def page(
    connection: Connection, words: str = "", after: int | None = None, limit: int = 50
) -> list[tuple[Contact, str]]:
    """Contacts, newest first, each with the ref of their newest conversation ("" for none).

    ``words`` stand somewhere in a name, an e-mail address or a phone number they have or had, in any case of
    letters; ``after`` is the id of the last one of the page before.
    """
    rows = connection.execute(
        "SELECT c.id FROM contact c WHERE c.survivor IS NULL AND c.id < :after AND (:words = '' OR"  # noqa: S608 - fixed texts
        f" {_SAYS.format(row='c')} OR EXISTS (SELECT 1 FROM contact m WHERE m.survivor = c.id"
        f" AND ({_SAYS.format(row='m')}))) ORDER BY c.id DESC LIMIT :limit",
        {"after": _LAST if after is None else after, "words": words.lower(), "limit": limit},
    ).fetchall()
    return [(as_one(group(connection, number)), newest_ref(connection, number)) for (number,) in rows]


_SAYS = "instr(lower({row}.name), :words) OR instr(lower({row}.email), :words) OR instr(lower({row}.phone), :words)"
_LAST = (1 << 63) - 1


def _contact(connection: Connection, row: Sequence[Any]) -> Contact:
    """A row of _SELECT, whose columns come in the order of a contact's fields, and the labels."""
    made = Contact(*row)
    labels = connection.execute(
        "SELECT name FROM contact_label WHERE contact = ? ORDER BY name", (made.id,)
    ).fetchall()
    return replace(made, is_blocked=bool(made.is_blocked), labels=tuple(label for (label,) in labels))


def newest_ref(connection: Connection, contact: int) -> str:
    """The ref of a contact's newest conversation, by which commands name the contact; "" for none."""
    row = connection.execute(
        "SELECT ref FROM conversation WHERE contact = ? ORDER BY id DESC LIMIT 1", (contact,)
    ).fetchone()
    return str(row[0]) if row else ""


def refs(connection: Connection, contact: int, limit: int) -> list[str]:
    """Refs of a contact's conversations, newest first."""
    rows = connection.execute(
        "SELECT ref FROM conversation WHERE contact = ? ORDER BY id DESC LIMIT ?", (contact, limit)
    ).fetchall()
    return [ref for (ref,) in rows]


def named(connection: Connection, typed: str) -> Contact:
    """Who is meant by ``typed``: the ref of one of their conversations, their e-mail, phone or whole name.

    Raises NotFound when that is nobody, or more than one person; the error lists their refs.
    """
    plain = typed.strip()
    numbers = [] if plain.startswith("#") else _by_words(connection, plain)
    prefix = read_ref(plain)
    if prefix is not None and not numbers:
        numbers = _by_ref(connection, prefix)
    found = [contact for number in numbers if (contact := get(connection, number)) is not None]
    if not found:
        raise NotFound(
            "contact.unknown",
            _("No contact is known as {name}.").format(name=plain[:40]),
            _("Give the ref of a conversation with them, or their whole e-mail, phone number or name."),
        )
    if len(found) > 1:
        listed = ", ".join(f"#{newest_ref(connection, contact.id)}" for contact in found[:NAMED_AT_MOST])
        raise NotFound(
            "contact.ambiguous",
            _("More than one contact is known as {name}.").format(name=plain[:40]),
            _("Give the ref of a conversation with the one you mean: {refs}.").format(refs=listed),
        )
    return found[0]


def _by_words(connection: Connection, words: str) -> list[int]:
    rows = connection.execute(
        "SELECT DISTINCT coalesce(survivor, id) FROM contact WHERE name = :words"
        " OR email = :words COLLATE NOCASE OR phone = :words ORDER BY 1 DESC LIMIT :most",
        {"words": words, "most": NAMED_AT_MOST + 1},
    ).fetchall()
    return [number for (number,) in rows]


def _by_ref(connection: Connection, prefix: str) -> list[int]:
    rows = connection.execute(
        "SELECT DISTINCT contact FROM conversation WHERE ref >= ? AND ref < ? LIMIT ?",
        (prefix, prefix + "[", NAMED_AT_MOST + 1),
    ).fetchall()
    return [number for (number,) in rows]


def all_uids(connection: Connection, contact: int) -> list[bytes]:
    """The uids of a contact, of all who were merged with them, and of all their conversations.

    That is everything an erasure of a person who stands for themselves is about.
    """
    rows = connection.execute(
        "SELECT uid FROM contact WHERE id = :id OR survivor = :id"
        " UNION ALL SELECT uid FROM conversation WHERE contact = :id",
        {"id": contact},
    ).fetchall()
    return [bytes(uid) for (uid,) in rows]


def own_uids(connection: Connection, contact: int) -> list[bytes]:
    """The uids of a contact and of the conversations that were opened for them, whoever they are now."""
    rows = connection.execute(
        "SELECT uid FROM contact WHERE id = :id UNION ALL"
        " SELECT uid FROM conversation WHERE contact = (SELECT coalesce(survivor, id) FROM contact WHERE id = :id)"
        " AND coalesce(owner, contact) = :id",
        {"id": contact},
    ).fetchall()
    return [bytes(uid) for (uid,) in rows]


def survivor_of(connection: Connection, contact: int) -> int:
    """The contact who stands for this one: themselves, unless they were merged."""
    row = connection.execute("SELECT coalesce(survivor, id) FROM contact WHERE id = ?", (contact,)).fetchone()
    return int(row[0])


@dataclass(frozen=True, slots=True)
class Merge:
    """A contact who was merged: who, and into whom, by uid."""

    contact: bytes
    target: bytes


def last_merge(connection: Connection, contact: int) -> Merge | None:
    """The latest merge that holds among those whom a contact stands for; None when they stand for nobody else."""
    row = connection.execute(
        "SELECT c.uid, target.uid FROM contact c JOIN contact_merge m ON m.contact = c.id"
        " JOIN contact target ON target.id = m.target WHERE c.survivor = ? ORDER BY m.hlc DESC, m.desk DESC LIMIT 1",
        (contact,),
    ).fetchone()
    return Merge(bytes(row[0]), bytes(row[1])) if row else None


@dataclass(frozen=True, slots=True)
class StageReached:
    """A stage of the sale that a contact's conversation came to, and when (UTC ms)."""

    at: int
    stage: str
    ref: str


def stages(connection: Connection, contact: int, limit: int = 5) -> list[StageReached]:
    """The latest stages that a contact's conversations came to, newest first.

    A conversation begins in the stage of its first event about one, or has kept the one it has.
    """
    rows = connection.execute(_STAGES, {"id": contact, "limit": limit}).fetchall()
    return [StageReached(*row) for row in rows]


_STAGES = f"""
WITH told AS (SELECT e.id, e.at, e.body ->> '$.stage' AS stage, e.body ->> '$.before' AS before, c.id AS conversation,
    c.ref, c.opened_at, row_number() OVER (PARTITION BY c.id ORDER BY e.id) AS place
  FROM conversation c CROSS JOIN event e ON e.conversation = c.id
  WHERE c.contact = :id AND e.kind = {int(Kind.CONVERSATION_EDITED)})
SELECT at, stage, ref FROM (
  SELECT at, stage, ref FROM told UNION ALL
  SELECT opened_at, before, ref FROM told WHERE place = 1 UNION ALL
  SELECT opened_at, stage, ref FROM conversation c
    WHERE contact = :id AND id NOT IN (SELECT conversation FROM told))
WHERE stage IS NOT NULL ORDER BY at DESC LIMIT :limit
"""  # noqa: S608 - a number of ours


def uid(connection: Connection, contact: int) -> bytes:
    """The uid of the contact with this local id, who must be there."""
    return bytes(connection.execute("SELECT uid FROM contact WHERE id = ?", (contact,)).fetchone()[0])


def by_uid(connection: Connection, uid: bytes) -> int:
    """The local id of the contact with this uid, who must be there."""
    return int(connection.execute("SELECT id FROM contact WHERE uid = ?", (uid,)).fetchone()[0])
