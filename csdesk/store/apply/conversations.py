"""Conversations: who has them, where they stand, since when somebody waits."""

from __future__ import annotations

from typing import Any

from csdesk.ids import ref_of
from csdesk.model.operation import Operation
from csdesk.store import log, redaction
from csdesk.store.apply import headings
from csdesk.store.apply.rows import find, need, next_version, time_id, update
from csdesk.store.connect import Connection


def opened(connection: Connection, operation: Operation) -> None:
    body = operation.body
    contact = need(connection, "contact", body["contact"])
    name, tier = connection.execute("SELECT name, tier FROM contact WHERE id=?", (contact,)).fetchone()
    connection.execute(
        "INSERT INTO conversation(uid, ref, version, source, source_id, thread, lang, inbox, contact,"
        " contact_name, tier, subject, stage, opened_at, updated_at) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            operation.ent,
            ref_of(operation.ent),
            next_version(connection),
            body.get("source"),
            body.get("source_id"),
            body.get("thread"),
            body.get("lang"),
            need(connection, "inbox", body["inbox"]),
            contact,
            name,
            tier,
            body.get("subject", ""),
            body.get("stage"),
            body["at"],
            body["at"],
        ),
    )


def claimed(connection: Connection, operation: Operation) -> None:
    agent = need(connection, "agent", operation.body["agent"])
    _change(connection, operation, assignee=agent, epoch=operation.arg or 0)


def released(connection: Connection, operation: Operation) -> None:
    _change(connection, operation, assignee=None, epoch=operation.arg or 0)


def transferred(connection: Connection, operation: Operation) -> None:
    body = operation.body
    to_agent = find(connection, "agent", body.get("to_agent"))
    to_team = find(connection, "team", body.get("to_team"))
    conversation = need(connection, "conversation", operation.ent)
    connection.execute(
        "INSERT INTO transfer(uid, conversation, at, by_agent, to_agent, to_team, reason) VALUES(?,?,?,?,?,?,?)",
        (
            bytes.fromhex(body["uid"]),
            conversation,
            body["at"],
            find(connection, "agent", body.get("by")),
            to_agent,
            to_team,
            body.get("reason", ""),
        ),
    )
    changes: dict[str, Any] = {"assignee": to_agent, "epoch": operation.arg or 0}
    if to_team is not None:
        changes["team"] = to_team
    _change(connection, operation, **changes)


def resolved(connection: Connection, operation: Operation) -> None:
    _change(
        connection,
        operation,
        status="resolved",
        resolved_at=operation.body["at"],
        snooze_kind=None,
        snooze_until=None,
        **_end_of_wait(connection, operation),
    )


def snoozed(connection: Connection, operation: Operation) -> None:
    body = operation.body
    _change(
        connection,
        operation,
        status="snoozed",
        snooze_kind=body["kind"],
        snooze_until=body.get("until"),
        **_end_of_wait(connection, operation),
    )


def _end_of_wait(connection: Connection, operation: Operation) -> dict[str, Any]:
    """Nobody waits any more; where the wait had begun is kept for the one who opens it again."""
    status, floor, prior = _standing(connection, operation)
    return {
        "waiting_since": None,
        "wait_floor": operation.hlc,
        "prior_floor": floor if status == "open" else prior,
    }


def _standing(connection: Connection, operation: Operation) -> tuple[str, int, int]:
    """Status, wait_floor and prior_floor of the operation's conversation before it."""
    conversation = need(connection, "conversation", operation.ent)
    row = connection.execute(
        "SELECT status, wait_floor, prior_floor FROM conversation WHERE id = ?", (conversation,)
    ).fetchone()
    return (row[0], row[1], row[2])


def reopened(connection: Connection, operation: Operation) -> None:
    _open_again(connection, operation)


def woken(connection: Connection, operation: Operation) -> None:
    _open_again(connection, operation)


def _open_again(connection: Connection, operation: Operation) -> None:
    """A person who opens it again owes the old answer still; a customer who writes starts a new wait."""
    status, _floor, prior = _standing(connection, operation)
    is_again = operation.body.get("cause") != "customer" and status != "open"
    changes: dict[str, Any] = {"wait_floor": prior} if is_again else {}
    conversation = _change(
        connection,
        operation,
        status="open",
        resolved_at=None,
        snooze_kind=None,
        snooze_until=None,
        **changes,
    )
    if is_again:
        recompute_waiting(connection, conversation)


