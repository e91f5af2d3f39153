"""How a command comes by an open desk, and by the conversation it was told to work on."""

from __future__ import annotations

from csdesk.cli.output import narrate
from csdesk.cli.progress import progress_bar
from csdesk.cli.start import Start
from csdesk.clock import clock_from_environment
from csdesk.desk.context import Desk
from csdesk.i18n import _
from csdesk.model.conversation import Conversation
from csdesk.store import connect, conversations, erasing, presence
from csdesk.store.database import Store, open_store


def open_for(start: Start) -> Desk:
    """The desk that ``start`` asks for; the caller closes it. A missing store is never made here."""
    from csdesk.bootstrap import open_desk

    upgrade(start)
    desk = open_desk(start.database, agent=start.agent, settings=start.settings)
    _tell_lost(desk.store)
    _tell_unfinished(desk.store)
    return desk


def store_of(start: Start, *, create: bool = False) -> Store:
    """The store alone, with nobody acting: no agent is made on the way. The caller closes it."""
    upgrade(start)
    store = open_store(start.database, clock_from_environment(), create=create)
    _tell_lost(store)
    return store


def _tell_lost(store: Store) -> None:
    """Say what a cut or removed write-ahead log took: the next write makes the witness forget it."""
    if store.lost:
        narrate(store.lost.sentence)
        narrate(_("csdesk db verify tells more; csdesk db restore brings a backup back."))


def _tell_unfinished(store: Store) -> None:
    """Say that an erasure was cut off: the words of somebody who asked are still there."""
    if any(erasing.unfinished(store.reader())):
        narrate(_("An erasure was cut off before its end: csdesk contact erase --resume finishes it."))


def upgrade(start: Start) -> None:
    """Bring an older store up to date, with a bar for the person who waits; a missing one is left missing."""
    clock = clock_from_environment()
    if connect.exists(start.database) and presence.needs_upgrade(start.database):
        with progress_bar(_("Upgrading the store")) as progress:
            presence.bring_up_to_date(start.database, clock, progress)


def conversation_of(desk: Desk, ref: str) -> Conversation:
    """The conversation a person named. Raises NotFound, also when the ref fits several."""
    reader = desk.store.reader()
    return conversations.get(reader, conversations.by_ref(reader, ref))
