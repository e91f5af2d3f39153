"""Messages, what became of them, and the search index that is written beside them."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from csdesk.model.conversation import Status
from csdesk.model.message import Delivery, Sender
from csdesk.model.operation import Kind, Operation
from csdesk.store.apply import conversations, headings
from csdesk.store.apply.batch import FATE, PUT_MESSAGE, Batch, Talk
from csdesk.store.apply.waits import recompute_waiting
from csdesk.store.connect import Connection
from csdesk.store.rows import MissingEntity, as_uid, first_id, need, next_version, touch
from csdesk.store.tokens import index_text
from csdesk.text import clean_line

PREVIEW_CHARS = 120
FILL_BATCH = 2_000


def added(batch: Batch, operation: Operation) -> None:
    added_many(batch, (operation,))


def added_many(batch: Batch, operations: Sequence[Operation]) -> None:
    """Store a run of messages of one conversation: the rows that one after the other would make."""
    uid = as_uid(operations[0].body["conversation"])
    if batch.shared is None:
        _add(batch, uid, operations)
        return
    talk = batch.talk(uid)
    is_crossed = batch.shared.instant.is_shared(uid, operations)
    fresh = _first_of_each(batch, talk.id, operations)
    place = None if talk.values["status"] == Status.OPEN else _waking(fresh)
    if place is not None:
        _add(batch, uid, fresh[:place])
        body = {"at": fresh[place].body["at"], "cause": "customer"}
        waking = fresh[place]._replace(kind=Kind.CONVERSATION_REOPENED, ent=uid, body=body)
        conversations.reopened(batch, waking)
        fresh = fresh[place:]
    _add(batch, uid, fresh)
    if is_crossed:
        batch.write()
        recompute_waiting(batch.connection, talk.id)


def _waking(operations: Sequence[Operation]) -> int | None:
    """The first message of a customer whose desk did not know that the conversation was put away."""
    return next((place for place, each in enumerate(operations) if each.body.get("wakes")), None)


def _add(batch: Batch, uid: bytes, operations: Sequence[Operation]) -> None:
    if not operations:
        return
    talk = batch.talk(uid)
    bodies = [operation.body for operation in operations]
    last = talk.values["last_message"]
    if last is not None and first_id(min(body["at"] for body in bodies)) <= last:
        batch.write()  # they come late: where they belong is asked of the rows
        talk = batch.talk(uid)
    ids = batch.time_ids(talk.id, [body["at"] for body in bodies])
    _put_heading(batch, talk, ids[0])
    _count_in(batch, talk, ids, bodies)
    rows = [
        _row(batch, talk.id, number, operation) for number, operation in zip(ids, operations, strict=True)
    ]
    batch.messages += rows
    batch.said |= {row[1]: (talk, row[10]) for row in rows}
    for body in bodies:
        if "episode" in body:
            batch.told += _told(batch, talk.id, body)
    if batch.is_indexing:
        batch.words += [
            (number, index_text(body.get("text", ""))) for number, body in zip(ids, bodies, strict=True)
        ]


def _first_of_each(batch: Batch, conversation: int, operations: Sequence[Operation]) -> list[Operation]:
    """The messages that are not here yet; of those that a channel numbered alike the first has the number."""
    shared = batch.shared
    assert shared is not None  # noqa: S101 - asked for there only
    fresh = shared.not_here(batch.connection, operations)
    for place, operation in enumerate(fresh):
        external_id = operation.body.get("external_id")
        if external_id is None or operation.body["from"] != Sender.CUSTOMER:
            continue
        if shared.is_given(batch.connection, conversation, external_id):
            fresh[place] = operation._replace(body={**operation.body, "external_id": None})
    return fresh


def _told(batch: Batch, conversation: int, body: dict[str, Any]) -> list[tuple[Any, ...]]:
    """What an automatic text told: its rule's episode, and the shop notice below it.

    The episode is the author's own, or nobody's where there is none.
    """
    owner = batch.find("agent", body.get("author"))
    rows = [(conversation, body["rule"], owner or 0, body["episode"], body.get("wait"), body["at"])]
    if "notice" in body:
        rows.append((conversation, "notice", 0, body["notice"], body.get("wait"), body["at"]))
    return rows


def _put_heading(batch: Batch, talk: Talk, message: int) -> None:
    """Have the heading, if there is none yet, on the oldest message; ``message`` is the first new one."""
    name, subject = talk.values["contact_name"] + talk.values["also_known"], talk.values["subject"]
    if talk.values["heading"] is not None or not (name or subject):
        return
    if talk.values["last_message"] is not None:
        oldest = "SELECT min(id) FROM message WHERE conversation = ?"
        (first,) = batch.connection.execute(oldest, (talk.id,)).fetchone()
        message = min(message, first)
    talk.set(heading=message)
    if batch.is_indexing:
        batch.headings.append((message, index_text(name), index_text(subject)))


def _row(batch: Batch, conversation: int, number: int, operation: Operation) -> tuple[Any, ...]:
    body = operation.body
    get = body.get
    author = get("author")
    return (
        number,
        operation.ent,
        conversation,
        _SENDERS[body["from"]],
        None if author is None else batch.find("agent", author),
        get("author_name", ""),
        get("text", ""),
        body["at"],
        int(get("assumed", False)),
        operation.hlc,
        Delivery.APPROVAL.value if "approval" in body else get("delivery"),
        get("external_id"),
        get("rule"),
    )


_SENDERS = {sender.value: sender.value for sender in Sender}
_SYSTEM, _CUSTOMER, _AGENT = Sender.SYSTEM.value, Sender.CUSTOMER.value, Sender.AGENT.value
_BY_RULES = (Sender.AUTO.value, Sender.NOTE.value)
"""Plain texts: asked for with every message, a member of an enumeration costs four times as much."""


def _count_in(batch: Batch, talk: Talk, ids: Sequence[int], bodies: Sequence[dict[str, Any]]) -> None:
    """Bring the conversation up to its new messages: counters, preview, waiting."""
    row = talk.values
    shown = _newest_shown(batch.connection, talk, ids, bodies)
    if shown is not None:
        talk.set(preview=_preview(shown.get("text", "")), preview_from=_SENDERS[shown["from"]])
    newest = max(ids)
    last = row["last_message"]
    talk.set(
        version=batch.next_version(len(ids)),
        message_count=row["message_count"] + len(ids),
        last_message=newest if last is None else max(last, newest),
        updated_at=max(row["updated_at"], *(body["at"] for body in bodies)),
        waiting_since=_waiting(
            row["status"] == "open" and not row["is_blocked"], row["waiting_since"], bodies
        ),
    )


def _newest_shown(
    connection: Connection, talk: Talk, ids: Sequence[int], bodies: Sequence[dict[str, Any]]
) -> dict[str, Any] | None:
    """The message that the row shows from now on; None when it shows an older run's still."""
    number, body = max(
        [(number, body) for number, body in zip(ids, bodies, strict=True) if _is_shown(body)],
        key=itemgetter(0),
        default=(0, None),
    )
    last = talk.values["last_message"]
    if body is None or last is None or number > last:
        return body
    newer = connection.execute(
        f"SELECT 1 FROM message WHERE conversation = ? AND id > ? AND {_SHOWN} LIMIT 1",  # noqa: S608 - a fixed text
        (talk.id, number),
    ).fetchone()
    return body if newer is None else None


