"""One query of the search screen, answered in a thread: in parts, and stopped by the next query."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from csdesk.model.search import FoundIn, HitCount, SearchPage
from csdesk.store.connect import translated
from csdesk.store.database import Store
from csdesk.store.search import count, search
from csdesk.store.search_query import Named, Query

PAGE = 50
FIRST_MS = 50
LONGEST_MS = 1_600
"""A part of a slow search may take so long: the first ones are short, so that something stands there."""
COUNT_MS = 2_000
MOST_AT_ONCE = 5_000
NEVER = float("inf")


class Finder:
    """``is_stopped`` is asked again and again: a search that nobody waits for ends at once."""

    def __init__(self, store: Store, query: Query, is_stopped: Callable[[], bool]) -> None:
        self._store = store
        self._query = query
        self._is_stopped = is_stopped
        self.has_more = False

    def _timer(self) -> float:
        """Past every deadline once the search is stopped."""
        return NEVER if self._is_stopped() else time.monotonic()

    def pages(self, after: str | None) -> Iterator[SearchPage]:
        """PAGE hits behind ``after``, in as many parts as the deadlines make of them.

        Raises QueryError for an unknown name, StoreError.
        """
        deadline, wanted = FIRST_MS, PAGE
        with translated(self._store.path):
            while wanted > 0:
                page = search(
                    self._store.reader(),
                    self._query,
                    after=after,
                    limit=wanted,
                    deadline_ms=deadline,
                    timer=self._timer,
                )
                if self._is_stopped():
                    return
                yield page
                after, wanted = page.next, wanted - len(page.hits)
                self.has_more = after is not None
                if page.is_complete:
                    return
                deadline = min(deadline * 2, LONGEST_MS)

    def count(self) -> HitCount:
        """How many hits there are, as far as that can be told in time. Raises as ``pages`` does."""
        with translated(self._store.path):
            return count(self._store.reader(), self._query, deadline_ms=COUNT_MS, timer=self._timer)


def messages_in(store: Store, ref: str, query: Query, is_stopped: Callable[[], bool]) -> tuple[int, ...]:
    """Ids of the messages of the conversation ``ref`` that fit, the oldest first; as many as there are.

    Raises QueryError for an unknown name, StoreError. What was stopped gives a part.
    """
    here = replace(query, conversation=Named("in", ref, 1), by_relevance=False)
    found: list[int] = []
    after: str | None = None
    with translated(store.path):
        while not is_stopped():
            page = search(
                store.reader(), here, after=after, limit=MOST_AT_ONCE, deadline_ms=LONGEST_MS,
                timer=lambda: NEVER if is_stopped() else time.monotonic(),
            )  # fmt: skip
            found += [hit.message for hit in page.hits if hit.found_in is FoundIn.TEXT]
            after = page.next
            if after is None:
                break
    return tuple(reversed(found))
