"""Words that another desk erased, taken out of this desk's copy of the log too.

With a hub an erasure names the operations that it took the words of. Of two desks that erase one thing the
earlier erasure counts everywhere, so that all copies of the log stay the same to the letter.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from csdesk.model.operation import Kind
from csdesk.store import redaction
from csdesk.store.connect import Connection
from csdesk.store.log import Stored, encode_body
from csdesk.store.shared_log import is_hidden

Dot = tuple[int, int]
ERASURES = frozenset({Kind.CONTACT_ERASED, Kind.CONVERSATION_ERASED, Kind.MESSAGES_ERASED})
DOTS = "dots"


def as_ranges(dots: Iterable[Dot]) -> dict[str, list[list[int]]]:
    """Operations as a body names them: by desk, first and last of each row without a gap."""
    found: dict[str, list[list[int]]] = {}
    for desk, of_desk in groupby(sorted(dots), key=lambda dot: dot[0]):
        ranges = found[str(desk)] = []
        for _desk, dseq in of_desk:
            if ranges and ranges[-1][1] == dseq - 1:
                ranges[-1][1] = dseq
            else:
                ranges.append([dseq, dseq])
    return found


def dots_of(body: str) -> Iterator[Dot]:
    """The operations that an erasure names; none for one that was written without a hub."""
    try:
        named: dict[str, Any] = json.loads(body)[DOTS]
        for desk, ranges in named.items():
            for first, last in ranges:
                for dseq in range(int(first), int(last) + 1):
                    yield int(desk), dseq
    except (ValueError, TypeError, LookupError, AttributeError):
        return


def erased_by(connection: Connection, erasure: Stored) -> list[Stored]:
    """The operations without words that an erasure left: what a hub has to have in place of what it has."""
    rows = (_row(connection, dot) for dot in dots_of(erasure.body))
    return [row for row in rows if row is not None and redaction.erasure_of(row.body) == erasure[:2]]


def follow(connection: Connection, rows: Iterable[Stored]) -> int:
    """Take the words out of what the erasures among ``rows`` name; how many operations lost words."""
    count = 0
    for erasure in rows:
        if erasure.kind in ERASURES:
            for dot in dots_of(erasure.body):
                count += _redact(connection, erasure, dot)
    return count


def _redact(connection: Connection, erasure: Stored, dot: Dot) -> bool:
    row = _row(connection, dot)
    if row is None or is_hidden(row):
        return False
    body = redaction.redacted(row.kind, row.body, erasure[:2])
    if body is None:
        other = redaction.erasure_of(row.body)
        held = None if other is None or other == erasure[:2] else _row(connection, other)
        if held is None or (held.hlc, held.desk) < (erasure.hlc, erasure.desk):
            return False
        body = encode_body({**json.loads(row.body), redaction.ERASURE: [erasure.desk, erasure.dseq]})
    connection.execute("UPDATE op SET body = ? WHERE desk = ? AND dseq = ?", (body, *dot))
    return True


def _row(connection: Connection, dot: Dot) -> Stored | None:
    row = connection.execute(_ONE, dot).fetchone()
    return None if row is None else Stored(*row)


_ONE = "SELECT desk, dseq, hlc, kind, ver, scope, ent, arg, body, sum FROM op WHERE desk = ? AND dseq = ?"


def is_excused(connection: Connection, erasure: Dot) -> bool:
    """Whether a seal need not fit what the log holds: the erasure is not here yet, some of what it names may not
    be read here, or another one took the words first. All that it names is without words even so."""
    row = _row(connection, erasure)
    if row is None:
        return connection.execute(_BEHIND, (erasure[0], erasure[1])).fetchone() is not None
    named = [each for dot in dots_of(row.body) if (each := _row(connection, dot)) is not None]
    elsewhere = [each for each in named if is_hidden(each) or redaction.erasure_of(each.body) != erasure]
    return bool(elsewhere) and all(is_hidden(each) or redaction.erasure_of(each.body) for each in elsewhere)


_BEHIND = "SELECT 1 FROM hub_vector WHERE desk = ? AND dseq < ?"
"""A desk of which not all is here; the erasure is among the rest."""
