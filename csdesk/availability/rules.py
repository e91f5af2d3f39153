"""The rules that write by themselves, as a table: what each is for, when, how often, and what it gives way to.

The order is the order of preference: the first that may write does. The documentation is made from this.
(Occasions and texts: seed 001 and 003; restraint: research/mission.md 4, DESIGN 10.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from csdesk.availability.alerts import AFTER_ANSWER_MS
from csdesk.i18n import N_, _

AFTER_AGENT_MS = AFTER_ANSWER_MS
"""An agent's own words are answer enough for this long."""

LATE_MS = 600_000
"""No text goes to somebody who wrote longer ago than this."""

GAP_MS = 20_000
"""Between two automatic texts in one conversation."""

MAIL_PAUSE_MS = 86_400_000
"""Between two automatic mails to one contact (RFC 3834 asks for restraint; a day is common)."""

BUSY_AFTER_MS = 20_000
"""So long somebody who is busy may still answer first."""


class Rule(StrEnum):
    """Names of the rules, as messages keep them. Never reused."""

    ACK = "ack"
    HOURS = "hours"
    AWAY = "away"
    BUSY = "busy"
    WELCOME = "welcome"
    WAIT = "wait"
    NOTICE = "notice"
    CLOSING = "closing"


class Channel(StrEnum):
    """Where a rule writes."""

    CHAT = "chat"
    MAIL = "mail"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Terms:
    """One rule for a person: ``name``, ``when`` and ``once`` are msgids.

    ``yields_to``: not in a wait in which one of these was told. ``is_on`` is the default.
    """

    rule: Rule
    name: str
    when: str
    once: str
    where: Channel
    yields_to: frozenset[Rule] = frozenset()
    is_on: bool = True


TABLE: tuple[Terms, ...] = (
    Terms(
        Rule.ACK,
        N_("received"),
        N_("a mail comes in; it says when a full answer comes"),
        N_("once for each wait"),
        Channel.MAIL,
    ),
    Terms(
        Rule.HOURS,
        N_("out of hours"),
        N_("nobody is there and it is closed, or everybody who could answer is offline"),
        N_("once for each time of being closed"),
        Channel.BOTH,
        frozenset({Rule.ACK}),
    ),
    Terms(
        Rule.AWAY,
        N_("away"),
        N_("everybody who could answer is away"),
        N_("once for each absence"),
        Channel.BOTH,
        frozenset({Rule.ACK}),
    ),
    Terms(
        Rule.BUSY,
        N_("busy"),
        N_("everybody who could answer is busy or on hold, and 20 s later nobody has"),
        N_("once for each time of being busy"),
        Channel.CHAT,
        frozenset({Rule.HOURS, Rule.AWAY, Rule.WAIT}),
    ),
    Terms(
        Rule.WELCOME,
        N_("welcome"),
        N_("a conversation begins and somebody is there"),
        N_("once for each conversation"),
        Channel.CHAT,
        frozenset({Rule.HOURS, Rule.AWAY, Rule.BUSY, Rule.WAIT}),
        is_on=False,
    ),
    Terms(
        Rule.WAIT,
        N_("please wait"),
        N_("somebody is there, but the customer has waited as long as automatic.wait_after_s says"),
        N_("once for each wait"),
        Channel.CHAT,
        frozenset({Rule.HOURS, Rule.AWAY, Rule.BUSY}),
    ),
    Terms(
        Rule.NOTICE,
        N_("shop notice"),
        N_("a conversation begins while the shop notice holds, for ten minutes more at least; below another "
           "automatic text where one is due"),
        N_("once for each conversation and notice"),
        Channel.BOTH,
    ),
    Terms(
        Rule.CLOSING,
        N_("closing"),
        N_("a conversation was resolved, five minutes after the agent's last words"),
        N_("once for each time it is resolved"),
        Channel.CHAT,
        is_on=False,
    ),
)  # fmt: skip

BY_NAME: Mapping[str, Terms] = {terms.rule.value: terms for terms in TABLE}


def rule_name(rule: str | None) -> str:
    """The word for a rule in the language of now; empty for one this csdesk does not know."""
    terms = BY_NAME.get(rule or "")
    return _(terms.name) if terms is not None else ""