_SHOWN = "sender <> 'system' AND NOT (sender IN ('auto', 'note') AND rule IS NOT NULL)"


def _is_shown(body: dict[str, Any]) -> bool:
    """Whether the queue shows it: what a rule of ours wrote, a teacher or a coach, would hide what the customer asks
    (``_SHOWN``)."""
    sender = body["from"]
    return sender != _SYSTEM and not ("rule" in body and sender in _BY_RULES)


def _waiting(is_owed: bool, waiting: int | None, bodies: Sequence[dict[str, Any]]) -> int | None:
    """Since when somebody waits behind these messages; ``is_owed``: open, and the contact is not blocked."""
    for body in bodies:
        sender = body["from"]
        if sender == _CUSTOMER:
            waiting = None if not is_owed else body["at"] if waiting is None else waiting
        elif sender == _AGENT and "approval" not in body:
            waiting = None
    return waiting


def _preview(text: str) -> str:
    return clean_line(text[: PREVIEW_CHARS * 2])[:PREVIEW_CHARS]


def withdrawn(connection: Connection, operation: Operation) -> None:
    """A reply taken back before it went out: no trace but the operation, also in the index."""
    message = need(connection, "message", operation.ent)
    conversation, text = connection.execute(
        "SELECT conversation, text FROM message WHERE id=?", (message,)
    ).fetchone()
    connection.execute(
        "INSERT INTO message_index(message_index, rowid, text) VALUES('delete', ?, ?)",
        (message, index_text(text)),
    )
    headings.take(connection, conversation)
    for table in ("attachment", "outbox", "undo"):  # its id may be another's a moment later
        connection.execute(f"DELETE FROM {table} WHERE message=?", (message,))  # noqa: S608 - our own names
    connection.execute("DELETE FROM message WHERE id=?", (message,))
    headings.put(connection, conversation)
    shown = connection.execute(
        f"SELECT sender, text FROM message WHERE conversation=? AND {_SHOWN} ORDER BY id DESC LIMIT 1",  # noqa: S608 - a fixed text
        (conversation,),
    ).fetchone() or ("", "")
    connection.execute(
        "UPDATE conversation SET version = :version, message_count = message_count - 1,"
        " last_message = (SELECT max(id) FROM message WHERE conversation = :id),"
        " preview = :preview, preview_from = :sender, updated_at = max(opened_at, coalesce("
        "(SELECT max(at) FROM message WHERE conversation = :id), opened_at)) WHERE id = :id",
        {
            "version": next_version(connection),
            "sender": shown[0],
            "preview": _preview(shown[1]),
            "id": conversation,
        },
    )
    recompute_waiting(connection, conversation)


