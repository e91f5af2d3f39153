"""Keeping a hub small: operations that every desk has, that are old, and that a proved snapshot holds lose their body.

A folded operation keeps its place, time, scope and sum: heads, chains, claims and erasures go on as before. Whoever
would need its body begins with the snapshot instead (``bootstrap``).
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from csdesk.clock import SystemClock
from csdesk.errors import CsdeskError, Refused, StoreError
from csdesk.i18n import _
from csdesk.store import bootstrapping, redaction
from csdesk.store.connect import open_reader
from csdesk.store.database import SCHEMA_VERSION, open_store
from csdesk.store.verify import verify
from csdesk.sync import snapshots
from csdesk.sync.hub import Names, as_owner, names_of, running
from csdesk.sync.snapshots import Left

if TYPE_CHECKING:
    from csdesk.sync.driver import Hub

DAYS = 90
"""How old an operation has to be, unless whoever runs the hub says otherwise."""
AT_ONCE = 20_000
SCRATCH = "csdesk-fold-"
"""How the folders begin in which snapshots are tried."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class DeskFold:
    """One desk's operations: those up to ``folded`` are, those up to ``upto`` may be, ``head`` is the last."""

    desk: int
    agent: str
    folded: int
    upto: int
    head: int


@dataclass(frozen=True, slots=True)
class Fold:
    """What may be (or was) folded: ``operations`` of them; ``visits`` is how many old entries of the audit go with them.

    ``held_by`` are sentences about what keeps more from being folded.
    """

    desks: tuple[DeskFold, ...]
    operations: int
    visits: int
    held_by: tuple[str, ...]


def plan(dsn: str, days: int = DAYS) -> Fold:
    """What ``fold`` would do now, but for what it finds when it proves the snapshots. Raises CsdeskError."""
    with running(dsn) as hub, hub.transaction(), as_owner(hub, names_of(hub)):
        return _plan(hub, days)[0]


def fold(dsn: str, days: int = DAYS, progress: Progress = lambda done, total: None) -> Fold:
    """Fold what is older than ``days``, and forget visits that are; what was done.

    Raises Refused when a snapshot does not hold what the hub has, or says other than its own log, or is replaced
    meanwhile; what was folded until then stays. Raises CsdeskError.
    """
    with running(dsn) as hub:
        names = names_of(hub)
        with hub.transaction(), as_owner(hub, names):
            found, covering = _plan(hub, days)
            if found.operations:
                for each in covering:
                    _prove(hub, each)
        done = 0
        for desk, low, high in _steps(found.desks):
            _fold(hub, names, desk, high, covering)
            done += high - low
            progress(done, found.operations)
        with hub.transaction(), as_owner(hub, names):
            hub.execute("DELETE FROM csdesk.push WHERE at < now() - make_interval(days => %s)", (days,))
        return found


def _steps(desks: Sequence[DeskFold]) -> Iterator[tuple[int, int, int]]:
    """What each commit of the folding takes: a desk, and its operations behind one number up to another."""
    for each in desks:
        for low in range(each.folded, each.upto, AT_ONCE):
            yield each.desk, low, min(low + AT_ONCE, each.upto)


def _plan(hub: Hub, days: int) -> tuple[Fold, list[Left]]:
    covering, held_by = _covering(hub)
    scopes = sorted({scope for each in covering for scope in each.scopes})
    desks = []
    for desk, agent, head, common, old, folded in hub.execute(_FAR, {"days": days}).fetchall():
        covered = min((each.vector.get(desk, 0) for each in covering), default=0)
        upto = max(folded, min(old, covered))
        row = hub.execute(_UNCOVERED, (desk, folded, upto, scopes)).fetchone()
        first = row[0] if row else None
        desks.append(DeskFold(desk, agent, folded, upto if first is None else first - 1, head))
        if common < head:
            held_by.append(
                _("Not every desk has what {name} did: {count} operations wait for them.").format(
                    name=agent, count=head - common
                )
            )
    row = hub.execute(
        "SELECT count(*) FROM csdesk.push WHERE at < now() - make_interval(days => %s)", (days,)
    ).fetchone()
    total = sum(each.upto - each.folded for each in desks)
    return Fold(tuple(desks), total, row[0] if row else 0, tuple(held_by)), covering


