"""Operations of other desks, from the hub into the log and the rows: all of what came, or nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from csdesk.errors import StoreError
from csdesk.i18n import _
from csdesk.model.operation import Kind
from csdesk.store import (
    anew,
    arriving,
    erased,
    erasing,
    erasing_late,
    erasing_met,
    hub,
    log,
    meeting,
    parking,
    passing,
    redaction,
)
from csdesk.store.apply import is_known
from csdesk.store.apply.shared import Dot
from csdesk.store.connect import Connection
from csdesk.store.log import Stored
from csdesk.store.shared_log import is_hidden
from csdesk.store.writer import Transaction


@dataclass(frozen=True, slots=True)
class Received:
    """What became of operations that came: how many were ``applied`` as they came, how many were ``late`` (older
    than what the rows knew already), ``parked`` until what they are about comes, or are ``unknown`` to this
    csdesk. ``conversations`` are the local ids of those they are about, ``conflicts`` the ids of new cards."""

    applied: int = 0
    late: int = 0
    parked: int = 0
    unknown: int = 0
    conversations: tuple[int, ...] = ()
    conflicts: tuple[int, ...] = ()


def receive(tx: Transaction, rows: Sequence[Stored], lost: Collection[Dot], *, now_ms: int) -> Received:
    """Take in operations of other desks (or own ones that this store lost), and what the hub judged of them.

    ``rows`` follow, for each desk without a gap, what is here of it. Raises StoreError (``sync.gap``,
    ``sync.chain``) when they do not, or when somebody changed one; then nothing of them is kept, as it is when
    the commit that this is part of is undone.
    """
    tx.settle()
    connection = tx.connection
    rows = sorted(rows, key=_by_clock)
    visible = [row for row in rows if not is_hidden(row)]
    helped = parking.helped(connection, visible)
    arrival = arriving.sort(connection, sorted([*visible, *helped], key=_by_clock))
    _append(tx, rows)
    if any(row.kind in erased.ERASURES and row[:2] not in lost for row in visible):
        erasing.begin(tx)  # the file itself is scrubbed when somebody has the time
    before = hub.lost(connection)
    hub.note_lost(connection, [*lost, *_made_on_lost(rows, {*hub.lost(connection), *lost})])
    refused = arriving.make_rows(connection, arrival)
    parked = parking.park(connection, refused)
    usable = [row for row in visible if row[:2] not in refused]
    passing.follow(connection, tx.desk, usable, now_ms)
    conflicts = meeting.note(tx, usable, hub.lost(connection) - before)
    tx.forget(tx.tip)
    void = hub.lost(connection)
    if erasing_late.seal(tx, arrival, visible, void) + erasing_met.seal(tx, visible, void):
        erasing.begin(tx)
    erasing_met.tell(tx, visible, void)
    unknown = sum(not is_known(row.kind, row.ver) for row in visible)
    return Received(
        applied=len(visible) - arrival.late - unknown,
        late=arrival.late,
        parked=parked,
        unknown=unknown,
        conversations=arriving.uids_of(connection, arrival.touched | arrival.talks),
        conflicts=conflicts,
    )


def judge(tx: Transaction, lost: Collection[Dot], won: Collection[Dot] = ()) -> Received:
    """Take in what the hub judged of own operations: those that came too late lose their effect.

    What it let win has its effect already; ``won`` is there to be told, and changes nothing.
    """
    tx.settle()
    connection = tx.connection
    before = hub.lost(connection)
    if before.issuperset(lost):
        return Received()
    own = connection.execute(_OWN_CLAIMS, (tx.desk, min(dseq for _desk, dseq in lost))).fetchall()
    claims = [Stored(*row) for row in own]
    after = {*before, *lost}
    hub.note_lost(connection, [*lost, *_made_on_lost(claims, after)])
    rows = [row for dot in sorted(after - before) if (row := connection.execute(_ONE, dot).fetchone())]
    judged = [Stored(*row) for row in rows]
    parking.park(connection, arriving.make_anew(connection, judged, {row.dseq: row.hlc for row in judged}))
    conflicts = meeting.note(tx, (), after - before)
    tx.forget(tx.tip)
    talks = {bytes(row.ent) for row in judged}
    return Received(late=len(judged), conversations=arriving.uids_of(connection, talks), conflicts=conflicts)


def claims(connection: Connection) -> list[Dot]:
    """All operations here, of any desk, that a hub had to judge."""
    return connection.execute(
        "SELECT desk, dseq FROM op WHERE arg IS NOT NULL ORDER BY desk, dseq"
    ).fetchall()


def judge_anew(tx: Transaction, judged: Collection[Dot], lost: Collection[Dot]) -> bool:
    """The hub went back in time and on another way: of ``judged`` exactly ``lost`` is void now; whether that
    changed anything."""
    tx.settle()
    connection = tx.connection
    before = hub.lost(connection)
    after = before.difference(judged).union(lost)
    rows = [Stored(*row) for row in connection.execute(_ALL_CLAIMS).fetchall()]
    _made_on_lost(rows, after)
    if after == before:
        return False
    connection.execute("DELETE FROM hub_lost")
    hub.note_lost(connection, after)
    parking.park(connection, anew.everything(connection))
    tx.forget(tx.tip)
    return True


_ALL_CLAIMS = """
SELECT desk, dseq, hlc, kind, ver, scope, ent, arg, body, sum FROM op WHERE arg IS NOT NULL ORDER BY hlc, desk
"""
_OWN_CLAIMS = """
SELECT desk, dseq, hlc, kind, ver, scope, ent, arg, body, sum FROM op
WHERE desk = ? AND dseq >= ? AND arg IS NOT NULL ORDER BY dseq
"""


def _by_clock(row: Stored) -> tuple[int, int]:
    return row.hlc, row.desk


def _append(tx: Transaction, rows: Sequence[Stored]) -> None:
    """Put ``rows`` behind what the log holds of their desks."""
    ends: dict[int, log.Tip] = {}
    for row in rows:
        end = ends.get(row.desk) or log.tip(tx.connection, row.desk)
        if row.dseq != end.dseq + 1:
            raise _gap(row, end.dseq)
        if row.follows(end.sum) != row.sum and not _is_without_proof(row, tx.desk):
            raise _broken(row)
        ends[row.desk] = log.Tip(row.dseq, row.hlc, row.sum)
    log.append_many(tx.connection, rows)
    own = ends.pop(tx.desk, None)
    highest = max((end.hlc for end in ends.values()), default=0)
    tip = tx.tip if own is None else own._replace(hlc=max(own.hlc, tx.tip.hlc))
    tx.tip = tip._replace(hlc=max(tip.hlc, highest))
    tx.connection.executemany(
        "INSERT INTO hub_vector(desk, dseq, hlc) VALUES(?,?,?) ON CONFLICT(desk)"
        " DO UPDATE SET dseq = excluded.dseq, hlc = max(hlc, excluded.hlc)",
        [(desk, end.dseq, end.hlc) for desk, end in ends.items()],
    )


def _is_without_proof(row: Stored, own_desk: int) -> bool:
    """Whether a row's sum has to be believed: one may not read it, or its words were erased."""
    if row.desk == own_desk and row.kind != Kind.OPERATION_WITHHELD:
        return redaction.erasure_of(row.body) is not None
    return is_hidden(row) or redaction.erasure_of(row.body) is not None


