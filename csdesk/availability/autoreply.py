"""Automatic texts: which one, when, and only once. Pure: facts in, a verdict on each rule out.

Every rule is judged the same way: is there an occasion, and does any guard forbid it? The first guard that
does is the reason that ``csdesk availability why`` gives; the first rule that none forbids writes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from csdesk.availability.alerts import counts_from
from csdesk.availability.facts import Moment, Policy, Presence, Reach, Talk
from csdesk.availability.rules import (
    AFTER_AGENT_MS,
    BUSY_AFTER_MS,
    GAP_MS,
    LATE_MS,
    MAIL_PAUSE_MS,
    TABLE,
    Channel,
    Rule,
    Terms,
)


class Block(StrEnum):
    """Why a rule does not write."""

    OFF = "off"
    CHANNEL = "channel"
    NO_OCCASION = "no_occasion"
    MACHINE = "machine"
    BLOCKED = "blocked"
    TOLD = "told"
    OTHER_TOLD = "other_told"
    LATE = "late"
    UNWATCHED = "unwatched"
    AGENT = "agent"
    MAILED = "mailed"
    GAP = "gap"
    NOT_YET = "not_yet"


@dataclass(frozen=True, slots=True)
class Occasion:
    """Something to write of: the episode it is told once in, and when it is due (0: at once; a customer's
    message may be ahead of a clock that was set back).

    ``answers`` is what it answers, a message or a resolve; ``began`` when what it tells of began.
    """

    agent: int
    episode: int
    due_at: int
    answers: int
    began: int


@dataclass(frozen=True, slots=True)
class Case:
    """One rule in one conversation at one moment."""

    terms: Terms
    occasion: Occasion
    talk: Talk
    moment: Moment


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a rule; ``block`` None: it writes now. ``at`` is when the block ends by itself."""

    rule: Rule
    block: Block | None
    occasion: Occasion | None = None
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """A text to be written now. ``notice`` is the number of the shop notice below it."""

    rule: Rule
    agent: int
    episode: int
    notice: int | None = None


def _always(talk: Talk, reach: Reach, policy: Policy, moment: Moment) -> Occasion | None:
    """Somebody waits: each wait is told once."""
    return _of(talk, 0, talk.since)


def _closed(talk: Talk, reach: Reach, policy: Policy, moment: Moment) -> Occasion | None:
    return _of(talk, 0, reach.episode, began=reach.episode) if reach.presence is Presence.CLOSED else None


def _away(talk: Talk, reach: Reach, policy: Policy, moment: Moment) -> Occasion | None:
    return (
        _of(talk, reach.agent, reach.episode, began=reach.episode)
        if reach.presence is Presence.AWAY
        else None
    )


def _busy(talk: Talk, reach: Reach, policy: Policy, moment: Moment) -> Occasion | None:
    """Being busy is told once; being on hold has no beginning of its own, and is told once a wait."""
    if reach.presence is not Presence.BUSY or talk.since is None:
        return None
    episode = talk.since if reach.episode is None else reach.episode
    return _of(talk, reach.agent, episode, due_at=talk.since + BUSY_AFTER_MS)


def _begins(talk: Talk, reach: Reach, policy: Policy, moment: Moment) -> Occasion | None:
    is_here = reach.presence in (Presence.HERE, Presence.BUSY)
    return _of(talk, 0, 0) if is_here and talk.agent_at is None else None


def _waits(talk: Talk, reach: Reach, policy: Policy, moment: Moment) -> Occasion | None:
    """Who wrote while nobody watched has their wait counted from when somebody does."""
    if reach.presence not in (Presence.HERE, Presence.BUSY) or talk.since is None:
        return None
    counted = max(counts_from(talk.since, talk.agent_at), moment.watched_since)
    due_at = counted + policy.wait_ms(talk.tier)
    return _of(talk, 0, talk.since, due_at=due_at, began=moment.now)


def _noticed(talk: Talk, reach: Reach, policy: Policy, moment: Moment) -> Occasion | None:
    notice = policy.notice
    if notice is None or not notice.holds(moment.now) or talk.agent_at is not None:
        return None
    return None if reach.presence is Presence.NOBODY else _of(talk, 0, notice.key)


def _resolved(talk: Talk, reach: Reach, policy: Policy, moment: Moment) -> Occasion | None:
    at = talk.resolved_at
    return None if at is None or talk.agent_at is None else Occasion(0, at, at, at, at)


def _of(
    talk: Talk, agent: int, episode: int | None, *, due_at: int = 0, began: int | None = None
) -> Occasion | None:
    """An occasion for somebody who waits."""
    if talk.since is None or episode is None:
        return None
    wrote = talk.customer_at
    return Occasion(agent, episode, due_at, wrote, wrote if began is None else began)


