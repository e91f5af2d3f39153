"""Ids of messages that may fit a query, the newest first, from the place that promises the least work.

There are three such places: the index of words; all messages (for signs and emoji, which no index
holds, and for filters alone); and the messages of the conversations that a filter leaves. A walk begins
with one of the first two, since most filters let enough through. Who fails a filter is left out by the walk's own
statement, which takes a third of the time that loading and asking takes; but one in MILESTONE is given all
the same, so that a walk which meets nothing is seen to go on. When little of what was looked at fits, the third
place is estimated, by as much work as was spent already or a quarter of what is left, and taken where it is less
than what is left to walk: so no query costs more than a few times what the best place would have.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from operator import neg
from typing import Any

from csdesk.store.connect import Connection
from csdesk.store.search_few import Few, FewConversations
from csdesk.store.search_filters import FIRST, LAST, Narrowing
from csdesk.store.search_forms import spelled_out
from csdesk.store.search_query import Query

FIRST_LOOK = 800
"""After so many candidates the place is thought over for the first time, then after each four times more."""
SHARE = 4
"""To list the conversations may take this share of the work that is left, or as much as was done."""
TEXT_COST = 4.0
"""A message of a listed conversation costs as much as so many that say the words and fail a filter
(measured: its text is read and searched)."""
SIDE_BY_SIDE, BY_NAME = 0.5, 3.0
"""What it costs to look at a message, beside one that the index of words names: all messages in turn lie side by side;
whether a contact has a name is asked of Python."""
MOST_TEXTS = 100_000
"""More messages than that are not sorted for one page."""
SAID_RARELY = 200
PIECE, SIFTED_PIECE = 32, 4
"""So many headings are read at a time: most messages are none's first. Fewer where each took many to find."""

MILESTONE = 32
"""Of so many ids one is given whether or not it passes the filters, chosen by a hash of the id."""
FIRST_FAILING, MOST_FAILING = 4, 32
"""After so many milestones that do not pass it is told how far the walk has come: soon at first, so that every page goes
on, even one that finds nothing in the system's cache."""
_HASH, _HASH_BITS = 2_654_435, 20
"""Ids are times, and times are round: a multiple of this spreads them."""
IS_MILESTONE = f"m.id * {_HASH} >> {_HASH_BITS} & {MILESTONE - 1} = 0"

