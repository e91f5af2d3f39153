"""Conversations: who has them, where they stand, since when somebody waits."""

from __future__ import annotations

from typing import Any

from csdesk.ids import ref_of
from csdesk.model.conversation import SnoozeKind
from csdesk.model.operation import Operation
from csdesk.store import labels
from csdesk.store.apply import headings, who
from csdesk.store.apply.batch import Batch, Talk
from csdesk.store.apply.waits import recompute_waiting
from csdesk.store.rows import MissingEntity, as_uid


def opened(batch: Batch, operation: Operation) -> None:
    body = operation.body
    if batch.shared is not None:
        if batch.has_talk(operation.ent):
            return  # two desks read one file
        body = _without_taken_keys(batch, body)
    uid = body["contact"]
    row = batch.connection.execute(_CONTACT, (as_uid(uid),)).fetchone()
    if row is None:
        raise MissingEntity(f"contact {uid}")
    owner, contact, is_joined, *facts = row
    known = who.known_as(batch.connection, contact) if is_joined else who.Known(*facts)
    values = {
        "ref": ref_of(operation.ent),
        "version": batch.next_version(),
        "source": body.get("source"),
        "source_id": body.get("source_id"),
        "thread": body.get("thread"),
        "lang": body.get("lang"),
        "inbox": batch.find("inbox", body["inbox"]),
        "contact": contact,
        "owner": None if owner == contact else owner,
        **known._asdict(),
        "subject": body.get("subject", ""),
        "stage": body.get("stage"),
        "opened_at": body["at"],
        "updated_at": body["at"],
    }
    batch.open(operation.ent, values)


def _without_taken_keys(batch: Batch, body: dict[str, Any]) -> dict[str, Any]:
    """``body`` without a thread or a source's number that another conversation has."""
    shared, connection = batch.shared, batch.connection
    assert shared is not None  # noqa: S101 - asked for there only
    inbox = batch.find("inbox", body["inbox"])
    if shared.is_key_taken(connection, "thread", inbox, body.get("thread")):
        body = {**body, "thread": None}
    if shared.is_key_taken(connection, "source_id", body.get("source"), body.get("source_id")):
        body = {**body, "source_id": None}
    return body


_CONTACT = """
SELECT id, coalesce(survivor, id), survivor IS NOT NULL OR EXISTS (SELECT 1 FROM contact o WHERE o.survivor = c.id),
  name, '', tier, is_blocked
FROM contact c WHERE uid = ?
"""


def claimed(batch: Batch, operation: Operation) -> None:
    if is_void(batch, operation):
        return
    agent = batch.find("agent", operation.body["agent"])
    _end_offer(batch, change(batch, operation, assignee=agent, epoch=epoch_of(batch, operation)))


def released(batch: Batch, operation: Operation) -> None:
    if not is_void(batch, operation):
        _end_offer(batch, change(batch, operation, assignee=None, epoch=epoch_of(batch, operation)))


def _end_offer(batch: Batch, talk: Talk) -> None:
    """Who has it has changed, or it is done: nobody is asked any more whether they take it."""
    if not talk.is_new:
        batch.connection.execute("DELETE FROM offer WHERE conversation = ?", (talk.id,))


def is_void(batch: Batch, operation: Operation) -> bool:
    """Whether another desk won what the operation wanted: then only its number counts, as one that was used."""
    if batch.shared is None or not batch.shared.is_void(operation):
        return False
    change(batch, operation, show=False, epoch=epoch_of(batch, operation))
    return True


def epoch_of(batch: Batch, operation: Operation) -> int:
    """The highest number seen: of desks that did not know of each other the later may bring the lower one."""
    seen: int = batch.talk(operation.ent).values["epoch"]
    return max(seen, operation.arg or 0)


def transferred(batch: Batch, operation: Operation) -> None:
    if is_void(batch, operation):
        return
    body = operation.body
    to_agent = batch.find("agent", body.get("to_agent"))
    to_team = batch.find("team", body.get("to_team"))
    changes: dict[str, Any] = {"assignee": to_agent, "epoch": epoch_of(batch, operation)}
    if to_team is not None:
        changes["team"] = to_team
    talk = change(batch, operation, **changes)
    _end_offer(batch, talk)
    conversation = talk.id
    batch.write()
    batch.connection.execute(
        "INSERT INTO transfer(uid, conversation, at, by_agent, to_agent, to_team, reason) VALUES(?,?,?,?,?,?,?)",
        (
            bytes.fromhex(body["uid"]),
            conversation,
            body["at"],
            batch.find("agent", body.get("giver") or body.get("by")),
            to_agent,
            to_team,
            body.get("reason", ""),
        ),
    )


def _was_not_all_seen(batch: Batch, operation: Operation) -> bool:
    """Whether the customer had written what nobody knew who put the conversation away: then it stays open.

    Whether they are blocked is not asked: that is said of the contact, and may come before or after this.
    """
    seen = operation.body.get("seen")
    if batch.shared is None or seen is None:
        return False
    number = batch.talk(operation.ent).id
    batch.write()
    row = batch.connection.execute(
        "SELECT count(*) FROM message WHERE conversation = ? AND sender = 'customer'", (number,)
    ).fetchone()
    return bool(row[0] > seen)


