"""What came from others, sorted: what is newer than all that is known of its thing is applied as it comes; where
something came late, its thing is made anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from csdesk.model.operation import Kind
from csdesk.store import about, anew, anew_talks, applying, giving_on, hub, merging_people, parking
from csdesk.store.apply import erasing
from csdesk.store.apply.people import key_of
from csdesk.store.apply.shared import Dot
from csdesk.store.applying import UNUSABLE, Refused
from csdesk.store.connect import Connection
from csdesk.store.log import Stored, decode_body
from csdesk.store.rows import MissingEntity, as_uid, need

_PEOPLE = range(Kind.AGENT_ADDED, Kind.INBOX_EDITED + 1)
_TALK = range(Kind.CONVERSATION_OPENED, Kind.CONVERSATION_RETURNED + 1)
_OF_MESSAGE = frozenset({Kind.MESSAGE_WITHDRAWN, Kind.MESSAGE_DELIVERED, Kind.ATTACHMENT_ADDED})
_OF_PACK = frozenset({Kind.PACK_PUBLISHED, Kind.PACK_RETIRED})
_ERASURES = frozenset({Kind.CONTACT_ERASED, Kind.CONVERSATION_ERASED, Kind.MESSAGES_ERASED})


@dataclass(slots=True)
class Arrival:
    """Operations with the thing that each is about, and what is to be done: ``contacts`` and ``talks`` (uids) are
    to be made anew, ``touched`` are the uids of all conversations that something is about."""

    things: list[tuple[Stored, bytes | None]] = field(default_factory=list)
    has_people: bool = False
    contacts: set[bytes] = field(default_factory=set)
    talks: set[bytes] = field(default_factory=set)
    erasures: list[Stored] = field(default_factory=list)
    touched: set[bytes] = field(default_factory=set)

    @property
    def plain(self) -> list[Stored]:
        """Operations that come in order."""
        anew = self.talks | self.contacts
        if not anew:
            return [row for row, _thing in self.things]
        return [row for row, thing in self.things if thing not in anew]

    @property
    def late(self) -> int:
        """How many do not."""
        anew = self.talks | self.contacts
        return sum(thing in anew for _row, thing in self.things) if anew else 0


@dataclass(slots=True)
class _Sorter:
    """``newest`` remembers where the newest operation stands of each thing that was asked for."""

    connection: Connection
    arrival: Arrival = field(default_factory=Arrival)
    newest: dict[bytes, about.Clock | None] = field(default_factory=dict)
    erased: dict[bytes, bool] = field(default_factory=dict)
    said: dict[bytes, bytes] = field(default_factory=dict)

    def sort(self, rows: Iterable[Stored]) -> Arrival:
        for row in rows:
            self.look(row)
        return self.arrival

    def look(self, row: Stored) -> None:
        found, thing = self.arrival, None
        if row.kind in _PEOPLE:
            found.has_people = True
            return
        if row.kind in _ERASURES:
            found.erasures.append(row)
            self._look_at_erasure(row)
            thing = bytes(row.ent)
        elif row.kind in anew_talks.OF_CONTACT:
            thing = bytes(row.ent)
            if self._is_late(row, thing):
                found.contacts.add(thing)
        else:
            thing = self._talk(row)
            if thing is not None:
                found.touched.add(thing)
                if self._is_late(row, thing) or self._is_erased(row, thing):
                    found.talks.add(thing)
        found.things.append((row, thing))

    def _talk(self, row: Stored) -> bytes | None:
        """The conversation that an operation is about; None for none, or none that is known."""
        if row.kind in _TALK:
            return bytes(row.ent)
        if row.kind == Kind.MESSAGE_ADDED:
            talk = _uid(row, "conversation")
            if talk is not None:
                self.said[bytes(row.ent)] = talk
            return talk
        if row.kind not in _OF_MESSAGE:
            return None
        message = _uid(row, "message") if row.kind == Kind.ATTACHMENT_ADDED else bytes(row.ent)
        if message is None or message in self.said:
            return self.said.get(message or b"")
        found = self.connection.execute(_TALK_OF, (message,)).fetchone()
        return bytes(found[0]) if found else None

    def _is_late(self, row: Stored, thing: bytes) -> bool:
        if thing not in self.newest:
            self.newest[thing] = about.newest(self.connection, thing)
        newest = self.newest[thing]
        if newest is not None and _is_not_after(row, newest):
            return True
        if row.kind not in _OF_MESSAGE:
            return False
        # Of two words on one message that crossed the later holds, however they come.
        message = bytes(row.ent)
        if message not in self.newest:
            self.newest[message] = about.newest(self.connection, message)
        newest = self.newest[message]
        return newest is not None and _is_not_after(row, newest)

    def _is_erased(self, row: Stored, talk: bytes) -> bool:
        """Whether the words of a conversation, or of who it is with, were erased: of what came before that too."""
        if row.kind == Kind.CONVERSATION_OPENED:
            contact = _uid(row, "contact")
            found = self.connection.execute(_CONTACT_ERASED, (contact,)).fetchone()
            self.erased[talk] = found is not None
        elif talk not in self.erased:
            self.erased[talk] = self.connection.execute(_ERASED, (talk,)).fetchone() is not None
        return self.erased[talk]

    def _is_contact(self, row: Stored) -> bool:
        """Whether words about a contact went later than the contact: what was edited without knowing of that."""
        return (
            row.kind == Kind.MESSAGES_ERASED
            and self.connection.execute(_CONTACT_ERASED, (row.ent,)).fetchone() is not None
        )

    def _look_at_erasure(self, row: Stored) -> None:
        """What is erased is made anew: whatever came before it has to be without words, whatever came after not."""
        found = self.arrival
        found.talks |= erased_talks(self.connection, row)
        if row.kind == Kind.CONTACT_ERASED or self._is_contact(row):
            found.contacts.add(bytes(row.ent))
        found.touched |= found.talks


def erased_talks(connection: Connection, row: Stored) -> set[bytes]:
    """The conversations that an erasure is about, as far as they are here."""
    if row.kind == Kind.CONVERSATION_ERASED:
        return {bytes(row.ent)}
    rows = connection.execute(_OF_CONTACT, (row.ent,)).fetchall()
    return {bytes(uid) for (uid,) in rows}


def _is_not_after(row: Stored, newest: about.Clock) -> bool:
    """Whether it came before the newest or, by another desk, in its very instant: then who waits is asked anew."""
    hlc, desk = newest
    return row.hlc < hlc or (row.hlc == hlc and row.desk != desk)


def _rivals(connection: Connection, rows: Iterable[Stored]) -> set[bytes]:
    """Conversations of which only one can have a channel's name, where it is not the one that was opened first."""
    found: set[bytes] = set()
    for row in rows:
        if row.kind == Kind.CONVERSATION_OPENED:
            with suppress(*UNUSABLE):  # it is refused, and said so, where it is applied
                for held in _of_its_names(connection, _body(row)):
                    opened = (
                        None if held == row.ent else about.first(connection, held, Kind.CONVERSATION_OPENED)
                    )
                    if opened is not None and (row.hlc, row.desk) < opened:
                        found |= {held, bytes(row.ent)}
    return found


