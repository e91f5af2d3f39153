"""Which local ids rows had before they are made anew: what a desk keeps beside them goes on to mean the same."""

from __future__ import annotations

from dataclasses import dataclass, field

from csdesk.store.connect import Connection
from csdesk.store.rows import PER_SECOND


@dataclass(slots=True)
class Kept:
    """``numbers`` are the local ids of things by uid, ``beyond`` the greatest of each table.

    ``spare`` holds, greatest first, the ids that a conversation's messages and events had in one second;
    ``free`` the first id of that second that nobody had.
    """

    numbers: dict[bytes, int] = field(default_factory=dict)
    beyond: dict[str, int] = field(default_factory=dict)
    spare: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    free: dict[int, int] = field(default_factory=dict)

    def number(self, table: str, uid: bytes) -> int:
        """The id that the row of ``uid`` had, else one that no row had."""
        known = self.numbers.get(uid)
        if known is None:
            known = self.numbers[uid] = self.beyond[table] = self.beyond.get(table, 0) + 1
        return known

    def next_of(self, conversation: int, low: int) -> int | None:
        """The next id that this conversation had in the second whose ids begin at ``low``."""
        spare = self.spare.get((conversation, low))
        return spare.pop() if spare else None

    def keep_times(self, connection: Connection, conversation: int) -> None:
        """Keep the ids of one conversation's messages and events."""
        rows = connection.execute(_TIMES, {"id": conversation}).fetchall()
        for (number,) in rows:
            self._keep_time(conversation, number)

    def keep_all(self, connection: Connection) -> None:
        """Keep the ids of everything."""
        for table in ("contact", "agent", "team", "inbox", "conversation"):
            rows = connection.execute(f"SELECT uid, id FROM {table}").fetchall()  # noqa: S608 - our own names
            self.numbers.update((bytes(uid), number) for uid, number in rows)
            self.beyond[table] = max((number for _uid, number in rows), default=0)
        for conversation, number in connection.execute(_ALL_TIMES).fetchall():
            self._keep_time(conversation, number)

    def _keep_time(self, conversation: int, number: int) -> None:
        low = number - number % PER_SECOND
        self.spare.setdefault((conversation, low), []).append(number)
        self.free[low] = max(self.free.get(low, low), number + 1)


_TIMES = """
SELECT id FROM message WHERE conversation = :id UNION ALL SELECT id FROM event WHERE conversation = :id ORDER BY 1 DESC
"""
_ALL_TIMES = """
SELECT conversation, id FROM message UNION ALL SELECT conversation, id FROM event ORDER BY 2 DESC
"""
