"""Search: newest first, a page at a time, within a deadline.

Ids that may fit come from the cheapest of three places: the index of words, the messages of the few
conversations that the filters leave, or all messages (for signs and emoji, which no index holds). A
batch of them is read with the filters as conditions; then the text itself decides.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from csdesk.errors import UsageError
from csdesk.i18n import _
from csdesk.model.message import Sender
from csdesk.model.search import FoundIn, Hit, HitCount, SearchPage
from csdesk.store.connect import Connection, DriverError
from csdesk.store.search_filters import LAST, few_conversations, narrowing
from csdesk.store.search_query import Query, QueryError
from csdesk.store.search_rank import ranked
from csdesk.store.search_snippet import snippet_of
from csdesk.store.tokens import normalise

DEADLINE_MS = 50
COUNTED_TO = 1_000
RANKED = 1_000
COMMON = 500
"""From so many messages that say the words it pays to look for the few conversations of a filter."""
STEPS = 1_000
"""Steps of the database between two looks at the clock (measured: 0.2 ms)."""
FIRST_BATCH, MOST_BATCH = 64, 1_024

Timer = Callable[[], float]
_SENDERS = {sender.value: sender for sender in Sender}

_LOAD = """
SELECT m.id, m.conversation, c.ref, c.contact_name, c.tier, c.status, c.subject, m.sender,
  coalesce(nullif(m.author_name, ''), agent.name, ''), m.at, m.text
FROM json_each(:ids) j CROSS JOIN message m ON m.id = j.value CROSS JOIN conversation c ON c.id = m.conversation
LEFT JOIN agent ON agent.id = m.author
"""
_INDEX = "SELECT rowid FROM {table} WHERE {table} MATCH :match AND rowid >= :low AND rowid < :high ORDER BY rowid DESC"
_WALK = (
    "SELECT id FROM message WHERE conversation IN (SELECT value FROM json_each(:conversations))"
    " AND id >= :low AND id < :high ORDER BY id DESC"
)
_COMMON = f"SELECT count(*) FROM ({_INDEX.format(table='message_index')} LIMIT {COMMON})"  # noqa: S608 - fixed texts
_SCAN = "SELECT id FROM message WHERE id >= :low AND id < :high ORDER BY id DESC"


class Row(NamedTuple):
    """A message with what a hit shows of its conversation. A tuple: it is made for every message looked at."""

    id: int
    conversation: int
    ref: str
    contact_name: str
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
        self._start = start
        self._normals: dict[int, str] = {}

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
            with _stopped_when(self._connection, lambda: timer() > end):
                self.is_complete = self._walk(wanted, lambda: timer() > end)
        except DriverError as error:
            if "interrupted" not in str(error):
                raise

    def _walk(self, wanted: int, is_over: Callable[[], bool]) -> bool:
        texts, headings = self._streams()
        size = wanted if self._narrowing.is_empty else FIRST_BATCH
        while batch := _falling(texts, headings, min(size, MOST_BATCH)):
            loaded = self._load(batch)
            for number, is_heading in batch.items():
                row = loaded.get(number)
                fitting = self._fitting(row, is_heading) if row is not None else None
                if fitting is not None:
                    self.rows.append(fitting)
                    if len(self.rows) >= wanted:
                        return True
                self.position = number
            if is_over():
                return False
            size *= 2
        return True

    def _load(self, ids: Iterable[int]) -> dict[int, Row]:
        rows = self._connection.execute(
            f"{_LOAD} WHERE {self._narrowing.where}", {**self._narrowing.values, "ids": json.dumps(list(ids))}
        ).fetchall()
        return {row[0]: Row(*row) for row in rows}

    def _fitting(self, row: Row, is_heading: bool) -> Row | None:
        """``row`` if it fits, with where the words stood."""
        if not self._narrowing.fits_author(row.sender, row.contact_name):
            return None
        normal = normalise(row.text)
        for term in self.query.terms:
            if not term.is_in(normal):
                return self._in_heading(row) if is_heading else None
        self._normals[row.id] = normal
        return row

    def _says_all(self, text: str) -> bool:
        normal = normalise(text)
        return all(term.is_in(normal) for term in self.query.terms)

    def _in_heading(self, row: Row) -> Row | None:
        """A conversation is found by its name or subject only where none of its messages says the words."""
        name, subject = normalise(row.contact_name), normalise(row.subject)
        if not all(term.is_in(name) or term.is_in(subject) for term in self.query.terms):
            return None
        texts = self._connection.execute(
            "SELECT text FROM message WHERE conversation = ?", (row.conversation,)
        )
        if any(self._says_all(text) for (text,) in texts):
            return None
        is_subject = any(term.is_in(subject) for term in self.query.terms)
        where = FoundIn.SUBJECT if is_subject else FoundIn.CONTACT
        return row._replace(found_in=where)

    def _streams(self) -> tuple[_Stream, _Stream]:
        """Ids of messages whose text may fit, and of those whose heading may."""
        range_ = {"low": self._narrowing.low, "high": min(self._narrowing.high, self._start)}
        terms = self.query.terms
        match = " AND ".join(term.match for term in terms if term.match)
        headings = _Stream(None)
        if terms and all(term.match for term in terms) and not self._narrowing.is_about_writers:
            headings = self._stream(_INDEX.format(table="heading_index"), match=match, **range_)
        return self._texts(match, range_), headings

    def _texts(self, match: str, range_: dict[str, int]) -> _Stream:
        is_narrowed = bool(self._narrowing.drivers)
        if is_narrowed and (not match or self._is_common(match, range_)):
            few = few_conversations(self._connection, self._narrowing)
            if few is not None:
                return self._stream(_WALK, conversations=json.dumps(few), **range_)
        if match:
            return self._stream(_INDEX.format(table="message_index"), match=match, **range_)
        return self._stream(_SCAN, **range_)

    def _is_common(self, match: str, range_: dict[str, int]) -> bool:
        number = self._connection.execute(_COMMON, {"match": match, **range_}).fetchone()[0]
        return bool(number == COMMON)

    def _stream(self, statement: str, **values: Any) -> _Stream:
        return _Stream(self._connection.execute(statement, values))


class _Stream:
    """Falling ids, read on as they are wanted; ``ids`` are those that were read and not taken yet."""

    def __init__(self, cursor: Any) -> None:
        self.ids: list[int] = []
        self._cursor = cursor

    def read(self, size: int) -> list[int]:
        """Have ``size`` ids at hand if there are so many."""
        if self._cursor is not None and len(self.ids) < size:
            rows = self._cursor.fetchmany(size - len(self.ids))
            self.ids += [number for (number,) in rows]
            if len(self.ids) < size:
                self._cursor = None
        return self.ids


def _falling(texts: _Stream, headings: _Stream, size: int) -> dict[int, bool]:
    """The next ``size`` ids of both, each once, with whether its heading may fit."""
    in_text, in_heading = texts.read(size), headings.read(size)
    if not in_heading:
        texts.ids = in_text[size:]
        return dict.fromkeys(in_text[:size], False)
    marked = frozenset(in_heading)
    both = sorted(marked.union(in_text), reverse=True)[:size]
    texts.ids = [number for number in in_text if number < both[-1]]
    headings.ids = [number for number in in_heading if number < both[-1]]
    return {number: number in marked for number in both}


@contextmanager
def _stopped_when(connection: Connection, is_over: Callable[[], bool]) -> Iterator[None]:
    """Interrupt what runs on ``connection`` once ``is_over``; its next statement is free again."""
    connection.set_progress_handler(lambda: int(is_over()), STEPS)
    try:
        yield
    finally:
        connection.set_progress_handler(None, 0)
