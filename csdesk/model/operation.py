"""Operations: the past facts that everything else is a projection of.

The table below is the only place where a kind's name meets its number; both are for
ever. A body is a flat JSON object; ids in it are 32 hex digits.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple


class Kind(IntEnum):
    """What happened. Never renumber, never reuse."""

    CONTACT_ADDED = 1
    CONTACT_EDITED = 2
    CONTACT_ERASED = 3
    CONTACT_MERGED = 4
    CONTACT_UNMERGED = 5
    CONTACT_LABELLED = 6
    CONTACT_UNLABELLED = 7
    AGENT_ADDED = 10
    AGENT_EDITED = 11
    TEAM_ADDED = 12
    TEAM_EDITED = 13
    INBOX_ADDED = 14
    INBOX_EDITED = 15
    AGENT_AVAILABILITY_CHANGED = 16
    CONVERSATION_OPENED = 30
    CONVERSATION_CLAIMED = 31
    CONVERSATION_RELEASED = 32
    CONVERSATION_TRANSFERRED = 33
    CONVERSATION_RESOLVED = 34
    CONVERSATION_REOPENED = 35
    CONVERSATION_SNOOZED = 36
    CONVERSATION_WOKEN = 37
    CONVERSATION_LABELLED = 38
    CONVERSATION_UNLABELLED = 39
    CONVERSATION_PRIORITISED = 40
    CONVERSATION_EDITED = 41
    CONVERSATION_RESTORED = 42
    CONVERSATION_ERASED = 43
    CONVERSATION_OFFERED = 44
    CONVERSATION_RETURNED = 45
    MESSAGE_ADDED = 60
    MESSAGE_WITHDRAWN = 61
    MESSAGE_DELIVERED = 62
    ATTACHMENT_ADDED = 63
    MESSAGES_ERASED = 64
    ERASURE_MET = 65
    HANDOVER_WRITTEN = 80
    HANDOVER_SIGNED = 81
    HANDOVER_ITEM_TICKED = 82
    OPERATION_WITHHELD = 90
    PACK_PUBLISHED = 100
    PACK_RETIRED = 101

    @property
    def title(self) -> str:
        """The dotted name people and logs use: ``message.added``."""
        thing, _, fact = self.name.lower().partition("_")
        return f"{thing}.{fact}"


FOR_LEADS = frozenset(
    {
        Kind.CONTACT_ERASED,
        Kind.CONVERSATION_ERASED,
        Kind.MESSAGES_ERASED,
        Kind.PACK_PUBLISHED,
        Kind.PACK_RETIRED,
    }
)
"""What counts only when the desk of a lead says it: the hub's ``csdesk.is_for_leads`` is the same list."""


class Operation(NamedTuple):
    """One fact. Its identity is the dot ``(desk, dseq)``; ``hlc`` orders it among all desks.

    ``kind`` is a plain number, because a newer desk may send one that we do not know.
    ``scope`` is the inbox or team it is visible to (0 = everybody); ``arg`` is the one value a
    hub looks at.
    """

    desk: int
    dseq: int
    hlc: int
    kind: int
    ent: bytes
    body: dict[str, Any]
    ver: int = 1
    scope: int = 0
    arg: int | None = None