def _covering(hub: Hub) -> tuple[list[Left], list[str]]:
    """The snapshots that hold everything for everybody; none of them where one lacks, with a sentence why."""
    found = {
        tuple(row[1]): snapshots.left_of(row)
        for row in hub.execute(f"{_SNAPSHOTS} WHERE is_whole").fetchall()
    }
    covering, held_by = [], []
    for (read,) in hub.execute(_READ).fetchall():
        left = found.get(tuple(read))
        if left is None:
            held_by.append(
                _(
                    "Who reads the teams {scopes} has no snapshot: csdesk hub snapshot, at the desk of a lead of theirs."
                ).format(scopes=", ".join(map(str, read)))
            )
        elif left.schema != SCHEMA_VERSION:
            held_by.append(
                _(
                    "The snapshot for the teams {scopes} is of another csdesk and cannot be proved here."
                ).format(scopes=", ".join(map(str, read)))
            )
        else:
            covering.append(left)
    return ([] if held_by else covering), held_by


_SNAPSHOTS = """
SELECT id::text, scopes, vector, sums, sha256, schema, maker, size, operations, (extract(epoch FROM at) * 1000)::bigint
  FROM csdesk.snapshot
"""
_READ = """
SELECT DISTINCT ARRAY(SELECT 0 UNION SELECT m.scope FROM csdesk.member m
                       WHERE m.role = r.role AND m.left_at IS NULL ORDER BY 1)
  FROM (SELECT role FROM csdesk.desk WHERE retired_at IS NULL UNION SELECT role FROM csdesk.invited) r ORDER BY 1
"""
_FAR = """
SELECT k.desk, k.agent, k.head, c.dseq AS common, coalesce((
    SELECT o.dseq FROM csdesk.op o WHERE o.desk = k.desk AND o.dseq <= c.dseq
      AND o.hlc < ((extract(epoch FROM now()) - %(days)s * 86400) * 1000)::bigint << 16
     ORDER BY o.dseq DESC LIMIT 1), 0) AS old, coalesce(f.dseq, 0) AS folded
  FROM csdesk.desk k JOIN csdesk.common_v c USING (desk) LEFT JOIN csdesk.fold f USING (desk)
 ORDER BY k.enrolled_at, k.desk
"""
_UNCOVERED = """
SELECT min(dseq) FROM csdesk.op WHERE desk = %s AND dseq > %s AND dseq <= %s AND scope <> ALL (%s::int[])
"""


def _fold(hub: Hub, names: Names, desk: int, upto: int, covering: Sequence[Left]) -> None:
    """One commit: bodies go, and the mark moves. Raises Refused when that may not be any more."""
    with hub.transaction(), as_owner(hub, names):
        hub.execute("SELECT FROM csdesk.hub WHERE key = 'snapshots' FOR UPDATE")
        ((there, common),) = hub.execute(_STILL, ([each.id for each in covering], desk)).fetchall()
        if there != len(covering) or common < upto:
            raise Refused(
                "fold.changed",
                _("The hub changed while it was folded: a snapshot went, or a desk came back."),
                _("What was folded is right. Fold again."),
            )
        hub.execute("SELECT set_config('csdesk.tidying', 'on', true)")
        for statement in (_EMPTY, _EMPTY_FILES):
            hub.execute(statement, {"desk": desk, "upto": upto})
        hub.execute(_MARK, (desk, upto))


_STILL = """
SELECT (SELECT count(*) FROM csdesk.snapshot WHERE id::text = ANY (%s) AND is_whole),
  (SELECT dseq FROM csdesk.common_v WHERE desk = %s)
"""
_EMPTY = """
UPDATE csdesk.op SET body = '' WHERE desk = %(desk)s AND dseq <= %(upto)s AND strpos(body, '"erased":"') = 0
  AND dseq > coalesce((SELECT f.dseq FROM csdesk.fold f WHERE f.desk = %(desk)s), 0)
  AND (kind <> 63 OR strpos(body, '"kept":') = 0)
"""
"""What an erasure left is short, and stays: it must not be taken for something that still has its words. So does what names a
file (attachment.added) whose content lies at its desk: ``csdesk.offer`` looks at it until the content was brought."""
_EMPTY_FILES = """
UPDATE csdesk.op o SET body = '' FROM csdesk.file_named n
 WHERE n.desk = %(desk)s AND n.dseq <= %(upto)s AND o.desk = n.desk AND o.dseq = n.dseq
   AND o.body <> '' AND strpos(o.body, '"erased":"') = 0
"""
"""From then on its row in ``file_named`` says all that is asked for, also of what an earlier fold left."""
_MARK = """
INSERT INTO csdesk.fold(desk, dseq) VALUES (%s, %s) ON CONFLICT (desk) DO UPDATE SET dseq = excluded.dseq, at = now()
"""


