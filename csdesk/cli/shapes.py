"""The JSON of conversations, messages and people: one shape per thing, wherever it is printed.

Times are ISO-8601 UTC, durations whole seconds, ids of messages texts (they outgrow what some
readers of JSON count to), a ref is written without ``#``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from csdesk.clock import format_time
from csdesk.desk.context import Desk
from csdesk.desk.erasing import Erased
from csdesk.desk.many import Refusal
from csdesk.model.availability import Standing
from csdesk.model.conversation import Conversation, QueueRow
from csdesk.model.message import Draft, Message, OutboxItem
from csdesk.model.people import Agent, Contact, Inbox, Team
from csdesk.model.search import Hit
from csdesk.store import contacts, offers

Shape = dict[str, Any]


def listing(items: Iterable[Shape], following: str | None = None) -> Shape:
    """A list as DESIGN 14 has it: always both keys."""
    return {"items": list(items), "next": following}


def moment(at_ms: int | None) -> str | None:
    return None if at_ms is None else format_time(at_ms)


def waited_s(waiting_since: int | None, now_ms: int) -> int | None:
    return None if waiting_since is None else max(0, now_ms - waiting_since) // 1000


def queue_item(row: QueueRow, short_ref: str, now_ms: int) -> Shape:
    """One line of the queue."""
    return {
        "ref": row.ref,
        "short_ref": short_ref,
        "status": row.status,
        "waiting_since": moment(row.waiting_since),
        "wait_s": waited_s(row.waiting_since, now_ms),
        "contact": row.contact_name,
        "tier": row.tier,
        "stage": row.stage,
        "priority": row.priority.word,
        "subject": row.subject,
        "preview": row.preview,
        "preview_from": row.preview_from,
        "assignee": row.assignee_name,
        "inbox": row.inbox_name,
        "snooze_until": moment(row.snooze_until),
        "updated_at": moment(row.updated_at),
    }


def conversation_facts(desk: Desk, current: Conversation) -> Shape:
    """Everything known of a conversation but its messages."""
    now = desk.now_ms()
    return {
        "ref": current.ref,
        "short_ref": current.short_ref,
        "status": current.status,
        "waiting_since": moment(current.waiting_since),
        "wait_s": waited_s(current.waiting_since, now),
        "contact": current.contact_name,
        "contact_details": _contact(desk, current.contact),
        "tier": current.tier,
        "stage": current.stage,
        "priority": current.priority.word,
        "subject": current.subject,
        "labels": list(current.labels),
        "assignee": current.assignee_name,
        "team": current.team_name,
        "inbox": current.inbox_name,
        "channel": current.channel,
        "lang": current.lang,
        "source": current.source,
        "source_id": current.source_id,
        "snooze_kind": current.snooze_kind,
        "snooze_until": moment(current.snooze_until),
        "opened_at": moment(current.opened_at),
        "updated_at": moment(current.updated_at),
        "resolved_at": moment(current.resolved_at),
        "message_count": current.message_count,
        "offer": _offer(desk, current.id),
    }


def _offer(desk: Desk, conversation: int) -> Shape | None:
    """Which colleague is asked to take it, and until when; None when none is."""
    offer = offers.of(desk.store.reader(), conversation)
    if offer is None:
        return None
    asked = {"from": offer.by_name, "to": offer.to_name, "reason": offer.reason}
    return {**asked, "at": moment(offer.at), "until": moment(offer.until)}


def _contact(desk: Desk, number: int) -> Shape | None:
    contact = contacts.get(desk.store.reader(), number)
    if contact is None:
        return None
    return {
        "name": contact.name,
        "email": contact.email,
        "phone": contact.phone,
        "tier": contact.tier,
        "source": contact.source,
        "conversations": contact.conversation_count,
    }


def message_item(message: Message) -> Shape:
    """One message. ``assumed`` stands there only when an import made the time up."""
    item: Shape = {
        "id": str(message.id),
        "from": message.sender,
        "text": message.text,
        "at": moment(message.at),
        "author": message.author_name or None,
        "delivery": message.delivery,
    }
    if message.is_time_assumed:
        item["assumed"] = True
    if message.erased_at is not None:
        item["erased_at"] = moment(message.erased_at)
    if message.release_at is not None:
        item["release_at"] = moment(message.release_at)
    if message.reason:
        item["reason"] = message.reason
    if message.rule:
        item["rule"] = message.rule
    if message.attachments:
        item["attachments"] = [
            {"name": file.name, "kind": file.kind, "size": file.size} for file in message.attachments
        ]
    return item


def hit_item(hit: Hit) -> Shape:
    """One thing that was found: a message."""
    return {
        "conversation": hit.ref,
        "message": str(hit.message),
        "at": moment(hit.at),
        "from": hit.sender,
        "snippet": hit.snippet,
    }


def is_event(line: Message) -> bool:
    """Whether a line of a conversation says what was done rather than what was written."""
    return not line.uid


def history(lines: Sequence[Message]) -> Shape:
    """The messages and the events of a stretch of a conversation, each oldest first."""
    return {
        "messages": [message_item(line) for line in lines if not is_event(line)],
        "events": [{"at": moment(line.at), "text": line.text} for line in lines if is_event(line)],
    }


def outbox_item(item: OutboxItem, short_ref: str, is_run: bool) -> Shape:
    """A message on its way; ``is_running`` says whether some process sends for its inbox now."""
    return {
        "id": str(item.message),
        "ref": item.ref,
        "short_ref": short_ref,
        "inbox": item.inbox_name,
        "agent": item.agent_name,
        "text": item.text,
        "state": item.state,
        "release_at": moment(item.release_at),
        "attempts": item.attempts,
        "reason": item.reason,
        "is_running": is_run,
    }


def draft_item(draft: Draft, current: Conversation) -> Shape:
    return {
        "ref": current.ref,
        "short_ref": current.short_ref,
        "contact": current.contact_name,
        "mode": draft.mode,
        "text": draft.text,
        "files": [{"name": file.name, "kind": file.kind, "size": file.size} for file in draft.files],
        "cursor": draft.cursor,
        "updated_at": moment(draft.updated_at),
    }


def agent_item(agent: Agent) -> Shape:
    return {
        "id": agent.uid.hex(),
        "name": agent.name,
        "role": agent.role,
        "capacity": agent.capacity,
        "is_active": agent.is_active,
        "approver": agent.approver,
    }


def standing_facts(standing: Standing) -> Shape:
    """How an agent stands. ``since`` is None for one who never opened the desk."""
    return {
        "availability": standing.status,
        "cause": standing.cause,
        "is_automatic": standing.is_automatic,
        "since": moment(standing.at) if standing.at else None,
        "episode": moment(standing.episode),
        "until": moment(standing.until),
        "reason": standing.reason or None,
    }


def team_item(team: Team) -> Shape:
    return {
        "id": team.uid.hex(),
        "name": team.name,
        "members": list(team.members),
        "is_active": team.is_active,
    }


def inbox_item(inbox: Inbox) -> Shape:
    return {
        "id": inbox.uid.hex(),
        "name": inbox.name,
        "channel": inbox.channel,
        "hold_s": inbox.hold_ms / 1000,
        "is_active": inbox.is_active,
    }


def contact_item(contact: Contact, ref: str) -> Shape:
    """A contact; ``ref`` is that of their newest conversation, by which commands name them."""
    return {
        "ref": ref or None,
        "name": contact.name,
        "email": contact.email,
        "phone": contact.phone,
        "tier": contact.tier,
        "source": contact.source,
        "lifecycle": contact.lifecycle,
        "birthday": contact.birthday,
        "labels": list(contact.labels),
        "also": [*contact.also_names, *contact.also_at],
        "note": contact.note,
        "is_blocked": contact.is_blocked,
        "conversations": contact.conversation_count,
        "erased_at": moment(contact.erased_at),
    }


def refusal_item(refusal: Refusal) -> Shape:
    """A conversation among many that was left as it is."""
    return {"ref": refusal.ref, "code": refusal.error.code, "sentence": refusal.error.sentence}


def erased_item(done: Erased) -> Shape:
    """What an erasure did."""
    return {
        "contacts": done.contacts,
        "conversations": done.conversations,
        "operations": done.operations,
        "file_clean": done.is_file_clean,
        "copies": [str(path) for path in done.copies],
        "handovers": list(done.handovers),
    }
