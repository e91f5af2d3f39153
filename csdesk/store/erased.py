"""Words that were erased at one desk, taken out of the logs of the others: what is left of them travels.

The sums of erased operations stay, and an erasure seals what it left (``erasing``). So every desk has to hold the
same remains, byte by byte, and gets them from the hub instead of making its own.
"""

from __future__ import annotations

from collections.abc import Iterable

from csdesk.model.operation import Kind
from csdesk.store.connect import Connection
from csdesk.store.log import Stored
from csdesk.store.writer import Transaction

ERASURES = frozenset({int(Kind.CONTACT_ERASED), int(Kind.CONVERSATION_ERASED), int(Kind.MESSAGES_ERASED)})
"""Kinds of the operations that take words out of others."""


def remains(connection: Connection, erasure: tuple[int, int]) -> list[Stored]:
    """What is left of the operations whose words the operation (desk, dseq) ``erasure`` took; reads the whole log."""
    desk, dseq = erasure
    rows = connection.execute(_REMAINS, (f'"erasure":[{desk},{dseq}]',)).fetchall()
    return [Stored(*row) for row in rows]


_REMAINS = """
SELECT desk, dseq, hlc, kind, ver, scope, ent, arg, body, sum FROM op WHERE instr(body, ?) AND json_valid(body)
  AND body ->> '$.erased' IS NOT NULL ORDER BY desk, dseq
"""


def take_over(tx: Transaction, rows: Iterable[Stored]) -> int:
    """Put what is left of erased operations in the place of those that are here; how many that were.

    One that is not the same operation here (by its sum) is left alone: ``verify`` will name it.
    """
    changed = 0
    for row in rows:
        changed += tx.connection.execute(
            "UPDATE op SET body = ? WHERE desk = ? AND dseq = ? AND sum = ? AND body <> ?",
            (row.body, row.desk, row.dseq, row.sum, row.body),
        ).rowcount
    return changed
