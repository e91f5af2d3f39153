"""How far a channel's threads have come: for channels whose customers go on after a restart."""

from __future__ import annotations

from dataclasses import dataclass

from csdesk.store.connect import Connection


@dataclass(frozen=True, slots=True)
class ThreadProgress:
    """One thread: customer messages stored, and whether a reply that went out stands behind them all."""

    thread: str
    customer_messages: int
    is_answered: bool


def progress(connection: Connection, inbox_name: str) -> list[ThreadProgress]:
    """Every thread of an inbox. A reply still held or queued is no answer yet."""
    rows = connection.execute(
        """
        SELECT c.thread, coalesce(sum(m.sender = 'customer'), 0),
          max(CASE WHEN m.sender = 'customer' THEN m.id END),
          max(CASE WHEN m.sender = 'agent' AND m.delivery IN ('sent', 'delivered', 'read') THEN m.id END)
        FROM conversation c JOIN inbox ON inbox.id = c.inbox LEFT JOIN message m ON m.conversation = c.id
        WHERE inbox.name = ? AND c.thread IS NOT NULL GROUP BY c.id ORDER BY c.id
        """,
        (inbox_name,),
    ).fetchall()
    return [
        ThreadProgress(thread, count, reply is not None and (heard is None or reply > heard))
        for thread, count, heard, reply in rows
    ]
