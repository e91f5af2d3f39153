"""Agents, teams and inboxes that several desks made: one name, one thing, whose uid is the earliest."""

from __future__ import annotations

from csdesk.model.operation import Kind
from csdesk.store import log
from csdesk.store.apply import apply_many
from csdesk.store.apply.batch import Batch
from csdesk.store.apply.kept import Kept
from csdesk.store.apply.shared import Shared
from csdesk.store.connect import Connection, open_scratch

_KINDS = (
    Kind.AGENT_ADDED,
    Kind.AGENT_EDITED,
    Kind.TEAM_ADDED,
    Kind.TEAM_EDITED,
    Kind.INBOX_ADDED,
    Kind.INBOX_EDITED,
)
_OPERATIONS = f"""
SELECT desk, dseq, hlc, kind, ver, scope, ent, arg, body, sum FROM op
WHERE kind IN ({", ".join(str(int(kind)) for kind in _KINDS)}) ORDER BY hlc, desk
"""  # noqa: S608 - numbers of ours


def keep_numbers(connection: Connection, kept: Kept) -> None:
    """Have the row that an agent, team or inbox gets have the local id that it had under any of its uids."""
    scratch = _made(connection)
    try:
        for thing in ("agent", "team", "inbox"):
            rows = scratch.execute(_SAME.format(table=thing), (thing,)).fetchall()
            for uid, other in rows:
                number = kept.numbers.get(bytes(other))
                if number is not None:
                    kept.numbers.setdefault(bytes(uid), number)
    finally:
        scratch.close()


_SAME = "SELECT t.uid, alias.uid FROM alias JOIN {table} t ON t.id = alias.row WHERE alias.thing = ?"


_TABLES = "SELECT sql FROM sqlite_schema WHERE name IN ('agent', 'team', 'team_member', 'inbox', 'alias')"


def _made(connection: Connection) -> Connection:
    """The rows of all agents, teams and inboxes as the log gives them, in a database of their own."""
    scratch = open_scratch()
    for (statement,) in connection.execute(_TABLES).fetchall():
        scratch.execute(statement)
    batch = Batch(scratch, shared=Shared())
    for row in connection.execute(_OPERATIONS):
        try:
            apply_many(batch, [log.Stored(*row).read()])
        except (LookupError, ValueError, TypeError, AttributeError):
            continue  # it is refused, and said so, when all are applied
    batch.write()
    return scratch
