"""The checks that ask nothing but the store itself: each looks at a moment of its own, so they need not wait for others.

A store in use moves on between two of them. What one proves holds of its moment, and that is enough: rows that the log
gives, and an index that the rows give, are no less sound for not having been looked at in the same second.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from csdesk.store import connect, file_checks, log, log_checks, projections, replay
from csdesk.store.checks import Findings, Progress, of_one_moment
from csdesk.store.connect import Connection

LOG_AND_FILE: Final = ("witness", "chain", "file", "references")
WORDS: Final = "words"
DEEP: Final = ("message_index", "heading_index", "view_count", "waiting", "outbox", "draft", "attachment")
"""Names of checks, in the order in which they are carried out."""

Check = Callable[[Findings, Progress], None]


class Bench:
    """What the checks of one process work with: the store, and where they make what they compare it with."""

    def __init__(self, path: Path, connection: Connection, scratch: Connection | None) -> None:
        self.path = path
        self._connection = connection
        self._scratch = scratch

    @classmethod
    def opened(cls, path: Path, names: Sequence[str]) -> Bench:
        """One for the checks ``names``. Raises StoreError when the store cannot be read or there is no room."""
        needs_room = not set(names) <= {*LOG_AND_FILE}
        return cls(path, open_for_checks(path), replay.open_private(path) if needs_room else None)

    def find(self, name: str, progress: Progress) -> Findings:
        """What the check ``name`` finds. Raises the driver's error when it was stopped or has no room."""
        found = Findings(name)
        head = log.read_head(self.path)  # before the moment that is looked at: a desk at work moves both
        with of_one_moment(self._connection, found):
            self._check(name, head)(found, progress)
        return found

    def _check(self, name: str, head: log.Head | None) -> Check:
        if name in _OF_LOG:
            return partial(_OF_LOG[name], self._connection, head)
        if name in _OF_FILE:
            return partial(_OF_FILE[name], self._connection)
        assert self._scratch is not None  # noqa: S101 - opened for these
        if name == WORDS:
            return partial(words, self._connection, self._scratch)
        from csdesk.store import deep  # most checks are not deep

        return partial(deep.CHECKS[name], self._connection, self._scratch)


_OF_LOG: Final = {"witness": log_checks.witness, "chain": log_checks.chain}
_OF_FILE: Final = {"file": file_checks.pages, "references": file_checks.references}


def open_for_checks(path: Path) -> Connection:
    """A reader that sorts on the disk, not in memory, and may make temporary tables; nothing else is written."""
    connection = connect.open_reader(path)
    for pragma in ("cache_size=-32000", "temp_store=FILE", "query_only=OFF"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def words(connection: Connection, scratch: Connection, found: Findings, progress: Progress) -> None:
    """The search index holds the words of the messages that are there, each as often as they say it."""
    made = replay.empty_index(scratch, "message_index")
    (total,) = connection.execute("SELECT count(*) FROM message").fetchone()
    for done in replay.fill_index(scratch, made, connection, "message_index"):
        progress(done, total)
    projections.show_words(connection, "message_index")
    projections.show_words(scratch, "message_index", made)
    projections.compare(connection, scratch, projections.SEARCH_INDEX, found)
    projections.hide_words(scratch, "message_index")
    scratch.execute(f"DROP TABLE {made}")
