"""What can be done with a conversation besides writing in it, each as a value that a commit can be given.

A move looks first and states its facts last: when it is refused, nothing was stated, and the commit it
stands in may go on with the next conversation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from csdesk.errors import NotFound, Refused, UsageError
from csdesk.i18n import _
from csdesk.ids import new_uid
from csdesk.model.conversation import Conversation, Priority, SnoozeKind, Status
from csdesk.model.operation import Kind
from csdesk.model.people import Agent, Role
from csdesk.model.undo import UndoKind
from csdesk.store import messages, people
from csdesk.store.writer import Transaction
from csdesk.text import clean_line

REASON_CHARS = 500
LABEL_CHARS = 40

Facts = dict[str, Any]
"""What an undo must know besides how the conversation stood before and after."""


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a conversation goes to: exactly one of the two, by name."""

    agent: str | None = None
    team: str | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """One thing to do. ``make`` raises Refused or NotFound, having stated nothing, or states its facts;
    doing what is done already states nothing."""

    kind: UndoKind
    make: Callable[[Transaction, Agent, Conversation], Facts]


def claim() -> Move:
    """Make it mine. Refused when it is somebody else's, or resolved."""

    def make(tx: Transaction, agent: Agent, current: Conversation) -> Facts:
        if current.assignee == agent.id:
            return {}
        if current.assignee is not None:
            raise Refused(
                "claim.taken",
                _("{agent} has #{ref} already.").format(agent=current.assignee_name, ref=current.short_ref),
                _("Ask {agent} to transfer or release it.").format(agent=current.assignee_name),
            )
        must_not_be_resolved(current)
        body = said_by(agent, tx, agent=agent.uid.hex())
        tx.record(Kind.CONVERSATION_CLAIMED, current.uid, body, arg=next_epoch(tx, current.id))
        return {}

    return Move(UndoKind.CLAIM, make)


def release() -> Move:
    """Put it back for anybody. Refused when it is not mine (a lead may release any)."""

    def make(tx: Transaction, agent: Agent, current: Conversation) -> Facts:
        if current.assignee is None:
            raise Refused(
                "release.unassigned", _("Nobody has #{ref}.").format(ref=current.short_ref), _("Claim it.")
            )
        must_be_mine(current, agent)
        tx.record(Kind.CONVERSATION_RELEASED, current.uid, said_by(agent, tx), arg=next_epoch(tx, current.id))
        return {}

    return Move(UndoKind.RELEASE, make)


def transfer(target: Target, reason: str) -> Move:
    """Hand it to an agent or a team, saying why.

    Refused, or NotFound (no such agent or team). Raises UsageError (no reason, not one target).
    """
    said = read_reason(reason)
    if (target.agent is None) == (target.team is None):
        raise UsageError(
            "transfer.no_target", _("Transfer to an agent or to a team."), _("Give exactly one of the two.")
        )

    def make(tx: Transaction, agent: Agent, current: Conversation) -> Facts:
        must_be_mine(current, agent)
        must_not_be_resolved(current)
        uid = new_uid(tx.now_ms).hex()
        body = said_by(agent, tx, uid=uid, reason=said) | receiver(tx, current, target)
        tx.record(Kind.CONVERSATION_TRANSFERRED, current.uid, body, arg=next_epoch(tx, current.id))
        return {"transfer": uid}

    return Move(UndoKind.TRANSFER, make)


def read_reason(reason: str) -> str:
    """Why it is handed on, cleaned. Raises UsageError when nothing is said."""
    said = clean_line(reason).strip()[:REASON_CHARS]
    if not said:
        raise UsageError(
            "transfer.no_reason",
            _("A transfer needs a reason."),
            _("Say why: your colleague reads it first."),
        )
    return said


def receiver(tx: Transaction, current: Conversation, target: Target) -> dict[str, str]:
    """Who is to have it, as a body says it. Raises NotFound, Refused (they have it)."""
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


def resolve() -> Move:
    """It is done. Refused when it is already, or somebody else has it."""

    def make(tx: Transaction, agent: Agent, current: Conversation) -> Facts:
        must_not_be_resolved(current)
        must_be_mine(current, agent)
        tx.record(Kind.CONVERSATION_RESOLVED, current.uid, said_by(agent, tx) | _seen(tx, current))
        return {}

    return Move(UndoKind.RESOLVE, make)


def reopen() -> Move:
    """Open a resolved or snoozed conversation again; an unanswered customer waits again."""

    def make(tx: Transaction, agent: Agent, current: Conversation) -> Facts:
        if current.status is Status.OPEN:
            raise Refused(
                "reopen.open",
                _("#{ref} is open.").format(ref=current.short_ref),
                _("There is nothing to reopen."),
            )
        tx.record(Kind.CONVERSATION_REOPENED, current.uid, said_by(agent, tx))
        return {}

    return Move(UndoKind.REOPEN, make)


