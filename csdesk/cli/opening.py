"""How a command comes by an open desk, and by the conversation it was told to work on."""

from __future__ import annotations

from csdesk.cli.start import Start
from csdesk.clock import clock_from_environment
from csdesk.desk.context import Desk
from csdesk.model.conversation import Conversation
from csdesk.store import conversations
from csdesk.store.database import Store, open_store


def open_for(start: Start) -> Desk:
    """The desk that ``start`` asks for; the caller closes it. A missing store is never made here."""
    from csdesk.bootstrap import open_desk

    return open_desk(start.database, agent=start.agent, settings=start.settings)


def store_of(start: Start, *, create: bool = False) -> Store:
    """The store alone, with nobody acting: no agent is made on the way. The caller closes it."""
    return open_store(start.database, clock_from_environment(), create=create)


def conversation_of(desk: Desk, ref: str) -> Conversation:
    """The conversation a person named. Raises NotFound, also when the ref fits several."""
    reader = desk.store.reader()
    return conversations.get(reader, conversations.by_ref(reader, ref))
