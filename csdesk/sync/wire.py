"""What travels, as the hub's SQL has it: operations up by COPY, pages of others' operations down by one SELECT.

Nothing here knows of the store. Nothing needs sequences, locks or notices of the hub (docs/scaling.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from csdesk.store import log
from csdesk.store.log import Stored
from csdesk.sync import codec
from csdesk.sync.line import LONG_PATIENCE_S, Line

if TYPE_CHECKING:
    import psycopg

PIECE = 1_000
"""Operations that are encoded and sent at a time: the hub digests one while the next is made."""
PAGE = 5_000
"""About how many operations are asked for at once: the next come while these are applied."""

Dot = tuple[int, int]

_COPY = f"COPY csdesk.op({codec.COLUMNS}) FROM STDIN (FORMAT BINARY)"
_ADVANCE = "SELECT csdesk.advance(%s::int, %s::int8, %s::int8, current_setting('csdesk.inc')::int, %s::bytea, %s::int8)"
_SETTLE = "SELECT csdesk.settle(%s::int, %s::int8, %s::int8)"
_ERASE = "SELECT csdesk.erase(%s::int, %s::int8, %s::int[], %s::int8[], %s::text[])"
_LEFT = f"""
SELECT {", ".join(f"v.{name.strip()}" for name in codec.COLUMNS.split(","))}
  FROM unnest(%s::int[], %s::int8[]) AS asked(desk, dseq)
  JOIN csdesk.erased_v e ON e.by_desk = asked.desk AND e.by_dseq = asked.dseq
  JOIN csdesk.op_v v ON v.desk = e.desk AND v.dseq = e.dseq
 WHERE v.kind <> 0
"""  # noqa: S608 - our own names
_MISSING = """
WITH had AS (SELECT * FROM unnest(%(desks)s::text::int[], %(dseqs)s::text::int8[]) AS had(desk, dseq)),
  missing AS (
    SELECT h.desk, coalesce(had.dseq, 0) AS after, h.head FROM csdesk.head_v h LEFT JOIN had USING (desk)
     WHERE h.head > coalesce(had.dseq, 0) AND h.desk <> %(own)s::int)
"""
_PAGE = f"""{_MISSING},
  part AS (SELECT desk, after, head, least(head, after + greatest(%(most)s::int8 / count(*) OVER (), 1)) AS upto
             FROM missing),
  refused AS (SELECT d.desk, d.dseq FROM part JOIN csdesk.denied_v d
                 ON d.desk = part.desk AND d.dseq > part.after AND d.dseq <= part.upto),
  horizon AS (SELECT min((SELECT o.hlc FROM csdesk.op_v o WHERE o.desk = part.desk AND o.dseq = part.upto)) AS hlc
                FROM part WHERE part.upto < part.head)
SELECT o.*,
    o.arg IS NOT NULL
      AND (SELECT true FROM csdesk.claim_v c WHERE c.desk = o.desk AND c.dseq = o.dseq LIMIT 1) IS NULL
    OR (o.desk, o.dseq) IN (SELECT r.desk, r.dseq FROM refused r) AS is_void,
    horizon.hlc IS NOT NULL AS has_more
  FROM part CROSS JOIN horizon CROSS JOIN LATERAL (
    SELECT {codec.COLUMNS} FROM csdesk.op_v v
     WHERE v.desk = part.desk AND v.dseq > part.after AND v.dseq <= part.upto
     LIMIT part.upto - part.after) AS o
 WHERE horizon.hlc IS NULL OR o.hlc <= horizon.hlc
 ORDER BY o.hlc, o.desk
"""  # noqa: S608 - our own names
"""Each desk's share of a page may end before what it has; nothing later than the earliest such end is taken.

LIMIT cuts nothing off: it makes the server walk the key once for each desk, where it would else read the whole log."""
_TAIL = f"""
SELECT {codec.COLUMNS} FROM csdesk.op_v WHERE desk = %s::int AND dseq > %s::int8 AND dseq <= %s::int8 ORDER BY dseq
"""  # noqa: S608 - our own names
_BEATEN = """
SELECT asked.desk, asked.dseq FROM unnest(%s::int[], %s::int8[]) AS asked(desk, dseq)
 WHERE (SELECT true FROM csdesk.claim_v c WHERE c.desk = asked.desk AND c.dseq = asked.dseq LIMIT 1) IS NULL
"""
_VOID = """
SELECT dseq FROM unnest(%(claims)s::int8[]) AS asked(dseq)
 WHERE (SELECT true FROM csdesk.claim_v c WHERE c.desk = %(desk)s::int AND c.dseq = asked.dseq LIMIT 1) IS NULL
