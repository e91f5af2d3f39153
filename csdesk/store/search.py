"""Search: newest first, a page at a time, within a deadline.

Ids that may fit come from ``search_candidates``. A batch of them is read; then the text itself decides.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from csdesk.errors import UsageError
from csdesk.i18n import _
from csdesk.model.message import Sender
from csdesk.model.search import FoundIn, Hit, HitCount, SearchPage
from csdesk.store.connect import Connection, DriverError
from csdesk.store.search_candidates import Candidates, saying_ids
from csdesk.store.search_filters import LAST, narrowing
from csdesk.store.search_names import names_told_by
from csdesk.store.search_query import Query, QueryError
from csdesk.store.search_rank import ranked
from csdesk.store.search_snippet import snippet_of
from csdesk.store.tokens import normalise
from csdesk.store.words import Words

DEADLINE_MS = 50
COUNTED_TO = 1_000
RANKED = 1_000
STEPS = 1_000
"""Steps of the database between two looks at the clock (measured: 0.2 ms)."""
FIRST_BATCH, LEAST_BATCH, MOST_BATCH = 64, 16, 1_024

Timer = Callable[[], float]
_SENDERS = Words(Sender)

_LOAD = """
SELECT m.id, m.conversation, c.ref, c.contact_name, c.contact_name || c.also_known, c.tier, c.status, c.subject, m.sender,
  coalesce(nullif(m.author_name, ''), agent.name, ''), m.at, m.text
FROM json_each(:ids) j CROSS JOIN message m ON m.id = j.value CROSS JOIN conversation c ON c.id = m.conversation
LEFT JOIN agent ON agent.id = m.author
"""
_TEXTS = "SELECT conversation, text FROM message WHERE conversation IN (SELECT value FROM json_each(:of))"
_TEXTS_AMONG = (
    "SELECT conversation, text FROM message WHERE id IN (SELECT value FROM json_each(:ids))"
    " AND +conversation IN (SELECT value FROM json_each(:of))"
)


class Row(NamedTuple):
    """A message with what a hit shows of its conversation. A tuple: it is made for every message looked at."""

    id: int
    conversation: int
    ref: str
    contact_name: str
    names: str
    tier: str | None
    status: str
    subject: str
    sender: str
    author_name: str
    at: int
    text: str
    found_in: FoundIn = FoundIn.TEXT


def search(
    connection: Connection,
    query: Query,
    *,
    after: str | None = None,
    limit: int = 50,
    deadline_ms: float = DEADLINE_MS,
    timer: Timer = time.monotonic,
) -> SearchPage:
    """Up to ``limit`` hits behind the place ``after``, the newest first (by relevance: the best first).

    When ``deadline_ms`` is over, what was found so far comes back with a ``next`` to go on from. The
    connection must be this thread's own. Raises QueryError for an empty query or an unknown name,
    UsageError for an ``after`` that no page gave.
    """
    start = _read_place(after)
    if query.is_empty:
        raise QueryError(
            "search.empty",
            1,
            _("There is nothing to search for."),
            _('Type words, "a phrase", or a filter such as from:NAME.'),
        )
    found = _Search(connection, query, start.id)
    if query.by_relevance:
        return _best(found, start, limit, deadline_ms, timer)
    found.run(limit + 1, deadline_ms, timer)
    hits = tuple(found.hit(row) for row in found.rows[:limit])
    if len(found.rows) > limit:
        return SearchPage(hits, str(hits[-1].message), True)
    return SearchPage(hits, None if found.is_complete else str(found.position), found.is_complete)


def count(
    connection: Connection,
    query: Query,
    *,
    deadline_ms: float = DEADLINE_MS,
    timer: Timer = time.monotonic,
) -> HitCount:
    """How many hits ``query`` has, counted to COUNTED_TO. Raises as ``search`` does for names."""
    found = _Search(connection, query, LAST)
    found.run(COUNTED_TO + 1, deadline_ms, timer)
    number = min(COUNTED_TO, len(found.rows))
    return HitCount(number, found.is_complete and number == len(found.rows))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a page begins: below an id and, by relevance, behind so many of the best."""

    id: int = LAST
    rank: int = 0


def _read_place(key: str | None) -> _Place:
    if key is None:
        return _Place()
    rank, _dot, number = key.rpartition(".")
    try:
        place = _Place(int(number), int(rank or 0))
    except ValueError:
        place = _Place(-LAST * 4)
    if abs(place.id) > LAST or not 0 <= place.rank <= RANKED:
        raise UsageError(
            "search.bad_key",
            _("{key} is not a place in what was found.").format(key=key[:40]),
            _("Pass the value of next from the page before, unchanged."),
        )
    return place


def _best(found: _Search, start: _Place, limit: int, deadline_ms: float, timer: Timer) -> SearchPage:
    """A page of the newest RANKED hits in the order of how well they fit."""
    found.run(RANKED, deadline_ms, timer)
    rows = ranked(found.rows, found.query.terms)
    page = rows[start.rank : start.rank + limit]
    end = start.rank + len(page)
    top = found.rows[0].id + 1 if found.rows else LAST
    following = f"{end}.{top}" if end < len(rows) or not found.is_complete else None
    return SearchPage(tuple(found.hit(row) for row in page), following, found.is_complete)


