"""Rows in the making: what a run of operations does, held in memory and written at once.

One operation and a thousand go the same way: they change a ``Batch``, and its ``write`` makes the rows.
A conversation is then written once, not with every message; its messages go in together and in the
order of their ids; and the search indexes are given what they are owed in one piece, which becomes one
segment instead of thousands that are merged again and again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from csdesk.model.operation import Operation
from csdesk.store import labels as label_set
from csdesk.store import log, redaction
from csdesk.store.apply.kept import Kept
from csdesk.store.apply.shared import Shared
from csdesk.store.connect import Connection
from csdesk.store.rows import PER_SECOND, MissingEntity, find, first_id, free_ids, newest_version

PUT_MESSAGE = "INSERT INTO message_index(rowid, text) VALUES(?,?)"
PUT_HEADING = "INSERT INTO heading_index(rowid, name, subject) VALUES(?,?,?)"
MOST = 20_000
"""Messages held at most: about 20 MB with their words."""

NO_WAIT = 1 << 52
"""Queue keys of conversations in which nobody waits count down from here: the schema's ``sort_key``."""


@dataclass(slots=True)
class Talk:
    """A conversation's row as the operations so far leave it: its columns, and which of them are unwritten.

    ``values`` of a conversation that was here before holds the columns of ``_READ``.
    """

    id: int
    values: dict[str, Any]
    is_new: bool = False
    unwritten: dict[str, Any] = field(default_factory=dict)

    def set(self, **values: Any) -> None:
        """Change columns. Those that stay as they are stay out of the statement: SQLite would write
        every index they are in."""
        for column, value in values.items():
            if self.values.get(column, _UNREAD) != value:
                self.values[column] = self.unwritten[column] = value


_UNREAD = object()
_READ = (
    "id", "status", "assignee", "epoch", "waiting_since", "wait_floor", "prior_floor", "last_message", "message_count",
    "updated_at", "heading", "contact_name", "also_known", "is_blocked", "subject", "version", "queue_key",
)  # fmt: skip
_TALK = f"SELECT {', '.join(_READ)} FROM conversation WHERE uid = ?"  # noqa: S608 - our own names
_NEW = {
    "status": "open",
    "assignee": None,
    "epoch": 0,
    "waiting_since": None,
    "wait_floor": 0,
    "prior_floor": 0,
    "last_message": None,
    "message_count": 0,
    "heading": None,
    "queue_key": 0,
}
_INSERT_MESSAGE = """
INSERT INTO message(id, uid, conversation, sender, author, author_name, text, at, is_time_assumed, hlc, delivery,
  external_id, rule) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)
"""
FATE = "UPDATE message SET delivery = ?, reason = ?, external_id = coalesce(external_id, ?) WHERE uid = ?"
_INSERT_EVENT = "INSERT INTO event(id, conversation, kind, at, agent, body) VALUES(?,?,?,?,?,?)"
_INSERT_TOLD = """
INSERT INTO automatic(conversation, rule, agent, episode, wait, at) VALUES(?,?,?,?,?,?) ON CONFLICT DO NOTHING
"""


