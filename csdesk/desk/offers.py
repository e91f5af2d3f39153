"""Handing a conversation to a colleague who says first whether they take it.

Until they do it stays with who has it: the customer is never nobody's. What is not answered in time comes to nothing
by itself: every desk knows when from the log and the clock, and the desk that made the offer says so.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from csdesk.desk import moves
from csdesk.desk.context import Desk
from csdesk.desk.moves import Facts, Move, Target
from csdesk.errors import NeedsPerson, Refused
from csdesk.i18n import _
from csdesk.ids import new_uid
from csdesk.model.availability import Availability
from csdesk.model.conversation import Conversation
from csdesk.model.operation import Kind
from csdesk.model.people import Agent
from csdesk.model.undo import UndoKind
from csdesk.store import conversations, hub, joined, meeting_offers, offers, people
from csdesk.store.meeting_offers import DECLINED, LAPSED, TAKEN_BACK
from csdesk.store.offers import Offer
from csdesk.store.writer import Transaction
from csdesk.text import clean_line

MINUTE_MS = 60_000


def is_asking(desk: Desk) -> bool:
    """Whether colleagues are asked before they get a conversation, as the settings say."""
    ask = desk.settings.transfer.ask
    return ask == "always" or (ask == "hub" and hub.state(desk.store.reader()) is not None)


def hand_on(desk: Desk, target: Target, reason: str, *, asks: bool | None = None) -> Move:
    """Give a conversation to a team, or to a colleague: at once, or as an offer where one ``asks`` (None: as the settings
    say). Raises as ``moves.transfer``."""
    is_for_me = (target.agent or "").casefold() == desk.agent.name.casefold()
    if target.agent is None or is_for_me or not (is_asking(desk) if asks is None else asks):
        return moves.transfer(target, reason)
    return offer(target.agent, reason, desk.settings.transfer.answer_minutes * MINUTE_MS)


def offer(name: str, reason: str, for_ms: int) -> Move:
    """Ask a colleague to take it within ``for_ms``. Raises UsageError without a reason; what is made is refused as a
    transfer is."""
    said = moves.read_reason(reason)

    def make(tx: Transaction, agent: Agent, current: Conversation) -> Facts:
        moves.must_be_mine(current, agent)
        moves.must_not_be_resolved(current)
        to = moves.receiver(tx, current, Target(agent=name))
        until = tx.now_ms + max(for_ms, MINUTE_MS)
        uid = new_uid(tx.now_ms).hex()
        body = moves.said_by(agent, tx, uid=uid, reason=said, until=until) | to
        tx.record(Kind.CONVERSATION_OFFERED, current.uid, body, arg=moves.next_epoch(tx, current.id))
        return {}

    return Move(UndoKind.OFFER, make)


def obstacles(desk: Desk, name: str) -> list[str]:
    """What speaks against asking a colleague now, in sentences: they are not there, are full, or cannot be told."""
    from csdesk.desk import availability

    found = [each for each in availability.colleagues(desk) if each.agent.name.casefold() == name.casefold()]
    said = []
    for each in found:
        if each.standing.status is Availability.OFFLINE:
            said.append(_("{agent} is offline.").format(agent=each.agent.name))
        elif each.standing.status is Availability.AWAY:
            said.append(_("{agent} is away.").format(agent=each.agent.name))
        elif each.is_on_hold:
            said.append(_("{agent} has as many chats as they take.").format(agent=each.agent.name))
    if joined.is_out_of_reach(desk.store.reader(), desk.now_ms()):
        said.append(_("The hub is out of reach: nobody hears of it before it is back."))
    return said


def ask_before(desk: Desk, name: str) -> None:
    """Raises NeedsPerson where something speaks against asking a colleague now."""
    said = obstacles(desk, name)
    if said:
        raise NeedsPerson(
            "transfer.not_there",
            " ".join(said),
            _("Choose somebody else, or ask them all the same: --anyway REASON."),
        )


def to_me(desk: Desk) -> list[Offer]:
    """What the acting agent is asked to take now, the one that ends first at the head."""
    return offers.to(desk.store.reader(), desk.agent.id, desk.now_ms())


def accept(desk: Desk, conversation: int) -> None:
    """Take what I was asked to take. Raises Refused when I am not asked, or it is too late."""
    desk.store.write(lambda tx: _accept(tx, desk.agent, conversation))


def _accept(tx: Transaction, agent: Agent, conversation: int) -> None:
    current = conversations.get(tx.connection, conversation)
    found = _to_answer(tx, agent, current)
    body = moves.said_by(agent, tx, uid=found.uid.hex(), offer=found.uid.hex(), reason=found.reason)
    body |= {"giver": _uid(tx, found.by), "to_agent": agent.uid.hex()}
    tx.record(Kind.CONVERSATION_TRANSFERRED, current.uid, body, arg=moves.next_epoch(tx, current.id))


def decline(desk: Desk, conversation: int, reason: str = "") -> None:
    """Say that I cannot take it, and why. Raises as ``accept``."""
    said = clean_line(reason).strip()[: moves.REASON_CHARS]

    def work(tx: Transaction) -> None:
        current = conversations.get(tx.connection, conversation)
        found = _to_answer(tx, desk.agent, current)
        _end(tx, current, found, DECLINED, moves.said_by(desk.agent, tx), said)

    desk.store.write(work)


def take_back(desk: Desk, conversation: int) -> None:
    """Ask no longer. Raises Refused when nobody is asked, or somebody else asked."""
    desk.store.write(
        lambda tx: give_up(tx, desk.agent, conversations.get(tx.connection, conversation)),
    )


def give_up(tx: Transaction, agent: Agent, current: Conversation) -> None:
    """As ``take_back``, in a commit that the caller made."""
    found = offers.of(tx.connection, current.id)
    if found is None:
        raise _no_offer(current)
    if found.by != agent.id:
        moves.must_be_mine(current, agent)
    _end(tx, current, found, TAKEN_BACK, moves.said_by(agent, tx))


def end_run_out(desk: Desk, inboxes: Collection[int] = ()) -> int:
    """Say of every offer that has run out that it did, where this desk has to; how many. ``inboxes`` (local ids) are
    those that the hub lets this desk send for. While the hub is out of reach nothing is said: it may have been taken.
    """
    reader, now = desk.store.reader(), desk.now_ms()
    if not offers.run_out(reader, desk.store.desk, inboxes, now) or joined.is_out_of_reach(reader, now):
        return 0

    def work(tx: Transaction) -> int:
        found = offers.run_out(tx.connection, tx.desk, inboxes, now)
        for each in found:
            _end(tx, conversations.get(tx.connection, each.conversation), each, LAPSED, {"at": tx.now_ms})
        return len(found)

    return desk.store.write(work)


def _end(
    tx: Transaction, current: Conversation, found: Offer, cause: str, facts: dict[str, Any], reason: str = ""
) -> None:
    """State that it came to nothing; a card tells who offered it, if they did so here."""
    body = facts | {"offer": found.uid.hex(), "cause": cause}
    body |= {"giver": _uid(tx, found.by), "asked": _uid(tx, found.to)}
    if reason:
        body["reason"] = reason
    tx.record(Kind.CONVERSATION_RETURNED, current.uid, body, arg=moves.next_epoch(tx, current.id))
    if found.desk == tx.desk:
        meeting_offers.put_returned(tx.connection, current.uid, tx.now_ms, body)


def _uid(tx: Transaction, agent: int) -> str:
    found = people.agent(tx.connection, agent)
    return "" if found is None else found.uid.hex()


def _to_answer(tx: Transaction, agent: Agent, current: Conversation) -> Offer:
    """The offer that ``agent`` may answer. Raises Refused."""
    found = offers.of(tx.connection, current.id)
    if found is None or found.to != agent.id:
        raise _no_offer(current)
    if not found.is_open(tx.now_ms):
        raise Refused(
            "offer.over",
            _("The time to take #{ref} is over: it stays with {agent}.").format(
                ref=current.short_ref, agent=found.by_name
            ),
            _("Ask {agent} to offer it again.").format(agent=found.by_name),
        )
    return found


def _no_offer(current: Conversation) -> Refused:
    return Refused(
        "offer.none",
        _("Nobody is asked to take #{ref} now.").format(ref=current.short_ref),
        _("csdesk show {ref} says what became of it.").format(ref=current.short_ref),
    )
