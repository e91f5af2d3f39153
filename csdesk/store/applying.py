"""Applying what others wrote: one operation that makes no sense here keeps none of the others back."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice

from csdesk.model import body
from csdesk.model.operation import Kind, Operation
from csdesk.store import log
from csdesk.store.apply import apply_many
from csdesk.store.apply.batch import Batch
from csdesk.store.apply.kept import Kept
from csdesk.store.apply.shared import Dot, Instant, Shared
from csdesk.store.connect import Connection, DriverError

RUN = 2_000
"""Operations between two savepoints: what is done again, one by one, when one of them cannot be applied."""

UNUSABLE = (LookupError, ValueError, TypeError, AttributeError, OverflowError, DriverError)
"""What applying an operation raises that another csdesk, or nobody, should have written."""

Refused = dict[Dot, str]
"""Operations that could not be applied, and why."""

Take = Callable[[Batch, list[Operation]], object]
"""What takes operations into a batch: ``apply_many``, or something that does more for some of them."""


def apply_safely(
    connection: Connection,
    operations: Iterable[log.Stored],
    lost: Collection[Dot],
    kept: Kept | None = None,
    *,
    take: Take = apply_many,
    is_indexing: bool = True,
) -> Refused:
    """Apply operations that come in the order of their clocks; what cannot be applied changes nothing."""
    refused: Refused = {}
    rest, instant = iter(operations), Instant()

    def applied(run: list[log.Stored]) -> str | None:
        batch = Batch(connection, is_indexing=is_indexing, shared=Shared(lost, instant), kept=kept)
        return _refusal(connection, batch, run, take)

    while run := list(islice(rest, RUN)):
        if applied(run) is not None:
            for each in run:
                reason = applied([each])
                if reason is not None:
                    refused[each[:2]] = reason
    return refused


def _refusal(connection: Connection, batch: Batch, run: list[log.Stored], take: Take) -> str | None:
    """Why ``run`` could not be applied, and none of it was; None when all of it is in the rows."""
    try:
        with savepoint(connection):
            take(batch, [_read(each) for each in run])
            batch.write()
    except UNUSABLE as error:
        if not connection.in_transaction or "interrupted" in str(error):
            raise
        return str(error) or type(error).__name__
    return None


def _read(row: log.Stored) -> Operation:
    """What another desk stated. Raises ValueError for what no csdesk would."""
    operation = row.read()
    body.check(operation)
    key = _BELONGS.get(row.kind)
    if key is not None and (row.body.count(key) != 1 or "\\u" in row.body):
        _check_once(row.body)
    return operation


_BELONGS = {
    int(Kind.MESSAGE_ADDED): '"conversation"',
    int(Kind.ATTACHMENT_ADDED): '"message"',
    int(Kind.HANDOVER_WRITTEN): '"items"',
}
"""What SQL asks of a body to find whose words it has. Of a key that is there twice it reads the first, Python the
last: an erasure would look past the words."""


def _check_once(text: str) -> None:
    """Raises ValueError when a fact of the body ``text`` is stated twice."""

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        facts = dict(pairs)
        if len(facts) != len(pairs):
            raise ValueError("a fact is stated twice")
        return facts

    json.loads(text, object_pairs_hook=once)


@contextmanager
def savepoint(connection: Connection) -> Iterator[None]:
    """All that is done inside, or none of it where it raises; in a transaction."""
    connection.execute("SAVEPOINT applying")
    try:
        yield
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK TO applying")
            connection.execute("RELEASE applying")
        raise
    connection.execute("RELEASE applying")
