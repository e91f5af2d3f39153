"""The operation log: append, read, and prove that nothing was changed or lost.

Each desk numbers its own operations without a gap and chains a hash over them. The last
number and hash are also kept beside the database (``<db>.head``), because a truncated WAL
leaves a database that is whole but older: only a second witness can tell.
"""

from __future__ import annotations

import heapq
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, partial
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from csdesk.model.operation import Operation
from csdesk.store.connect import Connection, DriverError

SUM_BYTES = 16
START_SUM = b"\x00" * SUM_BYTES
HLC_COUNTER_BITS = 16


class Tip(NamedTuple):
    """Where one desk's own chain stands."""

    dseq: int
    hlc: int
    sum: bytes


def next_hlc(last: int, now_ms: int, place: int = 0) -> int:
    """The hybrid logical clock: wall milliseconds and a counter, never behind ``last``.

    The counter of a millisecond begins at ``place``. Kulkarni et al., "Logical Physical Clocks" (2014); 48 bits of
    time, 16 of counter.
    """
    return max(now_ms << HLC_COUNTER_BITS | place, last + 1)


AT_ONCE = 2_000
"""Rows in one call of the driver."""

PLACES = 1 << 14


def place_of(desk: int) -> int:
    """Where the counter of a desk among others begins: two that do something in the same millisecond hardly ever
    give it the same time, and what compares times alone is right."""
    return desk % PLACES


def encode_body(body: dict[str, Any]) -> str:
    """A body as the log keeps it: compact JSON, keys in a fixed order, no escapes but the needed ones."""
    return _encoder()(body).decode()


def decode_body(text: str) -> Any:
    """What ``encode_body`` was given. Raises ValueError when ``text`` is no JSON, or nested beyond all reading."""
    decode, refusal = _decoder()
    try:
        return decode(text)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    except refusal:
        import json  # which knows more, and says why not in fewer words

        return json.loads(text)


def said(field: str, body: str = "body") -> str:
    """SQL for what an operation says under ``field``; NULL where ``body`` is no JSON, as another desk may have it."""
    return f"iif(json_valid({body}), {body} ->> '$.{field}', NULL)"


@cache
def _decoder() -> tuple[Callable[[str], Any], type[Exception]]:
    from msgspec import DecodeError
    from msgspec.json import Decoder

    return Decoder().decode, DecodeError


@cache
def _object_decoder() -> Callable[[str], dict[str, Any]]:
    from msgspec.json import Decoder

    return Decoder(dict[str, Any]).decode


@cache
def _encoder() -> Callable[[object], bytes]:
    from msgspec.json import Encoder  # a start that only looks does not wait for it

    return Encoder(order="deterministic").encode


@cache
def _hash() -> Any:
    from hashlib import blake2b  # nor for this

    return blake2b


def _sum(previous: bytes, numbers: str, ent: bytes, body: str) -> bytes:
    found: bytes = _hash()(previous + numbers.encode() + ent + body.encode(), digest_size=SUM_BYTES).digest()
    return found


class Stored(NamedTuple):
    """An operation as it lies in the log: its body is text that nobody has read yet."""

    desk: int
    dseq: int
    hlc: int
    kind: int
    ver: int
    scope: int
    ent: bytes
    arg: int | None
    body: str
    sum: bytes

    def follows(self, previous: bytes) -> bytes:
        """The sum it has to have behind ``previous``: every column counts."""
        desk, dseq, hlc, kind, ver, scope, ent, arg, body, _own = self
        return _sum(previous, f"{desk} {dseq} {hlc} {kind} {ver} {scope} {arg} ", ent, body)

    def read(self) -> Operation:
        """The operation. Raises ValueError when its body is no JSON object."""
        body = decode_body(self.body)
        if not isinstance(body, dict):
            raise ValueError("body is no object")
        return Operation(
            self.desk, self.dseq, self.hlc, self.kind, self.ent, body, self.ver, self.scope, self.arg
        )


def read_many(rows: Sequence[Stored]) -> list[Operation]:
    """As ``Stored.read`` for each, in a third of the time. Raises ValueError when the body of one is no JSON object."""
    try:
        bodies = list(map(_object_decoder(), map(_body_of, rows)))
    except (ValueError, RecursionError):
        return [row.read() for row in rows]  # which reads what only json knows, and says what is wrong
    return [
        _as_operation((desk, dseq, hlc, kind, ent, body, ver, scope, arg))
        for (desk, dseq, hlc, kind, ver, scope, ent, arg, _text, _own), body in zip(rows, bodies, strict=True)
    ]