@dataclass(slots=True)
class Batch:
    """What is to be written. ``messages`` holds rows in the order of ``_INSERT_MESSAGE``, ``words`` and
    ``headings`` those of the two indexes, ``labels`` a conversation's id, a name and who added it (desk, number), ``told``
    rows in the order of ``_INSERT_TOLD``, ``fates`` what became of messages in the order of ``FATE``. ``said`` gives by the
    uid of a message that is held here, or whose fate is, its conversation and how far it had come. With ``is_indexing``
    off ``words`` and ``headings`` stay empty: who fills the indexes from the rows at the end has no need of them.
    ``shared`` is there where the log holds what several desks wrote; ``kept`` where rows are made anew that had local
    ids."""

    connection: Connection
    is_indexing: bool = True
    shared: Shared | None = None
    kept: Kept | None = None
    messages: list[tuple[Any, ...]] = field(default_factory=list)
    words: list[tuple[int, str]] = field(default_factory=list)
    headings: list[tuple[int, str, str]] = field(default_factory=list)
    labels: list[tuple[int, str, int, int]] = field(default_factory=list)
    told: list[tuple[Any, ...]] = field(default_factory=list)
    fates: list[tuple[Any, ...]] = field(default_factory=list)
    said: dict[bytes, tuple[Talk, str | None]] = field(default_factory=dict)
    _events: list[tuple[Any, ...]] = field(default_factory=list)
    _talks: dict[bytes, Talk] = field(default_factory=dict)
    _free: dict[int, int] = field(default_factory=dict)
    _known: dict[tuple[str, str], int] = field(default_factory=dict)
    _version: int | None = None
    _last_talk: int | None = None

    def talk(self, uid: bytes) -> Talk:
        """The conversation ``uid``. Raises MissingEntity when this store does not hold it."""
        held = self._talks.get(uid)
        if held is None:
            row = self.connection.execute(_TALK, (uid,)).fetchone()
            if row is None:
                raise MissingEntity(f"conversation {uid.hex()}")
            held = self._talks[uid] = Talk(row[0], dict(zip(_READ, row, strict=True)))
        return held

    def has_talk(self, uid: bytes) -> bool:
        """Whether there is a conversation ``uid``, in the rows or here."""
        try:
            self.talk(uid)
        except MissingEntity:
            return False
        return True

    def open(self, uid: bytes, values: dict[str, Any]) -> None:
        """A conversation begins, with these columns."""
        if self._last_talk is None:
            row = self.connection.execute("SELECT coalesce(max(id), 0) FROM conversation").fetchone()
            self._last_talk = max(int(row[0]), self._beyond("conversation"))
        if uid in self._talks:
            self.write()
        number = None if self.kept is None else self.kept.numbers.get(uid)
        if number is None:
            self._last_talk += 1
            number = self._last_talk
        self._talks[uid] = Talk(number, {**_NEW, **values, "uid": uid}, is_new=True)

    def next_version(self, count: int = 1) -> int:
        """The number behind ``count`` more changes: what the change feed follows."""
        if self._version is None:
            self._version = newest_version(self.connection)
        self._version += count
        return self._version

    def find(self, table: str, uid: str | None) -> int | None:
        """Local id of an agent, a team or an inbox; None for none given. Raises MissingEntity."""
        if uid is None:
            return None
        known = self._known.get((table, uid))
        if known is None:
            known = self._known[table, uid] = find(self.connection, table, uid) or 0
        return known

    def new_id(self, table: str, uid: bytes) -> int | None:
        """The local id that a row had before it is made anew; None: any that is free."""
        return None if self.kept is None else self.kept.number(table, uid)

    def _beyond(self, table: str) -> int:
        return 0 if self.kept is None else self.kept.beyond.get(table, 0)

    def time_ids(self, conversation: int, times_ms: Sequence[int]) -> list[int]:
        """Free row ids for things that happened then and arrive in this order: by second, then arrival.

        Messages and events share these ids, so that one conversation reads as one line of time.
        """
        wanted = [first_id(at) for at in times_ms]
        if self.kept is not None:
            return [self._kept_or_free(conversation, low) for low in wanted]
        free = self._free
        unasked = {low for low in wanted if low not in free}
        if unasked:
            free |= free_ids(self.connection, unasked)
        ids = []
        for second in wanted:
            low = second
            while free[low] == low + PER_SECOND:
                low += PER_SECOND
                if low not in free:
                    free |= free_ids(self.connection, {low})
            ids.append(free[low])
            free[low] += 1
        return ids

    def expect(self, times_ms: Iterable[int]) -> None:
        """Ask now, in one question, which ids are free for what is going to be shown at these times."""
        self._free |= free_ids(self.connection, {first_id(at) for at in times_ms} - self._free.keys())

    def _kept_or_free(self, conversation: int, low: int) -> int:
        """The next id that this conversation had in that second, else one that was nobody's."""
        assert self.kept is not None  # noqa: S101 - asked for there only
        if number := self.kept.next_of(conversation, low):
            return number
        while True:
            if low not in self._free:
                asked = free_ids(self.connection, {low})[low]
                self._free[low] = max(asked, self.kept.free.get(low, low))
            if self._free[low] < low + PER_SECOND:
                self._free[low] += 1
                return self._free[low] - 1
            low += PER_SECOND

    def show(self, operation: Operation, conversation: int) -> None:
        """Show a fact in a conversation's line of time."""
        body = operation.body
        (number,) = self.time_ids(conversation, (body["at"],))
        text = log.encode_body(redaction.facts(body))
        agent = self.find("agent", body.get("by"))
        self._events.append((number, conversation, operation.kind, body["at"], agent, text))

    @property
    def is_full(self) -> bool:
        return len(self.messages) >= MOST

    def write(self) -> None:
        """Make the rows."""
        if self._talks:
            self._write_talks()
        if self.told:  # of two that are one the first stands
            self.connection.executemany(_INSERT_TOLD, self.told)
            self.told.clear()
        for statement, rows in (
            (_INSERT_MESSAGE, self.messages),
            (_INSERT_EVENT, self._events),
            (label_set.ON_CONVERSATION, self.labels),
            (PUT_MESSAGE, self.words),
            (PUT_HEADING, self.headings),
        ):
            if rows:
                self.connection.executemany(statement, sorted(rows))
                rows.clear()
        if self.fates:  # behind the messages, and of two the later stands
            self.connection.executemany(FATE, self.fates)
            self.fates.clear()
        self.said.clear()

    def refresh(self) -> None:
        """Make the rows, and forget what is known of others: somebody else is about to change them."""
        self.write()
        self._free.clear()
        self._version = self._last_talk = None

    def _write_talks(self) -> None:
        for talk in self._talks.values():
            values = talk.values if talk.is_new else talk.unwritten
            if talk.is_new or "waiting_since" in values or "updated_at" in values:
                waiting, updated = talk.values["waiting_since"], talk.values["updated_at"]
                talk.set(queue_key=NO_WAIT - updated if waiting is None else waiting)
            if talk.is_new:
                places = ", ".join("?" * (len(values) + 1))
                sql = f"INSERT INTO conversation(id, {', '.join(values)}) VALUES({places})"
                self.connection.execute(sql, (talk.id, *values.values()))
            elif values:
                places = ", ".join(f"{column} = ?" for column in values)
                sql = f"UPDATE conversation SET {places} WHERE id = ?"  # noqa: S608 - our own names
                self.connection.execute(sql, (*values.values(), talk.id))
        self._talks.clear()