class _Search:
    """One walk over what may fit, from ``start`` down. ``position``: everything from there up is done."""

    def __init__(self, connection: Connection, query: Query, start: int) -> None:
        self.query = query
        self.rows: list[Row] = []
        self.position = start
        self.is_complete = False
        self._connection = connection
        self._narrowing = narrowing(connection, query)
        self._normals: dict[int, str] = {}
        self._is_said_often = False

    def hit(self, row: Row) -> Hit:
        """``row`` as it is shown."""
        if row.found_in is FoundIn.SUBJECT:
            snippet, spans = snippet_of(row.subject, self.query.terms)
        else:
            snippet, spans = snippet_of(row.text, self.query.terms, self._normals.get(row.id))
        return Hit(
            row.id,
            row.conversation,
            row.ref,
            row.contact_name,
            row.tier,
            row.status,
            _SENDERS[row.sender],
            row.author_name or (row.contact_name if row.sender == Sender.CUSTOMER else ""),
            row.at,
            snippet,
            spans,
            row.found_in,
        )

    def run(self, wanted: int, deadline_ms: float, timer: Timer) -> None:
        """Find ``wanted`` rows, or all there are, or what the time allows."""
        end = timer() + deadline_ms / 1000
        try:
            with (
                names_told_by(self._connection, self._narrowing.is_named),
                _stopped_when(self._connection, lambda: timer() > end),
            ):
                self.is_complete = self._walk(wanted, lambda: timer() > end)
        except DriverError as error:
            if "interrupted" not in str(error):
                raise

    def _walk(self, wanted: int, is_over: Callable[[], bool]) -> bool:
        candidates = Candidates(self._connection, self.query, self._narrowing, self.position)
        size, taken = wanted if self._narrowing.is_empty else min(wanted, FIRST_BATCH), 0
        while True:
            batch = candidates.take(min(size, MOST_BATCH))
            if candidates.is_over:
                return True
            self._is_said_often = candidates.is_said_often
            fitting = self._fitting(batch) if batch else []
            if len(self.rows) + len(fitting) >= wanted:
                self.rows += fitting[: wanted - len(self.rows)]
                return True
            self.rows += fitting
            self.position = candidates.position
            if is_over():
                return False
            taken += len(batch)
            candidates.learn(len(self.rows), wanted)
            size = _next_size(taken, len(self.rows), wanted)

    def _load(self, ids: Iterable[int]) -> list[Row]:
        """The rows of ``ids`` that pass the filters, in the order of ``ids``."""
        values = {**self._narrowing.values, "ids": json.dumps(list(ids))}
        rows = self._connection.execute(f"{_LOAD} WHERE {self._narrowing.where}", values)
        return [Row(*row) for row in rows.fetchall()]

    def _fitting(self, batch: dict[int, bool]) -> list[Row]:
        """Those of ``batch`` that fit, with where the words stood."""
        found: list[Row] = []
        headings: dict[int, int] = {}
        for row in self._load(batch):
            if not self._narrowing.names_one(row.text):
                continue
            normal = normalise(row.text)
            if self._says_all(normal):
                self._normals[row.id] = normal
                found.append(row)
            elif batch[row.id] and (where := self._said_in_heading(row)):
                headings[row.conversation] = len(found)
                found.append(row._replace(found_in=where))
        if not headings:
            return found
        saying = self._saying(headings)
        left_out = {headings[conversation] for conversation in saying}
        return [row for place, row in enumerate(found) if place not in left_out]

    def _says_all(self, normal: str) -> bool:
        return all(term.is_in(normal) for term in self.query.terms)

    def _said_in_heading(self, row: Row) -> FoundIn | None:
        """Whether name and subject say all words, and which of them is to be shown."""
        name, subject = normalise(row.names), normalise(row.subject)
        if not all(term.is_in(name) or term.is_in(subject) for term in self.query.terms):
            return None
        is_subject = any(term.is_in(subject) for term in self.query.terms)
        return FoundIn.SUBJECT if is_subject else FoundIn.CONTACT

    @cached_property
    def _rarely_said(self) -> list[int] | None:
        """The messages that may say the words, where these are few."""
        return saying_ids(self._connection, self.query)

    def _saying(self, conversations: Iterable[int]) -> set[int]:
        """Those in which a message says the words: its hit is that one, not the heading too."""
        ids = None if self._is_said_often else self._rarely_said
        values = {"of": json.dumps(list(conversations)), "ids": json.dumps(ids)}
        found: set[int] = set()
        for conversation, text in self._connection.execute(_TEXTS if ids is None else _TEXTS_AMONG, values):
            if conversation not in found and self._says_all(normalise(text)):
                found.add(conversation)
        return found


def _next_size(taken: int, found: int, wanted: int) -> int:
    """How many candidates to take next: as many as promise the rest of what is wanted."""
    expected = (wanted - found) * taken // found if found else MOST_BATCH
    return max(LEAST_BATCH, min(MOST_BATCH, 2 * max(taken, FIRST_BATCH), expected + expected // 16))


@contextmanager
def _stopped_when(connection: Connection, is_over: Callable[[], bool]) -> Iterator[None]:
    """Interrupt what runs on ``connection`` once ``is_over``; its next statement is free again."""
    connection.set_progress_handler(lambda: int(is_over()), STEPS)
    try:
        yield
    finally:
        connection.set_progress_handler(None, 0)
