"""What is on its way to customers, how far it has come, and who may send for an inbox."""

from __future__ import annotations

from typing import Any

from csdesk.model.conversation import Mark
from csdesk.model.message import Delivery, OutboxItem, Step, after, states_before
from csdesk.store.connect import Connection
from csdesk.store.rows import next_version, touch
from csdesk.store.words import Words

_SELECT = """
SELECT o.message, m.uid, o.conversation, c.ref, o.inbox, inbox.name, c.thread, agent.name, m.text, o.state,
  o.release_at, o.attempts, o.reason, m.sender = 'auto', m.at, m.author
FROM outbox o JOIN message m ON m.id = o.message JOIN conversation c ON c.id = o.conversation
JOIN inbox ON inbox.id = o.inbox LEFT JOIN agent ON agent.id = m.author
"""


_STATES = Words(Delivery)


def _item(row: tuple[Any, ...]) -> OutboxItem:
    return OutboxItem(
        message=row[0],
        uid=row[1],
        conversation=row[2],
        ref=row[3],
        inbox=row[4],
        inbox_name=row[5],
        thread=row[6],
        agent_name=row[7] or "",
        text=row[8],
        state=_STATES[row[9]],
        release_at=row[10],
        attempts=row[11],
        reason=row[12],
        is_automatic=bool(row[13]),
        written_at=row[14],
        author=row[15],
    )


def _standing(step: Step) -> str:
    """The condition on a row of the outbox that ``step`` may be taken."""
    return "state IN ({})".format(", ".join(f"'{state}'" for state in states_before(step)))


def put(
    connection: Connection,
    message: int,
    conversation: int,
    inbox: int,
    release_at: int,
    *,
    is_offline: bool = False,
) -> None:
    """Hold a message for its inbox until ``release_at``; one written offline also until the hub was heard."""
    connection.execute(
        "INSERT INTO outbox(message, conversation, inbox, state, release_at, is_offline) VALUES(?,?,?,'held',?,?)",
        (message, conversation, inbox, release_at, is_offline),
    )


def put_for_approval(
    connection: Connection, message: int, conversation: int, inbox: int, now_ms: int, approver: str
) -> None:
    """Have a message wait until somebody, ``approver`` by name, approves it: time never lets it go."""
    connection.execute(
        "INSERT INTO outbox(message, conversation, inbox, state, release_at, reason)"
        " VALUES(?,?,?,'approval',?,?)",
        (message, conversation, inbox, now_ms, approver),
    )
    _mark(connection, conversation)


def get(connection: Connection, message: int) -> OutboxItem | None:
    """The outbox entry of a message, or None when it is not on its way."""
    row = connection.execute(f"{_SELECT} WHERE o.message = ?", (message,)).fetchone()
    return _item(row) if row else None


def listed(connection: Connection, after: int | None = None, limit: int = 50) -> list[OutboxItem]:
    """Everything that is not with the customer's channel yet, oldest first."""
    rows = connection.execute(
        f"{_SELECT} WHERE o.message > coalesce(?, -9223372036854775808) ORDER BY o.message LIMIT ?",
        (after, limit),
    ).fetchall()
    return [_item(row) for row in rows]


def unapproved(connection: Connection, author: int | None = None) -> list[OutboxItem]:
    """Replies that wait for approval (of one ``author``), the one that has waited longest first."""
    rows = connection.execute(
        f"{_SELECT} WHERE o.state = 'approval' AND m.author = coalesce(?, m.author) ORDER BY o.release_at, o.message",
        (author,),
    ).fetchall()
    return [_item(row) for row in rows]


def failed_in(connection: Connection, conversation: int) -> list[int]:
    """Ids of the messages of a conversation that failed, oldest first."""
    rows = connection.execute(
        "SELECT message FROM outbox WHERE conversation = ? AND state = 'failed' ORDER BY message",
        (conversation,),
    ).fetchall()
    return [message for (message,) in rows]


def tally(connection: Connection) -> dict[Delivery, int]:
    """How many messages stand at each state."""
    rows = connection.execute("SELECT state, count(*) FROM outbox GROUP BY state").fetchall()
    return {_STATES[state]: number for state, number in rows}


