"""Ids of messages that may fit a query, the newest first, from the place that promises the least work.

There are three such places: the index of words; all messages (for signs and emoji, which no index
holds, and for filters alone); and the messages of the conversations that a filter leaves. A walk begins
with one of the first two, since most filters let enough through. When little of what was looked at
fits, the third is estimated, by as much work as was spent already or a quarter of what is left, and taken
where it is less than what is left to walk: so no query costs more than a few times what the best place
would have.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from operator import neg
from typing import Any

from csdesk.store.connect import Connection
from csdesk.store.search_few import FewConversations
from csdesk.store.search_filters import FIRST, LAST, Narrowing
from csdesk.store.search_forms import spelled_out
from csdesk.store.search_query import Query

FIRST_LOOK = 400
"""After so many candidates the place is thought over for the first time, then after each four times more."""
SHARE = 4
"""To list the conversations may take this share of the work that is left, or as much as was done."""
TEXT_COST = 2.0
"""A message of a listed conversation costs as much as so many that say the words and fail a filter
(measured: its text is read and searched)."""
MOST_TEXTS = 100_000
"""More messages than that are not sorted for one page."""
SAID_RARELY = 200
PIECE = 32
"""So many headings are read at a time: most messages are none's first."""

_INDEX = "SELECT rowid FROM {table} WHERE {table} MATCH :match AND rowid >= :low AND rowid < :high ORDER BY rowid DESC"
_SAYING = f"SELECT count(*) FROM ({_INDEX.format(table='message_index')} LIMIT :most)"  # noqa: S608 - fixed texts
_ALL = "SELECT id FROM message WHERE id >= :low AND id < :high ORDER BY id DESC"
_OF_ONE = "SELECT id FROM message WHERE conversation = :of AND id >= :low AND id < :high ORDER BY id DESC"
_OF_SOME = (
    "SELECT id FROM message WHERE conversation IN (SELECT value FROM json_each(:of))"
    " AND id >= :low AND id < :high ORDER BY id DESC"
)
_HEADINGS_OF = (
    "SELECT c.heading FROM json_each(:of) j CROSS JOIN conversation c ON c.id = j.value"
    " WHERE c.heading >= :low AND c.heading < :high ORDER BY c.heading DESC"
)


def saying_ids(connection: Connection, query: Query) -> list[int] | None:
    """Ids of all messages that may say all words; None where these are more than SAID_RARELY."""
    match = spelled_out(connection, "message_index", _match_of(query))
    values = {"match": match, "low": FIRST, "high": LAST}
    rows = connection.execute(
        f"{_INDEX.format(table='message_index')} LIMIT {SAID_RARELY + 1}", values
    ).fetchall()
    return None if len(rows) > SAID_RARELY else [number for (number,) in rows]


def _match_of(query: Query) -> str:
    return " AND ".join(term.match for term in query.terms if term.match)


class Candidates:
    """A walk downwards from ``high``. What ``take`` gives includes all that fit, among others that do not."""

    def __init__(self, connection: Connection, query: Query, narrowing: Narrowing, high: int) -> None:
        self._connection = connection
        self._narrowing = narrowing
        self._range = {"low": narrowing.low, "high": min(narrowing.high, high)}
        self._match = " AND ".join(filter(None, (_match_of(query), narrowing.match)))
        is_indexed = bool(query.terms) and all(term.match for term in query.terms)
        self._has_headings = is_indexed and not narrowing.is_about_messages
        self._texts = self._headings = _Stream(None)
        self._looked = self._fitting = 0
        self._next_look = FIRST_LOOK
        self._few = FewConversations(connection, narrowing)
        self._is_settled = not narrowing.drivers
        if narrowing.conversation is not None:
            self._walk_conversations([narrowing.conversation])
        else:
            self._walk_words()

    def take(self, size: int) -> dict[int, bool]:
        """The next ``size`` ids, falling, each with whether the heading that stands on it may fit."""
        found = _falling(self._texts, self._headings, size)
        self._looked += len(found)
        return found

    def learn(self, fitting: int, wanted: int, below: int) -> None:
        """Of what was taken so far ``fitting`` fit; all from ``below`` up is done. May change the place."""
        if self._is_settled or self._looked < self._next_look:
            return
        self._next_look = self._looked * 4
        left_to_look = (wanted - fitting) * self._looked // max(1, fitting)
        if left_to_look <= self._looked:
            return
        most_messages = min(MOST_TEXTS, int(left_to_look / TEXT_COST))
        few = self._few.within(max(self._looked, int(left_to_look / SHARE)), most_messages)
        if few is None:
            return
        self._range["high"] = min(self._range["high"], below)
        if not self._match or self._is_said_in(int(few.messages * TEXT_COST)):
            self._walk_conversations(few.conversations)

    def _is_said_in(self, most: int) -> bool:
        """Whether so many messages that say the words are left."""
        match = spelled_out(self._connection, "message_index", self._match)
        values = {"match": match, "most": most, **self._range}
        return bool(self._connection.execute(_SAYING, values).fetchone()[0] >= most)

    def _walk_words(self) -> None:
        if not self._match:
            self._texts = self._stream(_ALL)
            return
        self._texts = self._saying("message_index")
        if self._has_headings:
            self._headings = self._saying("heading_index")

    def _saying(self, table: str) -> _Stream:
        match = spelled_out(self._connection, table, self._match)
        return self._stream(_INDEX.format(table=table), match=match)

    def _walk_conversations(self, conversations: list[int]) -> None:
        self._is_settled = True
        listed = json.dumps(conversations)
        if len(conversations) == 1:  # read in order, however long it is
            self._texts = self._stream(_OF_ONE, of=conversations[0])
        else:
            self._texts = self._stream(_OF_SOME, of=listed)
        self._headings = self._stream(_HEADINGS_OF, of=listed) if self._has_headings else _Stream(None)

    def _stream(self, statement: str, **values: Any) -> _Stream:
        return _Stream(self._connection.execute(statement, {**values, **self._range}))


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

    def read_to(self, low: int, size: int) -> list[int]:
        """Have all ids from ``low`` up at hand, or ``size`` of them."""
        held = self.ids
        while self._cursor is not None and len(held) < size and (not held or held[-1] >= low):
            held = self.read(min(size, len(held) + PIECE))
        return held


def _falling(texts: _Stream, headings: _Stream, size: int) -> dict[int, bool]:
    """The next ``size`` ids of both, each once, with whether its heading may fit."""
    in_text = texts.read(size)
    in_heading = headings.read_to(in_text[size - 1] if len(in_text) >= size else FIRST, size)
    if not in_heading:
        texts.ids = in_text[size:]
        return dict.fromkeys(in_text[:size], False)
    marked = frozenset(in_heading)
    # Both fall already: to sort them is to merge them.
    both = list(dict.fromkeys(sorted(in_text + in_heading, reverse=True)))[:size]
    texts.ids = _below(in_text, both[-1])
    headings.ids = _below(in_heading, both[-1])
    return {number: number in marked for number in both}


def _below(falling: list[int], last: int) -> list[int]:
    return falling[bisect_right(falling, -last, key=neg) :]
