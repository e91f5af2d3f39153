"""What an agent does with one conversation, besides writing in it. Each can be taken back for a moment."""

from __future__ import annotations

from csdesk.desk import moves, undoing
from csdesk.desk.context import Desk
from csdesk.desk.moves import Move, Target
from csdesk.model.conversation import Priority, Stage
from csdesk.model.operation import Kind
from csdesk.model.people import Agent
from csdesk.store import conversations
from csdesk.store.writer import Transaction

__all__ = [
    "Target",
    "claim",
    "claim_in",
    "do",
    "label",
    "move_to_stage",
    "prioritise",
    "release",
    "reopen",
    "resolve",
    "snooze",
    "transfer",
    "wake_due",
]


def do(desk: Desk, conversation: int, move: Move) -> None:
    """Make one move. Raises what the move raises."""
    desk.store.write(lambda tx: undoing.do(tx, desk.agent, conversation, move))


def claim(desk: Desk, conversation: int) -> None:
    """Make it mine. Raises Refused when it is somebody else's, or resolved."""
    do(desk, conversation, moves.claim())


def claim_in(tx: Transaction, agent: Agent, conversation: int) -> None:
    """As ``claim``, as a part of other work and taken back with that, in a commit that the caller made."""
    moves.claim().make(tx, agent, conversations.get(tx.connection, conversation))


def release(desk: Desk, conversation: int) -> None:
    """Put it back for anybody. Raises Refused when it is not mine (a lead may release any)."""
    do(desk, conversation, moves.release())


def transfer(desk: Desk, conversation: int, target: Target, reason: str) -> None:
    """Hand it to an agent or a team, saying why.

    Raises NotFound (no such agent or team), Refused, UsageError (no reason, not one target).
    """
    do(desk, conversation, moves.transfer(target, reason))


def resolve(desk: Desk, conversation: int) -> None:
    """It is done, and can be reopened at any time."""
    do(desk, conversation, moves.resolve())


def reopen(desk: Desk, conversation: int) -> None:
    """Open a resolved or snoozed conversation again; an unanswered customer waits again."""
    do(desk, conversation, moves.reopen())


def snooze(desk: Desk, conversation: int, until: int | None) -> None:
    """Out of the way until a time (UTC ms), or with None until the customer writes.

    Raises Refused when the time is past or the conversation is resolved.
    """
    do(desk, conversation, moves.snooze(until))


def label(desk: Desk, conversation: int, add: tuple[str, ...] = (), remove: tuple[str, ...] = ()) -> None:
    """Put labels on and take labels off."""
    do(desk, conversation, moves.label(add, remove))


def prioritise(desk: Desk, conversation: int, priority: Priority) -> None:
    """Say how soon it should be taken, next to others."""
    do(desk, conversation, moves.prioritise(priority))


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


def move_to_stage(desk: Desk, conversation: int, stage: Stage) -> None:
    """Say where in the sale it is: before, during, after."""

    def work(tx: Transaction) -> None:
        current = conversations.get(tx.connection, conversation)
        if current.stage != stage:
            facts = {"by": desk.agent.uid.hex(), "at": tx.now_ms, "stage": stage, "before": current.stage}
            tx.record(Kind.CONVERSATION_EDITED, current.uid, facts)

    desk.store.write(work)
