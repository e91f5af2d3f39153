"""Messages that one desk wrote and another sends: on a hub one desk at a time sends for an inbox.

Who has an inbox's hub lease finds in its outbox what everybody wrote there. Before a message is handed to the
channel ``sending`` is stated; whoever takes the inbox over and finds that, from another desk and with nothing
behind it, cannot know whether the customer has the message: a person decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from csdesk.model.message import Delivery, Sender
from csdesk.model.operation import Kind
from csdesk.store import about, joined, outbox
from csdesk.store.connect import Connection
from csdesk.store.log import Stored, decode_body
from csdesk.store.rows import touch
from csdesk.store.writer import Transaction

_OUTGOING = frozenset({Sender.AGENT.value, Sender.AUTO.value})
_ARRIVED = frozenset({Delivery.SENT.value, Delivery.DELIVERED.value, Delivery.READ.value})


def follow(connection: Connection, own_desk: int, rows: Iterable[Stored], now_ms: int) -> None:
    """Have the outbox say what others wrote and sent, once the rows say it."""
    sends = connection.execute(_ANY_LEASE, (now_ms,)).fetchone() is not None
    for row in rows:
        if row.desk == own_desk:
            continue
        if row.kind == Kind.MESSAGE_ADDED:
            if sends or '"approval"' in row.body:  # nothing else is of interest to who sends nothing
                _written(connection, row, now_ms)
        elif row.kind == Kind.MESSAGE_DELIVERED:
            _delivered(connection, row, now_ms)


_ANY_LEASE = "SELECT 1 FROM hub_lease WHERE until > ? LIMIT 1"


def _body(row: Stored) -> dict[str, Any]:
    try:
        body = decode_body(row.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _written(connection: Connection, row: Stored, now_ms: int) -> None:
    body = _body(row)
    if body.get("from") not in _OUTGOING or "delivery" not in body:
        return
    if "approval" in body:
        connection.execute(_FOR_APPROVAL, {"uid": row.ent, "now": now_ms, "approver": body["approval"]})
    elif not body.get("offline"):
        connection.execute(_HOLD, {"uid": row.ent, "now": now_ms})


_HOLD = """
INSERT INTO outbox(message, conversation, inbox, state, release_at)
  SELECT m.id, c.id, c.inbox, 'held', m.at + iif(m.sender = 'agent', inbox.hold_ms, 0)
  FROM message m JOIN conversation c ON c.id = m.conversation JOIN inbox ON inbox.id = c.inbox
  JOIN hub_lease l ON l.inbox = c.inbox
  WHERE m.uid = :uid AND m.delivery = 'queued' AND l.until > :now
ON CONFLICT DO NOTHING
"""
_FOR_APPROVAL = """
INSERT INTO outbox(message, conversation, inbox, state, release_at, reason)
  SELECT m.id, c.id, c.inbox, 'approval', :now, (SELECT name FROM agent WHERE uid = unhex(:approver))
  FROM message m JOIN conversation c ON c.id = m.conversation WHERE m.uid = :uid AND m.delivery = 'approval'
ON CONFLICT DO NOTHING
"""


def _delivered(connection: Connection, row: Stored, now_ms: int) -> None:
    """What another desk did with a message; one that has gone out is on its way no more."""
    body, known = _body(row), {"uid": row.ent, "now": now_ms}
    state = body.get("state")
    if state in _ARRIVED:
        connection.execute(_GONE, known)
    elif state == Delivery.FAILED:
        connection.execute(_FAILED, {**known, "reason": body.get("reason", "")})
    elif state == Delivery.QUEUED:
        connection.execute(_AGAIN, known)
        connection.execute(_HOLD, known)
    else:
        return
    found = connection.execute("SELECT conversation FROM message WHERE uid = ?", (row.ent,)).fetchone()
    if found is not None:
        touch(connection, found[0])


_MESSAGE = "(SELECT id FROM message WHERE uid = :uid)"
_GONE = f"DELETE FROM outbox WHERE message = {_MESSAGE}"  # noqa: S608 - fixed texts
_FAILED = f"UPDATE outbox SET state = 'failed', reason = :reason WHERE message = {_MESSAGE}"  # noqa: S608 - fixed texts
_AGAIN = f"""
UPDATE outbox SET state = 'queued', reason = NULL, next_try_at = 0
WHERE message = {_MESSAGE} AND state IN ('approval', 'failed')
"""  # noqa: S608 - fixed texts


def take_over(tx: Transaction, inboxes: Sequence[int]) -> int:
    """This desk sends for ``inboxes`` (local ids) from now on: what others wrote and nobody sent is put into the
    outbox; how much that is."""
    count = 0
    for inbox in inboxes:
        rows = tx.connection.execute(_UNDELIVERED, (inbox,)).fetchall()
        for message, uid, conversation, talk, release_at, delivery in rows:
            if delivery == Delivery.SENDING:
                state = Delivery.QUEUED if last_word(tx.connection, bytes(uid)) == tx.desk else Delivery.LOOK
            elif _waits_for_its_author(tx.connection, bytes(uid), bytes(talk)):
                continue
            else:
                state = Delivery.HELD
            tx.connection.execute(_PUT, (message, conversation, inbox, state, release_at))
            count += 1
    return count


_UNDELIVERED = """
SELECT m.id, m.uid, c.id, c.uid, m.at + iif(m.sender = 'agent', inbox.hold_ms, 0), m.delivery
FROM message m JOIN conversation c ON c.id = m.conversation JOIN inbox ON inbox.id = c.inbox
WHERE m.delivery IN ('queued', 'sending') AND c.inbox = ?
  AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.message = m.id)
