"""``csdesk train from-conversation``: a draft of a scenario out of a conversation of the desk."""

from __future__ import annotations

from csdesk.cli.opening import conversation_of, open_for
from csdesk.cli.start import Start
from csdesk.model.conversation import Stage
from csdesk.store import contacts, messages
from csdesk.trainer.drafting import draft

MOST_MESSAGES = 500


def draft_of(start: Start, ref: str) -> str:
    """The draft in YAML. Raises NotFound for an unknown ref, Refused when nobody says anything in it."""
    with open_for(start) as desk:
        current = conversation_of(desk, ref)
        reader = desk.store.reader()
        lines = messages.before(reader, current.id, None, MOST_MESSAGES)
        who = contacts.get(reader, current.contact)
    names = [current.contact_name, *([who.name] if who else []), *(line.author_name for line in lines)]
    return draft(lines, names, current.ref, Stage(current.stage) if current.stage else None)
