"""When waiting customers are announced, and how loudly. Pure: what waits and the moment in, what to do out.

A wait is announced when it turns amber and again when it turns red. However many do so, there is one alert
for all of them: a line on the screen that stays, and a bell or a notification at most every ``gap_ms``.
What a limit is reached by while nobody may be disturbed is held back and announced together afterwards.
(Rules: research/mission.md 1, row 8; DESIGN 10.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum

from csdesk.config import WaitLimits

AFTER_ANSWER_MS = 300_000
"""A customer who writes on within five minutes of an answer has not waited yet for what we announce."""

SOON_MS = 1_000
"""When to look again where what changes is not a wait: an hour, or what the agent is at."""


class Level(IntEnum):
    """How far a wait has come. The numbers are stored."""

    NONE = 0
    NEW = 1
    AMBER = 2
    RED = 3


@dataclass(frozen=True, slots=True)
class Wait:
    """A customer who waits: since ``since``, in terms of limits from ``counts_from`` (UTC ms).

    ``announced`` is the level at which this wait was announced before, as the store remembers it.
    """

    conversation: int
    since: int
    counts_from: int
    tier: str | None = None
    announced: Level = Level.NONE


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From one minute of the local day up to another; across midnight when the end comes first."""

    start: int
    end: int

    def holds(self, minute: int) -> bool:
        """Whether the minute of the day ``minute`` is in them."""
        if self.start <= self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end


@dataclass(frozen=True, slots=True)
class Rules:
    """What an agent wants to hear of. ``limits`` gives a tier's; ``new_waits``: all, first or none."""

    limits: Callable[[str | None], WaitLimits]
    is_on: bool = True
    new_waits: str = "first"
    gap_ms: int = 60_000
    quiet: QuietHours | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """Now: the time (UTC ms), the minute of the local day, and what the agent is at.

    ``acting_on`` is the conversation the agent is writing in: it keeps quiet. ``is_off``: they said they are offline.
    """

    now_ms: int
    minute: int = 0
    acting_on: int | None = None
    is_off: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """A wait was announced at ``level``."""

    conversation: int
    since: int
    level: Level


