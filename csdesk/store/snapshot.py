"""A snapshot: what every reader of some scopes may know, written down to travel as a whole.

It holds the log, the rows made from it and what the hub judged, all as of one vector, and nothing that is this
desk's alone. A sum is left out where it follows from the operation and the sum before it: whoever takes the snapshot
in makes these anew, so each operation is proved by the sums that the hub has of the last ones.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from struct import Struct
from typing import Any, BinaryIO

from msgspec import DecodeError, msgpack

from csdesk.errors import Refused, StoreError
from csdesk.i18n import _
from csdesk.store import connect, log, redaction, sending_up, shared_log
from csdesk.store.connect import Connection
from csdesk.store.database import SCHEMA_VERSION

Progress = Callable[[int, int], None]


def _silent(_done: int, _total: int) -> None:
    """No progress is shown."""


ROWS = (
    "contact",
    "contact_key",
    "contact_merge",
    "contact_label",
    "agent",
    "team",
    "team_member",
    "inbox",
    "alias",
    "availability",
    "label",
    "conversation",
    "conversation_label",
    "automatic",
    "message",
    "event",
    "transfer",
    "offer",
    "attachment",
    "handover",
    "handover_item",
    "handover_signature",
    "handover_tick",
    "published",
)
"""Tables that the log makes: a snapshot has them."""
JUDGED = ("hub_lost", "hub_parked")
"""What of the log the hub judged void, and what waits for something: a snapshot has these too."""
MADE = ("hub_vector", "view_count", "message_index", "heading_index")
"""Tables that whoever takes a snapshot in makes from what it has."""
LOCAL = frozenset(
    {
        "meta",
        "draft",
        "outbox",
        "undo",
        "lease",
        "reply_use",
        "reply_sent",
        "presence",
        "watching",
        "saved_view",
        "view_sort",
        "announced",
        "looked",
        "finding",
        "handover_draft",
        "hub",
        "hub_file",
        "hub_wish",
        "hub_made",
        "hub_lease",
        "conflict",
        "_sqlite_migrations",
    }
)
"""Tables that are one desk's alone: no snapshot ever has one of them."""

OF_OWN_USE = {"conversation": {"marks": "0"}}
"""Columns of shared tables that tell of local ones (drafts, the outbox), with what they are in a snapshot."""

FORM = 1
"""How a snapshot is written down; a reader of another form leaves it alone."""
LEVEL = 6
AT_ONCE = 2_000
"""Rows in one block."""
MOST_BLOCK = 256 * 1024 * 1024
_LENGTH = Struct(">I")


@dataclass(frozen=True, slots=True)
class Contents:
    """What a snapshot says of itself: how far it has each desk, the sum there, how many operations it holds."""

    vector: Mapping[int, int]
    sums: Mapping[int, bytes]
    operations: int


def write(source: Path, scopes: Collection[int], out: BinaryIO, progress: Progress = _silent) -> Contents:
    """Write to ``out`` what readers of ``scopes`` may know of the store at ``source``.

    As of one moment, while others go on writing. Raises Refused when the store holds something that the hub does not
    have, or knows more or less than ``scopes``; StoreError when its log is broken.
    """
    with connect.translated(source):
        reader = connect.open_reader(source)
        try:
            reader.execute("BEGIN")
            _need_told(reader)
            total = log.length(reader, None)
            writing = _Writing(out)
            writing.put([FORM, SCHEMA_VERSION, total])
            chains = _Chains(frozenset(scopes))
            for done, block in enumerate(_blocks(map(chains.keep, log.operations(reader)))):
                writing.put(["op", block])
                progress(done * AT_ONCE, total)
            for table in (*JUDGED, *ROWS):
                for block in _blocks(_rows(reader, table)):
                    writing.put([table, block])
            writing.end()
            return Contents(chains.vector, chains.sums, total)
        finally:
            reader.close()


