"""What a desk wrote without knowing of an erasure, though later by the clocks: only that desk can tell.

When an erasure of another desk comes in, and own words about the same stand behind it, the desk says up to which of its
operations it did not know (``erasure.met``). The desk that erased takes those words out too. What is written from then on
was written knowing, and stays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from csdesk.model.operation import Kind
from csdesk.store import about, anew_talks, arriving, erasing, log, redaction
from csdesk.store.apply.shared import Dot
from csdesk.store.connect import Connection
from csdesk.store.log import Stored
from csdesk.store.shared_log import is_hidden
from csdesk.store.writer import Transaction

WHOLE = frozenset({int(Kind.CONTACT_ERASED), int(Kind.CONVERSATION_ERASED)})


def tell(tx: Transaction, rows: Iterable[Stored], lost: Collection[Dot]) -> None:
    """Say of each erasure among ``rows``, which have just come and are in the rows, up to where it was not known here."""
    for row in rows:
        if row.kind not in WHOLE or row.desk == tx.desk or row[:2] in lost:
            continue
        if any(_is_behind(own, row) for own in _with_words(tx.connection, row, tx.desk, tx.tip.dseq)):
            upto = {"erasure": [row.desk, row.dseq], "upto": tx.tip.dseq, "at": tx.now_ms}
            tx.record(Kind.ERASURE_MET, bytes(row.ent), upto)


def _is_behind(own: Stored, erasure: Stored) -> bool:
    return (own.hlc, own.desk) > (erasure.hlc, erasure.desk)


def seal(tx: Transaction, rows: Sequence[Stored], lost: Collection[Dot]) -> int:
    """Take the words out of what the authors of ``rows`` wrote without knowing of an erasure of this desk; how many
    operations lost some."""
    count = 0
    for row in rows:
        met = _met(row) if row.kind == Kind.ERASURE_MET and row.desk != tx.desk else None
        if met is None:
            continue
        dot, upto = met
        erasure = None if dot[0] != tx.desk or dot in lost else _erasure(tx.connection, dot, bytes(row.ent))
        if erasure is not None:
            dots = [each[:2] for each in _with_words(tx.connection, erasure, row.desk, min(upto, row.dseq))]
            count += _erase(tx, erasure, dots, lost)
    return count


def _erase(tx: Transaction, erasure: Stored, dots: Sequence[Dot], lost: Collection[Dot]) -> int:
    """Take the words out of ``dots``, and out of the rows that were made from them."""
    ent, by = bytes(erasure.ent), bytes.fromhex(log.decode_body(erasure.body)["by"])
    talks = arriving.erased_talks(tx.connection, erasure)
    count = erasing.erase_late(tx, ent, dots, by)
    if count:
        anew_talks.contact(tx.connection, ent, lost)
        arriving.talks_anew(tx.connection, talks, {*lost})
        tx.forget(tx.tip)
    return count


def _met(row: Stored) -> tuple[Dot, int] | None:
    """The erasure that an operation names, and up to where its author did not know it; None for what says neither."""
    try:
        body = log.decode_body(row.body)
        (desk, dseq), upto = body["erasure"], body["upto"]
    except (ValueError, TypeError, LookupError):
        return None
    numbers = (desk, dseq, upto)
    return ((desk, dseq), upto) if all(type(each) is int and 0 < each < 1 << 63 for each in numbers) else None


def _erasure(connection: Connection, dot: Dot, ent: bytes) -> Stored | None:
    found = connection.execute(_ONE, dot).fetchone()
    row = None if found is None else Stored(*found)
    return row if row is not None and row.kind in WHOLE and bytes(row.ent) == ent else None


_ONE = "SELECT desk, dseq, hlc, kind, ver, scope, ent, arg, body, sum FROM op WHERE desk = ? AND dseq = ?"


def _with_words(connection: Connection, erasure: Stored, desk: int, upto: int) -> Iterator[Stored]:
    """The operations of ``desk`` up to ``upto`` about what an erasure took, that hold words still."""
    talks = arriving.erased_talks(connection, erasure)
    about_them = about.operations(connection, {bytes(erasure.ent), *talks})
    messages = {bytes(row.ent) for row in about_them if row.kind == Kind.MESSAGE_ADDED}
    for row in (*about_them, *about.operations(connection, messages)):
        if row.desk != desk or row.dseq > upto or is_hidden(row):
            continue
        if redaction.has_words(row.kind, row.body):
            yield row
