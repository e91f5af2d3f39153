"""Automatic texts: which one, when, and only once. Pure: facts in, a decision and a text out.

The away text goes to a customer who is owed an answer while nobody is there who could give it: once in a
conversation for each episode of absence, never close behind an agent's own words, never to a machine,
and never late (research/mission.md 4; rules of Chatwoot and of the complaints listed there).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from csdesk.model.availability import Availability, Standing
from csdesk.template import expand, placeholders

AWAY = "away"
"""The rule's name, as the message keeps it."""

AFTER_AGENT_MS = 300_000
"""An agent's own words are answer enough for this long."""

LATE_MS = 600_000
"""A text about an absence is not sent to somebody who wrote longer ago than this."""

MAIL_PAUSE_MS = 86_400_000
"""Between two automatic mails to one contact (RFC 3834 asks for restraint; a day is common)."""

TEXTS: Mapping[str, str] = {
    "zh": "{{contact.name}}您好，感谢您的咨询。客服暂时不在座位上，{{answer.when | 回来后第一时间}}回复您；"
    "您可以先把问题和订单号留在这里，我们不会漏看。",
    "en": "Hello {{contact.name | there}}, thank you for writing. I am away from my desk for a moment and will"
    " answer {{answer.when | as soon as I am back}}. Please leave your question and order number here:"
    " nothing you write is missed.",
}
"""What is sent where the settings say nothing else, by language."""


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who could answer, and how they stand."""

    agent: int
    standing: Standing


@dataclass(frozen=True, slots=True)
class Absence:
    """Nobody is there: who is away, since when (``episode``), and until when if they said so."""

    agent: int
    episode: int
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Talk:
    """What decides about one conversation. Times in UTC ms; None: there was none.

    ``customer_at`` is the customer's newest message, ``agent_at`` the newest of a person of ours,
    ``told`` the absences (agent, episode) it was told of, ``mailed_at`` the newest automatic mail to
    this contact, in any conversation; None where the channel is no mail.
    """

    customer_at: int
    agent_at: int | None = None
    is_from_machine: bool = False
    is_blocked: bool = False
    told: frozenset[tuple[int, int]] = frozenset()
    mailed_at: int | None = None


def absence(colleagues: Iterable[Colleague]) -> Absence | None:
    """The absence that holds for a conversation which ``colleagues`` could answer.

    None while one of them is online or busy, and when nobody is away (all are offline: the desk is closed,
    which is not what an away text says). Of several who are away, the last to go.
    """
    here = list(colleagues)
    if any(each.standing.status in (Availability.ONLINE, Availability.BUSY) for each in here):
        return None
    away = [
        Absence(each.agent, each.standing.episode or each.standing.at, each.standing.until)
        for each in here
        if each.standing.status is Availability.AWAY
    ]
    return max(away, key=lambda each: (each.episode, each.agent), default=None)


def is_due(talk: Talk, gone: Absence, now_ms: int, watched_since: int) -> bool:
    """Whether the customer is to be told now that nobody is there.

    ``watched_since`` is since when somebody has run the inboxes without a break: an absence from before it
    was told to nobody, and is not told afterwards.
    """
    return not (
        talk.is_from_machine
        or talk.is_blocked
        or gone.episode < watched_since
        or (gone.agent, gone.episode) in talk.told
        or now_ms - talk.customer_at > LATE_MS
        or (talk.agent_at is not None and now_ms - talk.agent_at < AFTER_AGENT_MS)
        or (talk.mailed_at is not None and now_ms - talk.mailed_at < MAIL_PAUSE_MS)
    )


def is_late(written_at: int, now_ms: int) -> bool:
    """Whether an automatic text that has not left yet should not leave any more."""
    return now_ms - written_at > LATE_MS


def away_text(
    lang: str, texts: Mapping[str, str], values: Mapping[str, str], gone: Absence, now_ms: int
) -> str:
    """The text in ``lang`` (``zh-CN`` reads as ``zh``), from ``texts`` or our own, filled in.

    A value nobody knows gives way to its fallback, or vanishes: no open slot ever leaves the desk. Raises
    TemplateError for a text that breaks the grammar.
    """
    short = lang.replace("_", "-").split("-")[0].lower()
    body = texts.get(lang) or texts.get(short) or TEXTS.get(short) or TEXTS["en"]
    known = dict(values)
    if gone.until is not None and gone.until > now_ms:
        known["answer.when"] = _when(short, gone.until, now_ms)
    optional = {each.path for each in placeholders(body)}
    return expand(body, known, optional=optional).text.strip()


def _when(lang: str, at_ms: int, now_ms: int) -> str:
    """When a person will answer, as the customer's language says it. Local to the desk."""
    then, today = time.localtime(at_ms // 1000), time.localtime(now_ms // 1000)
    clock = f"{then.tm_hour:02d}:{then.tm_min:02d}"
    is_today = then[:3] == today[:3]
    if lang == "zh":
        return f"约 {clock} " if is_today else f"{then.tm_mon}月{then.tm_mday}日约 {clock} "
    return (
        f"around {clock}"
        if is_today
        else f"on {then.tm_year}-{then.tm_mon:02d}-{then.tm_mday:02d} around {clock}"
    )
