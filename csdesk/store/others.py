"""What others did since an agent looked last, from the log: read by desk and number, so it costs what it finds.

How far somebody looked is a number for each desk (``looked``), known to this store alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from csdesk.model.operation import Kind
from csdesk.store import hub, log
from csdesk.store.connect import Connection
from csdesk.store.log import HLC_COUNTER_BITS

MOST = 50_000
"""Operations that are read of each desk at most, the newest: two shifts of a large team."""
Vector = Mapping[int, int]

QUIET = frozenset(
    {Kind.MESSAGE_DELIVERED, Kind.ATTACHMENT_ADDED, Kind.AGENT_AVAILABILITY_CHANGED, Kind.CONVERSATION_WOKEN}
)
"""Kinds that follow from another fact, or from the clock: no change that a person has to know of."""


class Done(NamedTuple):
    """One operation of somebody else. ``by`` is the uid of the agent in hex, "" for a customer or a program;
    ``conversation`` the uid of the one that it is about in hex, "" for none. ``at`` in UTC ms."""

    desk: int
    at: int
    kind: int
    by: str
    sender: str
    conversation: str


def reached(connection: Connection, own_desk: int) -> dict[int, int]:
    """By desk the number of its last operation that is here."""
    return {**hub.vector(connection), own_desk: log.tip(connection, own_desk).dseq}


def looked(connection: Connection, agent: int) -> dict[int, int] | None:
    """How far an agent (a local id) has looked; None for one who never did."""
    rows = connection.execute("SELECT desk, dseq FROM looked WHERE agent = ?", (agent,)).fetchall()
    return dict(rows) or None


def note(connection: Connection, agent: int, upto: Vector) -> None:
    """An agent has looked at everything up to there; whoever looked further stays there."""
    connection.executemany(
        "INSERT INTO looked(agent, desk, dseq) VALUES(?,?,?) ON CONFLICT(agent, desk)"
        " DO UPDATE SET dseq = max(dseq, excluded.dseq)",
        [(agent, desk, dseq) for desk, dseq in upto.items()],
    )


def done(
    connection: Connection, own_desk: int, after: Vector, me: str, since: int | None = None
) -> Iterator[Done]:
    """What others did behind ``after``, or (with it) since a time in UTC ms: desk by desk, the newest first. ``me`` is the
    uid of who asks, in hex. Of this desk's own operations only those that a colleague at it stated."""
    for desk, upto in reached(connection, own_desk).items():
        low = 0 if since is not None else after.get(desk, 0)
        rows = connection.execute(_ROWS, (desk, low, upto, MOST))
        for hlc, kind, by, sender, conversation in rows:
            at = hlc >> HLC_COUNTER_BITS
            if since is not None and at < since:
                break
            if kind in QUIET or by == me or (desk == own_desk and not by):
                continue
            yield Done(desk, at, kind, by, sender, conversation)
        rows.close()


_ROWS = f"""
SELECT hlc, kind, coalesce(iif(json_valid(body), body ->> '$.by', NULL), iif(json_valid(body), body ->> '$.author', NULL), ''),
  coalesce(iif(json_valid(body), body ->> '$.from', NULL), ''),
  CASE WHEN kind = {int(Kind.MESSAGE_ADDED)} THEN coalesce(iif(json_valid(body), body ->> '$.conversation', NULL), '')
    WHEN kind = {int(Kind.MESSAGE_WITHDRAWN)} THEN coalesce((SELECT lower(hex(c.uid)) FROM message m
      JOIN conversation c ON c.id = m.conversation WHERE m.uid = ent), '')
    WHEN kind BETWEEN {int(Kind.CONVERSATION_OPENED)} AND {int(Kind.CONVERSATION_RETURNED)} THEN lower(hex(ent))
    ELSE '' END
FROM op WHERE desk = ? AND dseq > ? AND dseq <= ? AND kind <> 0 ORDER BY dseq DESC LIMIT ?
"""  # noqa: S608 - numbers of ours
