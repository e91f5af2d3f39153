"""Snapshots on the hub: leaving one there, finding the one that fits, bringing it down.

A snapshot goes up in one commit: until then nobody sees any of it, and one that broke off was never there.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING

from csdesk.errors import CsdeskError, StoreError
from csdesk.i18n import _
from csdesk.store import snapshot
from csdesk.store.database import SCHEMA_VERSION
from csdesk.store.snapshot import Contents
from csdesk.sync.line import LONG_PATIENCE_S, HubRefusal, Line

if TYPE_CHECKING:
    from io import BufferedRandom

PIECE = 1024 * 1024
WORTH = 20_000
"""How many operations the newest snapshot may be behind the hub before a lead's desk makes another by itself."""

Progress = Callable[[int, int], None]


def _silent(_done: int, _total: int) -> None:
    """No progress is shown."""


@dataclass(frozen=True, slots=True)
class Left:
    """A snapshot as the hub has it: by whom and when (UTC ms), for readers of which scopes, how far, how large."""

    id: str
    scopes: tuple[int, ...]
    vector: Mapping[int, int]
    sums: Mapping[int, bytes]
    sha256: bytes
    schema: int
    maker: int
    size: int
    operations: int
    at: int


def scopes(line: Line) -> tuple[int, ...]:
    """What this desk may read. Raises HubRefusal."""
    ((found,),) = line.rows("SELECT csdesk.my_scopes()")
    return tuple(found)


def fitting(line: Line, own: tuple[int, ...]) -> list[Left]:
    """The snapshots that a reader of the scopes ``own`` may use, the likeliest first. Raises HubRefusal."""
    found = [left_of(row) for row in line.rows(_LEFT)]
    return sorted(found, key=lambda each: (each.scopes != own, -len(each.scopes), -each.operations))


def left_of(row: tuple[object, ...]) -> Left:
    """What a row of the hub's view says."""
    number, held, vector, sums, sha256, *rest = row
    return Left(
        str(number),
        tuple(held),  # type: ignore[arg-type]
        {int(desk): int(dseq) for desk, dseq in vector.items()},  # type: ignore[attr-defined]
        {int(desk): bytes.fromhex(own) for desk, own in sums.items()},  # type: ignore[attr-defined]
        bytes(sha256),  # type: ignore[call-overload]
        *rest,  # type: ignore[arg-type]
    )


COLUMNS = "id::text, scopes, vector, sums, sha256, schema, maker, size, operations, at"
_LEFT = f"SELECT {COLUMNS} FROM csdesk.snapshot_v"  # noqa: S608 - our own names


def folded(line: Line) -> dict[int, int]:
    """Up to where the hub has operations without their bodies, by desk. Raises HubRefusal."""
    return dict(line.rows("SELECT desk, dseq FROM csdesk.fold_v"))


def make(store: Path, desk: int, line: Line, progress: Progress = _silent) -> Contents:
    """Leave a snapshot of the store at ``store`` on the hub, in the place of the one that was there.

    Raises Refused when the store knows what the hub does not, or not just what its team may know; HubRefusal when
    the hub refuses, which ``CS008`` says of one that is out of date by now.
    """
    own = scopes(line)
    with unnamed(store) as file:
        contents = snapshot.write(store, own, file, progress)
        size = file.tell()
        file.seek(0)
        digest = file_digest(file, "sha256").digest()
        file.seek(0)
        with line.asking(LONG_PATIENCE_S) as connection, connection.transaction():
            _send(line, desk, file, contents, digest, size)
    return contents


def _send(line: Line, desk: int, file: BufferedRandom, contents: Contents, digest: bytes, size: int) -> None:
    vector = json.dumps({str(each): dseq for each, dseq in contents.vector.items()})
    sums = json.dumps({str(each): own.hex() for each, own in contents.sums.items()})
    ((made,),) = line.rows(_BEGIN, (desk, vector, sums, digest, SCHEMA_VERSION, size, contents.operations))
    for number, piece in enumerate(_pieces(file)):
        line.fetch("SELECT csdesk.add_piece(%s::uuid, %s::int, %s::bytea)", (made, number, piece))
    line.fetch("SELECT csdesk.finish_snapshot(%s::uuid)", (made,))


