"""The operation log: append, read, and prove that nothing was changed or lost.

Each desk numbers its own operations without a gap and chains a hash over them. The last
number and hash are also kept beside the database (``<db>.head``), because a truncated WAL
leaves a database that is whole but older: only a second witness can tell.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from csdesk.model.operation import Operation
from csdesk.store.connect import Connection

SUM_BYTES = 16
START_SUM = b"\x00" * SUM_BYTES
HLC_COUNTER_BITS = 16


@dataclass(frozen=True, slots=True)
class Tip:
    """Where one desk's own chain stands."""

    dseq: int
    hlc: int
    sum: bytes


def next_hlc(last: int, now_ms: int) -> int:
    """The hybrid logical clock: wall milliseconds and a counter, never behind ``last``.

    Kulkarni et al., "Logical Physical Clocks" (2014); 48 bits of time, 16 of counter.
    """
    return max(now_ms << HLC_COUNTER_BITS, last + 1)


def encode_body(body: dict[str, Any]) -> str:
    """A body as the log keeps it: compact JSON, keys in a fixed order."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def chain(previous: bytes, dseq: int, hlc: int, kind: int, ent: bytes, body: str) -> bytes:
    """The chained sum of one operation, from the sum before it."""
    digest = hashlib.blake2b(previous, digest_size=SUM_BYTES)
    digest.update(b"%d %d %d " % (dseq, hlc, kind))
    digest.update(ent)
    digest.update(body.encode("utf-8", "surrogatepass"))
    return digest.digest()


def tip(connection: Connection, desk: int) -> Tip:
    """The last operation that ``desk`` wrote here."""
    row = connection.execute(
        "SELECT dseq, hlc, sum FROM op WHERE desk=? ORDER BY dseq DESC LIMIT 1", (desk,)
    ).fetchone()
    return Tip(*row) if row else Tip(0, 0, START_SUM)


def append(connection: Connection, operation: Operation, previous: bytes) -> bytes:
    """Write one operation behind the sum ``previous``; returns its own sum."""
    body = encode_body(operation.body)
    own = chain(previous, operation.dseq, operation.hlc, operation.kind, operation.ent, body)
    connection.execute(
        "INSERT INTO op(desk, dseq, hlc, kind, ver, scope, ent, arg, body, sum) VALUES(?,?,?,?,?,?,?,?,?,?)",
        (
            operation.desk,
            operation.dseq,
            operation.hlc,
            operation.kind,
            operation.ver,
            operation.scope,
            operation.ent,
            operation.arg,
            body,
            own,
        ),
    )
    return own


def operations(connection: Connection, desk: int | None = None) -> Iterator[tuple[Operation, bytes, str]]:
    """All operations (of one desk), in order, each with its stored sum and its body as stored."""
    where = "" if desk is None else "WHERE desk = :desk"
    rows = connection.execute(
        f"SELECT desk, dseq, hlc, kind, ver, scope, ent, arg, body, sum FROM op {where} ORDER BY desk, dseq",  # noqa: S608 - two fixed texts
        {"desk": desk} if desk is not None else {},
    )
    for desk_number, dseq, hlc, kind, ver, scope, ent, arg, body, own in rows:
        operation = Operation(desk_number, dseq, hlc, kind, ent, json.loads(body), ver, scope, arg)
        yield operation, own, body


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


def read_head(database: Path) -> tuple[int, int, bytes] | None:
    """The witness: desk, last dseq and its sum; None where there is none that can be read."""
    try:
        desk, dseq, own = head_path(database).read_text("ascii").split()
        return int(desk), int(dseq), bytes.fromhex(own)
    except (OSError, ValueError):
        return None
