"""Automatic texts on their way: who is to be told what, and what must not leave any more.

The rules decide (``csdesk.availability``); this gives them the facts and carries out what they say, for the
process that runs the inbox, through the outbox like any other message.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from csdesk.availability import autoreply, hours, texts
from csdesk.availability.autoreply import Decision, Verdict
from csdesk.availability.facts import Colleague, Moment, Reach, reach
from csdesk.availability.rules import Rule
from csdesk.availability.state import is_on_hold
from csdesk.desk import policy
from csdesk.desk.context import Desk
from csdesk.i18n import language
from csdesk.ids import new_uid
from csdesk.model.availability import Availability, Standing
from csdesk.model.conversation import Conversation
from csdesk.model.message import Delivery, OutboxItem, Sender
from csdesk.model.operation import Kind
from csdesk.model.people import Agent
from csdesk.store import automatic, availability, conversations, joined, outbox, people
from csdesk.store.automatic import Subject
from csdesk.store.connect import Connection
from csdesk.store.writer import Transaction
from csdesk.text import clean_line

MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Due:
    """A text for a conversation, and how its customer can be answered."""

    subject: Subject
    reach: Reach
    decision: Decision


def tell_customers(desk: Desk, inboxes: Sequence[int], watched_since: int) -> int:
    """Send the automatic texts that are due in these inboxes; says how many.

    ``watched_since`` is since when inboxes have been run without a break (UTC ms). Only who holds the inbox's
    lease calls this.
    """
    moment = Moment(desk.now_ms(), watched_since)
    if not inboxes or is_silent(desk) or not _due(desk, desk.store.reader(), inboxes, moment):
        return 0
    return desk.store.write(lambda tx: _tell_all(tx, desk, inboxes, watched_since))


def is_silent(desk: Desk) -> bool:
    """Whether nothing may be sent by itself: without the hub another desk may be answering already."""
    return joined.is_out_of_reach(desk.store.reader(), desk.now_ms())


def _tell_all(tx: Transaction, desk: Desk, inboxes: Sequence[int], watched_since: int) -> int:
    """Decided again now that nobody else writes: another runner may have told them, an agent be back."""
    due = _due(desk, tx.connection, inboxes, Moment(tx.now_ms, watched_since))
    for each in due:
        _tell(tx, desk, each)
    return len(due)


def _due(desk: Desk, connection: Connection, inboxes: Sequence[int], moment: Moment) -> list[Due]:
    subjects = automatic.unanswered(connection, inboxes, moment.now)
    if desk.settings.automatic.closing or desk.settings.automatic.inboxes:
        subjects += automatic.resolved(connection, inboxes, moment.now)
    standings = availability.standings(connection) if subjects else {}
    found = []
    for subject in subjects:
        answering = reach_of(desk, connection, subject, standings, moment.now)
        rules = policy.policy_for(desk.settings, subject.inbox_name)
        decision = autoreply.decide(subject.talk, answering, rules, moment)
        if decision is not None:
            found.append(Due(subject, answering, decision))
    return found


def verdicts(desk: Desk, conversation: int) -> tuple[list[Verdict], Reach] | None:
    """What becomes of each rule in a conversation now, as if csdesk had run all along; None: nobody wrote."""
    connection, now = desk.store.reader(), desk.now_ms()
    subject = automatic.subject(connection, conversation)
    if subject is None:
        return None
    answering = reach_of(desk, connection, subject, availability.standings(connection), now)
    rules = policy.policy_for(desk.settings, subject.inbox_name)
    return autoreply.judge(subject.talk, answering, rules, Moment(now)), answering


def last_told(desk: Desk, conversation: int) -> dict[str, int]:
    """When each rule last wrote in a conversation (UTC ms), by its name."""
    return {each.rule: each.at for each in automatic.told(desk.store.reader(), conversation)}


def reach_of(
    desk: Desk, connection: Connection, subject: Subject, standings: dict[int, Standing], now_ms: int
) -> Reach:
    """Whether the customer of a conversation can be answered."""
    doors = policy.doors_of(desk.settings, subject.inbox_name, now_ms)
    mine = subject.assignee
    if mine in standings and standings[mine].status is not Availability.OFFLINE:
        return reach([Colleague(mine, standings[mine])], doors)
    able = set(standings)
    if subject.team is not None:
        able &= set(people.members(connection, subject.team))
    return reach(_colleagues(connection, sorted(able), standings), doors)


def _colleagues(
    connection: Connection, able: Iterable[int], standings: dict[int, Standing]
) -> Iterable[Colleague]:
    for number in able:
        now = standings[number]
        is_full = False
        if now.status is Availability.ONLINE:
            agent = people.agent(connection, number)
            is_full = agent is not None and is_on_hold(availability.chats(connection, number), agent.capacity)
        yield Colleague(number, now, is_full)


def _tell(tx: Transaction, desk: Desk, due: Due) -> None:
    decision, current = due.decision, conversations.get(tx.connection, due.subject.conversation)
    agent = people.agent(tx.connection, decision.agent) if decision.agent else None
    uid = new_uid(tx.now_ms)
    body: dict[str, Any] = {
        "conversation": current.uid.hex(),
        "from": Sender.AUTO,
        "rule": str(decision.rule),
        "episode": decision.episode,
        "text": _text(desk, current, agent, due),
        "at": tx.now_ms,
        "delivery": Delivery.QUEUED,
    }
    if agent is not None:
        body["author"] = agent.uid.hex()
    if due.subject.talk.since is not None:
        body["wait"] = due.subject.talk.since
    if decision.notice is not None:
        body["notice"] = decision.notice
    tx.record(Kind.MESSAGE_ADDED, uid, body)
    message = tx.connection.execute("SELECT id FROM message WHERE uid = ?", (uid,)).fetchone()[0]
    outbox.put(tx.connection, message, current.id, current.inbox, tx.now_ms)


def _text(desk: Desk, current: Conversation, agent: Agent | None, due: Due) -> str:
    """The words in the customer's language, a shop notice below them."""
    lang = current.lang or language()
    values = _values(desk, current, agent, due.reach, lang)
    said = desk.settings.automatic
    rules = [due.decision.rule] + [Rule.NOTICE] * (due.decision.notice is not None)
    bodies = [texts.chosen(said.texts, current.inbox_name, rule, lang) for rule in rules]
    return "\n".join(texts.fill(body, values) for body in bodies)


