"""Reading contacts: lists, and who is meant by a ref, an address or a name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from csdesk.errors import NotFound
from csdesk.i18n import _
from csdesk.ids import read_ref
from csdesk.model.people import Contact
from csdesk.store.connect import Connection

_SELECT = """
SELECT c.id, c.uid, c.name, c.email, c.phone, c.tier, c.source,
  (SELECT count(*) FROM conversation WHERE contact = c.id), c.note, c.is_blocked, c.erased_at FROM contact c
"""
NAMED_AT_MOST = 8


def get(connection: Connection, number: int) -> Contact | None:
    """The contact with this local id."""
    row = connection.execute(f"{_SELECT} WHERE c.id = ?", (number,)).fetchone()
    return _contact(row) if row else None


def page(
    connection: Connection, words: str = "", after: int | None = None, limit: int = 50
) -> list[tuple[Contact, str]]:
    """Contacts, newest first, each with the ref of their newest conversation ("" for none).

    ``words`` stand somewhere in the name, the e-mail address or the phone number, in any case of
    letters; ``after`` is the id of the last one of the page before.
    """
    rows = connection.execute(
        f"{_SELECT} WHERE c.id < :after AND (:words = '' OR instr(lower(c.name), :words)"
        " OR instr(lower(c.email), :words) OR instr(lower(c.phone), :words)) ORDER BY c.id DESC LIMIT :limit",
        {"after": _LAST if after is None else after, "words": words.lower(), "limit": limit},
    ).fetchall()
    return [(_contact(row), newest_ref(connection, row[0])) for row in rows]


_LAST = (1 << 63) - 1


def _contact(row: Sequence[Any]) -> Contact:
    number, uid, name, email, phone, tier, source, count, note, is_blocked, erased_at = row
    return Contact(number, uid, name, email, phone, tier, source, count, note, bool(is_blocked), erased_at)


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
        "SELECT id FROM contact WHERE name = :words OR email = :words COLLATE NOCASE OR phone = :words"
        " ORDER BY id DESC LIMIT :most",
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
    """The uids of a contact and of all their conversations: everything an erasure is about."""
    rows = connection.execute(
        "SELECT uid FROM contact WHERE id = :id UNION ALL SELECT uid FROM conversation WHERE contact = :id",
        {"id": contact},
    ).fetchall()
    return [bytes(uid) for (uid,) in rows]


def uid(connection: Connection, contact: int) -> bytes:
    """The uid of the contact with this local id, who must be there."""
    return bytes(connection.execute("SELECT uid FROM contact WHERE id = ?", (contact,)).fetchone()[0])
