"""Taking back the last thing: a reply not yet gone, a resolve, a transfer, for a moment."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from csdesk.desk.context import Desk
from csdesk.errors import Refused
from csdesk.i18n import _
from csdesk.model.conversation import Conversation, Status
from csdesk.model.message import Delivery, Draft, Mode
from csdesk.model.operation import Kind
from csdesk.model.people import Agent
from csdesk.store import conversations, drafts, messages, outbox, people
from csdesk.store.connect import Connection
from csdesk.store.writer import Transaction

LEAST_MS = 5_000
"""Resolve and transfer can be taken back at least this long, also where replies are not held."""


class UndoKind(StrEnum):
    """What can be taken back."""

    SEND = "send"
    RESOLVE = "resolve"
    TRANSFER = "transfer"


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back, and where. ``text`` is a withdrawn reply's."""

    kind: UndoKind
    conversation: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Undoable:
    """What an undo would take back now, and until when (UTC ms)."""

    id: int
    kind: UndoKind
    conversation: int
    message: int | None
    before: dict[str, Any]
    until: int


def remember(
    tx: Transaction, agent: Agent, current: Conversation, kind: UndoKind, more: dict[str, Any] | None = None
) -> None:
    """Note how a conversation stands just before it is resolved or transferred."""
    inbox = people.inbox(tx.connection, current.inbox)
    hold = max(inbox.hold_ms if inbox else 0, LEAST_MS)
    before = {
        **_standing(tx.connection, current.id),
        "epoch": _epoch(tx.connection, current.id),
        **(more or {}),
    }
    _keep(tx, agent, current.id, kind, None, before, tx.now_ms + hold)


def remember_send(tx: Transaction, agent: Agent, conversation: int, message: int, until: int) -> None:
    """Note a reply that can be taken back ``until`` it is released."""
    _keep(tx, agent, conversation, UndoKind.SEND, message, {}, until)


def _keep(
    tx: Transaction,
    agent: Agent,
    conversation: int,
    kind: UndoKind,
    message: int | None,
    before: dict[str, Any],
    until: int,
) -> None:
    tx.connection.execute(
        "DELETE FROM undo WHERE until < ? AND NOT EXISTS"
        " (SELECT 1 FROM outbox WHERE outbox.message = undo.message AND state = 'held')",
        (tx.now_ms - LEAST_MS,),
    )
    tx.connection.execute(
        "INSERT INTO undo(agent, conversation, kind, message, before, until) VALUES(?,?,?,?,?,?)",
        (agent.id, conversation, kind, message, json.dumps(before), until),
    )


STANDING = ("status", "assignee", "team", "resolved_at", "snooze_kind", "snooze_until", "wait_floor")


def _standing(connection: Connection, conversation: int) -> dict[str, Any]:
    row = connection.execute(
        "SELECT c.status, hex(agent.uid), hex(team.uid), c.resolved_at, c.snooze_kind, c.snooze_until,"
        " c.wait_floor FROM conversation c LEFT JOIN agent ON agent.id = c.assignee"
        " LEFT JOIN team ON team.id = c.team WHERE c.id = ?",
        (conversation,),
    ).fetchone()
    standing = dict(zip(STANDING, row, strict=True))
    for person in ("assignee", "team"):
        standing[person] = standing[person].lower() or None if standing[person] else None
    return standing


def last(desk: Desk, conversation: int | None = None) -> Undoable | None:
    """What an undo by this agent (in one conversation, if given) would take back now."""
    return _last(desk.store.reader(), desk.agent, desk.now_ms(), conversation)


def _last(connection: Connection, agent: Agent, now_ms: int, conversation: int | None) -> Undoable | None:
    row = connection.execute(
        "SELECT undo.id, kind, undo.conversation, undo.message, before, until FROM undo"
        " LEFT JOIN outbox ON outbox.message = undo.message"
        " WHERE agent = ? AND undo.conversation = coalesce(?, undo.conversation)"
        " AND CASE kind WHEN 'send' THEN outbox.state = 'held' ELSE until > ? END"
        " ORDER BY undo.id DESC LIMIT 1",
        (agent.id, conversation, now_ms),
    ).fetchone()
    if row is None:
        return None
    return Undoable(row[0], UndoKind(row[1]), row[2], row[3], json.loads(row[4]), row[5])


def undo(desk: Desk, conversation: int | None = None) -> Undone:
    """Take back this agent's last send, resolve or transfer. Raises Refused when it is too late.

    A withdrawn reply's text becomes the draft again, unless something newer is being written.
    """
    return desk.store.write(lambda tx: _undo(tx, desk, conversation))


def _undo(tx: Transaction, desk: Desk, conversation: int | None) -> Undone:
    found = _last(tx.connection, desk.agent, tx.now_ms, conversation)
    if found is None:
        raise Refused(
            "undo.nothing",
            _("There is nothing to undo, or it is too late."),
            _("A reply can be taken back while it is held; a resolved conversation can be reopened."),
        )
    tx.connection.execute("DELETE FROM undo WHERE id = ?", (found.id,))
    if found.kind is UndoKind.SEND and found.message is not None:
        return _take_back(tx, desk, found.conversation, found.message)
    current = conversations.get(tx.connection, found.conversation)
    _refuse_changed(tx, found, current)
    undid = {
        UndoKind.RESOLVE: Kind.CONVERSATION_RESOLVED,
        UndoKind.TRANSFER: Kind.CONVERSATION_TRANSFERRED,
    }[found.kind]
    body: dict[str, Any] = {
        "before": {name: found.before[name] for name in STANDING},
        "undid": int(undid),
        "by": desk.agent.uid.hex(),
        "at": tx.now_ms,
    }
    if "transfer" in found.before:
        body["transfer"] = found.before["transfer"]
    epoch = _epoch(tx.connection, current.id)
    tx.record(Kind.CONVERSATION_RESTORED, current.uid, body, arg=epoch + 1)
    return Undone(found.kind, found.conversation)


def _refuse_changed(tx: Transaction, found: Undoable, current: Conversation) -> None:
    """Raises Refused when somebody has worked on from there: an undo would take that from them."""
    epoch = _epoch(tx.connection, current.id)
    if found.kind is UndoKind.TRANSFER:
        has_changed = epoch != found.before["epoch"] + 1
    else:
        has_changed = epoch != found.before["epoch"] or current.status is not Status.RESOLVED
    if has_changed:
        raise Refused(
            "undo.changed",
            _("#{ref} has changed since.").format(ref=current.short_ref),
            _("Look at it first: csdesk show {ref}.").format(ref=current.short_ref),
        )


def _epoch(connection: Connection, conversation: int) -> int:
    row = connection.execute("SELECT epoch FROM conversation WHERE id = ?", (conversation,)).fetchone()
    return int(row[0])


def _take_back(tx: Transaction, desk: Desk, conversation: int, message: int) -> Undone:
    entry, written = outbox.get(tx.connection, message), messages.get(tx.connection, message)
    if entry is None or written is None or entry.state is not Delivery.HELD:
        raise Refused("undo.gone", _("The reply has gone out."), _("Write another one."))
    outbox.drop(tx.connection, message)
    tx.record(Kind.MESSAGE_WITHDRAWN, written.uid, {"by": desk.agent.uid.hex(), "at": tx.now_ms})
    if not drafts.held(tx.connection, conversation, desk.agent.id, Mode.REPLY):
        draft = Draft(conversation, desk.agent.id, Mode.REPLY, written.text, len(written.text), tx.now_ms)
        drafts.save(tx.connection, draft, desk.session)
    return Undone(UndoKind.SEND, conversation, written.text)
