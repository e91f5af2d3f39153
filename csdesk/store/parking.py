"""Operations that are here and cannot be applied: kept in mind with the reason, and tried again when what they lack comes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from csdesk.model.operation import Kind
from csdesk.store import hub, log
from csdesk.store.applying import Refused
from csdesk.store.connect import Connection
from csdesk.store.log import Stored

NO_MESSAGE = "message "
"""How a refusal begins that says of a message (its uid follows) that it is not here."""
_UID = re.compile("[0-9a-f]{32}")


def park(connection: Connection, refused: Refused) -> int:
    """Keep in mind what could not be applied, unless it is about a message that was taken back meanwhile; how much.

    Whoever makes rows anew has to: what waited for something is tried then, and is refused again.
    """
    rows = [
        (*dot, reason)
        for dot, reason in refused.items()
        if not (reason.startswith(NO_MESSAGE) and _is_about_withdrawn(connection, dot))
    ]
    connection.executemany("INSERT OR REPLACE INTO hub_parked(desk, dseq, reason) VALUES(?,?,?)", rows)
    return len(rows)


def _is_about_withdrawn(connection: Connection, dot: tuple[int, int]) -> bool:
    row = connection.execute(_WITHDRAWN, dot).fetchone()
    return row is not None


_WITHDRAWN = f"""
SELECT 1 FROM op late WHERE desk = ? AND dseq = ?
  AND kind IN ({int(Kind.MESSAGE_WITHDRAWN)}, {int(Kind.MESSAGE_DELIVERED)}, {int(Kind.ATTACHMENT_ADDED)})
  AND EXISTS (SELECT 1 FROM op WHERE ent = iif(late.kind = {int(Kind.ATTACHMENT_ADDED)},
    unhex({log.said("message", "late.body")}), late.ent) AND kind = {int(Kind.MESSAGE_WITHDRAWN)})
"""  # noqa: S608 - numbers and a name of ours


def helped(connection: Connection, rows: Sequence[Stored]) -> list[Stored]:
    """Operations that wait for one of the things that ``rows`` are about: they wait no more, and are to be tried."""
    parked = hub.parked(connection)
    if not parked:
        return []
    uids = {bytes(row.ent).hex() for row in rows}
    dots = [dot for dot, reason in parked.items() if not uids.isdisjoint(_UID.findall(reason))]
    connection.executemany("DELETE FROM hub_parked WHERE desk = ? AND dseq = ?", dots)
    return [Stored(*connection.execute(_ONE, dot).fetchone()) for dot in dots]


_ONE = "SELECT desk, dseq, hlc, kind, ver, scope, ent, arg, body, sum FROM op WHERE desk = ? AND dseq = ?"
