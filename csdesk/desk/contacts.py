"""What is known of a contact, and changing it."""

from __future__ import annotations

from csdesk.desk.context import Desk
from csdesk.errors import UsageError
from csdesk.i18n import _
from csdesk.model.operation import Kind
from csdesk.model.people import Contact
from csdesk.store import contacts
from csdesk.store.writer import Transaction
from csdesk.text import clean, clean_line

LINE_CHARS = 200
NOTE_CHARS = 2_000


def edit(desk: Desk, contact: int, changes: dict[str, str | bool | None]) -> Contact:
    """Change some of name, email, phone, tier, note, is_blocked; "" takes a value away.

    Raises UsageError when a value is too long.
    """
    cleaned = {field: _cleaned(field, value) for field, value in changes.items()}

    def work(tx: Transaction) -> None:
        tx.record(Kind.CONTACT_EDITED, contacts.uid(tx.connection, contact), cleaned)

    desk.store.write(work)
    found = contacts.get(desk.store.reader(), contact)
    if found is None:
        raise AssertionError("a contact is never removed")
    return found


def _cleaned(field: str, value: str | bool | None) -> str | int | None:
    if isinstance(value, bool):
        return int(value)
    most = NOTE_CHARS if field == "note" else LINE_CHARS
    plain = (clean if field == "note" else clean_line)(value or "").strip()
    if len(plain) > most:
        raise UsageError(
            "contact.too_long",
            _("The {field} is longer than {most} characters.").format(field=field, most=most),
            _("Shorten it."),
        )
    return plain if plain or field in ("name", "note") else None
