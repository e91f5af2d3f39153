"""Erasures where several desks write: each names the operations that it took the words of.

Of two desks that erase one thing the first on the hub counts (``erased``); the seal of the other fits nothing
then, and need not.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from csdesk.store import redaction
from csdesk.store.connect import Connection
from csdesk.store.log import Stored
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


def _row(connection: Connection, dot: Dot) -> Stored | None:
    row = connection.execute(_ONE, dot).fetchone()
    return None if row is None else Stored(*row)


_ONE = "SELECT desk, dseq, hlc, kind, ver, scope, ent, arg, body, sum FROM op WHERE desk = ? AND dseq = ?"


def is_excused(connection: Connection, erasure: Dot) -> bool:
    """Whether a seal need not fit what the log holds: the erasure is not here yet, the hub refused it, some of what
    it names may not be read here, or another one took the words first. All that it names is without words even so."""
    if connection.execute("SELECT 1 FROM hub_lost WHERE desk = ? AND dseq = ?", erasure).fetchone():
        return True
    row = _row(connection, erasure)
    if row is None:
        return connection.execute(_BEHIND, (erasure[0], erasure[1])).fetchone() is not None
    named = [each for dot in dots_of(row.body) if (each := _row(connection, dot)) is not None]
    elsewhere = [each for each in named if is_hidden(each) or redaction.erasure_of(each.body) != erasure]
    return bool(elsewhere) and all(is_hidden(each) or redaction.erasure_of(each.body) for each in elsewhere)


_BEHIND = "SELECT 1 FROM hub_vector WHERE desk = ? AND dseq < ?"
"""A desk of which not all is here; the erasure is among the rest."""
