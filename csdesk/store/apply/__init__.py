"""From one operation to rows: the only code that changes a projection.

A local operation and one that came from a hub go the same way. A kind that this csdesk does
not know stays in the log and changes nothing; it is replayed after an upgrade.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby

from csdesk.model.operation import Kind, Operation
from csdesk.store.apply import conversations, erasing, handovers, merging, messages, offers, people, published
from csdesk.store.apply.batch import Batch
from csdesk.store.apply.shared import Shared
from csdesk.store.connect import Connection

_IN_BATCH: dict[int, Callable[[Batch, Operation], None]] = {
    Kind.CONTACT_ADDED: people.contact_added,
    Kind.AGENT_ADDED: people.agent_added,
    Kind.TEAM_ADDED: people.team_added,
    Kind.INBOX_ADDED: people.inbox_added,
    Kind.CONVERSATION_OPENED: conversations.opened,
    Kind.CONVERSATION_CLAIMED: conversations.claimed,
    Kind.CONVERSATION_RELEASED: conversations.released,
    Kind.CONVERSATION_TRANSFERRED: conversations.transferred,
    Kind.CONVERSATION_RESOLVED: conversations.resolved,
    Kind.CONVERSATION_REOPENED: conversations.reopened,
    Kind.CONVERSATION_SNOOZED: conversations.snoozed,
    Kind.CONVERSATION_WOKEN: conversations.woken,
    Kind.CONVERSATION_LABELLED: conversations.labelled,
    Kind.CONVERSATION_UNLABELLED: conversations.unlabelled,
    Kind.CONVERSATION_PRIORITISED: conversations.prioritised,
    Kind.CONVERSATION_EDITED: conversations.edited,
    Kind.CONVERSATION_RESTORED: conversations.restored,
    Kind.CONVERSATION_OFFERED: offers.offered,
    Kind.CONVERSATION_RETURNED: offers.returned,
    Kind.MESSAGE_ADDED: messages.added,
    Kind.MESSAGE_DELIVERED: messages.delivered,
}
_ON_ROWS: dict[int, Callable[[Connection, Operation], None]] = {
    Kind.CONTACT_EDITED: people.contact_edited,
    Kind.CONTACT_ERASED: erasing.contact_erased,
    Kind.CONTACT_MERGED: merging.contact_merged,
    Kind.CONTACT_UNMERGED: merging.contact_unmerged,
    Kind.CONTACT_LABELLED: people.contact_labelled,
    Kind.CONTACT_UNLABELLED: people.contact_unlabelled,
    Kind.AGENT_EDITED: people.agent_edited,
    Kind.AGENT_AVAILABILITY_CHANGED: people.agent_availability_changed,
    Kind.TEAM_EDITED: people.team_edited,
    Kind.INBOX_EDITED: people.inbox_edited,
    Kind.CONVERSATION_ERASED: erasing.conversation_erased,
    Kind.MESSAGE_WITHDRAWN: messages.withdrawn,
    Kind.ATTACHMENT_ADDED: messages.attachment_added,
    Kind.MESSAGES_ERASED: erasing.messages_erased,
    Kind.ERASURE_MET: erasing.erasure_met,
    Kind.HANDOVER_WRITTEN: handovers.written,
    Kind.HANDOVER_SIGNED: handovers.signed,
    Kind.HANDOVER_ITEM_TICKED: handovers.ticked,
    Kind.PACK_PUBLISHED: published.published,
    Kind.PACK_RETIRED: published.retired,
}
_APART = frozenset(
    {
        Kind.CONTACT_LABELLED,
        Kind.CONTACT_UNLABELLED,
        Kind.AGENT_EDITED,
        Kind.AGENT_AVAILABILITY_CHANGED,
        Kind.TEAM_EDITED,
        Kind.INBOX_EDITED,
        Kind.ERASURE_MET,
        Kind.HANDOVER_SIGNED,
        Kind.HANDOVER_ITEM_TICKED,
        Kind.PACK_PUBLISHED,
        Kind.PACK_RETIRED,
    }
)
"""Kinds that change no row a batch has to do with: it need not be written first."""

_BEHIND = frozenset({Kind.ATTACHMENT_ADDED})
"""Kinds that ask for rows a batch may hold, and change none of them."""

_MESSAGE_ADDED = int(Kind.MESSAGE_ADDED)

NEWEST_VER = 1
"""The version of bodies that is read here: a later one may mean something else by the same words."""


def is_known(kind: int, ver: int) -> bool:
    """Whether operations of this kind and version mean something here."""
    return ver <= NEWEST_VER and (kind in _IN_BATCH or kind in _ON_ROWS)


def apply(connection: Connection, operation: Operation, shared: Shared | None = None) -> bool:
    """Make the rows say what ``operation`` says; False when its kind is unknown here."""
    batch = Batch(connection, shared=shared)
    is_known = _take_in(batch, operation)
    batch.write()
    return is_known


def apply_many(batch: Batch, operations: Iterable[Operation]) -> int:
    """As ``apply`` for each in turn; returns how many were of a kind that is unknown here.

    What ``batch`` holds in the end is the caller's to write. Raises what ``apply`` raises; some of the
    operations may be in the rows then, so undo the transaction.
    """
    unknown = 0
    for talk, run in groupby(operations, _talk):
        if talk is not None:
            messages.added_many(batch, tuple(run))
        else:
            unknown += sum(not _take_in(batch, operation) for operation in run)
        if batch.is_full:
            batch.write()
    return unknown


def _take_in(batch: Batch, operation: Operation) -> bool:
    if operation.ver > NEWEST_VER:
        return False
    if batch.shared is not None and operation.arg is None and batch.shared.is_void(operation):
        return True  # who wrote it was not allowed to, says the hub; of a claim that lost something is left
    in_batch = _IN_BATCH.get(operation.kind)
    if in_batch is not None:
        in_batch(batch, operation)
        return True
    on_rows = _ON_ROWS.get(operation.kind)
    if on_rows is None:
        return False
    if operation.kind in _BEHIND:
        batch.write()
    elif operation.kind not in _APART:
        batch.refresh()
    on_rows(batch.connection, operation)
    return True


def _talk(operation: Operation) -> str | None:
    """Uid of the conversation that a message is added to; None for any other fact."""
    is_message = operation.kind == _MESSAGE_ADDED and operation.ver <= NEWEST_VER
    return operation.body["conversation"] if is_message else None