_OCCASIONS: Mapping[Rule, Callable[[Talk, Reach, Policy, Moment], Occasion | None]] = {
    Rule.ACK: _always,
    Rule.HOURS: _closed,
    Rule.AWAY: _away,
    Rule.BUSY: _busy,
    Rule.WELCOME: _begins,
    Rule.WAIT: _waits,
    Rule.NOTICE: _noticed,
    Rule.CLOSING: _resolved,
}


def is_to_machine(case: Case) -> bool:
    return case.talk.is_from_machine


def is_to_blocked(case: Case) -> bool:
    return case.talk.is_blocked


def is_told(case: Case) -> bool:
    key = (case.terms.rule, case.occasion.agent, case.occasion.episode)
    return any((each.rule, each.agent, each.episode) == key for each in case.talk.told)


def is_other_told(case: Case) -> bool:
    since = case.talk.since
    return since is not None and any(
        each.wait == since and each.rule in case.terms.yields_to for each in case.talk.told
    )


def is_too_late(case: Case) -> bool:
    return case.moment.now - case.occasion.answers > LATE_MS


def is_unwatched(case: Case) -> bool:
    """What came, and what it is about, both from before somebody ran the inboxes: told to nobody then."""
    return max(case.occasion.answers, case.occasion.began) < case.moment.watched_since


def is_behind_agent(case: Case) -> bool:
    return case.talk.agent_at is not None and case.moment.now - case.talk.agent_at < AFTER_AGENT_MS


def is_mailed(case: Case) -> bool:
    mailed_at = case.talk.mailed_at
    return case.talk.is_mail and mailed_at is not None and case.moment.now - mailed_at < MAIL_PAUSE_MS


def is_too_soon(case: Case) -> bool:
    return any(0 <= case.moment.now - each.at < GAP_MS for each in case.talk.told)


def is_not_yet(case: Case) -> bool:
    return case.moment.now < case.occasion.due_at


Guard = tuple[Block, Callable[[Case], bool]]

GUARDS: tuple[Guard, ...] = (
    (Block.MACHINE, is_to_machine),
    (Block.BLOCKED, is_to_blocked),
    (Block.TOLD, is_told),
    (Block.OTHER_TOLD, is_other_told),
    (Block.LATE, is_too_late),
    (Block.UNWATCHED, is_unwatched),
    (Block.AGENT, is_behind_agent),
    (Block.MAILED, is_mailed),
    (Block.GAP, is_too_soon),
    (Block.NOT_YET, is_not_yet),
)
"""Whatever the occasion: each forbids a text. The first that does is the reason that is given."""


def judge(
    talk: Talk, reach: Reach, policy: Policy, moment: Moment, guards: Sequence[Guard] = GUARDS
) -> list[Verdict]:
    """What becomes of each rule in a conversation now, in the order of the table."""
    return [_verdict(terms, talk, reach, policy, moment, guards) for terms in TABLE]


def decide(
    talk: Talk, reach: Reach, policy: Policy, moment: Moment, guards: Sequence[Guard] = GUARDS
) -> Decision | None:
    """The text to be written now; None: none. A shop notice that is due goes below another text."""
    due = [each for each in judge(talk, reach, policy, moment, guards) if each.block is None]
    notice = next((each for each in due if each.rule is Rule.NOTICE), None)
    first = next((each for each in due if each.rule is not Rule.NOTICE), notice)
    if first is None or first.occasion is None:
        return None
    number = notice.occasion.episode if notice is not None and notice.occasion is not None else None
    if first is notice:
        if talk.is_mail:
            return None  # a letter that holds nothing but a promotion is not sent
        number = None
    return Decision(first.rule, first.occasion.agent, first.occasion.episode, number)


def _verdict(
    terms: Terms, talk: Talk, reach: Reach, policy: Policy, moment: Moment, guards: Sequence[Guard]
) -> Verdict:
    if terms.rule not in policy.rules:
        return Verdict(terms.rule, Block.OFF)
    if terms.where is not Channel.BOTH and (terms.where is Channel.MAIL) is not talk.is_mail:
        return Verdict(terms.rule, Block.CHANNEL)
    occasion = _OCCASIONS[terms.rule](talk, reach, policy, moment)
    if occasion is None:
        return Verdict(terms.rule, Block.NO_OCCASION)
    case = Case(terms, occasion, talk, moment)
    block = next((name for name, forbids in guards if forbids(case)), None)
    return Verdict(terms.rule, block, occasion, _ends(block, case))


def _ends(block: Block | None, case: Case) -> int | None:
    """When a block is over by itself."""
    talk = case.talk
    match block:
        case Block.AGENT if talk.agent_at is not None:
            return talk.agent_at + AFTER_AGENT_MS
        case Block.MAILED if talk.mailed_at is not None:
            return talk.mailed_at + MAIL_PAUSE_MS
        case Block.GAP:
            return max(each.at for each in talk.told) + GAP_MS
        case Block.NOT_YET:
            return case.occasion.due_at
    return None


def is_late(written_at: int, now_ms: int) -> bool:
    """Whether an automatic text that has not left yet should not leave any more."""
    return now_ms - written_at > LATE_MS