def _gap(row: Stored, behind: int) -> StoreError:
    return StoreError(
        "sync.gap",
        _("The hub gave operation {dseq} of desk {desk}, and {known} is the last one that is here.").format(
            dseq=row.dseq, desk=row.desk, known=behind
        ),
        _("Sync again; if it stays so, csdesk doctor tells more."),
    )


def _broken(row: Stored) -> StoreError:
    return StoreError(
        "sync.chain",
        _("Operation {dseq} of desk {desk} was changed on its way, or on the hub.").format(
            dseq=row.dseq, desk=row.desk
        ),
        _("Nothing of it was taken in. Tell whoever runs the hub."),
    )


def _made_on_lost(rows: Iterable[Stored], lost: set[Dot]) -> list[Dot]:
    """Which of ``rows`` were made on top of what was lost, when their author did not know that; adds them to it."""
    found = []
    for row in rows:
        if row.arg is None or row[:2] in lost:
            continue
        before = _before(row.body)
        if before in lost:
            lost.add(row[:2])
            found.append(row[:2])
    return found


def _before(body: str) -> Dot | None:
    """The claim (or release, or transfer) that an operation was made on top of, as its body says."""
    try:
        desk, _colon, dseq = str(log.decode_body(body)["prev"]).partition(":")
        return int(desk), int(dseq)
    except (ValueError, TypeError, LookupError):
        return None


_ONE = "SELECT desk, dseq, hlc, kind, ver, scope, ent, arg, body, sum FROM op WHERE desk = ? AND dseq = ?"