class _Writing:
    """A compressed row of blocks, each behind its length."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._packed = zlib.compressobj(LEVEL)

    def put(self, block: object) -> None:
        data = msgpack.encode(block)
        self._out.write(self._packed.compress(_LENGTH.pack(len(data)) + data))

    def end(self) -> None:
        self._out.write(self._packed.flush())


Block = tuple[str, list[tuple[Any, ...]]]


def read(file: BinaryIO) -> tuple[int, Iterator[Block]]:
    """The schema of a snapshot's rows, and its blocks in order: a table, and rows of it.

    Raises StoreError when it is cut off, or no snapshot that this csdesk can read.
    """
    blocks = _unpacked(file)
    try:
        form, schema, _total = next(blocks)
    except (StopIteration, ValueError, TypeError):
        raise unreadable() from None
    if form != FORM or not isinstance(schema, int):
        raise unreadable()
    return schema, map(_block, blocks)


def _block(read: Any) -> Block:
    try:
        table, columns = read
        if not all(map(_is_of_values, columns)) or (table == "op" and not _is_of_operations(columns)):
            raise unreadable()
        return str(table), list(zip(*columns, strict=True))
    except (ValueError, TypeError):
        raise unreadable() from None


_VALUES: frozenset[type] = frozenset({int, str, bytes, float, type(None)})
_WHOLE: set[type] = {int}
_OF_OPERATIONS: tuple[set[type], ...] = (
    *[_WHOLE] * 6,
    {bytes},
    {int, type(None)},
    {str},
    {bytes, type(None)},
)
"""What the columns of ``op`` hold, in their order."""


def _is_of_values(column: Sequence[Any]) -> bool:
    """Whether a row of SQLite can hold each value."""
    kinds = {*map(type, column)}
    if not kinds <= _VALUES:
        return False
    return int not in kinds or max(each for each in column if type(each) is int) < 1 << 63


def _is_of_operations(columns: Sequence[Sequence[Any]]) -> bool:
    """Whether each value is of the kind that its column of ``op`` has."""
    return len(columns) == len(_OF_OPERATIONS) and all(
        known >= {*map(type, column)} for known, column in zip(_OF_OPERATIONS, columns, strict=True)
    )


def _unpacked(file: BinaryIO) -> Iterator[Any]:
    unpacking, held = zlib.decompressobj(), bytearray()
    try:
        while data := file.read(1 << 18):
            held += unpacking.decompress(data)
            at = 0
            while len(held) - at >= _LENGTH.size:
                (length,) = _LENGTH.unpack_from(held, at)
                if length > MOST_BLOCK:
                    raise unreadable()
                end = at + _LENGTH.size + length
                if len(held) < end:
                    break
                yield msgpack.decode(held[at + _LENGTH.size : end])
                at = end
            del held[:at]
    except (zlib.error, DecodeError, RecursionError):
        raise unreadable() from None
    if held or not unpacking.eof:
        raise unreadable()


def unreadable() -> StoreError:
    """The error for what is no snapshot, or not the whole of one."""
    return StoreError(
        "snapshot.unreadable",
        _("The hub's snapshot cannot be read."),
        _("Nothing of it was taken in. A lead makes a new one: csdesk hub snapshot"),
    )


def _blocks(rows: Iterable[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    """Rows by columns, some at a time: what is alike stands together."""
    rest = iter(rows)
    while some := list(islice(rest, AT_ONCE)):
        yield list(zip(*some, strict=True))


def columns(connection: Connection, table: str) -> list[str]:
    """The columns of a table that are written; those that SQLite makes are not among them."""
    rows = connection.execute("SELECT name FROM pragma_table_info(?)", (table,)).fetchall()
    return [name for (name,) in rows]


def _rows(reader: Connection, table: str) -> Iterator[tuple[Any, ...]]:
    given = [OF_OWN_USE.get(table, {}).get(name, name) for name in columns(reader, table)]
    return iter(reader.execute(f"SELECT {', '.join(given)} FROM {table}"))  # noqa: S608 - our own names


def _need_told(reader: Connection) -> None:
    """Raises Refused unless the hub has all of this store's own operations as they are here."""
    if sending_up.count_unsent(reader) or sending_up.kept_back(reader):
        raise Refused(
            "snapshot.untold",
            _("This desk has work that the hub does not have: a snapshot of it would say more than the hub."),
            _("Sync, then try again."),
        )


