"""The conversations that a query's filters leave, and whether to read theirs is less work than to walk on.

A filter that leaves few conversations must not be checked on every message that says a common word
(seconds at ten million messages): then the conversations' own messages are read instead. Which filter they
are listed by is decided by counting: an index that holds all that is asked for is passed over many times as
fast as rows are read.
"""

from __future__ import annotations

from dataclasses import dataclass

from csdesk.store.connect import Connection
from csdesk.store.search_filters import Driver, Narrowing

COVERED, PROBED, READ = 10.0, 5.0, 0.8
"""Conversations listed in the time in which one message is looked at (measured: 1.2 microseconds): from an index that
holds all facts asked for; from one where labels or notes have to be looked up besides; by reading their rows."""
SAMPLED = 100
"""Conversations of a list that are read before all of it are."""
_ONE = "SELECT message_count, heading FROM conversation WHERE id = ?"
MOST_COUNTED = 200_000
"""More entries than that are not counted: counting them takes 5 ms."""


@dataclass(frozen=True, slots=True)
class Few:
    """Conversations that pass the filters, how many messages they have together, and the first message of each."""

    conversations: list[int]
    messages: int
    headings: list[int]


class FewConversations:
    """What the filters leave. What was counted or listed once is known for the rest of the search."""

    def __init__(self, connection: Connection, narrowing: Narrowing) -> None:
        self._connection = connection
        self._narrowing = narrowing
        self._counts: dict[int, tuple[int, int]] = {}
        self._found: Few | None = None
        self._tried = 0

    def within(self, work: int, most_messages: int) -> Few | None:
        """Those that all filters leave, where to list them is no more work than to look at ``work`` messages.

        None too when they have more than ``most_messages``, or the first of them promise that.
        """
        if self._found is None and work >= 2 * self._tried:
            number = self._shortest(work)
            if number is not None and self._may_be_few(number, most_messages):
                self._tried = work
                self._found = self._passing(self._narrowing.drivers[number], work)
        return self._found if self._found and self._found.messages <= most_messages else None

    def one(self, conversation: int) -> Few:
        """The one that is named."""
        row = self._connection.execute(_ONE, (conversation,)).fetchone()
        return Few([conversation], row[0], [heading for heading in row[1:] if heading is not None])

    def _shortest(self, work: int) -> int | None:
        """The filter that lists with the least work."""
        best, least = None, float(work)
        # The slow ones first: they are counted to less, and leave less to be counted of the others.
        for number, driver in sorted(
            enumerate(self._narrowing.drivers), key=lambda each: self._pace(each[1])
        ):
            pace = self._pace(driver)
            most = min(int(least * pace), MOST_COUNTED)
            count = self._count(number, driver, most)
            if count <= most and count / pace <= least:
                best, least = number, count / pace
        return best

    def _pace(self, driver: Driver) -> float:
        if not driver.facts or not driver.facts >= self._narrowing.facts:
            return READ
        return COVERED if len(self._narrowing.of_conversation) == len(self._narrowing.facts) else PROBED

    def _may_be_few(self, number: int, most_messages: int) -> bool:
        """Whether the first of a long list, each of which has to be read, leave that open."""
        driver, (_counted_to, count) = self._narrowing.drivers[number], self._counts[number]
        if self._pace(driver) > READ or count <= 10 * SAMPLED:
            return True
        sample = self._passing(driver, SAMPLED, SAMPLED)
        return sample is None or sample.messages * count // SAMPLED <= 2 * most_messages

    def _count(self, number: int, driver: Driver, most: int) -> int:
        """How many a filter lists, counted to one more than ``most``."""
        counted_to, count = self._counts.get(number, (-1, 0))
        if counted_to < most and count > counted_to:
            sql = f"SELECT count(*) FROM ({driver.counted})"  # noqa: S608 - the fixed texts of search_filters
            count = int(self._connection.execute(sql, {**driver.values, "most": most + 1}).fetchone()[0])
            self._counts[number] = most, count
        return count

    def _passing(self, driver: Driver, most: int, listed: int = -1) -> Few | None:
        """Those of a filter's list (of the first ``listed``) that pass all the others; None for more than ``most``."""
        conditions = " AND ".join(self._narrowing.of_conversation) or "true"
        rows = self._connection.execute(
            f"SELECT c.id, c.message_count, c.heading FROM {driver.source} AND {conditions} LIMIT :passing",  # noqa: S608 - the same
            {**self._narrowing.values, **driver.values, "most": listed, "passing": most + 1},
        ).fetchall()
        if len(rows) > most:
            return None
        return Few(
            [number for number, _count, _heading in rows],
            sum(count for _number, count, _heading in rows),
            [heading for _number, _count, heading in rows if heading is not None],
        )
