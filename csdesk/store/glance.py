"""The desk at a glance: a few numbers for a status bar that asks every other second.

Plain SQL on one reading connection, and nothing imported but the driver: the program's start is what
such a call costs.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from csdesk.store import connect
from csdesk.store.connect import Connection, translated


@dataclass(frozen=True, slots=True)
class Glance:
    """``capacity`` is None when no agent has the name yet. ``longest_since`` is the start of the longest
    wait (UTC ms); ``longest`` the local id of its conversation."""

    views: dict[str, int]
    capacity: int | None
    longest: int | None
    longest_since: int | None
    outbox: dict[str, int]
    drafts: int


def glance(path: Path, agent_name: str) -> Glance:
    """The numbers of the store at ``path`` as ``agent_name`` sees them, all from one moment.

    The store has to be up to date (``presence``). Raises StoreError.
    """
    with translated(path):
        connection = connect.open_reader(path)
        try:
            connection.execute("BEGIN")
            return _read(connection, agent_name)
        finally:
            connection.close()


def _read(connection: Connection, agent_name: str) -> Glance:
    agent, capacity = connection.execute(
        "SELECT id, capacity FROM agent WHERE name = ?", (agent_name,)
    ).fetchone() or (0, None)
    views = connection.execute("SELECT view, n FROM view_count WHERE agent IN (0, ?)", (agent,)).fetchall()
    longest, since = connection.execute(
        "SELECT id, waiting_since FROM conversation WHERE status = 'open' AND waiting_since IS NOT NULL"
        " ORDER BY waiting_since, id LIMIT 1"
    ).fetchone() or (None, None)
    states = connection.execute("SELECT state, count(*) FROM outbox GROUP BY state").fetchall()
    drafts = connection.execute("SELECT count(*) FROM draft WHERE agent = ?", (agent,)).fetchone()[0]
    return Glance(dict(views), capacity, longest, since, dict(states), drafts)