def delivered(batch: Batch, operation: Operation) -> None:
    """What became of a message on its way. Many of these follow each other: they are written with the batch."""
    uid, body = operation.ent, operation.body
    talk, before = batch.said.get(uid) or _said(batch, uid)
    state = body["state"]
    if before == Delivery.APPROVAL and state != Delivery.APPROVAL:  # from now on the customer is answered
        batch.refresh()
        batch.connection.execute(FATE, (state, body.get("reason"), body.get("external_id"), uid))
        touch(batch.connection, talk.id)
        recompute_waiting(batch.connection, talk.id)
        return
    batch.said[uid] = (talk, state)
    batch.fates.append((state, body.get("reason"), body.get("external_id"), uid))
    talk.set(version=batch.next_version())


def _said(batch: Batch, uid: bytes) -> tuple[Talk, str | None]:
    """The conversation of a message that is in the rows, and how far the message had come. Raises MissingEntity."""
    row = batch.connection.execute(_SAID, (uid,)).fetchone()
    if row is None:
        raise MissingEntity(f"message {uid.hex()}")
    return batch.talk(row[0]), row[1]


_SAID = """
SELECT c.uid, m.delivery FROM message m JOIN conversation c ON c.id = m.conversation WHERE m.uid = ?
"""


def attachment_added(connection: Connection, operation: Operation) -> None:
    body = operation.body
    message = need(connection, "message", body["message"])
    connection.execute(
        "INSERT INTO attachment(uid, message, name, kind, size, sha256) VALUES(?,?,?,?,?,?) ON CONFLICT DO NOTHING",
        (operation.ent, message, body.get("name", ""), body["kind"], body["size"], body.get("sha256", "")),
    )


def index_some(connection: Connection, after: int) -> int | None:
    """Index the next messages behind the id ``after``; the id of the last, None when there was none."""
    rows = connection.execute(
        "SELECT id, text FROM message WHERE id > ? ORDER BY id LIMIT ?", (after, FILL_BATCH)
    ).fetchall()
    connection.executemany(PUT_MESSAGE, [(message, index_text(text)) for message, text in rows])
    return int(rows[-1][0]) if rows else None
