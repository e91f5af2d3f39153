"""Contents of attachments that another desk got: asked for here, and brought by whatever program syncs this store."""

from __future__ import annotations

from collections.abc import Iterable

from csdesk.desk.context import Desk
from csdesk.i18n import _, ngettext
from csdesk.model.message import Attachment
from csdesk.store import carried, files, joined, messages
from csdesk.store.carried import OnTheirWay, Wish
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


def on_their_way(desk: Desk) -> OnTheirWay:
    """How many files of this desk the hub has not got, and how many are to come from it."""
    return carried.on_their_way(desk.store.reader())


def sentence(way: OnTheirWay) -> str:
    """Files on their way in words, "" for none: ``2 files to send, 1 file to come``."""
    told = (
        (way.up, ngettext("{count} file to send", "{count} files to send", way.up)),
        (way.down, ngettext("{count} file to come", "{count} files to come", way.down)),
        (
            way.refused,
            ngettext(
                "{count} file that the hub would not take",
                "{count} files that the hub would not take",
                way.refused,
            ),
        ),
    )
    return _(", ").join(words.format(count=count) for count, words in told if count)
