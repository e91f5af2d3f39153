"""How somebody gets on: each dimension over time, the rules that cost most, and which lesson comes next.

Lessons come back at growing distances, the plainest form of spaced repetition: a lesson under 60 points is due
again at once, under 80 after 2 days, under 90 after 5, else after 10, and each further good attempt in a row
doubles the distance, up to 160 days. Before something new is begun, what is due is repeated; something new is
chosen for the weakest dimension, no harder than one step above what went well. Everything follows from the
attempts and the day alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from csdesk.model.finding import Fate, Fated, Ignored, most_ignored
from csdesk.trainer import wording
from csdesk.trainer.acts import DIMENSION_OF
from csdesk.trainer.attempts import Attempt
from csdesk.trainer.criteria import dimension_of
from csdesk.trainer.rubric import Dimension
from csdesk.trainer.scenario import WRONG, Scenario

DAY_MS = 86_400_000
STEPS = ((60.0, 0), (80.0, 2), (90.0, 5))
"""Below so many points a lesson is due again after so many days."""
GOOD_DAYS = 10
MOST_DAYS = 160
GOOD = 80.0
_CONSEQUENCES = ("outcome:", "answered-first", "fatal")
_OWN = frozenset({"reply-time", "mood", "sorry", "repeat", "never"})
LATEST = 10
"""Attempts that count for how somebody stands now."""


@dataclass(frozen=True, slots=True)
class Cost:
    """A rule, how often it cost points, and how many on average over the attempts looked at."""

    rule: str
    dimension: str
    times: int
    points: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The lesson to take next. ``due_at`` is UTC ms of a repetition; None for a new lesson.

    ``weakest`` is the dimension that a new lesson was chosen for, None for a repetition or a first lesson.
    """

    scenario: Scenario
    due_at: int | None
    weakest: Dimension | None


def levels(attempts: Sequence[Attempt]) -> Mapping[Dimension, float]:
    """The mean share (0 to 1) of each dimension over the latest attempts that had it."""
    found: dict[Dimension, float] = {}
    for dimension in Dimension:
        shares = [one.shares[dimension] for one in attempts if dimension in one.shares][-LATEST:]
        if shares:
            found[dimension] = fmean(shares)
    return found


def weakest(attempts: Sequence[Attempt]) -> Dimension | None:
    """The dimension with the lowest level; None without attempts."""
    now = levels(attempts)
    order = list(Dimension)
    return min(now, key=lambda one: (now[one], order.index(one)), default=None)


def costliest(attempts: Sequence[Attempt], most: int = 5) -> tuple[Cost, ...]:
    """The rules that cost most points over ``attempts``, the costliest first.

    How a conversation ended, and what was held back or capped, follow from other slips and are left out.
    """
    sums: dict[tuple[str, str], list[float]] = {}
    for attempt in attempts:
        for slip in attempt.slips:
            if not slip.rule.startswith(_CONSEQUENCES):
                sums.setdefault((cause(slip.rule), slip.dimension), []).append(slip.points)
    costs = [
        Cost(rule, dimension, len(points), sum(points) / len(attempts))
        for (rule, dimension), points in sums.items()
    ]
    return tuple(sorted(costs, key=lambda cost: (-cost.points, cost.rule))[:most])


def ignored(attempts: Sequence[Attempt], most: int = 5) -> tuple[Ignored, ...]:
    """The rules of the etiquette check that were ignored most often over ``attempts``."""
    fated = (Fated(rule, Fate.IGNORED, why, count) for one in attempts for rule, why, count in one.ignored)
    return most_ignored(fated, most)


def cause(rule: str) -> str:
    """A rule as it is counted over scenarios: their own facts go together, acts and findings stand alone."""
    if rule.startswith(WRONG):
        return wording.WRONG_FACT
    is_known = "." in rule or rule in _OWN or all(part in DIMENSION_OF for part in rule.split("|"))
    return rule if is_known else wording.FACT


def series(attempts: Sequence[Attempt], dimension: Dimension) -> tuple[tuple[int, float], ...]:
    """A dimension over time: when (UTC ms) and its share (0 to 1), for the attempts that had it."""
    return tuple((one.at, one.shares[dimension]) for one in attempts if dimension in one.shares)


def due_at(tries: Sequence[Attempt]) -> int:
    """When a lesson that was tried (oldest first, at least once) comes back, UTC ms."""
    last = tries[-1]
    for below, days in STEPS:
        if last.total < below:
            return last.at + days * DAY_MS
    good = 0
    for one in reversed(tries):
        if one.total < STEPS[-1][0]:
            break
        good += 1
    days = min(MOST_DAYS, GOOD_DAYS << min(good - 1, 10))
    return last.at + days * DAY_MS


def suggest(scenarios: Sequence[Scenario], attempts: Sequence[Attempt], now_ms: int) -> Suggestion | None:
    """The next lesson for the agent whose ``attempts`` (oldest first) these are; None without scenarios."""
    tried: dict[str, list[Attempt]] = {}
    for one in attempts:
        tried.setdefault(one.scenario, []).append(one)
    taken = [one for one in scenarios if one.id in tried]
    dues = {one.id: due_at(tried[one.id]) for one in taken}
    due = [one for one in taken if dues[one.id] <= now_ms]
    if due:
        first = min(due, key=lambda one: (tried[one.id][-1].total >= GOOD, dues[one.id], one.id))
        return Suggestion(first, dues[first.id], None)
    fresh = [one for one in scenarios if one.id not in tried]
    if fresh:
        return _fresh(scenarios, fresh, attempts)
    later = min(taken, key=lambda one: (dues[one.id], one.id), default=None)
    return None if later is None else Suggestion(later, dues[later.id], None)


def _fresh(
    scenarios: Sequence[Scenario], fresh: Sequence[Scenario], attempts: Sequence[Attempt]
) -> Suggestion:
    """Something new: not too hard, and with what is weakest in it."""
    hardest = 1 + max(
        (
            one.difficulty
            for one in scenarios
            for each in attempts
            if each.scenario == one.id and each.total >= GOOD
        ),
        default=0,
    )
    weak = weakest(attempts)

    def rank(one: Scenario) -> tuple[bool, bool, int, str]:
        return one.difficulty > hardest, weak not in practised(one), one.difficulty, one.id

    return Suggestion(min(fresh, key=rank), None, weak)


def practised(scenario: Scenario) -> frozenset[Dimension]:
    """The dimensions that a scenario's nodes ask for."""
    return frozenset(dimension_of(scenario, need) for node in scenario.nodes.values() for need in node.needs)