def _of_its_names(connection: Connection, body: dict[str, Any]) -> Iterator[bytes]:
    """The conversations that are here by the thread, or by the source's number, that ``body`` opens one with."""
    inbox = need(connection, "inbox", body["inbox"])
    for sql, one, other in (
        (_THREAD, inbox, body.get("thread")),
        (_SOURCE, body.get("source"), body.get("source_id")),
    ):
        held = None if other is None else connection.execute(sql, (one, other)).fetchone()
        if held is not None:
            yield bytes(held[0])


_TALK_OF = "SELECT c.uid FROM message m JOIN conversation c ON c.id = m.conversation WHERE m.uid = ?"
_ERASED = """
SELECT 1 FROM conversation c JOIN contact p ON p.id = coalesce(c.owner, c.contact)
WHERE c.uid = ? AND (c.erased_at IS NOT NULL OR p.erased_at IS NOT NULL)
"""
_CONTACT_ERASED = "SELECT 1 FROM contact WHERE uid = ? AND erased_at IS NOT NULL"
_OF_CONTACT = """
SELECT c.uid FROM contact p JOIN conversation c ON c.contact = coalesce(p.survivor, p.id)
WHERE p.uid = ? AND coalesce(c.owner, c.contact) = p.id
"""
_THREAD = "SELECT uid FROM conversation WHERE inbox = ? AND thread = ?"
_SOURCE = "SELECT uid FROM conversation WHERE source = ? AND source_id = ?"


