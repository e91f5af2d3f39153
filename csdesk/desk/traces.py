"""How a conversation stood before something was done with it and after, and how it is put back.

A trace names only what was changed. Going back is refused where any of that has changed again since:
an undo never takes other people's work away.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from csdesk.desk import moves, offers
from csdesk.model.conversation import Conversation, Status
from csdesk.model.operation import Kind
from csdesk.model.people import Agent
from csdesk.model.undo import UndoKind
from csdesk.store import conversations
from csdesk.store.connect import Connection
from csdesk.store.writer import Transaction

Trace = dict[str, Any]
"""What JSON can hold: ``before`` and ``after`` (standing), ``priority`` (both), ``added`` and ``removed``
labels, ``transfer`` (its uid); each only when it was changed. ``last_message`` is there when the conversation
was opened again: nothing that was written since may go out of sight."""

STANDING = ("status", "assignee", "team", "resolved_at", "snooze_kind", "snooze_until", "wait_floor")


_EVENTS = {
    UndoKind.CLAIM: Kind.CONVERSATION_CLAIMED,
    UndoKind.RELEASE: Kind.CONVERSATION_RELEASED,
    UndoKind.RESOLVE: Kind.CONVERSATION_RESOLVED,
    UndoKind.REOPEN: Kind.CONVERSATION_REOPENED,
    UndoKind.TRANSFER: Kind.CONVERSATION_TRANSFERRED,
    UndoKind.SNOOZE: Kind.CONVERSATION_SNOOZED,
}
"""What the line of time shows of a move, and no longer shows once it is taken back."""


def look(connection: Connection, conversation: int) -> dict[str, Any]:
    """How a conversation stands: the columns of STANDING (people by uid), its epoch and its priority."""
    row = connection.execute(
        "SELECT c.status, lower(hex(agent.uid)), lower(hex(team.uid)), c.resolved_at, c.snooze_kind,"
        " c.snooze_until, c.wait_floor, c.epoch, c.priority, c.last_message FROM conversation c"
        " LEFT JOIN agent ON agent.id = c.assignee LEFT JOIN team ON team.id = c.team WHERE c.id = ?",
        (conversation,),
    ).fetchone()
    found = dict(zip((*STANDING, "epoch", "priority", "last_message"), row, strict=True))
    return found | {person: found[person] or None for person in ("assignee", "team")}


def trace(before: dict[str, Any], after: dict[str, Any], facts: Mapping[str, Any]) -> Trace:
    """What was changed between two looks; empty when nothing was."""
    found: Trace = {name: value for name, value in facts.items() if value}
    if before["priority"] != after["priority"]:
        found["priority"] = [before["priority"], after["priority"]]
    standing = [{name: each[name] for name in (*STANDING, "epoch")} for each in (before, after)]
    if standing[0] != standing[1]:
        found |= {"before": standing[0], "after": standing[1]}
    if before["status"] != Status.OPEN and after["status"] == Status.OPEN:
        found["last_message"] = after["last_message"]
    return found


def put_back(tx: Transaction, agent: Agent, conversation: int, kind: UndoKind, found: Trace) -> bool:
    """State how it was before; False, and nothing stated, when what was changed has changed again since."""
    now = look(tx.connection, conversation)
    if "after" in found and any(now[name] != value for name, value in found["after"].items()):
        return False
    if "priority" in found and now["priority"] != found["priority"][1]:
        return False
    if "last_message" in found and now["last_message"] != found["last_message"]:
        return False
    current = conversations.get(tx.connection, conversation)
    said = {"by": agent.uid.hex(), "at": tx.now_ms}
    if kind is UndoKind.OFFER:
        offers.give_up(tx, agent, current)
    elif "before" in found:
        _restore(tx, current, kind, found, said)
    if "priority" in found:
        body = {**said, "priority": found["priority"][0]}
        tx.record(Kind.CONVERSATION_PRIORITISED, current.uid, body)
    _put_labels_back(tx, current, found, said)
    return True


def _restore(
    tx: Transaction, current: Conversation, kind: UndoKind, found: Trace, said: dict[str, Any]
) -> None:
    before = {name: found["before"][name] for name in STANDING}
    body = {**said, "before": before, "undid": int(_EVENTS[kind])}
    if "transfer" in found:
        body["transfer"] = found["transfer"]
    tx.record(Kind.CONVERSATION_RESTORED, current.uid, body, arg=found["after"]["epoch"] + 1)


def _put_labels_back(tx: Transaction, current: Conversation, found: Trace, said: dict[str, Any]) -> None:
    """Only what is still as it was left: somebody may have taken a label off again."""
    for name in found.get("added", ()):
        if name in current.labels:
            moves.take_label_off(tx, current, name, said)
    for name in found.get("removed", ()):
        if name not in current.labels:
            tx.record(Kind.CONVERSATION_LABELLED, current.uid, {**said, "label": name})
