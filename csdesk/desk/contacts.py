"""What is known of a contact: changing it, blocking them, and finding that two of them are one person."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from csdesk.desk import undoing
from csdesk.desk.context import Desk
from csdesk.errors import NotFound, Refused, UsageError
from csdesk.i18n import _
from csdesk.model.conversation import Tier
from csdesk.model.operation import Kind
from csdesk.model.people import Contact, Lifecycle, as_one
from csdesk.store import contacts
from csdesk.store import labels as labels_of
from csdesk.store.connect import Connection
from csdesk.store.writer import Transaction
from csdesk.text import clean, clean_line

LINE_CHARS = 200
NOTE_CHARS = 2_000
LABEL_CHARS = 40
LABELS_AT_MOST = 20
CHOICES: Mapping[str, type[StrEnum]] = {"tier": Tier, "lifecycle": Lifecycle}
"""Fields that are one of a few words."""
_BIRTHDAY = re.compile(r"(?:(?P<year>\d{4})-)?(?P<month>\d{1,2})-(?P<day>\d{1,2})")
_LEAP_YEAR = 2000

Value = str | bool | None


def edit(desk: Desk, contact: int, changes: Mapping[str, Value]) -> Contact:
    """Change some of name, email, phone, tier, source, lifecycle, birthday, note; "" takes a value away.

    Of merged contacts it holds for all: what one of them still says otherwise is taken away. What is as it was
    makes no operation. Raises UsageError for a value that is too long or is none of those there are.
    """
    cleaned = {field: clean_value(field, value) for field, value in changes.items()}

    def work(tx: Transaction) -> Contact:
        people = _people(tx.connection, contact)
        whole = as_one(people)
        fresh = {field: value for field, value in cleaned.items() if getattr(whole, field) != value}
        for each in people:
            own = fresh if each is people[0] else _to_take_away(each, fresh)
            if own:
                tx.record(Kind.CONTACT_EDITED, each.uid, own)
        return as_one(_people(tx.connection, contact))

    return desk.store.write(work)


def _to_take_away(merged: Contact, fresh: Mapping[str, str | int | None]) -> dict[str, str | int | None]:
    """What a merged contact says that would show through ``fresh``."""
    return {
        field: value if field == "is_blocked" else "" if field in ("name", "note") else None
        for field, value in fresh.items()
        if getattr(merged, field) and (not value or field == "note")
    }


def clean_value(field: str, value: Value) -> str | int | None:
    """``value`` of ``field`` as it is stored. Raises UsageError as ``edit`` does."""
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
    if not plain:
        return plain if field in ("name", "note") else None
    if field == "birthday":
        return _birthday(plain)
    return plain if field not in CHOICES else _one_of(CHOICES[field], plain)


def _one_of(words: type[StrEnum], typed: str) -> str:
    by_word = {word.casefold(): word.value for word in words}
    if typed.casefold() not in by_word:
        raise UsageError(
            "contact.bad_word",
            _("{value} is none of {words}.").format(value=typed[:40], words=", ".join(words)),
            _("Choose one of them, or leave it empty."),
        )
    return by_word[typed.casefold()]


def _birthday(typed: str) -> str:
    """YYYY-MM-DD, or MM-DD without a year."""
    read = _BIRTHDAY.fullmatch(typed.replace("/", "-").replace(".", "-"))
    try:
        if read is None:
            raise ValueError
        day = date(int(read["year"] or _LEAP_YEAR), int(read["month"]), int(read["day"]))
    except ValueError:
        raise UsageError(
            "contact.bad_birthday",
            _("{value} is no day of the year.").format(value=typed[:40]),
            _("Write it as 1990-02-28, or 02-28 without the year."),
        ) from None
    return day.isoformat() if read["year"] else day.isoformat()[5:]


def set_labels(desk: Desk, contact: int, labels: tuple[str, ...]) -> Contact:
    """Have the contact bear these labels and no others. Raises UsageError for one that is too long, or too many."""
    wanted = set(map(_clean_label, labels))
    if len(wanted) > LABELS_AT_MOST:
        raise UsageError(
            "contact.labels",
            _("A contact has at most {most} labels.").format(most=LABELS_AT_MOST),
            _("Leave some out."),
        )

    def work(tx: Transaction) -> Contact:
        people = _people(tx.connection, contact)
        said = {"by": desk.agent.uid.hex(), "at": tx.now_ms}
        for each in people:
            for name in sorted(set(each.labels) - wanted):
                takes = labels_of.takes(tx.connection, "contact", each.id, name)
                tx.record(Kind.CONTACT_UNLABELLED, each.uid, {**said, "label": name, **takes})
        for name in sorted(wanted - set(as_one(people).labels)):
            tx.record(Kind.CONTACT_LABELLED, people[0].uid, {**said, "label": name})
        return as_one(_people(tx.connection, contact))

    return desk.store.write(work)


def _clean_label(name: str) -> str:
    plain = clean_line(name).strip()
    if not plain or len(plain) > LABEL_CHARS:
        raise UsageError(
            "label.bad",
            _("A label has 1 to {most} characters.").format(most=LABEL_CHARS),
            _("Choose a short word."),
        )
    return plain


def block(desk: Desk, contact: int) -> Contact:
    """What they write is stored from now on, and nobody waits: no alert, no bell, no automatic text."""
    return edit(desk, contact, {"is_blocked": True})


def unblock(desk: Desk, contact: int) -> Contact:
    """They are customers like others again; what they wrote meanwhile and nobody answered waits."""
    return edit(desk, contact, {"is_blocked": False})


@dataclass(frozen=True, slots=True)
class Preview:
    """What a merge would make of two contacts: ``gone`` into ``survivor`` makes ``whole``."""

    gone: Contact
    survivor: Contact
    whole: Contact


def preview_merge(connection: Connection, gone: int, survivor: int) -> Preview:
    """What ``merge`` would do; changes nothing. Raises as ``merge`` does."""
    theirs, ours = _people(connection, gone), _people(connection, survivor)
    if theirs[0].id == ours[0].id:
        raise Refused("merge.same", _("That is the same contact already."), _("Name two different contacts."))
    for each in (theirs[0], ours[0]):
        if each.erased_at is not None and not each.name:
            raise Refused(
                "merge.erased",
                _("One of them was erased: nothing is known of them that could be merged."),
                _("Name two contacts of whom something is known."),
            )
    return Preview(as_one(theirs), as_one(ours), as_one([*ours, *theirs]))


def merge(desk: Desk, gone: int, survivor: int) -> Preview:
    """Have contact ``gone`` be the person ``survivor``: one card, one list of conversations, found under both names.

    Both keep what was said of them alone, so that ``unmerge`` brings them back as they were. Raises Refused
    when they are one already, or one was erased; NotFound.
    """

    def work(tx: Transaction) -> Preview:
        made = preview_merge(tx.connection, gone, survivor)
        said = {"into": made.survivor.uid.hex(), "by": desk.agent.uid.hex(), "at": tx.now_ms}
        tx.record(Kind.CONTACT_MERGED, made.gone.uid, said)
        undoing.remember_merge(tx, desk.agent, made.survivor.id, made.gone.uid)
        return made

    return desk.store.write(work)


def unmerge(desk: Desk, contact: int) -> Contact:
    """Take apart the last merge of this person; who stands alone again.

    Raises Refused when nobody was merged into them.
    """

    def work(tx: Transaction) -> Contact:
        last = contacts.last_merge(tx.connection, _people(tx.connection, contact)[0].id)
        if last is None:
            raise Refused(
                "unmerge.nothing",
                _("Nobody was merged into this contact."),
                _("csdesk contact show tells the names a contact has."),
            )
        tx.record(Kind.CONTACT_UNMERGED, last.contact, {"by": desk.agent.uid.hex(), "at": tx.now_ms})
        found = contacts.get(tx.connection, contacts.by_uid(tx.connection, last.contact))
        return _known(found)

    return desk.store.write(work)


def _people(connection: Connection, contact: int) -> list[Contact]:
    """Who the contact is now, then those who were merged into them."""
    return contacts.group(connection, _known(contacts.get(connection, contact)).id)


def _known(found: Contact | None) -> Contact:
    if found is None:
        raise NotFound(
            "contact.unknown", _("There is no such contact."), _("csdesk contact list shows them.")
        )
    return found