def is_any_due(connection: Connection, inbox: int, now_ms: int) -> bool:
    """Whether something held for the inbox may be let go of now."""
    row = connection.execute(
        "SELECT 1 FROM outbox WHERE state = 'held' AND release_at <= ? AND inbox = ? LIMIT 1", (now_ms, inbox)
    ).fetchone()
    return row is not None


def release_due(connection: Connection, inbox: int, now_ms: int) -> int:
    """Let go of what was held long enough; says how many. From here on a send cannot be undone."""
    rows = connection.execute(
        f"SELECT message, conversation FROM outbox WHERE {_standing(Step.RELEASE)} AND release_at <= ? AND inbox = ?",  # noqa: S608 - fixed texts
        (now_ms, inbox),
    ).fetchall()
    for message, conversation in rows:
        connection.execute("UPDATE outbox SET state = 'queued' WHERE message = ?", (message,))
        touch(connection, conversation)
    return len(rows)


_TO_SEND = f"""{_SELECT}
WHERE o.{_standing(Step.START)} AND NOT o.is_offline AND o.inbox = :inbox AND o.next_try_at <= :now AND NOT EXISTS (
  SELECT 1 FROM outbox e JOIN message earlier ON earlier.id = e.message
  WHERE e.conversation = o.conversation AND e.message < o.message
    AND (e.state = 'held' OR e.state IN ('queued', 'sending') AND e.next_try_at > :now
      OR e.state = 'approval' AND m.sender = 'agent' AND earlier.author = m.author))
ORDER BY o.message LIMIT :limit"""  # noqa: S608 - fixed texts


def to_send(connection: Connection, inbox: int, now_ms: int, limit: int = 20) -> list[OutboxItem]:
    """Queued messages whose turn it is, oldest first.

    One that waits for its next try, or is still held, keeps those behind it in its conversation back: a
    customer reads replies in the order they were written. One that waits for approval keeps back only what
    the same agent wrote: a teacher who answers, or a text by itself, need not wait for it. What was written
    offline waits until it is known what others did meanwhile.
    """
    rows = connection.execute(_TO_SEND, {"inbox": inbox, "now": now_ms, "limit": limit}).fetchall()
    return [_item(row) for row in rows]


def start(connection: Connection, message: int, holder: str) -> bool:
    """The channel is about to be asked; a crash from here on shows as a second attempt.

    False when ``holder`` no longer runs the inbox, or somebody else has sent the message by now.
    """
    changed = connection.execute(
        "UPDATE outbox SET state = 'sending', attempts = attempts + 1 WHERE message = ?"  # noqa: S608 - fixed texts
        f" AND {_standing(Step.START)} AND inbox IN (SELECT inbox FROM lease WHERE holder = ?)",
        (message, holder),
    )
    return bool(changed.rowcount)


def postpone(connection: Connection, message: int, next_try_at: int, reason: str) -> None:
    """It failed in a way that may pass: back to the queue, for later."""
    connection.execute(
        "UPDATE outbox SET state = 'queued', next_try_at = ?, reason = ?"  # noqa: S608 - fixed texts
        f" WHERE message = ? AND {_standing(Step.POSTPONE)}",
        (next_try_at, reason, message),
    )
    _touch_of(connection, message)


def fail(connection: Connection, message: int, reason: str) -> None:
    """It failed for good; a person decides."""
    connection.execute(
        f"UPDATE outbox SET state = 'failed', reason = ? WHERE message = ? AND {_standing(Step.FAIL)}",  # noqa: S608 - fixed texts
        (reason, message),
    )
    _mark(connection, _touch_of(connection, message))


def bounced(connection: Connection, message: int, reason: str) -> None:
    """The channel took it and says now that it never arrived: shown as failed, for a person to decide."""
    connection.execute(
        "INSERT INTO outbox(message, conversation, inbox, state, release_at, reason)"
        " SELECT m.id, c.id, c.inbox, 'failed', m.at, ? FROM message m"
        " JOIN conversation c ON c.id = m.conversation WHERE m.id = ?"
        " ON CONFLICT(message) DO UPDATE SET state = 'failed', reason = excluded.reason",
        (reason, message),
    )
    _mark(connection, _touch_of(connection, message))


