"""Since when somebody waits, asked of the messages themselves."""

from __future__ import annotations

from csdesk.store.connect import Connection


def recompute_waiting(connection: Connection, conversation: int) -> None:
    """Waiting since = the first customer message after the last human reply, while it is open.

    After means stored after: a mail that was written before the reply and arrived behind it was
    not answered by it. What two desks heard and answered in one instant of their clocks was not answered
    either: nobody had read it. A reply that waits for approval answers nobody yet. Who is blocked never waits.
    """
    connection.execute(
        """
        UPDATE conversation SET waiting_since = CASE WHEN status = 'open' AND NOT is_blocked THEN (
          SELECT at FROM message WHERE conversation = :id AND sender = 'customer'
            AND hlc >= max(conversation.wait_floor, coalesce(
              (SELECT max(hlc) FROM message WHERE conversation = :id AND sender = 'agent'
                AND delivery IS NOT 'approval'), 0))
          ORDER BY hlc, at LIMIT 1) END
        WHERE id = :id""",
        {"id": conversation},
    )
