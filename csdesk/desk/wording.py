"""The etiquette check of a reply at the desk: its moment in the conversation, and what is done with findings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from csdesk.desk.context import Desk
from csdesk.etiquette import ruleset
from csdesk.etiquette.checker import check
from csdesk.etiquette.context import Context
from csdesk.etiquette.detectors import acts, mood_of
from csdesk.etiquette.ruleset import RuleSet, ignore_key
from csdesk.i18n import N_, _
from csdesk.model.conversation import Conversation
from csdesk.model.finding import Fate, Finding, Ignored, Severity, most_ignored
from csdesk.model.message import Sender
from csdesk.model.published import Thing
from csdesk.store import conversations, findings, messages, published
from csdesk.template import Expansion, expand
from csdesk.text import clean_line

LATELY = 20
"""Messages that are looked at for the moment of a reply."""

REASONS: Final = {
    "fits": N_("It fits here"),
    "asked": N_("The customer wants it so"),
    "rule": N_("The rule is wrong"),
}
"""Why a finding is ignored, by what is stored."""


def rules_of(desk: Desk) -> RuleSet:
    """The rules as this desk's settings want them, with those of the team. Reads files and takes a fifth of a second:
    for a thread."""
    return ruleset.for_settings(desk.settings, published.files(desk.store.reader(), Thing.ETIQUETTE))


def moment_of(desk: Desk, conversation: Conversation) -> Context:
    """What is known around the next reply of a conversation; read by index."""
    lately = messages.before(desk.store.reader(), conversation.id, None, LATELY, with_events=False)
    is_answered = any(each.sender is Sender.AGENT for each in lately)
    heard = next((each.text for each in reversed(lately) if each.sender is Sender.CUSTOMER), "")
    shown = acts(heard) if heard else frozenset[str]()
    waited = conversation.waiting_since
    return Context(
        is_first_turn=not is_answered and len(lately) < LATELY,
        is_closing=bool(shown & {"bye", "thank"}) and "ask" not in shown and is_answered,
        waited_s=None if waited is None else max(0, desk.now_ms() - waited) // 1000,
        mood=mood_of(heard) if heard else None,
        stage=conversation.stage or "",
        tier=conversation.tier or "",
        lang=(conversation.lang or "")[:2],
    )


def ignored(desk: Desk, conversation: int) -> frozenset[str]:
    """What this agent does not want to hear of again in a conversation."""
    return findings.ignored(desk.store.reader(), desk.agent.id, conversation)


def blocks(desk: Desk, conversation: int, text: str) -> tuple[Finding, ...]:
    """The findings of a reply that ask before it is sent."""
    current = conversations.get(desk.store.reader(), conversation)
    rules = rules_of(desk).ignoring(ignored(desk, conversation))
    found = check(text, moment_of(desk, current), rules)
    return tuple(each for each in found if each.severity is Severity.BLOCK)


def often_ignored(
    desk: Desk, agent: int | None = None, *, conversation: int | None = None, since: int = 0
) -> tuple[Ignored, ...]:
    """The rules that were ignored at this desk since ``since`` (UTC ms), by one agent or by all, most often first."""
    reader = desk.store.reader()
    return most_ignored(findings.fates(reader, agent=agent, conversation=conversation, since=since))


def reasons_told(reasons: Mapping[str, int]) -> str:
    """Why a rule was ignored and how often, in words: ``It fits here 3, sent anyway 1``."""
    known = {**REASONS, Fate.ANYWAY.value: N_("sent anyway")}
    told = (f"{_(known[name]) if name in known else name or '-'} {count}" for name, count in reasons.items())
    return _(", ").join(told)


def remember(desk: Desk, conversation: int, finding: Finding, fate: str, reason: str = "") -> None:
    """Note that a finding was ignored, accepted, or sent anyway. Durable once the writer comes to it."""
    key, agent, now = ignore_key(finding), desk.agent.id, desk.now_ms()
    desk.store.submit(
        lambda tx: findings.remember(
            tx.connection, agent=agent, conversation=conversation, key=key, fate=fate, reason=reason, at=now
        )
    )


def suggestion(finding: Finding, conversation: Conversation | None) -> Expansion:
    """The finding's suggestion with what is known filled in; what is not stays an open slot."""
    name = clean_line(conversation.contact_name) if conversation is not None else ""
    return expand(finding.suggestion, {"contact.name": name})