"""
_PUT = "INSERT INTO outbox(message, conversation, inbox, state, release_at) VALUES(?,?,?,?,?)"


def last_word(connection: Connection, message: bytes) -> int | None:
    """The desk that said last how far a message has come; None when none has."""
    found = [row for row in about.operations(connection, [message]) if row.kind == Kind.MESSAGE_DELIVERED]
    return found[-1].desk if found else None


def _waits_for_its_author(connection: Connection, message: bytes, talk: bytes) -> bool:
    """Whether a message was written offline, and its desk has not said since that it still stands."""
    if last_word(connection, message) is not None:
        return False
    added = [row for row in about.operations(connection, [talk]) if row.ent == message]
    return any(_body(row).get("offline") for row in added)


def has_offline(connection: Connection) -> bool:
    """Whether something was written offline that nothing has come between since."""
    return connection.execute(f"{_OFFLINE} LIMIT 1").fetchone() is not None


def let_go(tx: Transaction) -> int:
    """This desk knows all that others did: what it wrote offline, and still stands, may leave; how much that is."""
    rows = tx.connection.execute(_OFFLINE).fetchall()
    for (message,) in rows:
        let_go_of(tx, message)
    return len(rows)


_OFFLINE = "SELECT message FROM outbox WHERE is_offline AND state IN ('held', 'queued') ORDER BY message"


def let_go_of(tx: Transaction, message: int) -> None:
    """What was written offline may leave after all: whoever sends for its inbox is told."""
    tx.connection.execute("UPDATE outbox SET is_offline = 0 WHERE message = ?", (message,))
    (uid,) = tx.connection.execute("SELECT uid FROM message WHERE id = ?", (message,)).fetchone()
    tx.record(Kind.MESSAGE_DELIVERED, bytes(uid), {"state": Delivery.QUEUED, "at": tx.now_ms})


def retry(tx: Transaction, message: int) -> None:
    """Queue a failed message again, at once; with a hub whoever sends for its inbox is told."""
    outbox.retry(tx.connection, message)
    row = tx.connection.execute("SELECT state FROM outbox WHERE message = ?", (message,)).fetchone()
    if tx.home_scope is not None and row is not None and row[0] == Delivery.QUEUED:
        let_go_of(tx, message)


def may_send_for(connection: Connection, now_ms: int) -> frozenset[int] | None:
    """The inboxes (local ids) that this desk may send for by the hub's word; None without a hub: any."""
    if joined.home_scope(connection) is None:
        return None
    rows = connection.execute("SELECT inbox FROM hub_lease WHERE until > ?", (now_ms,)).fetchall()
    return frozenset(inbox for (inbox,) in rows)


def is_judged(connection: Connection, conversation: int) -> bool:
    """Whether the hub has all that this desk said of who has the conversation: until then it may be another's."""
    row = connection.execute(_UNJUDGED, (conversation,)).fetchone()
    return row is None


_UNJUDGED = """
SELECT 1 FROM op INDEXED BY op_claim
WHERE ent = (SELECT uid FROM conversation WHERE id = ?) AND arg IS NOT NULL
  AND desk = (SELECT value FROM meta WHERE key = 'desk') AND dseq > (SELECT acked FROM hub) LIMIT 1
"""


def begin(tx: Transaction, message: int) -> bool:
    """State that a message is being sent; False where another desk stated that before, and nothing since: then it
    needs another look."""
    uid, delivery = tx.connection.execute(
        "SELECT uid, delivery FROM message WHERE id = ?", (message,)
    ).fetchone()
    if delivery == Delivery.SENDING:
        if last_word(tx.connection, bytes(uid)) == tx.desk:
            return True
        tx.connection.execute("UPDATE outbox SET state = ? WHERE message = ?", (Delivery.LOOK, message))
        return False
    tx.record(Kind.MESSAGE_DELIVERED, bytes(uid), {"state": Delivery.SENDING, "at": tx.now_ms})
    return True