_body_of: Callable[[Stored], str] = itemgetter(8)
_as_operation: Callable[[tuple[Any, ...]], Operation] = partial(tuple.__new__, Operation)


def many(rows: Iterable[tuple[Any, ...]]) -> list[Stored]:
    """Rows of ``op``, all columns in their order, as operations: what ``Stored._make`` does, without a call each."""
    return list(map(_as_stored, rows))


_as_stored: Callable[[tuple[Any, ...]], Stored] = partial(tuple.__new__, Stored)


def tip(connection: Connection, desk: int) -> Tip:
    """The last operation that ``desk`` wrote here."""
    row = connection.execute(
        "SELECT dseq, hlc, sum FROM op WHERE desk=? ORDER BY dseq DESC LIMIT 1", (desk,)
    ).fetchone()
    return Tip(*row) if row else Tip(0, 0, START_SUM)


def sum_at(connection: Connection, desk: int, dseq: int) -> bytes | None:
    """The sum of the operation ``dseq`` of ``desk``; None when it is not here. Before the first there is one too."""
    if dseq == 0:
        return START_SUM
    row = connection.execute("SELECT sum FROM op WHERE desk = ? AND dseq = ?", (desk, dseq)).fetchone()
    return None if row is None else bytes(row[0])


def hlc_at(connection: Connection, desk: int, dseq: int) -> int:
    """The time of the operation ``dseq`` of ``desk``; 0 when it is not here."""
    row = connection.execute("SELECT hlc FROM op WHERE desk = ? AND dseq = ?", (desk, dseq)).fetchone()
    return 0 if row is None else int(row[0])


def append(connection: Connection, operation: Operation, previous: bytes) -> bytes:
    """Write one operation behind the sum ``previous``; returns its own sum."""
    row = stored(operation, previous)
    connection.execute(INSERT, row)
    return row.sum


def append_many(connection: Connection, rows: Sequence[Stored]) -> None:
    """Write operations that ``stored`` made, each behind the one before it."""
    connection.executemany(INSERT, rows)


INSERT = """
INSERT INTO op(desk, dseq, hlc, kind, ver, scope, ent, arg, body, sum) VALUES(?,?,?,?,?,?,?,?,?,?)
"""


def stored(operation: Operation, previous: bytes) -> Stored:
    """``operation`` as the row that goes behind the sum ``previous``."""
    desk, dseq, hlc, kind, ent, said, ver, scope, arg = operation
    body = encode_body(said)
    own = _sum(previous, f"{desk} {dseq} {hlc} {kind} {ver} {scope} {arg} ", ent, body)
    return Stored(desk, dseq, hlc, kind, ver, scope, ent, arg, body, own)


def operations(connection: Connection) -> Iterator[Stored]:
    """All operations, desk by desk in order, as they are stored."""
    for row in connection.execute(f"{_SELECT} ORDER BY desk, dseq"):
        yield Stored(*row)


class Gap(NamedTuple):
    """Operations ``first`` to ``last`` that lie on pages nobody can read; ``after_ms`` as in ``losses.Lost``."""

    desk: int
    first: int
    last: int
    after_ms: int | None


def length(connection: Connection, head: Head | None) -> int:
    """How many operations the log holds; where it cannot be counted, how many the witness ``head`` saw."""
    try:
        return int(connection.execute("SELECT count(*) FROM op").fetchone()[0])
    except DriverError as error:
        if head is None or "interrupted" in str(error):
            raise
        return head.dseq