@dataclass(frozen=True, slots=True)
class Line:
    """What stands on the screen: ``count`` customers wait beyond ``level``'s limit.

    ``limit_ms`` is None when they have different limits. At NEW they are customers of tier A.
    """

    level: Level
    count: int
    limit_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Memory:
    """What has to be known from one look to the next; ``Memory()`` at the start.

    ``told`` holds, by conversation, the wait and its level; ``raised`` the worst level announced since
    the line was dismissed; ``is_owed``: something loud is due once the gap is over.
    """

    told: Mapping[int, Told] = field(default_factory=dict)
    loud_at: int | None = None
    is_owed: bool = False
    raised: Level = Level.NONE
    is_fresh: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a look gives: what was announced now, the line, whether to be loud, when to look again (ms)."""

    memory: Memory
    told: tuple[Told, ...] = ()
    line: Line | None = None
    is_loud: bool = False
    due_at: int | None = None


def counts_from(since: int, answered_at: int | None) -> int:
    """From when a wait counts: the customer's message, or the agent's and five minutes (DESIGN 10)."""
    return since if answered_at is None else max(since, answered_at + AFTER_ANSWER_MS)


def dismissed(memory: Memory) -> Memory:
    """The agent has seen the line."""
    return replace(memory, raised=Level.NONE, is_owed=False)


def look(memory: Memory, waits: Iterable[Wait], moment: Moment, rules: Rules) -> Outcome:
    """What is to be announced now that these customers wait. Everybody who waits is in ``waits``."""
    here = list(waits)
    if not rules.is_on:
        return Outcome(replace(memory, raised=Level.NONE, is_owed=False))
    if moment.is_off or (rules.quiet is not None and rules.quiet.holds(moment.minute)):
        return Outcome(replace(memory, is_owed=False), due_at=moment.now_ms + SOON_MS)
    known = {wait.conversation: _known(memory, wait) for wait in here}
    levels = {wait.conversation: level_of(wait, moment.now_ms, rules) for wait in here}
    is_busy_with = moment.acting_on
    news = [
        Told(wait.conversation, wait.since, levels[wait.conversation])
        for wait in here
        if levels[wait.conversation] > known[wait.conversation] and wait.conversation != is_busy_with
    ]
    told = {wait.conversation: Told(wait.conversation, wait.since, known[wait.conversation]) for wait in here}
    told |= {each.conversation: each for each in news}
    of_tier_a = frozenset(wait.conversation for wait in here if wait.tier == "A")
    is_lull = not any(known.values())
    loud = [each for each in news if _is_worth_saying(each, memory, rules, of_tier_a, is_lull)]
    lined = [each.level for each in loud if each.level > Level.NEW or each.conversation in of_tier_a]
    raised = max([memory.raised, *lined])
    standing = _line(here, levels, raised, rules)
    line = _line([each for each in here if each.conversation != is_busy_with], levels, raised, rules)
    after = _speak(
        replace(memory, told=told, is_fresh=False, raised=standing.level if standing else Level.NONE),
        bool(loud),
        moment.now_ms,
        rules,
        any(wait.conversation != is_busy_with for wait in here),
    )
    is_loud = after.loud_at == moment.now_ms and after.loud_at != memory.loud_at
    due_at = _next_look(here, after, moment.now_ms, rules)
    if is_busy_with in levels:
        due_at = moment.now_ms + SOON_MS
    kept = tuple(each for each in news if each.level > Level.NEW)
    return Outcome(after, kept, line, is_loud, due_at)


def level_of(wait: Wait, now_ms: int, rules: Rules) -> Level:
    """How far a wait has come at ``now_ms``."""
    limits, age = rules.limits(wait.tier), now_ms - wait.counts_from
    if age >= limits.red_ms:
        return Level.RED
    return Level.AMBER if age >= limits.amber_ms else Level.NEW


def _known(memory: Memory, wait: Wait) -> Level:
    told = memory.told.get(wait.conversation)
    return max(wait.announced, told.level) if told and told.since == wait.since else wait.announced


def _is_worth_saying(
    each: Told, memory: Memory, rules: Rules, of_tier_a: frozenset[int], is_lull: bool
) -> bool:
    """Every limit is; of new waits those of tier A, and who comes to an empty queue. At the start none."""
    if each.level > Level.NEW:
        return True
    if memory.is_fresh or rules.new_waits == "none":
        return False
    return rules.new_waits == "all" or each.conversation in of_tier_a or is_lull


def _line(waits: list[Wait], levels: Mapping[int, Level], raised: Level, rules: Rules) -> Line | None:
    """The line for the worst that was raised and still is so."""
    for level in (Level.RED, Level.AMBER, Level.NEW):
        if level > raised:
            continue
        over = [wait for wait in waits if levels[wait.conversation] >= level]
        if level is Level.NEW:
            over = [wait for wait in over if wait.tier == "A"]
        if over:
            limits = {_limit(rules.limits(wait.tier), level) for wait in over}
            return Line(level, len(over), limits.pop() if len(limits) == 1 else None)
    return None


def _limit(limits: WaitLimits, level: Level) -> int:
    return {Level.NEW: 0, Level.AMBER: limits.amber_ms, Level.RED: limits.red_ms}[level]


def _speak(memory: Memory, is_news: bool, now_ms: int, rules: Rules, has_waits: bool) -> Memory:
    """Be loud now, or owe it until the gap is over, or owe nothing: nobody waits any more."""
    if not (is_news or memory.is_owed):
        return memory
    if not has_waits:
        return replace(memory, is_owed=False)
    if memory.loud_at is not None and 0 <= now_ms - memory.loud_at < rules.gap_ms:
        return replace(memory, is_owed=True)
    return replace(memory, loud_at=now_ms, is_owed=False)


def _next_look(waits: list[Wait], memory: Memory, now_ms: int, rules: Rules) -> int | None:
    """When the next limit is reached, or the gap over; None: not before something changes."""
    due = [
        at
        for wait in waits
        for limits in (rules.limits(wait.tier),)
        for at in (wait.counts_from + limits.amber_ms, wait.counts_from + limits.red_ms)
        if at > now_ms
    ]
    if memory.is_owed and memory.loud_at is not None:
        due.append(memory.loud_at + rules.gap_ms)
    if rules.quiet is not None and waits:
        due.append(now_ms + SOON_MS)
    return min(due, default=None)
