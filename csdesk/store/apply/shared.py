"""What holds only where several desks write one log: things made twice, and claims that another desk won.

The operations come in the order of their clocks, so of two that are one thing the first makes it and the
later adds nothing; of two that want one name of a channel the first has it and the later has none.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from csdesk.model.operation import Operation
from csdesk.store.connect import Connection

Dot = tuple[int, int]
"""Which operation: its desk and its number there."""


@dataclass(slots=True)
class Instant:
    """The conversations in which something was said at the clock reading that the operations have come to.

    Two desks may read the same: neither knew what the other heard, so neither answered it.
    """

    hlc: int = 0
    talks: set[bytes] = field(default_factory=set)

    def is_shared(self, talk: bytes, operations: Sequence[Operation]) -> bool:
        """Whether one of these messages was said in the very instant of another of this conversation."""
        found = False
        for operation in operations:
            if operation.hlc != self.hlc:
                self.hlc, self.talks = operation.hlc, {talk}
            elif talk in self.talks:
                found = True
            else:
                self.talks.add(talk)
        return found


@dataclass(slots=True)
class Shared:
    """``lost`` are the operations that a hub judged to have come too late; ``instant`` goes on from batch to batch.
    The other sets are what a batch holds that is in no row yet: uids of messages, numbers that channels gave, keys
    of conversations."""

    lost: Collection[Dot] = frozenset()
    instant: Instant = field(default_factory=Instant)
    messages: set[bytes] = field(default_factory=set)
    given: set[tuple[int, str]] = field(default_factory=set)
    keys: set[tuple[Any, Any]] = field(default_factory=set)

    def is_void(self, operation: Operation) -> bool:
        """Whether the hub gave what it wanted to somebody else."""
        return operation[:2] in self.lost

    def not_here(self, connection: Connection, operations: Sequence[Operation]) -> list[Operation]:
        """Those of the messages ``operations`` that no row holds yet, each once."""
        asked = json.dumps([operation.ent.hex() for operation in operations])
        rows = connection.execute(_MESSAGES_HERE, (asked,)).fetchall()
        known = {bytes(uid) for (uid,) in rows}
        fresh = []
        for operation in operations:
            if operation.ent not in known and operation.ent not in self.messages:
                self.messages.add(operation.ent)
                fresh.append(operation)
        return fresh

    def is_given(self, connection: Connection, conversation: int, external_id: str) -> bool:
        """Whether a customer's message has this number already; it is taken from now on."""
        if (conversation, external_id) in self.given:
            return True
        self.given.add((conversation, external_id))
        row = connection.execute(_GIVEN, (conversation, external_id)).fetchone()
        return row is not None

    def is_key_taken(self, connection: Connection, table_key: str, one: Any, other: Any) -> bool:
        """Whether a conversation has this ``thread`` of an inbox, or this ``source_id`` of a source; it is taken
        from now on."""
        if other is None:
            return False
        if (one, other) in self.keys:
            return True
        self.keys.add((one, other))
        return connection.execute(_KEYS[table_key], (one, other)).fetchone() is not None


_MESSAGES_HERE = "SELECT uid FROM message WHERE uid IN (SELECT unhex(value) FROM json_each(?))"
_GIVEN = "SELECT 1 FROM message WHERE conversation = ? AND external_id = ? AND sender = 'customer'"
_KEYS = {
    "thread": "SELECT 1 FROM conversation WHERE inbox = ? AND thread = ?",
    "source_id": "SELECT 1 FROM conversation WHERE source = ? AND source_id = ?",
}
