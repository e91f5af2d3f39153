"""What ``verify`` asks of the log itself: numbers without a gap, sums that follow from each other, and its witness."""

from __future__ import annotations

from csdesk.i18n import _, ngettext
from csdesk.model.operation import Kind
from csdesk.store import erasing, log, losses, redaction, shared_log
from csdesk.store.checks import Findings, Progress, ends_all
from csdesk.store.connect import Connection, DriverError

TOLD_EVERY = 2_000
_ERASES = frozenset(map(int, (Kind.CONTACT_ERASED, Kind.CONVERSATION_ERASED, Kind.MESSAGES_ERASED)))


def witness(connection: Connection, head: log.Head | None, found: Findings, _progress: Progress) -> None:
    """The log reaches as far as the witness ``head`` says, which was read before the log; and ends as it says."""
    if head is None:
        return
    found.looked_at = 1
    lost = losses.find(connection, head)
    if lost is not None:
        found.add(lost.sentence)
        return
    row = connection.execute(
        "SELECT sum FROM op WHERE desk = ? AND dseq = ?", (head.desk, head.dseq)
    ).fetchone()
    if row is not None and row[0] != head.sum:
        found.add(_changed(head.desk, head.dseq))


def chain(connection: Connection, head: log.Head | None, found: Findings, progress: Progress) -> None:
    """Each operation has the sum that follows from it and the one before; what was erased fits its seal."""
    seals: dict[erasing.Dot, erasing.Seal] = {}
    erasures: list[tuple[int, int, str]] = []
    total = length(connection, head)
    desk, dseq, own, has_gaps = -1, 0, None, False
    for read in log.readable(connection, head):
        if isinstance(read, log.Gap):
            found.add(_unreadable(read))
            desk, dseq, own = read.desk, read.last, None
            has_gaps = True
            continue
        if read.kind in _ERASES:
            erasures.append((read.desk, read.dseq, read.body))
        if read.desk != desk:
            desk, dseq, own = read.desk, 0, log.START_SUM
        if read.dseq != dseq + 1:
            found.add(_missing(desk, dseq + 1, read.dseq - 1))
        elif own is None:
            pass  # what stands before it cannot be read
        elif erasure := redaction.erasure_of(read.body):
            seals.setdefault(erasure, erasing.Seal()).add(read, own)
        elif read.follows(own) != read.sum and not shared_log.is_hidden(read):
            found.add(_changed(desk, read.dseq))
        dseq, own = read.dseq, read.sum
        found.looked_at += 1
        if found.is_full:
            return
        if found.looked_at % TOLD_EVERY == 0:
            progress(found.looked_at, total)
    if has_gaps:
        return  # a seal needs every operation it is about
    for desk, dseq in erasing.broken_seals(connection, seals, erasures):
        found.add(
            _("log: what operation {dseq} of desk {desk} erased was changed").format(dseq=dseq, desk=desk)
        )


def length(connection: Connection, head: log.Head | None) -> int:
    """How many operations the log should hold by the last number of each desk, or where they cannot be read by the
    witness ``head``: to count them is to read it all."""
    try:
        return sum(log.tip(connection, desk).dseq for desk in log.desks(connection))
    except DriverError as error:
        if ends_all(error):
            raise
        return head.dseq if head is not None else 0


def _changed(desk: int, dseq: int) -> str:
    return _("log: operation {dseq} of desk {desk} was changed").format(dseq=dseq, desk=desk)


def _missing(desk: int, first: int, last: int) -> str:
    if first == last:
        return _("log: operation {dseq} of desk {desk} is missing").format(dseq=first, desk=desk)
    return _("log: operations {first} to {last} of desk {desk} are missing").format(
        first=first, last=last, desk=desk
    )


def _unreadable(gap: log.Gap) -> str:
    count = gap.last - gap.first + 1
    if gap.after_ms is None:
        return ngettext(
            "log: {count} operation of desk {desk} cannot be read: number {first}",
            "log: {count} operations of desk {desk} cannot be read: numbers {first} to {last}",
            count,
        ).format(count=count, desk=gap.desk, first=gap.first, last=gap.last)
    return ngettext(
        "log: {count} operation of desk {desk} cannot be read: number {first}, written after {time}",
        "log: {count} operations of desk {desk} cannot be read: numbers {first} to {last}, written after {time}",
        count,
    ).format(count=count, desk=gap.desk, first=gap.first, last=gap.last, time=losses.local_time(gap.after_ms))
