"""What somebody sits down to: which lessons at once, coached or examined, and the choice among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from csdesk.trainer.attempts import Attempt, next_number, of_agent
from csdesk.trainer.progress import DAY_MS, due_at, practised, suggest, weakest
from csdesk.trainer.rubric import Dimension
from csdesk.trainer.scenario import Scenario, Theme

MOST_AT_ONCE = 3
"""Customers at once: as many as one person takes (seed 003)."""


class Mode(StrEnum):
    """``coach`` says at once what was missing; ``exam`` says nothing until the end."""

    COACH = "coach"
    EXAM = "exam"


@dataclass(frozen=True, slots=True)
class Lesson:
    """One customer of a sitting; ``attempt`` chooses among the wordings."""

    scenario: Scenario
    attempt: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What is practised at one sitting, by whom."""

    agent: str
    mode: Mode
    lessons: tuple[Lesson, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which scenarios are to be listed; None leaves a side open."""

    theme: Theme | None = None
    difficulty: int | None = None
    lang: str | None = None
    is_weakest_only: bool = False


@dataclass(frozen=True, slots=True)
class Offered:
    """A scenario to choose: how often it was taken, the points of the last time (None: never), and when it
    comes back (UTC ms). ``is_next``: the lesson to take now."""

    scenario: Scenario
    tries: int
    last: float | None
    due_at: int | None
    is_next: bool

    def is_due(self, now_ms: int) -> bool:
        """Whether it is to be repeated by now, or today."""
        return self.due_at is not None and self.due_at < now_ms + DAY_MS // 2


def offered(
    scenarios: Sequence[Scenario], attempts: Sequence[Attempt], now_ms: int, wanted: Wanted | None = None
) -> tuple[Offered, ...]:
    """The scenarios that fit ``wanted``, the next lesson first, then what is due, then what practises the
    weakest dimension, the easier before the harder.

    ``attempts`` are one agent's, oldest first.
    """
    sought = wanted or Wanted()
    weak = weakest(attempts)
    fitting = [one for one in scenarios if _fits(one, sought, weak)]
    following = suggest(fitting, attempts, now_ms)
    tried: dict[str, list[Attempt]] = {}
    for one in attempts:
        tried.setdefault(one.scenario, []).append(one)
    found = []
    for scenario in fitting:
        mine = tried.get(scenario.id, [])
        is_next = following is not None and following.scenario is scenario
        back = due_at(mine) if mine else None
        found.append(Offered(scenario, len(mine), mine[-1].total if mine else None, back, is_next))

    def rank(one: Offered) -> tuple[bool, bool, bool, bool, int, str]:
        is_weak = weak in practised(one.scenario)
        scenario = one.scenario
        return (
            not one.is_next,
            not one.is_due(now_ms),
            one.tries > 0,
            not is_weak,
            scenario.difficulty,
            scenario.id,
        )

    return tuple(sorted(found, key=rank))


def _fits(one: Scenario, wanted: Wanted, weak: Dimension | None) -> bool:
    return (
        (wanted.theme is None or wanted.theme in one.tags)
        and wanted.difficulty in (None, one.difficulty)
        and wanted.lang in (None, one.lang)
        and (not wanted.is_weakest_only or weak is None or weak in practised(one))
    )


def plan(agent: str, mode: Mode, chosen: Sequence[Scenario], attempts: Sequence[Attempt]) -> Plan:
    """A sitting of ``agent`` with the customers of ``chosen``; each attempt has its next number.

    Raises ValueError for none, or more than MOST_AT_ONCE.
    """
    if not 0 < len(chosen) <= MOST_AT_ONCE:
        raise ValueError(len(chosen))
    mine = of_agent(attempts, agent)
    return Plan(agent, mode, tuple(Lesson(one, next_number(mine, agent, one.id)) for one in chosen))
