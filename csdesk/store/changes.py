"""The change feed: what looks different since the last time somebody asked.

``PRAGMA data_version`` moves when any other connection commits, in this process or another, and
costs microseconds; only then is the index of row versions asked which conversations it was.
"""

from __future__ import annotations

from dataclasses import dataclass

from csdesk.store.connect import Connection

MOST = 500


@dataclass(frozen=True, slots=True)
class Changes:
    """Conversations that changed; None when there were too many to name."""

    conversations: frozenset[int] | None


def data_version(connection: Connection) -> int:
    """A number that is another one once anybody else has committed: asking costs microseconds."""
    return int(connection.execute("PRAGMA data_version").fetchone()[0])


class ChangeFeed:
    """A place in the stream of changes, on one reading connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._seen = self._data_version()
        self._version = self._last_version()

    def poll(self) -> Changes | None:
        """What changed since the last poll, or None when nothing was committed.

        Raises the driver's error when the store cannot be read; the next poll then tells it all.
        """
        seen = self._data_version()
        if seen == self._seen:
            return None
        rows = self._connection.execute(
            "SELECT id, version FROM conversation WHERE version > ? ORDER BY version LIMIT ?",
            (self._version, MOST + 1),
        ).fetchall()
        if len(rows) > MOST:
            self._version = self._last_version()
        elif rows:
            self._version = rows[-1][1]
        self._seen = seen
        if len(rows) > MOST:
            return Changes(None)
        return Changes(frozenset(row[0] for row in rows))

    def _data_version(self) -> int:
        return data_version(self._connection)

    def _last_version(self) -> int:
        return int(
            self._connection.execute("SELECT coalesce(max(version), 0) FROM conversation").fetchone()[0]
        )