UNION SELECT dseq FROM csdesk.denied_v WHERE desk = %(desk)s::int AND dseq BETWEEN %(first)s::int8 AND %(last)s::int8
"""


@dataclass(frozen=True, slots=True)
class Page:
    """Operations in the order of (hlc, desk), which of them count for nothing, and whether there are more."""

    rows: list[Stored]
    lost: frozenset[Dot]
    has_more: bool


def copy_in(
    line: Line, rows: Sequence[Stored], left_of: Mapping[int, Sequence[Stored]] | None = None
) -> None:
    """One COPY in one commit, ``rows`` being of one desk and without a hole.

    ``left_of`` has for an erasure among them (by dseq) what it left of other operations: whoever sees that
    erasure finds no more than this. A hub without a trigger (dialect portable) is asked to check and judge, in
    the same transaction. Raises HubRefusal: then the hub has none of it, or its answer was lost.
    """
    with line.asking(LONG_PATIENCE_S) as connection, connection.cursor() as cursor:
        if not line.is_portable and not left_of:
            _copy(cursor, rows)
            return
        first, last = rows[0], rows[-1]
        with connection.transaction():
            if line.is_portable:
                latest = max(row.hlc for row in rows)
                cursor.execute(_ADVANCE, (first.desk, first.dseq, last.dseq, last.sum, latest))
            _copy(cursor, rows)
            if line.is_portable:
                cursor.execute(_SETTLE, (first.desk, first.dseq, last.dseq))
            for dseq, left in (left_of or {}).items():
                desks, dseqs, bodies = ([row[at] for row in left] for at in (0, 1, 8))
                cursor.execute(_ERASE, (first.desk, dseq, desks, dseqs, bodies))


def left_of(line: Line, erasures: Sequence[Dot]) -> list[Stored]:
    """What is left of the operations whose words ``erasures`` took, as far as one may see them. Raises HubRefusal."""
    asked = ([desk for desk, _dseq in erasures], [dseq for _desk, dseq in erasures])
    return log.many(line.fetch(_LEFT, asked))


def _copy(cursor: psycopg.Cursor[Any], rows: Sequence[Stored]) -> None:
    with cursor.copy(_COPY.encode()) as copy:
        copy.write(codec.HEADER)
        for piece in _pieces(rows):
            copy.write(piece)
        copy.write(codec.TRAILER)


def _pieces(rows: Sequence[Stored]) -> Iterator[bytes]:
    return (codec.encode(rows[at : at + PIECE]) for at in range(0, len(rows), PIECE))


def missing(line: Line, vector: Mapping[int, int], desk: int) -> dict[int, int]:
    """How many operations of which other desk are not here. Raises HubRefusal."""
    query = f"{_MISSING} SELECT desk, head - after FROM missing ORDER BY desk"  # noqa: S608 - our own names
    return dict(line.rows(query, _had(vector, desk)))


def reach(line: Line, desk: int) -> int:
    """A number that rises with each operation that desks other than ``desk`` bring to the hub. Raises HubRefusal.

    For as long as ``line`` lasts: a hub that went back in time cuts it.
    """
    ((found,),) = line.rows(_REACH, (desk,))
    return int(found)


_REACH = "SELECT coalesce(sum(head), 0)::int8 FROM csdesk.head_v WHERE desk <> %s::int"


def next_page(line: Line, vector: Mapping[int, int], desk: int, most: int = PAGE) -> Page:
    """The first of what is missing, about ``most``, with its verdicts: one statement, so one moment of the hub.

    A page without rows means that nothing is missing. Raises HubRefusal.
    """
    found = line.fetch(_PAGE, {**_had(vector, desk), "most": most})
    lost = frozenset((row[0], row[1]) for row in found if row[-2])
    return Page(log.many(row[:-2] for row in found), lost, bool(found) and found[0][-1])


def _had(vector: Mapping[int, int], desk: int) -> dict[str, object]:
    return {"desks": _array(vector), "dseqs": _array(vector.values()), "own": desk}


def _array(numbers: Iterable[int]) -> str:
    """An array as PostgreSQL reads it: the driver takes a microsecond for each number, of a thousand desks twice."""
    return f"{{{','.join(map(str, numbers))}}}"


def own_tail(line: Line, desk: int, after: int, upto: int) -> list[Stored]:
    """What this desk itself told the hub, ``after`` < dseq <= ``upto``: a backup did not have it. Raises HubRefusal."""
    return log.many(line.fetch(_TAIL, (desk, after, upto)))


def void(line: Line, desk: int, dseqs: Sequence[int], claims: Sequence[int]) -> frozenset[Dot]:
    """Which of a desk's operations count for nothing: of ``claims`` (those with an ``arg``) what came second, of
    all ``dseqs`` what only a lead's desk may do. Raises HubRefusal."""
    if not dseqs:
        return frozenset()
    found = line.rows(_VOID, {"desk": desk, "claims": list(claims), "first": dseqs[0], "last": dseqs[-1]})
    return frozenset((desk, dseq) for (dseq,) in found)


def heads(line: Line) -> dict[int, int]:
    """How far the hub has each desk. Raises HubRefusal."""
    return dict(line.rows("SELECT desk, head FROM csdesk.head_v"))


def beaten(line: Line, claims: Sequence[Dot]) -> frozenset[Dot]:
    """Which of ``claims``, of any desks, came second. Raises HubRefusal."""
    asked = ([desk for desk, _dseq in claims], [dseq for _desk, dseq in claims])
    return frozenset((desk, dseq) for desk, dseq in line.rows(_BEATEN, asked))
