"""The numbers that triggers keep, counted by hand."""

from __future__ import annotations

from csdesk.store.connect import Connection

COUNTED = """
SELECT 'all', 0, count(*) FROM conversation
UNION ALL SELECT status, 0, count(*) FROM conversation WHERE status IN ('snoozed', 'resolved') GROUP BY status
UNION ALL SELECT 'waiting', 0, count(*) FROM conversation WHERE status = 'open' AND waiting_since IS NOT NULL
UNION ALL SELECT 'unassigned', 0, count(*) FROM conversation WHERE status = 'open' AND assignee IS NULL
UNION ALL SELECT 'mine', assignee, count(*) FROM conversation
  WHERE status = 'open' AND assignee IS NOT NULL GROUP BY assignee
"""

Counts = dict[tuple[str, int], int]


def counted(connection: Connection) -> Counts:
    """What GROUP BY says."""
    rows = connection.execute(COUNTED).fetchall()
    return {(view, agent): number for view, agent, number in rows if number}


def kept(connection: Connection) -> Counts:
    """What the counters say."""
    rows = connection.execute("SELECT view, agent, n FROM view_count WHERE view <> 'open'").fetchall()
    return {(view, agent): number for view, agent, number in rows if number}
