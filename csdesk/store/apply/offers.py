"""Offers of a conversation to a colleague: made, and come to nothing. One that is taken is a transfer."""

from __future__ import annotations

from csdesk.model.operation import Operation
from csdesk.store.apply.batch import Batch
from csdesk.store.apply.conversations import change, epoch_of, is_void


def offered(batch: Batch, operation: Operation) -> None:
    """It stays with who has it; the one who is asked may take it until the time that is said."""
    if is_void(batch, operation):
        return
    body = operation.body
    giver, taker = batch.find("agent", body["by"]), batch.find("agent", body["to_agent"])
    talk = change(batch, operation, epoch=epoch_of(batch, operation))
    if talk.values["status"] == "resolved":
        return  # the two crossed: there is nothing left to take
    conversation = talk.id
    batch.write()
    batch.connection.execute(
        "INSERT OR REPLACE INTO offer(conversation, uid, by_agent, to_agent, desk, at, until, reason)"
        " VALUES(?,?,?,?,?,?,?,?)",
        (
            conversation,
            bytes.fromhex(body["uid"]),
            giver,
            taker,
            operation.desk,
            body["at"],
            body["until"],
            body.get("reason", ""),
        ),
    )


def returned(batch: Batch, operation: Operation) -> None:
    """It was declined, not answered in time, or taken back: nobody is asked any more."""
    if is_void(batch, operation):
        return
    conversation = change(batch, operation, epoch=epoch_of(batch, operation)).id
    batch.write()
    batch.connection.execute("DELETE FROM offer WHERE conversation = ?", (conversation,))
