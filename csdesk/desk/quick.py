"""What a quick reply is filled in with: the agent, the shop, the hour, the person who is waiting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Final

from csdesk.desk import policy
from csdesk.desk.context import Desk
from csdesk.model.conversation import Conversation
from csdesk.model.message import Sender
from csdesk.model.people import MAIL_CHANNELS
from csdesk.model.reply import InsertedReply, QuickReply
from csdesk.replies.filling import fill
from csdesk.replies.keys import is_chinese
from csdesk.store import contacts, conversations, messages, people, reply_uses
from csdesk.template import Expansion, expand, find_unfilled
from csdesk.text import clean_line

NOON, EVENING = 12, 18
LATELY = 10
"""Messages in which the customer's last words are looked for."""
_GREETINGS: Final = {
    "zh": ("早上好", "下午好", "晚上好"),
    "en": ("Good morning", "Good afternoon", "Good evening"),
}


@dataclass(frozen=True, slots=True)
class Prepared:
    """A reply as it would go into a text here and now. ``note`` is what is to be remembered of it then."""

    reply: QuickReply
    expansion: Expansion
    note: InsertedReply


def prepare(
    desk: Desk,
    reply: QuickReply,
    conversation: Conversation | None,
    given: Mapping[str, str] = MappingProxyType({}),
) -> Prepared:
    """``reply`` filled in for a conversation, in the wording whose turn it is; ``given`` fills slots.

    The wordings take turns within a conversation: the body first, then its variants, and never twice the
    same in a row.
    """
    values = {**values_for(desk, reply, conversation), **given}
    wording = _next_wording(desk, reply, conversation)
    filled = fill(reply, values, wording)
    subject = expand(reply.subject, values).text if reply.subject else ""
    note = InsertedReply(
        reply.id,
        filled.wording,
        filled.expansion.text,
        "" if find_unfilled(subject) else subject,
        reply.actions,
    )
    return Prepared(reply, filled.expansion, note)


def _next_wording(desk: Desk, reply: QuickReply, conversation: Conversation | None) -> int:
    if conversation is None or not reply.variants:
        return 0
    last = reply_uses.last_wording(desk.store.reader(), conversation.id, reply.id)
    return 0 if last is None else (last + 1) % len(reply.wordings)


def values_for(desk: Desk, reply: QuickReply, conversation: Conversation | None) -> dict[str, str]:
    """Values by placeholder; one that is not known is left out, so that its fallback shows.

    The greeting is in the reply's language: it goes to a customer, not to the agent.
    """
    values: dict[str, str | None] = {
        "agent.name": desk.agent.name,
        "shop.name": desk.settings.shop.name,
        "time.greeting": greeting(reply.lang, local_now(desk, conversation).hour),
    }
    if conversation is not None:
        contact = contacts.get(desk.store.reader(), conversation.contact)
        values |= {
            "contact.name": conversation.contact_name,
            "contact.tier": conversation.tier,
            "contact.email": contact.email if contact else None,
            "contact.phone": contact.phone if contact else None,
            "conversation.ref": conversation.short_ref,
            "conversation.stage": conversation.stage,
        }
    return {name: clean_line(value) for name, value in values.items() if value}


def greeting(lang: str, hour: int) -> str | None:
    """The greeting that fits an hour of the day, in ``lang``; None for a language we have none in."""
    words = _GREETINGS.get(lang.replace("_", "-").split("-")[0].lower())
    if words is None:
        return None
    return words[0] if hour < NOON else words[1] if hour < EVENING else words[2]


def spoken_in(desk: Desk, conversation: Conversation) -> str | None:
    """The language of a conversation: what its channel says, else by the letters of the customer's last words."""
    if conversation.lang:
        return conversation.lang
    lately = messages.before(desk.store.reader(), conversation.id, None, LATELY, with_events=False)
    said = [each.text for each in reversed(lately) if each.sender is Sender.CUSTOMER and each.text.strip()]
    text = next((each for each in said if any(char.isalpha() for char in each)), "")
    if not text:
        return None
    return "zh" if is_chinese(text) else "en" if text.isascii() else None


def unseen_teams(desk: Desk) -> frozenset[str]:
    """Teams of this desk that the agent is not in: their packs are not offered."""
    teams = people.teams(desk.store.reader())
    return frozenset(team.name for team in teams if desk.agent.name not in team.members)


def local_now(desk: Desk, conversation: Conversation | None = None) -> datetime:
    """The time of now at the inbox of a conversation, without one where csdesk runs: what days and hours of a
    reply are meant in."""
    zone = None if conversation is None else policy.zone_of(desk.settings, conversation.inbox_name)
    return datetime.fromtimestamp(desk.now_ms() / 1000, zone).astimezone(zone)


def today_in(desk: Desk, conversation: int | None) -> date:
    """The day of today at the inbox of a conversation."""
    reader = desk.store.reader()
    return local_now(desk, None if conversation is None else conversations.get(reader, conversation)).date()


def kind_of(channel: str) -> str:
    """The kind of channel that packs know: chat or email."""
    return "email" if channel in MAIL_CHANNELS else "chat"
