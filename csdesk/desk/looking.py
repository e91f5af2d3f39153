"""What a person decides where others worked on the same while this desk was without its hub."""

from __future__ import annotations

from dataclasses import dataclass

from csdesk.desk.context import Desk
from csdesk.errors import Refused
from csdesk.i18n import _
from csdesk.model.conversation import Conversation
from csdesk.model.message import Message, Step, permits
from csdesk.model.operation import Kind
from csdesk.store import conversations, meeting, messages, outbox, passing, reply_uses
from csdesk.store.cards import Conflict
from csdesk.store.meeting import Card
from csdesk.store.meeting_offers import LAPSED
from csdesk.store.writer import Transaction


@dataclass(frozen=True, slots=True)
class Met:
    """A conversation with open cards, or with replies that need another look before they may leave."""

    conversation: Conversation
    cards: tuple[Card, ...]
    replies: tuple[Message, ...]

    @property
    def at(self) -> int:
        """When the newest of it happened (UTC ms)."""
        return max([*(each.at for each in self.cards), *(each.at for each in self.replies)])


def met(desk: Desk, conversation: int | None = None) -> list[Met]:
    """What waits for a decision, in one conversation or in all, the newest first."""
    reader = desk.store.reader()
    cards = meeting.cards(reader, conversation, agent=desk.agent.id)
    written = [messages.get(reader, number) for number in meeting.to_look_at(reader, conversation)]
    replies = [each for each in written if each is not None]
    talks = [*(each.conversation for each in cards), *(each.conversation for each in replies)]
    found = [
        Met(
            conversations.get(reader, number),
            tuple(each for each in cards if each.conversation == number),
            tuple(each for each in replies if each.conversation == number),
        )
        for number in dict.fromkeys(talks)
    ]
    return sorted(found, key=lambda each: -each.at)


def send(desk: Desk, message: int) -> None:
    """Send a reply that needed another look, as it is. Raises Refused when it does not wait for one any more."""

    def work(tx: Transaction) -> None:
        _must_wait(tx, message)
        passing.retry(tx, message)
        _settle(tx, message)

    desk.store.write(work)


def drop(desk: Desk, message: int) -> None:
    """Take back a reply that needed another look: the customer never gets it. Raises as ``send``."""

    def work(tx: Transaction) -> None:
        uid = _must_wait(tx, message)
        _settle(tx, message)
        outbox.drop(tx.connection, message)
        reply_uses.taken_back(tx.connection, message)
        tx.record(Kind.MESSAGE_WITHDRAWN, uid, {"by": desk.agent.uid.hex(), "at": tx.now_ms})

    desk.store.write(work)


def dismiss(desk: Desk, conversation: int) -> None:
    """A person has seen to the cards of a conversation."""

    def work(tx: Transaction) -> None:
        for card in meeting.cards(tx.connection, conversation, agent=desk.agent.id):
            meeting.done(tx.connection, card.id, tx.now_ms)

    desk.store.write(work)


def _must_wait(tx: Transaction, message: int) -> bytes:
    """Uid of a message that waits for another look. Raises Refused."""
    entry = outbox.get(tx.connection, message)
    if entry is None or not permits(entry.state, Step.DECIDE):
        raise Refused(
            "look.decided",
            _("That reply does not wait for another look any more."),
            _("csdesk outbox shows what is on its way."),
        )
    return entry.uid


def _settle(tx: Transaction, message: int) -> None:
    """With the last reply that is decided on, what others did to the conversation is seen, too."""
    entry = outbox.get(tx.connection, message)
    if entry is not None and set(meeting.to_look_at(tx.connection, entry.conversation)) <= {message}:
        for card in meeting.cards(tx.connection, entry.conversation):
            meeting.done(tx.connection, card.id, tx.now_ms)


def sentence(card: Card) -> str:
    """What others did, in one line."""
    by = card.by or _("Somebody")
    if card.kind is Conflict.CLAIM_LOST:
        return _("{agent} claimed it first, while this desk was without the hub.").format(agent=by)
    if card.kind is Conflict.ASSIGNMENT_CHANGED:
        if card.fact == Kind.CONVERSATION_RELEASED:
            return _("{agent} released it meanwhile.").format(agent=by)
        owner = card.owner or _("nobody")
        return _("{agent} gave it to {owner} meanwhile.").format(agent=by, owner=owner)
    if card.kind in (Conflict.OFFER_RETURNED, Conflict.OFFER_CROSSED):
        return _offer_sentence(card, by)
    if card.fact == Kind.CONVERSATION_RESOLVED:
        return _("{agent} resolved it while your reply had not left.").format(agent=by)
    if card.fact == Kind.CONVERSATION_SNOOZED:
        return _("{agent} snoozed it while your reply had not left.").format(agent=by)
    return _("{agent} opened it again while your reply had not left.").format(agent=by)


def _offer_sentence(card: Card, by: str) -> str:
    """What became of an offer, to who did not expect it."""
    if card.kind is Conflict.OFFER_CROSSED and card.fact == Kind.CONVERSATION_TRANSFERRED:
        if card.is_mine:
            return _("{agent} took it too late: it is yours again.").format(agent=by)
        return _("It had gone back to {agent} before you took it.").format(agent=by)
    if card.kind is Conflict.OFFER_CROSSED:
        if card.is_mine:
            return _("{agent} wanted it back after you had taken it: it is yours.").format(agent=by)
        return _("{agent} had taken it before you took it back.").format(agent=by)
    if card.cause == LAPSED:
        return _("{agent} did not answer in time: it stays yours.").format(agent=by)
    if card.said:
        return _("{agent} cannot take it: {reason}").format(agent=by, reason=card.said)
    return _("{agent} cannot take it: it stays yours.").format(agent=by)
