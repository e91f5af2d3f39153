"""Contents of attachments that another desk got: asked for here, and brought by whatever program syncs this store."""

from __future__ import annotations

from collections.abc import Iterable

from csdesk.desk.context import Desk
from csdesk.model.message import Attachment
from csdesk.store import carried, files, joined, messages
from csdesk.store.carried import Wish
from csdesk.store.writer import Transaction


def comes(desk: Desk, file: Attachment) -> bool:
    """Whether the content of ``file`` is not here and may come from the hub."""
    is_missing = bool(file.sha256) and not files.is_here(desk.store.path, file.sha256)
    return is_missing and file.size > 0 and joined.home_scope(desk.store.reader()) is not None


def ask_for(desk: Desk, wanted: Iterable[Attachment]) -> None:
    """Have these contents fetched; asking again for what did not come tries again. Raises StoreError."""
    asked = [each for each in wanted if comes(desk, each)]

    def work(tx: Transaction) -> None:
        for each in asked:
            carried.wish(tx, each.sha256, each.size)

    if asked:
        desk.store.write(work)


def standing(desk: Desk, file: Attachment) -> Wish | None:
    """How far a file has come that was asked for; None when it is here, or was not asked for."""
    if files.is_here(desk.store.path, file.sha256):
        return None
    return carried.wished(desk.store.reader(), file.sha256)


def missing_of(desk: Desk, message: int) -> list[Attachment]:
    """The files of a message (local id) whose content has to come from the hub before it can be sent."""
    return [each for each in messages.attachments_of(desk.store.reader(), message) if comes(desk, each)]
