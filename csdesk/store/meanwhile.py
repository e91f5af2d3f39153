"""What happened while an agent was away: who wrote, who waits, what was sent automatically."""

from __future__ import annotations

from dataclasses import dataclass

from csdesk.store.connect import Connection
from csdesk.store.rows import EPOCH_S, SEQUENCE_BITS

MOST = 200


@dataclass(frozen=True, slots=True)
class Missed:
    """One conversation in which something came in or went out. ``waiting_since`` in UTC ms.

    ``rules`` wrote the ``told`` automatic texts.
    """

    conversation: int
    contact_name: str
    preview: str
    waiting_since: int | None
    wrote: int
    told: int
    rules: tuple[str, ...] = ()


_SINCE = """
SELECT c.id, c.contact_name,
  coalesce((SELECT text FROM message WHERE conversation = c.id AND id >= :low AND sender = 'customer'
    ORDER BY id DESC LIMIT 1), c.preview), c.waiting_since,
  (SELECT count(*) FROM message WHERE conversation = c.id AND id >= :low AND sender = 'customer') AS wrote,
  (SELECT count(*) FROM message WHERE conversation = c.id AND id >= :low AND sender = 'auto') AS told,
  (SELECT group_concat(DISTINCT rule) FROM message WHERE conversation = c.id AND id >= :low AND sender = 'auto')
FROM conversation c WHERE c.updated_at >= :since AND (c.assignee = :agent OR c.assignee IS NULL)
  AND (wrote > 0 OR told > 0)
ORDER BY c.waiting_since IS NULL, c.waiting_since, c.id LIMIT :most
"""


def missed(connection: Connection, agent: int, since: int) -> list[Missed]:
    """An agent's conversations and nobody's, with something new since ``since``; the longest wait first."""
    low = (since // 1000 - EPOCH_S) << SEQUENCE_BITS
    rows = connection.execute(_SINCE, {"low": low, "since": since, "agent": agent, "most": MOST}).fetchall()
    return [
        Missed(number, name, preview, since, wrote, told, tuple(filter(None, (rules or "").split(","))))
        for number, name, preview, since, wrote, told, rules in rows
    ]