def readable(connection: Connection, head: Head | None) -> Iterator[Stored | Gap]:
    """As ``operations``; what lies on broken pages is a Gap, and what stands behind them comes after it.

    Where the log of a desk ends on a broken page is told by the witness ``head``. Raises the driver's error when not
    even that is known.
    """
    desk, dseq, hlc = -1, 0, 0
    try:
        cursor = connection.execute(f"{_SELECT} ORDER BY desk, dseq")
        while rows := cursor.fetchmany(AT_ONCE):
            yield from map(_as_stored, rows)
            desk, dseq, hlc = rows[-1][:3]
        return
    except DriverError as error:
        if "interrupted" in str(error):
            raise
    while True:  # one by one from here on: a page is broken
        try:
            for row in connection.execute(
                f"{_SELECT} WHERE (desk, dseq) > (?, ?) ORDER BY desk, dseq", (desk, dseq)
            ):
                desk, dseq, hlc = row[0], row[1], row[2]
                yield Stored(*row)
            return
        except DriverError as error:
            if "interrupted" in str(error):
                raise
            if head is None or (desk >= 0 and desk != head.desk):
                raise
            desk = head.desk
            # The driver reads one row ahead: what is whole just before the broken page was not given yet.
            while (row := _one(connection, desk, dseq + 1)) is not None:
                dseq, hlc = row.dseq, row.hlc
                yield row
            if dseq >= head.dseq:
                return
            last = _end_of_gap(connection, desk, dseq, head.dseq)
            yield Gap(desk, dseq + 1, last, hlc >> HLC_COUNTER_BITS if dseq else None)
            dseq = last


def _end_of_gap(connection: Connection, desk: int, dseq: int, end: int) -> int:
    """The last operation behind ``dseq`` that cannot be read, of those up to ``end``."""
    low, high = dseq + 1, end + 1  # low cannot be read; from high on it can, or the log is over
    while high - low > 1:
        middle = (low + high) // 2
        if _one(connection, desk, middle) is None:
            low = middle
        else:
            high = middle
    return high - 1


def _one(connection: Connection, desk: int, dseq: int) -> Stored | None:
    """One operation; None when it is not there, or on a page that cannot be read."""
    try:
        row = connection.execute(f"{_SELECT} WHERE desk = ? AND dseq = ?", (desk, dseq)).fetchone()
    except DriverError:
        return None
    return None if row is None else Stored(*row)


def in_time(connection: Connection) -> Iterator[Stored]:
    """All operations of all desks in the order of their clocks: no fact before the one it rests on."""
    chains = [
        connection.execute(f"{_SELECT} WHERE desk = ? ORDER BY dseq", (desk,)) for desk in desks(connection)
    ]
    rows = chains[0] if len(chains) == 1 else heapq.merge(*chains, key=lambda row: (row[2], row[0]))
    return map(_as_stored, rows)


def after(connection: Connection, dot: tuple[int, int], at_once: int) -> Iterator[Stored]:
    """The operations behind ``dot``, desk by desk in order, ``at_once`` of them in each read.

    Between two reads nothing is held: what is written meanwhile comes too.
    """
    return chain.from_iterable(_runs(connection, dot, at_once))


def _runs(connection: Connection, dot: tuple[int, int], at_once: int) -> Iterator[list[Stored]]:
    behind = f"{_SELECT} WHERE (desk, dseq) > (?, ?) ORDER BY desk, dseq LIMIT ?"
    while rows := connection.execute(behind, (*dot, at_once)).fetchall():
        dot = rows[-1][0], rows[-1][1]
        yield many(rows)


def desks(connection: Connection) -> list[int]:
    """The numbers of all desks that wrote something here."""
    return [desk for (desk,) in connection.execute(_DESKS).fetchall()]


_DESKS = """
WITH RECURSIVE each(desk) AS (SELECT min(desk) FROM op
  UNION ALL SELECT (SELECT min(desk) FROM op WHERE desk > each.desk) FROM each WHERE each.desk IS NOT NULL)
SELECT desk FROM each WHERE desk IS NOT NULL
"""
"""Each desk once, by one step into the key for each: DISTINCT would read the whole log."""


_SELECT = "SELECT desk, dseq, hlc, kind, ver, scope, ent, arg, body, sum FROM op"


class Head(NamedTuple):
    """What the witness says: how far ``desk`` had come, and with which sum."""

    desk: int
    dseq: int
    sum: bytes


def head_path(database: Path) -> Path:
    """Where the second witness of ``database`` lives."""
    return database.with_name(database.name + ".head")


def write_head(database: Path, desk: int, at: Tip) -> None:
    """Replace the witness in one step, so that a kill leaves the old or the new one."""
    path = head_path(database)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{desk} {at.dseq} {at.sum.hex()}\n")
    fresh.replace(path)


def read_head(database: Path) -> Head | None:
    """What the witness of ``database`` says; None where there is none that can be read."""
    try:
        desk, dseq, own = head_path(database).read_bytes().decode("ascii").split()
        return Head(int(desk), int(dseq), bytes.fromhex(own))
    except (OSError, ValueError):
        return None