def resolved(batch: Batch, operation: Operation) -> None:
    if _was_not_all_seen(batch, operation):
        return
    talk = change(
        batch,
        operation,
        status="resolved",
        resolved_at=operation.body["at"],
        snooze_kind=None,
        snooze_until=None,
        **_end_of_wait(batch, operation),
    )
    _end_offer(batch, talk)


def snoozed(batch: Batch, operation: Operation) -> None:
    if _was_not_all_seen(batch, operation):
        return
    kind, until = operation.body["kind"], operation.body.get("until")
    if kind == SnoozeKind.UNTIL and until is None:
        raise ValueError("snoozed until no time")
    change(
        batch,
        operation,
        status="snoozed",
        snooze_kind=kind,
        snooze_until=until,
        **_end_of_wait(batch, operation),
    )


def _end_of_wait(batch: Batch, operation: Operation) -> dict[str, Any]:
    """Nobody waits any more; where the wait had begun is kept for the one who opens it again."""
    row = batch.talk(operation.ent).values
    return {
        "waiting_since": None,
        "wait_floor": operation.hlc,
        "prior_floor": row["wait_floor"] if row["status"] == "open" else row["prior_floor"],
    }


def reopened(batch: Batch, operation: Operation) -> None:
    _open_again(batch, operation)


def woken(batch: Batch, operation: Operation) -> None:
    if batch.shared is not None and batch.talk(operation.ent).values["status"] != "snoozed":
        return  # each desk wakes what is due: once is enough
    _open_again(batch, operation)


def _open_again(batch: Batch, operation: Operation) -> None:
    """A person who opens it again owes the old answer still; a customer who writes starts a new wait."""
    row = batch.talk(operation.ent).values
    is_again = operation.body.get("cause") != "customer" and row["status"] != "open"
    changes: dict[str, Any] = {"wait_floor": row["prior_floor"]} if is_again else {}
    talk = change(
        batch,
        operation,
        status="open",
        resolved_at=None,
        snooze_kind=None,
        snooze_until=None,
        **changes,
    )
    if is_again:
        batch.write()
        recompute_waiting(batch.connection, talk.id)


def restored(batch: Batch, operation: Operation) -> None:
    """An undo: the named columns as they were, and the undone event gone from the line of time."""
    body = operation.body
    before = body["before"]
    is_lost = batch.shared is not None and batch.shared.is_void(operation)
    owner = {
        "assignee": batch.find("agent", before["assignee"]),
        "team": batch.find("team", before["team"]),
    }
    conversation = change(
        batch,
        operation,
        show=False,
        status=before["status"],
        **({} if is_lost else owner),
        epoch=epoch_of(batch, operation),
        resolved_at=before["resolved_at"],
        snooze_kind=before["snooze_kind"],
        snooze_until=before["snooze_until"],
        wait_floor=before["wait_floor"],
    ).id
    batch.refresh()
    connection = batch.connection
    if not is_lost:
        connection.execute("DELETE FROM offer WHERE conversation = ?", (conversation,))
    connection.execute(
        "DELETE FROM event WHERE id=(SELECT max(id) FROM event WHERE conversation=? AND kind=?)",
        (conversation, body["undid"]),
    )
    if "transfer" in body:
        connection.execute("DELETE FROM transfer WHERE uid=?", (bytes.fromhex(body["transfer"]),))
    recompute_waiting(connection, conversation)


def labelled(batch: Batch, operation: Operation) -> None:
    name = operation.body.get("label")
    if name is None:  # erased
        return
    batch.connection.execute("INSERT INTO label(name) VALUES(?) ON CONFLICT DO NOTHING", (name,))
    batch.labels.append((change(batch, operation, show=False).id, name, *operation[:2]))


def unlabelled(batch: Batch, operation: Operation) -> None:
    if "label" not in operation.body:  # erased
        return
    conversation = change(batch, operation, show=False).id
    batch.write()
    labels.take_off(batch.connection, "conversation", conversation, operation)


def prioritised(batch: Batch, operation: Operation) -> None:
    change(batch, operation, show=False, priority=operation.body["priority"])


def edited(batch: Batch, operation: Operation) -> None:
    known = ("subject", "stage", "lang")
    changes = {field: operation.body[field] for field in known if field in operation.body}
    told = {field: operation.body[field] for field in _TOLD if field in operation.body}
    if "stage" in told and "before" in told:
        batch.show(operation._replace(body=told), batch.talk(operation.ent).id)
    if "subject" not in changes:
        change(batch, operation, show=False, **changes)
        return
    conversation = batch.talk(operation.ent).id
    batch.write()
    headings.take(batch.connection, conversation)
    change(batch, operation, show=False, **changes)
    batch.write()
    headings.put(batch.connection, conversation)


_TOLD = ("stage", "before", "by", "at")
"""What the line of time says of a conversation that came to another stage of the sale."""


def change(batch: Batch, operation: Operation, *, show: bool = True, **values: Any) -> Talk:
    """Set columns of the operation's conversation, and show the fact in its line of time."""
    talk = batch.talk(operation.ent)
    talk.set(version=batch.next_version(), **values)
    if show:
        batch.show(operation, talk.id)
    return talk
