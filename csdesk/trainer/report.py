"""What a teacher reads: how each trainee gets on over a time, from the attempts that were kept."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from csdesk.clock import format_time
from csdesk.model.finding import Ignored
from csdesk.trainer import wording
from csdesk.trainer.attempts import Attempt, is_stale, of_agent
from csdesk.trainer.library import Library
from csdesk.trainer.progress import Cost, Suggestion, costliest, ignored, levels, suggest
from csdesk.trainer.rubric import Dimension

CSV_HEAD = (
    "agent",
    "scenario",
    "attempt",
    "at",
    "mode",
    "total",
    "outcome",
    "fatal",
    *Dimension,
    "replies",
    "quick",
    "stale",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Trainee:
    """One agent's attempts (oldest first) and what follows from them. ``stale`` counts attempts at scenarios
    that are gone or have changed since."""

    agent: str
    attempts: tuple[Attempt, ...]
    mean: float
    levels: Mapping[Dimension, float]
    costs: tuple[Cost, ...]
    suggestion: Suggestion | None
    stale: int
    ignored: tuple[Ignored, ...] = ()


def trainees(
    attempts: Sequence[Attempt], library: Library, now_ms: int, *, every: Sequence[Attempt] = ()
) -> tuple[Trainee, ...]:
    """Everybody who has ``attempts``, by name. The next lesson follows from ``every`` attempt there is, also
    from those outside the time that is reported; without it from ``attempts``."""
    names = {one.agent.casefold(): one.agent for one in attempts}
    found = []
    for name in sorted(names):
        mine = of_agent(attempts, name)
        found.append(
            Trainee(
                agent=names[name],
                attempts=mine,
                mean=fmean(one.total for one in mine),
                levels=levels(mine),
                costs=costliest(mine),
                suggestion=suggest(
                    library.spoken(mine[-1].scenario), of_agent(every or attempts, name), now_ms
                ),
                ignored=ignored(mine),
                stale=sum(is_stale(one, library.by_id.get(one.scenario)) for one in mine),
            )
        )
    return tuple(found)


def as_item(trainee: Trainee) -> dict[str, Any]:
    """A trainee as JSON: shares from 0 to 1, points of 100, times in ISO-8601 UTC."""
    next_one = trainee.suggestion
    return {
        "agent": trainee.agent,
        "attempts": len(trainee.attempts),
        "mean": round(trainee.mean, 1),
        "best": round(max(one.total for one in trainee.attempts), 1),
        "stale": trainee.stale,
        "dimensions": {dimension.value: round(share, 3) for dimension, share in trainee.levels.items()},
        "costliest": [
            {
                "rule": cost.rule,
                "label": wording.rule(cost.rule),
                "dimension": cost.dimension,
                "times": cost.times,
                "points": round(cost.points, 2),
            }
            for cost in trainee.costs
        ],
        "ignored": [
            {"rule": each.rule, "times": each.times, "reasons": dict(each.reasons)}
            for each in trainee.ignored
        ],
        "next": next_one.scenario.id if next_one else None,
        "history": [
            {
                "scenario": one.scenario,
                "at": format_time(one.at),
                "total": one.total,
                "outcome": one.outcome,
                "mode": one.mode,
            }
            for one in trainee.attempts
        ],
    }


def as_csv(attempts: Sequence[Attempt], library: Library) -> Iterator[str]:
    """One row an attempt, CRLF, cells that a spreadsheet would run as a formula made harmless."""
    yield _row(CSV_HEAD)
    for one in attempts:
        shares = [
            f"{one.shares[dimension]:.3f}" if dimension in one.shares else "" for dimension in Dimension
        ]
        stale = "yes" if is_stale(one, library.by_id.get(one.scenario)) else ""
        facts = (one.agent, one.scenario, str(one.number), format_time(one.at), one.mode, f"{one.total:.1f}")
        rest = (one.outcome, " ".join(one.fatal), *shares, str(len(one.replies)), str(one.quick), stale)
        yield _row((*facts, *rest))


def _row(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
    return line.getvalue()
