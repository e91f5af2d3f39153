"""What an agent does with a conversation, besides writing in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from csdesk.desk import undoing
from csdesk.desk.context import Desk
from csdesk.errors import NotFound, Refused, UsageError
from csdesk.i18n import _
from csdesk.ids import new_uid
from csdesk.model.conversation import Conversation, Priority, SnoozeKind, Status
from csdesk.model.operation import Kind
from csdesk.model.people import Agent, Role
from csdesk.store import conversations, people
from csdesk.store.writer import Transaction
from csdesk.text import clean_line

REASON_CHARS = 500
LABEL_CHARS = 40


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a conversation goes to: exactly one of the two, by name."""

    agent: str | None = None
    team: str | None = None


def claim(desk: Desk, conversation: int) -> None:
    """Make it mine. Raises Refused when it is somebody else's, or resolved."""
    desk.store.write(lambda tx: claim_in(tx, desk.agent, conversation))


def claim_in(tx: Transaction, agent: Agent, conversation: int) -> None:
    """As ``claim``, inside a commit that the caller made; claiming what is mine changes nothing."""
    current = conversations.get(tx.connection, conversation)
    if current.assignee == agent.id:
        return
    if current.assignee is not None:
        raise Refused(
            "claim.taken",
            _("{agent} has #{ref} already.").format(agent=current.assignee_name, ref=current.short_ref),
            _("Ask {agent} to transfer or release it.").format(agent=current.assignee_name),
        )
    if current.status is Status.RESOLVED:
        raise _already_resolved(current)
    body = {"agent": agent.uid.hex(), "by": agent.uid.hex(), "at": tx.now_ms}
    tx.record(Kind.CONVERSATION_CLAIMED, current.uid, body, arg=next_epoch(tx, conversation))


def release(desk: Desk, conversation: int) -> None:
    """Put it back for anybody. Raises Refused when it is not mine (a lead may release any)."""

    def work(tx: Transaction) -> None:
        current = conversations.get(tx.connection, conversation)
        if current.assignee is None:
            raise Refused(
                "release.unassigned", _("Nobody has #{ref}.").format(ref=current.short_ref), _("Claim it.")
            )
        must_be_mine(current, desk.agent)
        body = {"by": desk.agent.uid.hex(), "at": tx.now_ms}
        tx.record(Kind.CONVERSATION_RELEASED, current.uid, body, arg=next_epoch(tx, conversation))

    desk.store.write(work)


def transfer(desk: Desk, conversation: int, target: Target, reason: str) -> None:
    """Hand it to an agent or a team, saying why. Can be undone for a moment.

    Raises NotFound (no such agent or team), Refused, UsageError (no reason, not one target).
    """
    said = clean_line(reason).strip()[:REASON_CHARS]
    if not said:
        raise UsageError(
            "transfer.no_reason",
            _("A transfer needs a reason."),
            _("Say why: your colleague reads it first."),
        )
    if (target.agent is None) == (target.team is None):
        raise UsageError(
            "transfer.no_target", _("Transfer to an agent or to a team."), _("Give exactly one of the two.")
        )

    def work(tx: Transaction) -> None:
        current = conversations.get(tx.connection, conversation)
        must_be_mine(current, desk.agent)
        if current.status is Status.RESOLVED:
            raise _already_resolved(current)
        uid = new_uid(tx.now_ms)
        body = {"uid": uid.hex(), "by": desk.agent.uid.hex(), "reason": said, "at": tx.now_ms}
        body |= _receiver(tx, current, target)
        undoing.remember(tx, desk.agent, current, undoing.UndoKind.TRANSFER, {"transfer": uid.hex()})
        tx.record(Kind.CONVERSATION_TRANSFERRED, current.uid, body, arg=next_epoch(tx, conversation))

    desk.store.write(work)


def _receiver(tx: Transaction, current: Conversation, target: Target) -> dict[str, str]:
    if target.team is not None:
        team = people.team_named(tx.connection, target.team)
        if team is None or not team.is_active:
            raise NotFound(
                "team.unknown",
                _("There is no team named {name}.").format(name=target.team[:60]),
                _("csdesk team list shows them."),
            )
        return {"to_team": team.uid.hex()}
    agent = people.agent_named(tx.connection, target.agent or "")
    if agent is None or not agent.is_active:
        raise NotFound(
            "agent.unknown",
            _("There is no agent named {name}.").format(name=(target.agent or "")[:60]),
            _("csdesk agent list shows them."),
        )
    if agent.id == current.assignee:
        raise Refused(
            "transfer.same",
            _("{agent} has #{ref} already.").format(agent=agent.name, ref=current.short_ref),
            _("Choose somebody else."),
        )
    return {"to_agent": agent.uid.hex()}


