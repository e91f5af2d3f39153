"""What the search indexes are owed: collected while many operations are applied, then written at once.

SQLite makes an index write what it was given so far at nearly every other statement. Given message by
message between those, a bulk of texts becomes thousands of small segments that are merged again and
again; given at once and in the order of the ids, it becomes one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from csdesk.store.connect import Connection

PUT_MESSAGE = "INSERT INTO message_index(rowid, text) VALUES(?,?)"
PUT_HEADING = "INSERT INTO heading_index(rowid, name, subject) VALUES(?,?,?)"
MOST = 20_000
"""Rows held at most: about 10 MB of words."""


@dataclass(slots=True)
class IndexRows:
    """Rows for ``message_index`` (id, words) and ``heading_index`` (id, words of name, of subject)."""

    messages: list[tuple[int, str]] = field(default_factory=list)
    headings: list[tuple[int, str, str]] = field(default_factory=list)

    def write(self, connection: Connection) -> None:
        """Put everything into the indexes."""
        if self.messages:
            connection.executemany(PUT_MESSAGE, sorted(self.messages))
            self.messages.clear()
        if self.headings:
            connection.executemany(PUT_HEADING, sorted(self.headings))
            self.headings.clear()

    @property
    def is_full(self) -> bool:
        return len(self.messages) >= MOST
