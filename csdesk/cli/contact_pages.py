"""How a contact looks as plain text: one line, or the whole card."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from csdesk.cli.moments import local_time
from csdesk.cli.pages import SEPARATOR, name_of
from csdesk.cli.wording import LIFECYCLE, STAGE, word
from csdesk.clock import format_time
from csdesk.i18n import _, ngettext
from csdesk.model.people import Contact
from csdesk.store.contacts import StageReached


def contact_name(who: Contact) -> str:
    """A contact's name; of one who was erased, when."""
    if who.erased_at is not None and not who.name:
        return _("(erased on {date})").format(date=format_time(who.erased_at)[:10])
    return name_of(who.name)


def contact_card(who: Contact, refs: Sequence[str], stages: Sequence[StageReached]) -> Iterator[str]:
    """Who they are, how to reach them, what colleagues noted, how far they came, their conversations."""
    tier = _("tier {tier}").format(tier=who.tier) if who.tier else ""
    blocked = _("blocked") if who.is_blocked else ""
    yield SEPARATOR.join(filter(None, [contact_name(who), tier, word(LIFECYCLE, who.lifecycle), blocked]))
    reach = [who.email, who.phone, who.source, who.birthday, " ".join(f"+{label}" for label in who.labels)]
    if any(reach):
        yield SEPARATOR.join(filter(None, reach))
    if who.also_names or who.also_at:
        yield _("also {names}").format(names=", ".join([*who.also_names, *who.also_at]))
    if who.note:
        yield who.note
    for reached in stages:
        yield f"{local_time(reached.at)}  {word(STAGE, reached.stage)}  #{reached.ref}"
    count = who.conversation_count
    yield ngettext("{count} conversation: {refs}", "{count} conversations: {refs}", count).format(
        count=count, refs=", ".join(f"#{ref}" for ref in refs)
    )