_BEGIN = """
SELECT csdesk.begin_snapshot(%s::int, %s::jsonb, %s::jsonb, %s::bytea, %s::int, %s::int8, %s::int8)
"""


def _pieces(file: BufferedRandom) -> Iterator[bytes]:
    while piece := file.read(PIECE):
        yield piece


def fetch(line: Line, wanted: Left, into: BufferedRandom, progress: Progress = _silent) -> None:
    """Bring a snapshot down into ``into``. Raises HubRefusal; StoreError when it is gone, or not what was announced."""
    done, number = 0, 0
    while done < wanted.size:
        rows = line.fetch(_PIECE, (wanted.id, number))
        if not rows:
            raise snapshot.unreadable()  # a newer one took its place meanwhile, or an erasure took it away
        into.write(rows[0][0])
        done, number = done + len(rows[0][0]), number + 1
        progress(done, wanted.size)
    check(wanted, into)


_PIECE = "SELECT data FROM csdesk.snapshot_piece_v WHERE snapshot = %s::uuid AND n = %s::int"


def check(wanted: Left, file: BufferedRandom) -> None:
    """Make ``file`` ready to be read from its beginning. Raises StoreError when it is not what was announced."""
    file.seek(0)
    if file_digest(file, "sha256").digest() != wanted.sha256:
        raise snapshot.unreadable()
    file.seek(0)


def need_agreeing(line: Line, wanted: Left) -> None:
    """Raises StoreError when the hub's own rows have other sums where ``wanted`` ends, HubRefusal."""
    asked = (list(wanted.vector), list(wanted.vector.values()))
    found = {desk: bytes(own) for desk, own in line.rows(_SUMS, asked)}
    if found != dict(wanted.sums):
        raise snapshot.not_the_hubs()


_SUMS = """
SELECT v.desk, v.sum FROM unnest(%s::int[], %s::int8[]) AS asked(desk, dseq)
  JOIN csdesk.op_v v ON v.desk = asked.desk AND v.dseq = asked.dseq
"""


@contextmanager
def unnamed(store: Path) -> Iterator[BufferedRandom]:
    """A file on the disk of ``store`` that no name leads to: a kill leaves no copy of what customers said.

    Raises StoreError when it cannot be made.
    """
    folder = store.resolve().parent
    try:
        descriptor, name = tempfile.mkstemp(prefix="csdesk-snapshot-", dir=folder)
        os.unlink(name)
        with os.fdopen(descriptor, "w+b") as file:
            yield file
    except OSError as error:
        raise StoreError(
            "snapshot.no_room",
            _("The snapshot cannot be put beside the store: {reason}.").format(reason=error.strerror),
            _("Free some space there, then sync again; nothing was changed."),
        ) from error


def keep_fresh(store: Path, desk: int, connect: Callable[[], Line]) -> bool:
    """Leave a new snapshot where the newest is far behind; whether one was left.

    What keeps it from being made now is no matter: the next time there is more to put into it.
    """
    with suppress(HubRefusal, CsdeskError), connect() as line:
        if is_worth_making(line, scopes(line)):
            make(store, desk, line)
            return True
    return False


def is_worth_making(line: Line, own: tuple[int, ...]) -> bool:
    """Whether a new snapshot for readers of ``own`` would save much: the newest is far behind. Raises HubRefusal."""
    ((total,),) = line.rows("SELECT coalesce(sum(head), 0)::int8 FROM csdesk.head_v")
    newest = max((each.operations for each in fitting(line, own) if each.scopes == own), default=0)
    return int(total) - newest >= WORTH


def is_lead(line: Line) -> bool:
    """Whether this desk may leave a snapshot. Raises HubRefusal."""
    ((may,),) = line.rows("SELECT has_function_privilege(current_user, %s, 'EXECUTE')", (_FINISH,))
    return bool(may)


_FINISH = "csdesk.finish_snapshot(uuid)"