def _body(row: Stored) -> dict[str, Any]:
    try:
        body = decode_body(row.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _uid(row: Stored, field: str) -> bytes | None:
    try:
        return as_uid(_body(row)[field])
    except (LookupError, ValueError, TypeError):
        return None


def sort(connection: Connection, rows: Sequence[Stored]) -> Arrival:
    """Sort ``rows``, which come in the order of the clocks and are not in the log yet."""
    return _Sorter(connection).sort(rows)


def make_rows(connection: Connection, arrival: Arrival) -> Refused:
    """Have the rows say what came and is in the log by now; gives what cannot be applied."""
    refused: Refused | None = merging_people.refresh(connection) if arrival.has_people else {}
    if refused is None:
        return anew.everything(connection)
    lost = hub.lost(connection)
    freed = giving_on.names_of(connection, (bytes(row.ent) for row in arrival.erasures))
    rivals = _rivals(connection, (row for row, _thing in arrival.things))
    arrival.talks |= rivals
    for uid in arrival.contacts:
        refused |= anew_talks.contact(connection, uid, lost)
    plain = arrival.plain
    refused |= applying.apply_safely(connection, plain, lost)
    _settle_keys(connection, plain)
    for row in arrival.erasures:
        arrival.talks |= erased_talks(connection, row)
    refused |= talks_anew(connection, arrival.talks, lost, together=rivals)
    for row in arrival.erasures:
        _forget_drafts(connection, row)
    refused |= giving_on.give_on(connection, freed, lost)
    return refused


def make_anew(connection: Connection, rows: Sequence[Stored], before: Mapping[int, int]) -> Refused:
    """Have the rows say own operations that were given other times; ``before`` has those they had, by number."""
    if any(row.kind in _DATED for row in rows):
        return anew.everything(connection)
    availability = [row for row in rows if row.kind == Kind.AGENT_AVAILABILITY_CHANGED]
    connection.executemany(
        "DELETE FROM availability WHERE desk = ? AND hlc = ?",
        [(row.desk, before[row.dseq]) for row in availability],
    )
    versions = [row for row in rows if row.kind in _OF_PACK]
    connection.executemany("DELETE FROM published WHERE desk = ? AND dseq = ?", [row[:2] for row in versions])
    sorter = _Sorter(connection)
    for row in rows:
        sorter.look(row)
    found = Arrival(has_people=sorter.arrival.has_people)
    for row, thing in sorter.arrival.things:
        if thing is not None and row.kind in anew_talks.OF_CONTACT:
            found.contacts.add(thing)
        elif thing is not None and row.kind not in _ERASURES:
            found.talks.add(thing)
    found.things = [(row, None) for row in (*availability, *versions)]
    found.talks |= sorter.arrival.talks
    return make_rows(connection, found)


_DATED = frozenset({Kind.CONTACT_MERGED, Kind.CONTACT_UNMERGED, Kind.HANDOVER_ITEM_TICKED})
"""Facts whose rows keep the time by which the later one holds."""


def talks_anew(
    connection: Connection, uids: Iterable[bytes], lost: set[Dot], *, together: Iterable[bytes] = ()
) -> Refused:
    """Make conversations anew, some hundred at a time; those that are rivals in one go."""
    first = [*together]
    rest = [uid for uid in uids if uid not in {*first}]
    refused = anew_talks.conversations(connection, first, lost) if first else {}
    for start in range(0, len(rest), anew_talks.AT_ONCE):
        refused |= anew_talks.conversations(connection, rest[start : start + anew_talks.AT_ONCE], lost)
    return refused


def know(connection: Connection, kinds: Iterable[int]) -> None:
    """Make conversations anew that others stated something of ``kinds`` about before this csdesk knew what it means."""
    if not hub.is_shared(connection):
        return
    wanted = ", ".join(str(int(kind)) for kind in kinds)
    rows = connection.execute(f"SELECT DISTINCT ent FROM op WHERE kind IN ({wanted})").fetchall()  # noqa: S608 - our own numbers
    parking.park(connection, talks_anew(connection, [bytes(ent) for (ent,) in rows], hub.lost(connection)))


def _settle_keys(connection: Connection, rows: Iterable[Stored]) -> None:
    """Of two contacts whom an inbox knows by one key the first has it."""
    for row in rows:
        key = _body(row).get("key") if row.kind == Kind.CONTACT_ADDED else None
        if not isinstance(key, str):
            continue
        whole = key_of(connection, key)
        held = connection.execute(_KEY, (whole,)).fetchone()
        if held is None or held[0] == row.ent:
            continue
        added = about.first(connection, bytes(held[0]), Kind.CONTACT_ADDED)
        if added is not None and (row.hlc, row.desk) < added:
            connection.execute(
                "UPDATE contact_key SET contact = (SELECT id FROM contact WHERE uid = ?) WHERE key = ?",
                (row.ent, whole),
            )


_KEY = "SELECT c.uid FROM contact_key k JOIN contact c ON c.id = k.contact WHERE k.key = ?"


def _forget_drafts(connection: Connection, row: Stored) -> None:
    """Nobody here goes on writing what was erased elsewhere."""
    sql = (
        _CONVERSATION
        if row.kind == Kind.CONVERSATION_ERASED
        else _OF_CONTACT.replace("c.uid FROM", "c.id FROM")
    )
    for (number,) in connection.execute(sql, (row.ent,)).fetchall():
        erasing.forget_drafts(connection, number)


_CONVERSATION = "SELECT id FROM conversation WHERE uid = ?"


def uids_of(connection: Connection, talks: Iterable[bytes]) -> tuple[int, ...]:
    """Local ids of the conversations that are here."""
    found = []
    for uid in talks:
        try:
            found.append(need(connection, "conversation", uid))
        except MissingEntity:
            continue
    return tuple(sorted(found))
