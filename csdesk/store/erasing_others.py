"""Erasures where several desks write: each names the operations that it took the words of.

Of two desks that erase one thing the first on the hub counts (``erased``); the seal of the other fits nothing
then, and need not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from csdesk.store import redaction
from csdesk.store.connect import Connection
from csdesk.store.log import Stored, decode_body
from csdesk.store.shared_log import is_hidden

Dot = tuple[int, int]
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


def ranges_of(body: str) -> Iterator[tuple[int, int, int]]:
    """The operations that an erasure names, as ``as_ranges`` wrote them: a desk, first and last; none for one that was
    written without a hub."""
    try:
        named: dict[str, Any] = decode_body(body)[DOTS]
        for desk, ranges in named.items():
            reached = 0
            for first, last in ranges:
                yield int(desk), max(int(first), reached + 1), int(last)
                reached = max(reached, int(last))
    except (ValueError, TypeError, LookupError, AttributeError):
        return


def named(connection: Connection, body: str) -> Iterator[Stored]:
    """Those of the operations that an erasure names which are here: somebody may name more than there ever were."""
    for desk, first, last in ranges_of(body):
        if max(abs(desk), abs(first), abs(last)) <= LAST:
            yield from map(Stored._make, connection.execute(_RANGE, (desk, first, last)).fetchall())


LAST = (1 << 63) - 1
"""The largest number that a log can give."""


def _row(connection: Connection, dot: Dot) -> Stored | None:
    row = connection.execute(_ONE, dot).fetchone()
    return None if row is None else Stored(*row)


_COLUMNS = "SELECT desk, dseq, hlc, kind, ver, scope, ent, arg, body, sum FROM op WHERE desk = ?"
_ONE = f"{_COLUMNS} AND dseq = ?"
_RANGE = f"{_COLUMNS} AND dseq BETWEEN ? AND ? ORDER BY dseq"


def is_excused(connection: Connection, erasure: Dot) -> bool:
    """Whether a seal need not fit what the log holds: the erasure is not here yet, the hub refused it, some of what
    it names may not be read here, or another one took the words first. All that it names is without words even so."""
    if connection.execute("SELECT 1 FROM hub_lost WHERE desk = ? AND dseq = ?", erasure).fetchone():
        return True
    row = _row(connection, erasure)
    if row is None:
        return connection.execute(_BEHIND, (erasure[0], erasure[1])).fetchone() is not None
    elsewhere = [
        each
        for each in named(connection, row.body)
        if is_hidden(each) or redaction.erasure_of(each.body) != erasure
    ]
    return bool(elsewhere) and all(is_hidden(each) or redaction.erasure_of(each.body) for each in elsewhere)


_BEHIND = "SELECT 1 FROM hub_vector WHERE desk = ? AND dseq < ?"
"""A desk of which not all is here; the erasure is among the rest."""
