"""How a desk begins: with what a lead's desk left on the hub, where reading everything anew would take longer or is
not possible any more.

An empty store takes the snapshot as it is. One that has something of its own takes what it lacks of the snapshot's
log, as if it came from the hub: what was done here stays, and goes up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from csdesk.errors import CsdeskError, Refused
from csdesk.i18n import _
from csdesk.store import bootstrapping, erased, hub, log
from csdesk.store.database import SCHEMA_VERSION, Store
from csdesk.store.log import Stored
from csdesk.sync import pull, snapshots
from csdesk.sync.line import Line
from csdesk.sync.snapshots import Left

Tell = Callable[[int, int], None]
PASSED_OVER = frozenset({"snapshot.schema", "snapshot.lacking", "snapshot.unreadable", "snapshot.not_empty"})
"""What keeps one snapshot from being used and says nothing bad of the hub."""


@dataclass(frozen=True, slots=True)
class Begun:
    """How many operations came with a snapshot, and why the one that was there was not used, as a sentence."""

    operations: int = 0
    unused: str = ""


def begin(store: Store, line: Line, tell: Tell = lambda done, total: None) -> Begun:
    """Take in a snapshot where this store is empty, or too old for what the hub still has.

    Raises HubRefusal; StoreError when what the hub gives does not fit what it has; Refused when the hub has folded
    what is missing here and there is no snapshot for this desk.
    """
    vector = _vector(store)
    is_too_old = any(dseq > vector.get(desk, 0) for desk, dseq in snapshots.folded(line).items())
    is_new = bootstrapping.is_empty(store.reader())
    if not (is_too_old or is_new):
        return Begun()
    begun = _with_any(store, line, vector, is_new, tell)
    if is_too_old and not begun.operations:
        raise Refused(
            "sync.too_old",
            _("The hub has folded what is missing here, and has no snapshot that this desk can use. {why}")
            .format(why=begun.unused)
            .strip(),
            _(
                "A lead of this desk's team makes one: csdesk hub snapshot. Nothing that was done here is lost."
            ),
        )
    return begun


def _with_any(store: Store, line: Line, vector: Mapping[int, int], is_new: bool, tell: Tell) -> Begun:
    own, unused = snapshots.scopes(line), ""
    for left in snapshots.fitting(line, own):
        try:
            return Begun(_with(store, line, left, own, is_new and store.desk not in left.vector, tell))
        except CsdeskError as error:
            if error.code not in PASSED_OVER:
                raise
            unused = error.sentence
    return Begun(0, unused)


def _with(store: Store, line: Line, left: Left, own: tuple[int, ...], is_new: bool, tell: Tell) -> int:
    if left.schema > SCHEMA_VERSION:
        raise Refused(
            "snapshot.schema",
            _("The hub's snapshot is of a newer csdesk; this one reads everything instead."),
            _("Upgrade csdesk to begin sooner."),
        )
    snapshots.need_agreeing(line, left)
    with snapshots.unnamed(store.path) as file:
        snapshots.fetch(
            line, left, file, lambda done, size: tell(left.operations * done // (2 * size), left.operations)
        )

        def half(done: int) -> None:
            tell((left.operations + done) // 2, left.operations)

        if is_new and left.schema == SCHEMA_VERSION:
            return bootstrapping.fill(store.path, file, left.sums, own, half)
        missing = bootstrapping.Missing(store.path, file, left.sums, own)
        try:
            return _take_in(store, missing, half)
        finally:
            missing.close()


def _take_in(store: Store, missing: bootstrapping.Missing, tell: Callable[[int], None]) -> int:
    """Receive what of the snapshot's log is not here, as if the hub gave it."""
    pulled = pull.Pulled()
    for rows in missing.rows(_vector(store), pull.PREFIX):
        left = [
            row for dot in _erasures(rows, missing.lost) for row in erased.remains(missing.connection, dot)
        ]
        pull.take_in(store, rows, missing.lost, pulled, left)
        tell(pulled.received)
    return pulled.received


def _erasures(rows: list[Stored], lost: frozenset[tuple[int, int]]) -> list[tuple[int, int]]:
    return [row[:2] for row in rows if row.kind in erased.ERASURES and row[:2] not in lost]


def _vector(store: Store) -> dict[int, int]:
    """How far every desk is here, this one too."""
    reader = store.reader()
    return {**hub.vector(reader), store.desk: log.tip(reader, store.desk).dseq}