def resolve(desk: Desk, conversation: int) -> None:
    """It is done. Can be undone for a moment, and reopened at any time."""

    def work(tx: Transaction) -> None:
        current = conversations.get(tx.connection, conversation)
        if current.status is Status.RESOLVED:
            raise _already_resolved(current)
        must_be_mine(current, desk.agent)
        undoing.remember(tx, desk.agent, current, undoing.UndoKind.RESOLVE)
        tx.record(Kind.CONVERSATION_RESOLVED, current.uid, {"by": desk.agent.uid.hex(), "at": tx.now_ms})

    desk.store.write(work)


def reopen(desk: Desk, conversation: int) -> None:
    """Open a resolved or snoozed conversation again; an unanswered customer waits again."""

    def work(tx: Transaction) -> None:
        current = conversations.get(tx.connection, conversation)
        if current.status is Status.OPEN:
            raise Refused(
                "reopen.open",
                _("#{ref} is open.").format(ref=current.short_ref),
                _("There is nothing to reopen."),
            )
        tx.record(Kind.CONVERSATION_REOPENED, current.uid, {"by": desk.agent.uid.hex(), "at": tx.now_ms})

    desk.store.write(work)


def snooze(desk: Desk, conversation: int, until: int | None) -> None:
    """Out of the way until a time (UTC ms), or with None until the customer writes.

    Raises Refused when the time is past or the conversation is resolved.
    """

    def work(tx: Transaction) -> None:
        current = conversations.get(tx.connection, conversation)
        if current.status is Status.RESOLVED:
            raise _already_resolved(current)
        must_be_mine(current, desk.agent)
        if until is not None and until <= tx.now_ms:
            raise Refused("snooze.past", _("That time is past."), _("Choose a time to come."))
        kind = SnoozeKind.REPLY if until is None else SnoozeKind.UNTIL
        body: dict[str, Any] = {"by": desk.agent.uid.hex(), "kind": kind, "at": tx.now_ms}
        if until is not None:
            body["until"] = until
        tx.record(Kind.CONVERSATION_SNOOZED, current.uid, body)

    desk.store.write(work)


def wake_due(desk: Desk) -> int:
    """Bring back every conversation whose snooze is over; says how many."""
    now = desk.now_ms()
    if not conversations.due_to_wake(desk.store.reader(), now, 1):
        return 0

    def work(tx: Transaction) -> int:
        due = conversations.due_to_wake(tx.connection, now)
        for conversation in due:
            uid = conversations.get(tx.connection, conversation).uid
            tx.record(Kind.CONVERSATION_WOKEN, uid, {"at": now, "cause": "time"})
        return len(due)

    return desk.store.write(work)


def label(desk: Desk, conversation: int, add: tuple[str, ...] = (), remove: tuple[str, ...] = ()) -> None:
    """Put labels on and take labels off."""
    adding, removing = [_clean_label(name) for name in add], [_clean_label(name) for name in remove]

    def work(tx: Transaction) -> None:
        current = conversations.get(tx.connection, conversation)
        for name in adding:
            if name not in current.labels:
                tx.record(Kind.CONVERSATION_LABELLED, current.uid, _said(desk, tx, label=name))
        for name in removing:
            if name in current.labels:
                tx.record(Kind.CONVERSATION_UNLABELLED, current.uid, _said(desk, tx, label=name))

    desk.store.write(work)


def _clean_label(name: str) -> str:
    plain = clean_line(name).strip()
    if not plain or len(plain) > LABEL_CHARS:
        raise UsageError(
            "label.bad",
            _("A label has 1 to {most} characters.").format(most=LABEL_CHARS),
            _("Choose a short word."),
        )
    return plain


def prioritise(desk: Desk, conversation: int, priority: Priority) -> None:
    """Say how soon it should be taken, next to others."""

    def work(tx: Transaction) -> None:
        current = conversations.get(tx.connection, conversation)
        if current.priority is not priority:
            tx.record(Kind.CONVERSATION_PRIORITISED, current.uid, _said(desk, tx, priority=int(priority)))

    desk.store.write(work)


def _said(desk: Desk, tx: Transaction, **facts: Any) -> dict[str, Any]:
    return {"by": desk.agent.uid.hex(), "at": tx.now_ms, **facts}


def must_be_mine(current: Conversation, agent: Agent) -> None:
    """Raises Refused when somebody else has the conversation and ``agent`` is no lead."""
    if current.assignee in (None, agent.id) or agent.role is Role.LEAD:
        return
    raise Refused(
        "conversation.not_yours",
        _("{agent} has #{ref}.").format(agent=current.assignee_name, ref=current.short_ref),
        _("Ask {agent} to transfer it to you; a note needs no claim.").format(agent=current.assignee_name),
    )


def _already_resolved(current: Conversation) -> Refused:
    return Refused(
        "conversation.resolved",
        _("#{ref} is resolved.").format(ref=current.short_ref),
        _("Reopen it first: csdesk reopen {ref}.").format(ref=current.short_ref),
    )


def next_epoch(tx: Transaction, conversation: int) -> int:
    """The number of the next claim of a conversation: a hub lets each number win once."""
    row = tx.connection.execute("SELECT epoch + 1 FROM conversation WHERE id = ?", (conversation,)).fetchone()
    return int(row[0])
