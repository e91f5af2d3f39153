"""Words that reach a desk after it erased those they belong to: whoever wrote them did not know.

The desk that erased takes them out of the log too, by an operation like those of a long erasure. Only what came
before the erasure by the clocks, and what a customer wrote: who writes in an erased conversation on purpose does so later.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from csdesk.model.message import Sender
from csdesk.model.operation import Kind
from csdesk.store import about, erased, erasing, log
from csdesk.store.apply.shared import Dot
from csdesk.store.arriving import Arrival
from csdesk.store.connect import Connection
from csdesk.store.log import Stored
from csdesk.store.writer import Transaction


def seal(tx: Transaction, arrival: Arrival, rows: Sequence[Stored], lost: Collection[Dot]) -> int:
    """Take the words out of those of ``rows`` that came too late for an erasure of this desk; how many lost some."""
    came = {row[:2] for row in rows if row.desk != tx.desk and row[:2] not in lost}
    erasures: dict[bytes, Stored | None] = {}
    late: dict[tuple[int, bytes], list[Dot]] = {}
    for row, thing in arrival.things:
        if thing is None or row[:2] not in came or row.kind in erased.ERASURES:
            continue
        if thing not in erasures:
            erasures[thing] = _own_erasure(tx.connection, thing, tx.desk, lost)
        erasure = erasures[thing]
        if erasure is not None and (_came_before(row, erasure) or _is_customers(row)):
            late.setdefault((erasure.dseq, bytes(erasure.ent)), []).append(row[:2])
    known = {each.dseq: each for each in erasures.values() if each is not None}
    return sum(
        erasing.erase_late(tx, ent, dots, bytes.fromhex(log.decode_body(known[dseq].body)["by"]))
        for (dseq, ent), dots in sorted(late.items())
    )


def _came_before(row: Stored, erasure: Stored) -> bool:
    return (row.hlc, row.desk) < (erasure.hlc, erasure.desk)


def _own_erasure(connection: Connection, thing: bytes, desk: int, lost: Collection[Dot]) -> Stored | None:
    """The last erasure of a contact or a conversation, or of who it is with, that this desk made and the hub let stand."""
    owners = [bytes(uid) for (uid,) in connection.execute(_ERASED, {"thing": thing}).fetchall()]
    made = [
        row
        for row in about.operations(connection, owners)
        if row.desk == desk and row.kind in _WHOLE and row[:2] not in lost
    ]
    return made[-1] if made else None


_WHOLE = frozenset({int(Kind.CONTACT_ERASED), int(Kind.CONVERSATION_ERASED)})
_ERASED = """
SELECT uid FROM contact WHERE uid = :thing AND erased_at IS NOT NULL
UNION SELECT uid FROM conversation WHERE uid = :thing AND erased_at IS NOT NULL
UNION SELECT p.uid FROM conversation c JOIN contact p ON p.id = coalesce(c.owner, c.contact)
  WHERE c.uid = :thing AND p.erased_at IS NOT NULL
"""


def _is_customers(row: Stored) -> bool:
    if row.kind != Kind.MESSAGE_ADDED:
        return row.kind == Kind.CONVERSATION_OPENED
    try:
        body = log.decode_body(row.body)
    except ValueError:
        return False
    return isinstance(body, dict) and body.get("from") == Sender.CUSTOMER
