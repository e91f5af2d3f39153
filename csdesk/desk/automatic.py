"""Automatic texts on their way: who is to be told that nobody is there, and what must not leave any more."""

from __future__ import annotations

from collections.abc import Sequence

from csdesk.availability import autoreply
from csdesk.availability.autoreply import Absence, Colleague
from csdesk.desk.context import Desk
from csdesk.i18n import language
from csdesk.ids import new_uid
from csdesk.model.availability import Availability, Standing
from csdesk.model.conversation import Conversation
from csdesk.model.message import Delivery, OutboxItem, Sender
from csdesk.model.operation import Kind
from csdesk.model.people import Agent
from csdesk.store import automatic, availability, conversations, outbox, people
from csdesk.store.automatic import Unanswered
from csdesk.store.connect import Connection
from csdesk.store.writer import Transaction
from csdesk.text import clean_line


def tell_absences(desk: Desk, inboxes: Sequence[int], watched_since: int) -> int:
    """Tell customers of these inboxes who are owed an answer that nobody is there; says how many.

    ``watched_since`` is since when inboxes have been run without a break (UTC ms).
    """
    reader, now = desk.store.reader(), desk.now_ms()
    standings = availability.standings(reader)
    if not desk.settings.availability.away_reply or not _is_anybody_away(standings):
        return 0
    if not _due(reader, inboxes, standings, now, watched_since):
        return 0
    return desk.store.write(lambda tx: _tell_all(tx, desk, inboxes, watched_since))


def _tell_all(tx: Transaction, desk: Desk, inboxes: Sequence[int], watched_since: int) -> int:
    """Decided again now that nobody else writes: another runner may have told them, an agent be back."""
    standings = availability.standings(tx.connection)
    due = _due(tx.connection, inboxes, standings, tx.now_ms, watched_since)
    for waiting, gone in due:
        _tell(tx, desk, waiting.conversation, gone)
    return len(due)


def _due(
    connection: Connection,
    inboxes: Sequence[int],
    standings: dict[int, Standing],
    now_ms: int,
    watched_since: int,
) -> list[tuple[Unanswered, Absence]]:
    """Who is to be told now, and of which absence."""
    found = []
    for waiting in automatic.unanswered(connection, inboxes, now_ms):
        able = _able(connection, waiting, standings)
        gone = autoreply.absence(Colleague(agent, standings[agent]) for agent in able)
        if gone is not None and autoreply.is_due(waiting.talk, gone, now_ms, watched_since):
            found.append((waiting, gone))
    return found


def _is_anybody_away(standings: dict[int, Standing]) -> bool:
    return any(each.status is Availability.AWAY for each in standings.values())


def _able(connection: Connection, waiting: Unanswered, standings: dict[int, Standing]) -> list[int]:
    """Who could answer: the one who has it, else its team, else everybody."""
    if waiting.assignee is not None:
        return [waiting.assignee] if waiting.assignee in standings else []
    if waiting.team is None:
        return list(standings)
    members = people.members(connection, waiting.team)
    return [agent for agent in members if agent in standings]


def _tell(tx: Transaction, desk: Desk, conversation: int, gone: Absence) -> None:
    current = conversations.get(tx.connection, conversation)
    agent = people.agent(tx.connection, gone.agent)
    if agent is None:
        raise LookupError(f"agent {gone.agent}")
    uid = new_uid(tx.now_ms)
    body = {
        "conversation": current.uid.hex(),
        "from": Sender.AUTO,
        "rule": autoreply.AWAY,
        "episode": gone.episode,
        "author": agent.uid.hex(),
        "text": _text(desk, current, agent, gone),
        "at": tx.now_ms,
        "delivery": Delivery.QUEUED,
    }
    tx.record(Kind.MESSAGE_ADDED, uid, body)
    message = tx.connection.execute("SELECT id FROM message WHERE uid = ?", (uid,)).fetchone()[0]
    outbox.put(tx.connection, message, conversation, current.inbox, tx.now_ms)


def _text(desk: Desk, current: Conversation, agent: Agent, gone: Absence) -> str:
    values = {
        "contact.name": current.contact_name,
        "agent.name": agent.name,
        "shop.name": desk.settings.shop.name,
        "conversation.ref": current.short_ref,
    }
    known = {name: clean_line(value) for name, value in values.items() if value}
    lang, texts = current.lang or language(), desk.settings.availability.away_text
    return autoreply.away_text(lang, texts, known, gone, desk.now_ms())


def is_stale(desk: Desk, item: OutboxItem) -> bool:
    """Whether an automatic text must not leave any more: it is late, or a person has answered since."""
    return item.is_automatic and (
        autoreply.is_late(item.written_at, desk.now_ms())
        or automatic.is_answered_since(desk.store.reader(), item.message)
    )


def withdraw(tx: Transaction, item: OutboxItem) -> None:
    """Take an automatic text back that never left."""
    outbox.drop(tx.connection, item.message)
    tx.record(Kind.MESSAGE_WITHDRAWN, item.uid, {"at": tx.now_ms})