class _Chains:
    """The chains of all desks, as far as one has come, for readers of ``scopes``."""

    def __init__(self, scopes: frozenset[int]) -> None:
        self._scopes = scopes
        self._ends: dict[int, log.Tip] = {}

    @property
    def vector(self) -> dict[int, int]:
        return {desk: end.dseq for desk, end in self._ends.items()}

    @property
    def sums(self) -> dict[int, bytes]:
        return {desk: end.sum for desk, end in self._ends.items()}

    @property
    def tips(self) -> dict[int, log.Tip]:
        return self._ends

    def keep(self, row: log.Stored) -> tuple[Any, ...]:
        """A row as it travels: its sum only where nobody can make it anew."""
        before = self._move(row)
        self._need_fitting(row)
        if _is_believed(row):
            return row
        if row.follows(before.sum) != row.sum:
            raise _broken(row)
        return (*row[:-1], None)

    def prove(self, held: tuple[Any, ...]) -> log.Stored:
        """The row that travelled, with its sum. Raises Refused where it hides what readers of ``scopes`` may see,
        StoreError where it is not what may stand here."""
        row, has_sum = log.Stored._make(held), held[-1] is not None
        if row.kind == 0 and row.scope in self._scopes:
            raise lacking()
        if has_sum != _is_believed(row):
            raise not_the_hubs()
        if not has_sum:
            before = self._ends.get(row.desk, _START)
            row = row._replace(sum=row.follows(before.sum))
        self._move(row)
        return row

    def _move(self, row: log.Stored) -> log.Tip:
        before = self._ends.get(row.desk, _START)
        if row.dseq != before.dseq + 1:
            raise _broken(row)
        self._ends[row.desk] = log.Tip(row.dseq, row.hlc, row.sum)
        return before

    def _need_fitting(self, row: log.Stored) -> None:
        """Raises Refused for an operation that readers may not see, or may and this desk does not."""
        if (row.kind == 0) == (row.scope in self._scopes):
            raise Refused(
                "snapshot.scope",
                _(
                    "This desk joined or left a team since it began: it does not know just what its team may know."
                ),
                _("Another lead's desk can make the snapshot, or a new desk."),
            )


_START = log.Tip(0, 0, log.START_SUM)


def chains(scopes: Collection[int]) -> _Chains:
    """What proves the operations of a snapshot, one by one in its order, for a reader of ``scopes``."""
    return _Chains(frozenset(scopes))


def _is_believed(row: log.Stored) -> bool:
    """Whether a sum does not follow from its row: one may not read it, or its words were erased."""
    return shared_log.is_hidden(row) or redaction.erasure_of(row.body) is not None


def _broken(row: log.Stored) -> StoreError:
    return StoreError(
        "snapshot.broken",
        _("The log is broken at operation {dseq} of desk {desk}.").format(dseq=row.dseq, desk=row.desk),
        _("csdesk db verify tells more."),
    )


def lacking() -> Refused:
    """The error for a snapshot that hides something from who may see it."""
    return Refused(
        "snapshot.lacking",
        _("The hub's snapshot is of another team: it lacks what this desk may know."),
        _("A lead of this desk's team makes one that fits: csdesk hub snapshot"),
    )


def not_the_hubs() -> StoreError:
    """The error for a snapshot that does not hold what the hub has."""
    return StoreError(
        "snapshot.chain",
        _("The hub's snapshot does not hold what the hub has: it was changed, or made wrong."),
        _("Nothing of it was taken in. Tell whoever runs the hub."),
    )