def restored(connection: Connection, operation: Operation) -> None:
    """An undo: the named columns as they were, and the undone event gone from the line of time."""
    body = operation.body
    before = body["before"]
    conversation = _change(
        connection,
        operation,
        show=False,
        status=before["status"],
        assignee=find(connection, "agent", before["assignee"]),
        team=find(connection, "team", before["team"]),
        epoch=operation.arg or 0,
        resolved_at=before["resolved_at"],
        snooze_kind=before["snooze_kind"],
        snooze_until=before["snooze_until"],
        wait_floor=before["wait_floor"],
    )
    connection.execute(
        "DELETE FROM event WHERE id=(SELECT max(id) FROM event WHERE conversation=? AND kind=?)",
        (conversation, body["undid"]),
    )
    if "transfer" in body:
        connection.execute("DELETE FROM transfer WHERE uid=?", (bytes.fromhex(body["transfer"]),))
    recompute_waiting(connection, conversation)


def labelled(connection: Connection, operation: Operation) -> None:
    name = operation.body.get("label")
    if name is None:  # erased
        return
    connection.execute("INSERT INTO label(name) VALUES(?) ON CONFLICT DO NOTHING", (name,))
    conversation = _change(connection, operation, show=False)
    connection.execute(
        "INSERT INTO conversation_label(conversation, label)"
        " SELECT ?, id FROM label WHERE name=? ON CONFLICT DO NOTHING",
        (conversation, name),
    )


def unlabelled(connection: Connection, operation: Operation) -> None:
    if "label" not in operation.body:  # erased
        return
    conversation = _change(connection, operation, show=False)
    connection.execute(
        "DELETE FROM conversation_label WHERE conversation=? AND label=(SELECT id FROM label WHERE name=?)",
        (conversation, operation.body["label"]),
    )


def prioritised(connection: Connection, operation: Operation) -> None:
    _change(connection, operation, show=False, priority=operation.body["priority"])


def edited(connection: Connection, operation: Operation) -> None:
    known = ("subject", "stage", "lang")
    changes = {field: operation.body[field] for field in known if field in operation.body}
    if "subject" in changes:
        headings.take(connection, need(connection, "conversation", operation.ent))
    conversation = _change(connection, operation, show=False, **changes)
    if "subject" in changes:
        headings.put(connection, conversation)


def _change(connection: Connection, operation: Operation, *, show: bool = True, **values: Any) -> int:
    """Set columns of the operation's conversation, and show the fact in its line of time."""
    conversation = need(connection, "conversation", operation.ent)
    update(connection, "conversation", conversation, {"version": next_version(connection), **values})
    if show:
        put_event(connection, operation, conversation)
    return conversation


def put_event(connection: Connection, operation: Operation, conversation: int) -> None:
    """Show a fact in a conversation's line of time."""
    at = operation.body["at"]
    connection.execute(
        "INSERT INTO event(id, conversation, kind, at, agent, body) VALUES(?,?,?,?,?,?)",
        (
            time_id(connection, at),
            conversation,
            operation.kind,
            at,
            find(connection, "agent", operation.body.get("by")),
            log.encode_body(redaction.facts(operation.body)),
        ),
    )


def recompute_waiting(connection: Connection, conversation: int) -> None:
    """Waiting since = the first customer message after the last human reply, while it is open.

    After means stored after: a mail that was written before the reply and arrived behind it was
    not answered by it.
    """
    connection.execute(
        """
        UPDATE conversation SET waiting_since = CASE WHEN status = 'open' THEN (
          SELECT at FROM message WHERE conversation = :id AND sender = 'customer'
            AND hlc > max(conversation.wait_floor, coalesce(
              (SELECT max(hlc) FROM message WHERE conversation = :id AND sender = 'agent'), 0))
          ORDER BY hlc LIMIT 1) END
        WHERE id = :id""",
        {"id": conversation},
    )