def _prove(hub: Hub, left: Left) -> None:
    """Raises Refused unless a snapshot is just what the hub has, and its rows just what its log gives."""
    with scratch() as folder:
        path = folder / "snapshot.db"
        try:
            with snapshots.unnamed(path) as file:
                for (piece,) in hub.execute(_PIECES, (left.id,)):
                    file.write(piece)
                snapshots.check(left, file)
                open_store(path, SystemClock(), create=True).close()
                bootstrapping.fill(path, file, left.sums, left.scopes)
        except CsdeskError as error:
            raise _unproved(error.sentence) from error
        problems = verify(path).problems
        if problems:
            raise _unproved(problems[0])
        if not _has_the_hubs_sums(hub, left.vector, left.sums) or _count_other(hub, path, left):
            raise _unproved(_("it says of an operation what the hub does not"))


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder of one's own for as long as it is held. Those that killed runs left go first: they are full of what
    customers said. Raises StoreError when there is no room for one."""
    top = Path(tempfile.gettempdir())
    for left in top.glob(f"{SCRATCH}*"):
        with suppress(OSError), _held(left):
            shutil.rmtree(left, ignore_errors=True)
    try:
        with tempfile.TemporaryDirectory(prefix=SCRATCH) as name, _held(Path(name)):
            yield Path(name)
    except OSError as error:
        raise StoreError(
            "fold.no_room",
            _("The snapshot cannot be tried in {folder}: {reason}.").format(
                folder=top, reason=error.strerror
            ),
            _("Free some space there, or set TMPDIR; nothing was folded."),
        ) from error


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Lock ``folder``; a killed program lets go by dying. Raises OSError while another holds it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


_PIECES = "SELECT data FROM csdesk.snapshot_piece WHERE snapshot = %s::uuid ORDER BY n"


def _unproved(why: str) -> Refused:
    return Refused(
        "fold.unproved",
        _("A snapshot does not hold what the hub has: {why}").format(why=why),
        _("Nothing was folded. Have the desk of another lead make one: csdesk hub snapshot"),
    )


def _has_the_hubs_sums(hub: Hub, vector: Mapping[int, int], sums: Mapping[int, bytes]) -> bool:
    rows = hub.execute(_SUMS, (list(vector), list(vector.values()))).fetchall()
    return {desk: bytes(own) for desk, own in rows} == dict(sums)


_SUMS = """
SELECT o.desk, o.sum FROM unnest(%s::int[], %s::int8[]) AS asked(desk, dseq) JOIN csdesk.op o USING (desk, dseq)
"""


def _count_other(hub: Hub, path: Path, left: Left) -> int:
    """How many operations a snapshot hides that its readers may see, or shows with other remains than the hub has.

    Those that sums prove need no look.
    """
    reader = open_reader(path)
    try:
        rows = reader.execute(_BELIEVED).fetchall()
    finally:
        reader.close()
    believed = [row for row in rows if row[2] == 0 or redaction.erasure_of(row[4]) is not None]
    wrong = 0
    for at in range(0, len(believed), AT_ONCE):
        columns = [list(column) for column in zip(*believed[at : at + AT_ONCE], strict=True)]
        row = hub.execute(_OTHER, (*columns, list(left.scopes))).fetchone()
        wrong += row[0] if row else 0
    return wrong


_BELIEVED = "SELECT desk, dseq, kind, scope, body FROM op WHERE kind = 0 OR instr(body, '\"erased\"')"
_OTHER = """
SELECT count(*) FROM unnest(%s::int[], %s::int8[], %s::int2[], %s::int[], %s::text[]) AS s(desk, dseq, kind, scope, body)
  LEFT JOIN csdesk.op o USING (desk, dseq)
 WHERE o.dseq IS NULL OR o.scope <> s.scope
    OR CASE WHEN s.kind = 0 THEN o.scope = ANY (%s::int[]) ELSE o.body <> '' AND o.body <> s.body END
"""
