"""From one operation to rows: the only code that changes a projection.

A local operation and one that came from a hub go the same way. A kind that this csdesk does
not know stays in the log and changes nothing; it is replayed after an upgrade.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby

from csdesk.model.operation import Kind, Operation
from csdesk.store.apply import conversations, erasing, messages, people
from csdesk.store.apply.indexing import IndexRows
from csdesk.store.connect import Connection

Apply = Callable[[Connection, Operation], None]

_BY_KIND: dict[int, Apply] = {
    Kind.CONTACT_ADDED: people.contact_added,
    Kind.CONTACT_EDITED: people.contact_edited,
    Kind.CONTACT_ERASED: erasing.contact_erased,
    Kind.AGENT_ADDED: people.agent_added,
    Kind.AGENT_EDITED: people.agent_edited,
    Kind.AGENT_AVAILABILITY_CHANGED: people.agent_availability_changed,
    Kind.TEAM_ADDED: people.team_added,
    Kind.TEAM_EDITED: people.team_edited,
    Kind.INBOX_ADDED: people.inbox_added,
    Kind.INBOX_EDITED: people.inbox_edited,
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
    Kind.CONVERSATION_ERASED: erasing.conversation_erased,
    Kind.MESSAGE_ADDED: messages.added,
    Kind.MESSAGE_WITHDRAWN: messages.withdrawn,
    Kind.MESSAGE_DELIVERED: messages.delivered,
    Kind.ATTACHMENT_ADDED: messages.attachment_added,
    Kind.MESSAGES_ERASED: erasing.messages_erased,
}


def apply(connection: Connection, operation: Operation) -> bool:
    """Make the rows say what ``operation`` says; False when its kind is unknown here."""
    change = _BY_KIND.get(operation.kind)
    if change is None:
        return False
    change(connection, operation)
    return True


_REINDEXING = frozenset(
    {
        Kind.CONTACT_EDITED,
        Kind.CONTACT_ERASED,
        Kind.CONVERSATION_EDITED,
        Kind.CONVERSATION_ERASED,
        Kind.MESSAGE_WITHDRAWN,
        Kind.MESSAGES_ERASED,
    }
)
"""Kinds that take something out of an index: it has to be there by then."""


def apply_many(connection: Connection, operations: Iterable[Operation], owed: IndexRows) -> None:
    """As ``apply`` for each in turn; a run of messages of one conversation goes in together.

    ``owed`` collects what the indexes are to be given: the caller writes it. Raises what ``apply``
    raises; some of the operations may be in the rows then, so undo the transaction.
    """
    for talk, run in groupby(operations, _talk):
        if talk is not None:
            messages.added_many(connection, tuple(run), owed)
            continue
        for operation in run:
            if operation.kind in _REINDEXING:
                owed.write(connection)
            apply(connection, operation)
    if owed.is_full:
        owed.write(connection)


def _talk(operation: Operation) -> str | None:
    """Uid of the conversation that a message is added to; None for any other fact."""
    return operation.body["conversation"] if operation.kind == Kind.MESSAGE_ADDED else None
