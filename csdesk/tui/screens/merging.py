"""Merging two contacts on the screen: finding the other one, and seeing what both would be."""

from __future__ import annotations

from textual.content import Content

from csdesk.desk import contacts as cases
from csdesk.desk.context import Desk
from csdesk.errors import CsdeskError, NotFound
from csdesk.i18n import _, ngettext
from csdesk.model.people import Contact
from csdesk.store import contacts
from csdesk.store.connect import Connection
from csdesk.tui.safe import plain_line
from csdesk.tui.screens.modals import Choice, ChoiceQuestion

Pair = tuple[Contact, Contact]
"""Who goes, and who stays."""


def find_contacts(connection: Connection, typed: str, most: int) -> list[Contact]:
    """Who may be meant: by a ref, else by anything that stands in a name or an address."""
    if typed.strip().startswith("#"):
        try:
            return [contacts.named(connection, typed)]
        except NotFound:
            return []
    return [found for found, _ref in contacts.page(connection, typed.strip(), limit=most)]


def contact_line(who: Contact) -> str:
    """A contact in one line of a list."""
    count = ngettext("{count} conversation", "{count} conversations", who.conversation_count)
    tier = _("tier {tier}").format(tier=who.tier) if who.tier else ""
    parts = [who.name or _("visitor"), tier, who.phone, who.email, count.format(count=who.conversation_count)]
    return " · ".join(filter(None, parts))


class MergeQuestion(ChoiceQuestion[Pair]):
    """What the merge makes of both, before it is done."""

    DEFAULT_CSS = "MergeQuestion > Vertical { width: 76; }"

    def __init__(self, desk: Desk, gone: Contact, survivor: Contact) -> None:
        names = {"gone": gone.name or _("visitor"), "survivor": survivor.name or _("visitor")}
        super().__init__(
            _("Merge {gone} into {survivor}?").format(**names),
            [
                Choice(_("Merge them"), (gone, survivor)),
                Choice(_("The other way round: {gone} stays").format(**names), (survivor, gone)),
            ],
            _preview(desk.store.reader(), gone, survivor),
        )


def _preview(connection: Connection, gone: Contact, survivor: Contact) -> Content:
    try:
        whole = cases.preview_merge(connection, gone.id, survivor.id).whole
    except CsdeskError as error:
        return plain_line(error.sentence)
    facts = [
        (_("Was"), contact_line(gone)),
        (_("and"), contact_line(survivor)),
        (_("Becomes"), contact_line(whole)),
        (_("Also"), ", ".join([*whole.also_names, *whole.also_at])),
        (_("Labels"), ", ".join(whole.labels)),
        (_("Note"), whole.note),
    ]
    rows = [
        Content.assemble(Content.styled(f"{label}  ", "$hint"), plain_line(value))
        for label, value in facts
        if value
    ]
    return Content("\n").join(rows)