def retry(connection: Connection, message: int) -> None:
    """Queue again, at once, what failed or needed another look; what nobody has approved waits for that again."""
    row = connection.execute("SELECT delivery FROM message WHERE id = ?", (message,)).fetchone()
    is_approved = row is None or row[0] != Delivery.APPROVAL
    connection.execute(
        "UPDATE outbox SET state = ?, next_try_at = 0, attempts = 0, reason = NULL"  # noqa: S608 - fixed texts
        f" WHERE message = ? AND {_standing(Step.RETRY)}",
        (after(Delivery.FAILED, Step.RETRY, is_approved=is_approved), message),
    )
    _mark(connection, _touch_of(connection, message))


def keep_back(connection: Connection, message: int) -> None:
    """Others worked on its conversation since it was written: a person looks again before it may leave."""
    connection.execute(
        f"UPDATE outbox SET state = 'look', reason = NULL WHERE message = ? AND {_standing(Step.LOOK)}",  # noqa: S608 - fixed texts
        (message,),
    )
    _mark(connection, _touch_of(connection, message))


def approve(connection: Connection, message: int) -> bool:
    """Queue what waited for approval; False when it does not wait for that any more."""
    changed = connection.execute(
        "UPDATE outbox SET state = 'queued', reason = NULL"  # noqa: S608 - fixed texts
        f" WHERE message = ? AND {_standing(Step.APPROVE)}",
        (message,),
    )
    _mark(connection, _touch_of(connection, message))
    return bool(changed.rowcount)


def drop(connection: Connection, message: int) -> None:
    """It is sent, or taken back: not on its way any more."""
    conversation = _touch_of(connection, message)
    connection.execute("DELETE FROM outbox WHERE message = ?", (message,))
    _mark(connection, conversation)


_SIGNS = {Delivery.FAILED: Mark.FAILED, Delivery.APPROVAL: Mark.APPROVAL, Delivery.LOOK: Mark.LOOK}


def _mark(connection: Connection, conversation: int) -> None:
    """Show or hide in the queue that something failed, or waits for approval."""
    for state, mark in _SIGNS.items():
        connection.execute(
            "UPDATE conversation SET marks = (marks | :bit) - (marks & :bit), version = :version WHERE id = :id AND"
            " ((marks & :bit) <> 0) IS NOT"
            " (EXISTS (SELECT 1 FROM outbox WHERE conversation = :id AND state = :state))",
            {
                "bit": int(mark),
                "state": state,
                "version": next_version(connection),
                "id": conversation,
            },
        )


def _touch_of(connection: Connection, message: int) -> int:
    row = connection.execute("SELECT conversation FROM outbox WHERE message = ?", (message,)).fetchone()
    if row is None:
        return 0
    touch(connection, row[0])
    return int(row[0])


def lease_of(connection: Connection, inbox: int) -> tuple[str, int] | None:
    """Who runs an inbox and until when, or None when nobody does."""
    row = connection.execute("SELECT holder, until FROM lease WHERE inbox = ?", (inbox,)).fetchone()
    return (row[0], row[1]) if row else None


def take_lease(
    connection: Connection, inbox: int, holder: str, until: int, *, instead_of: str | None
) -> bool:
    """Make ``holder`` the inbox's runner, provided its runner still is ``instead_of`` (None: nobody)."""
    current = lease_of(connection, inbox)
    if current is not None and current[0] not in (holder, instead_of):
        return False
    connection.execute(
        "INSERT INTO lease(inbox, holder, until) VALUES(?,?,?) ON CONFLICT(inbox)"
        " DO UPDATE SET holder = excluded.holder, until = excluded.until",
        (inbox, holder, until),
    )
    return True


def give_leases_back(connection: Connection, holder: str) -> None:
    """A runner that ends lets the next one start at once."""
    connection.execute("DELETE FROM lease WHERE holder = ?", (holder,))