def snooze(until: int | None) -> Move:
    """Out of the way until a time (UTC ms), or with None until the customer writes.

    Refused when the time is past, the conversation is resolved or somebody else's.
    """

    def make(tx: Transaction, agent: Agent, current: Conversation) -> Facts:
        must_not_be_resolved(current)
        must_be_mine(current, agent)
        if until is not None and until <= tx.now_ms:
            raise Refused("snooze.past", _("That time is past."), _("Choose a time to come."))
        kind = SnoozeKind.REPLY if until is None else SnoozeKind.UNTIL
        body = (
            said_by(agent, tx, kind=kind) | _seen(tx, current) | ({} if until is None else {"until": until})
        )
        tx.record(Kind.CONVERSATION_SNOOZED, current.uid, body)
        return {}

    return Move(UndoKind.SNOOZE, make)


def label(add: tuple[str, ...] = (), remove: tuple[str, ...] = ()) -> Move:
    """Put labels on and take labels off. Raises UsageError for a name that is none."""
    adding, removing = ([*dict.fromkeys(map(_clean_label, names))] for names in (add, remove))

    def make(tx: Transaction, agent: Agent, current: Conversation) -> Facts:
        added = [name for name in adding if name not in current.labels]
        removed = [name for name in removing if name in current.labels]
        for name in added:
            tx.record(Kind.CONVERSATION_LABELLED, current.uid, said_by(agent, tx, label=name))
        for name in removed:
            take_label_off(tx, current, name, said_by(agent, tx))
        return {"added": added, "removed": removed}

    return Move(UndoKind.LABEL, make)


def take_label_off(tx: Transaction, current: Conversation, name: str, said: dict[str, Any]) -> None:
    """Record that a label is off, with ``said`` (who and when): of what other desks add meanwhile nothing is lost."""
    from csdesk.store import labels  # with the first removal: the first frame comes before

    takes = labels.takes(tx.connection, "conversation", current.id, name)
    tx.record(Kind.CONVERSATION_UNLABELLED, current.uid, {**said, "label": name, **takes})


def _clean_label(name: str) -> str:
    plain = clean_line(name).strip()
    if not plain or len(plain) > LABEL_CHARS:
        raise UsageError(
            "label.bad",
            _("A label has 1 to {most} characters.").format(most=LABEL_CHARS),
            _("Choose a short word."),
        )
    return plain


def prioritise(priority: Priority) -> Move:
    """Say how soon it should be taken, next to others."""

    def make(tx: Transaction, agent: Agent, current: Conversation) -> Facts:
        if current.priority is not priority:
            body = said_by(agent, tx, priority=int(priority))
            tx.record(Kind.CONVERSATION_PRIORITISED, current.uid, body)
        return {}

    return Move(UndoKind.PRIORITY, make)


def said_by(who: Agent, tx: Transaction, **facts: Any) -> dict[str, Any]:
    """``facts`` with who states them, and when."""
    return {"by": who.uid.hex(), "at": tx.now_ms, **facts}


def _seen(tx: Transaction, current: Conversation) -> dict[str, int]:
    """With a hub, how many of the customer's messages are known: where there are more, they are not put away."""
    return {} if tx.home_scope is None else {"seen": messages.count_from_customer(tx.connection, current.id)}


def must_be_mine(current: Conversation, agent: Agent) -> None:
    """Raises Refused when somebody else has the conversation and ``agent`` is no lead."""
    if current.assignee in (None, agent.id) or agent.role is Role.LEAD:
        return
    raise Refused(
        "conversation.not_yours",
        _("{agent} has #{ref}.").format(agent=current.assignee_name, ref=current.short_ref),
        _("Ask {agent} to transfer it to you; a note needs no claim.").format(agent=current.assignee_name),
    )


def must_not_be_resolved(current: Conversation) -> None:
    """Raises Refused when it is done."""
    if current.status is Status.RESOLVED:
        raise Refused(
            "conversation.resolved",
            _("#{ref} is resolved.").format(ref=current.short_ref),
            _("Reopen it first: csdesk reopen {ref}.").format(ref=current.short_ref),
        )


def next_epoch(tx: Transaction, conversation: int) -> int:
    """The number of the next claim of a conversation: a hub lets each number win once."""
    row = tx.connection.execute("SELECT epoch + 1 FROM conversation WHERE id = ?", (conversation,)).fetchone()
    return int(row[0])