_INDEX = "SELECT rowid FROM {table} WHERE {table} MATCH :match AND rowid >= :low AND rowid < :high ORDER BY rowid DESC"
_SAYING = (
    "SELECT count(*) FROM (SELECT 1 FROM message_index WHERE message_index MATCH :match"
    " AND rowid >= :low AND rowid < :high LIMIT :most)"
)
"""In rising order, which is twice as fast."""
_ALL = "SELECT id FROM message WHERE id >= :low AND id < :high ORDER BY id DESC"
_SIFTED = (
    f"SELECT m.id, {{passes}} FROM {{source}} CROSS JOIN conversation c ON c.id = m.conversation"  # noqa: S608 - fixed texts
    f" WHERE {{within}} AND (({{passes}}) OR {IS_MILESTONE}) ORDER BY {{key}} DESC"
)
_OF_ONE = "SELECT id FROM message WHERE conversation = :of AND id >= :low AND id < :high ORDER BY id DESC"
_OF_SOME = (
    "SELECT id FROM message WHERE conversation IN (SELECT value FROM json_each(:of))"
    " AND id >= :low AND id < :high ORDER BY id DESC"
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
    """A walk downwards from ``high``. What ``take`` gives includes all that fit, among others that do not.

    ``position``: all from there up was taken.
    """

    def __init__(self, connection: Connection, query: Query, narrowing: Narrowing, high: int) -> None:
        self._connection = connection
        self._narrowing = narrowing
        self._range = {"low": narrowing.low, "high": min(narrowing.high, high)}
        self._match = " AND ".join(filter(None, (_match_of(query), narrowing.match)))
        is_indexed = bool(query.terms) and all(term.match for term in query.terms)
        self._has_headings = is_indexed and not narrowing.is_about_messages
        self._is_sifted = narrowing.is_selective
        self._texts = self._headings = _Stream(None)
        self.position = self._range["high"]
        self.is_over = False
        self._looked = 0
        self._next_look = FIRST_LOOK
        self._few = FewConversations(connection, narrowing)
        self._is_settled = not narrowing.drivers
        if narrowing.conversation is not None:
            self._walk_conversations(self._few.one(narrowing.conversation))
        else:
            self._walk_words()

    def take(self, size: int) -> dict[int, bool]:
        """The next ids, falling, up to ``size`` that pass the filters, each with whether the heading that stands on it
        may fit; none where a long walk met none, and at the end."""
        found = _falling(self._texts, self._headings, self._texts.number_for(size))
        self.is_over = not found
        self.position = next(reversed(found), self.position)
        if not self._is_sifted:
            self._looked += len(found)
            return found
        self._looked += MILESTONE * sum(map(is_milestone, found))
        failing = self._texts.failing | self._headings.failing
        for stream in (self._texts, self._headings):
            stream.failing.intersection_update(stream.ids)
        return {number: is_heading for number, is_heading in found.items() if number not in failing}

    @property
    def is_said_often(self) -> bool:
        """Whether more than SAID_RARELY messages are seen to say the words, but for a chance."""
        return self._is_sifted and bool(self._match) and self._looked > 2 * SAID_RARELY

    def learn(self, fitting: int, wanted: int) -> None:
        """Of what was taken so far ``fitting`` fit, and all of it is done. May change the place."""
        if self._is_settled or self._looked < self._next_look:
            return
        self._next_look = self._looked * 4
        left_to_look = (wanted - fitting) * self._looked // max(1, fitting)
        if left_to_look <= self._looked:
            return
        left_to_look = int(left_to_look * self._cost)
        most_messages = min(MOST_TEXTS, int(left_to_look / TEXT_COST))
        few = self._few.within(max(self._looked, int(left_to_look / SHARE)), most_messages)
        if few is None:
            return
        self._range["high"] = min(self._range["high"], self.position)
        if not self._match or self._is_said_in(int(few.messages * TEXT_COST)):
            self._walk_conversations(few)

    @property
    def _cost(self) -> float:
        return (1.0 if self._match else SIDE_BY_SIDE) * (BY_NAME if self._narrowing.author else 1.0)

    def _is_said_in(self, most: int) -> bool:
        """Whether so many messages that say the words are left."""
        match = spelled_out(self._connection, "message_index", self._match)
        values = {"match": match, "most": most, **self._range}
        return bool(self._connection.execute(_SAYING, values).fetchone()[0] >= most)

    def _walk_words(self) -> None:
        if not self._match:
            self._texts = self._sifted("message m", "m.id", "true") if self._is_sifted else self._stream(_ALL)
            return
        self._texts = self._saying("message_index")
        if self._has_headings:
            self._headings = self._saying("heading_index")

    def _saying(self, table: str) -> _Stream:
        match = spelled_out(self._connection, table, self._match)
        if self._is_sifted:
            source = f"{table} said CROSS JOIN message m ON m.id = said.rowid"
            return self._sifted(source, "said.rowid", f"{table} MATCH :match", match=match)
        return self._stream(_INDEX.format(table=table), match=match)

    def _sifted(self, source: str, key: str, said: str, **values: Any) -> _Stream:
        """The ids that pass the filters, and the milestones among the others."""
        within = f"{said} AND {key} >= :low AND {key} < :high"
        statement = _SIFTED.format(source=source, key=key, within=within, passes=self._narrowing.where)
        return _Sifted(
            self._connection.execute(statement, {**self._narrowing.values, **values, **self._range})
        )

    def _walk_conversations(self, few: Few) -> None:
        self._is_settled, self._is_sifted = True, False
        if len(few.conversations) == 1:  # read in order, however long it is
            self._texts = self._stream(_OF_ONE, of=few.conversations[0])
        else:
            self._texts = self._stream(_OF_SOME, of=json.dumps(few.conversations))
        low, high = self._range["low"], self._range["high"]
        headings = sorted((each for each in few.headings if low <= each < high), reverse=True)
        self._headings = _Stream(None, headings if self._has_headings else None)

    def _stream(self, statement: str, **values: Any) -> _Stream:
        return _Stream(self._connection.execute(statement, {**values, **self._range}))


class _Stream:
    """Falling ids, read on as they are wanted; ``ids`` are those that were read and not taken yet.

    ``failing`` are those among them that are known not to pass the filters.
    """

    piece = PIECE

    def __init__(self, cursor: Any, ids: list[int] | None = None) -> None:
        self.ids = ids or []
        self.failing: set[int] = set()
        self._cursor = cursor

    def number_for(self, size: int) -> int:
        """How many ids to take for ``size`` that may fit."""
        return size

    def read(self, size: int) -> list[int]:
        """Have ``size`` ids at hand if there are so many."""
        if self._cursor is not None and len(self.ids) < size:
            self._add(self._cursor.fetchmany(size - len(self.ids)))
            if len(self.ids) < size:
                self._cursor = None
        return self.ids

    def _add(self, rows: list[Any]) -> None:
        self.ids += [number for (number,) in rows]

    def read_to(self, low: int, size: int) -> list[int]:
        """Have all ids from ``low`` up at hand, or ``size`` of them."""
        held = self.ids
        while self._cursor is not None and len(held) < size and (not held or held[-1] >= low):
            held = self.read(min(size, len(held) + self.piece))
        return held


class _Sifted(_Stream):
    """Ids that pass the filters, and milestones."""

    piece = SIFTED_PIECE

    def __init__(self, cursor: Any) -> None:
        super().__init__(cursor)
        self._most_failing = FIRST_FAILING

    def number_for(self, size: int) -> int:
        missing = size
        for place, number in enumerate(self.ids, 1):
            missing -= number not in self.failing
            if not missing:
                return place
        while self._cursor is not None and len(self.failing) < self._most_failing:
            held = len(self.ids)
            # No more at a time than may fail, or than have passed: what passed so far promises as many.
            piece = min(missing, self._most_failing - len(self.failing) + size - missing)
            missing -= sum(number not in self.failing for number in self.read(held + piece)[held:])
            if not missing:
                return len(self.ids)
        self._most_failing = min(MOST_FAILING, 4 * self._most_failing)
        return len(self.ids) or size

    def _add(self, rows: list[Any]) -> None:
        for number, passes in rows:
            self.ids.append(number)
            if not passes:
                self.failing.add(number)


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


def is_milestone(number: int) -> bool:
    """As IS_MILESTONE tells it."""
    return number * _HASH >> _HASH_BITS & MILESTONE - 1 == 0


def _below(falling: list[int], last: int) -> list[int]:
    return falling[bisect_right(falling, -last, key=neg) :]
