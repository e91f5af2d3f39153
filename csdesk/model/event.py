"""What happened to a conversation besides messages, in one line a person can read."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from csdesk.clock import format_time
from csdesk.i18n import N_, _
from csdesk.model.operation import Kind

STAGE_WORDS = {"presale": N_("pre-sale"), "insale": N_("in sale"), "aftersale": N_("after-sale")}

Facts = Mapping[str, Any]
Names = Mapping[str, str]


def describe(kind: int, by: str, facts: Facts, names: Names) -> str:
    """The line for an event: ``by`` did ``kind``; ``names`` holds the agent or team it is about."""
    say = _LINES.get(kind)
    return say(by, facts, names) if say else ""


def _claimed(by: str, facts: Facts, names: Names) -> str:
    return _("{agent} claimed the conversation").format(agent=names["agent"] or by)


def _released(by: str, facts: Facts, names: Names) -> str:
    return _("{agent} released the conversation").format(agent=by)


def _transferred(by: str, facts: Facts, names: Names) -> str:
    target = names["agent"] or names["team"]
    if "offer" in facts:
        return _("{agent} took the conversation").format(agent=by)
    if "reason" not in facts:
        return _("{agent} transferred to {target}").format(agent=by, target=target)
    return _("{agent} transferred to {target}: {reason}").format(
        agent=by, target=target, reason=facts["reason"]
    )


def _offered(by: str, facts: Facts, names: Names) -> str:
    if "reason" not in facts:
        return _("{agent} asked {target} to take it").format(agent=by, target=names["agent"])
    return _("{agent} asked {target} to take it: {reason}").format(
        agent=by, target=names["agent"], reason=facts["reason"]
    )


def _returned(by: str, facts: Facts, names: Names) -> str:
    if facts.get("cause") == "taken_back":
        return _("{agent} no longer asks {target}").format(agent=by, target=names["agent"])
    if facts.get("cause") == "lapsed":
        return _("{target} did not answer in time").format(target=names["agent"])
    if "reason" not in facts:
        return _("{agent} declined").format(agent=by)
    return _("{agent} declined: {reason}").format(agent=by, reason=facts["reason"])


def _resolved(by: str, facts: Facts, names: Names) -> str:
    return _("{agent} resolved the conversation").format(agent=by) if by else _("Resolved")


def _reopened(by: str, facts: Facts, names: Names) -> str:
    if facts.get("cause") == "customer":
        return _("Reopened by a new message")
    return _("{agent} reopened the conversation").format(agent=by)


def _snoozed(by: str, facts: Facts, names: Names) -> str:
    if facts.get("kind") == "reply":
        return _("{agent} snoozed until the customer writes").format(agent=by)
    until = time.strftime("%Y-%m-%d %H:%M", time.localtime(facts["until"] // 1000))
    return _("{agent} snoozed until {time}").format(agent=by, time=until)


def _woken(by: str, facts: Facts, names: Names) -> str:
    if facts.get("cause") == "customer":
        return _("Woken by a new message")
    return _("Snooze is over")


def _edited(by: str, facts: Facts, names: Names) -> str:
    stage = STAGE_WORDS.get(facts.get("stage", ""))
    return _("{agent} moved it to {stage}").format(agent=by, stage=_(stage)) if stage else ""


def _erased(by: str, facts: Facts, names: Names) -> str:
    return _("Erased on {date}: what was written before is gone").format(date=format_time(facts["at"])[:10])


_LINES: dict[int, Callable[[str, Facts, Names], str]] = {
    Kind.CONVERSATION_CLAIMED: _claimed,
    Kind.CONVERSATION_RELEASED: _released,
    Kind.CONVERSATION_TRANSFERRED: _transferred,
    Kind.CONVERSATION_RESOLVED: _resolved,
    Kind.CONVERSATION_REOPENED: _reopened,
    Kind.CONVERSATION_SNOOZED: _snoozed,
    Kind.CONVERSATION_WOKEN: _woken,
    Kind.CONVERSATION_EDITED: _edited,
    Kind.CONVERSATION_OFFERED: _offered,
    Kind.CONVERSATION_RETURNED: _returned,
    Kind.CONVERSATION_ERASED: _erased,
    Kind.CONTACT_ERASED: _erased,
}