def _values(
    desk: Desk, current: Conversation, agent: Agent | None, answering: Reach, lang: str
) -> dict[str, str]:
    now, settings = desk.now_ms(), desk.settings
    known = {
        "contact.name": current.contact_name,
        "agent.name": agent.name if agent is not None else "",
        "shop.name": settings.shop.name,
        "conversation.ref": current.short_ref,
    }
    values = {name: clean_line(value) for name, value in known.items() if value}
    if settings.automatic.notice:
        values["notice"] = texts.fill(settings.automatic.notice.strip(), values)
    zone = policy.zone_of(settings, current.inbox_name)
    back = answering.until if answering.until is not None and answering.until > now else None
    if back is not None:
        values["answer.when"] = texts.around(lang, back, now, zone)
    open_hours = policy.hours_of(settings, current.inbox_name)
    full = hours.after(open_hours, back or now, settings.automatic.answer_minutes * MINUTE_MS)
    values["answer.by"] = texts.by(lang, full, now, zone)
    return values


def is_stale(desk: Desk, item: OutboxItem) -> bool:
    """Whether an automatic text must not leave any more: it is late, a person has answered since, or this desk is
    without its hub."""
    return item.is_automatic and (
        is_silent(desk)
        or autoreply.is_late(item.written_at, desk.now_ms())
        or automatic.is_answered_since(desk.store.reader(), item.message)
    )


def withdraw(tx: Transaction, item: OutboxItem) -> None:
    """Take an automatic text back that never left."""
    outbox.drop(tx.connection, item.message)
    tx.record(Kind.MESSAGE_WITHDRAWN, item.uid, {"at": tx.now_ms})
