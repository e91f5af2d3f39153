"""From criteria to points: a total out of 100, a share for each dimension, and every point that was lost.

``total`` and the points lost always add up to 100. Two rules keep the score honest: no dimension pays more
than twice the share that answering earned, so courtesy without an answer is worth little and silence nothing;
and a fatal slip caps the total. What was said is only ever counted once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from csdesk.etiquette.reading import Span
from csdesk.i18n import _
from csdesk.trainer import acts, wording
from csdesk.trainer.criteria import Criterion, criteria
from csdesk.trainer.engine import Practice
from csdesk.trainer.rubric import FATAL_CAP, WEIGHTS, Dimension
from csdesk.trainer.scenario import Ending, Fatal

OVER_ANSWERED = 2
"""How many times the share of answering another dimension can be worth."""
FULL = 100.0


@dataclass(frozen=True, slots=True)
class Loss:
    """Points that were lost, and where: ``turn`` counts from 1 (0: nowhere in particular), ``line`` is the
    number of the line in the talk (-1: none), ``span`` code points of what was said in that turn."""

    dimension: Dimension
    points: float
    rule: str
    reason: str
    turn: int = 0
    line: int = -1
    span: Span | None = None
    said: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """One dimension: points earned of points possible. Dimensions that do not apply have no mark."""

    points: float
    most: float

    @property
    def share(self) -> float:
        return self.points / self.most if self.most else 0.0


@dataclass(frozen=True, slots=True)
class Score:
    """What a practice is worth, and why not more."""

    total: float
    marks: Mapping[Dimension, Mark]
    losses: tuple[Loss, ...]
    fatal: tuple[Fatal, ...]
    outcome: Ending


def score(practice: Practice, weights: Mapping[Dimension, int] = WEIGHTS) -> Score:
    """The score of a finished practice."""
    judged = criteria(practice)
    asked = {dimension: [one for one in judged if one.dimension is dimension] for dimension in Dimension}
    asked = {dimension: ones for dimension, ones in asked.items() if ones and weights[dimension]}
    whole = sum(weights[dimension] for dimension in asked)
    answered = _share(asked.get(Dimension.ANSWERED, []))
    marks: dict[Dimension, Mark] = {}
    losses: list[Loss] = []
    for dimension, ones in asked.items():
        most = FULL * weights[dimension] / whole
        share = _share(ones)
        losses += [_loss(practice, one, most, ones) for one in ones if one.got < one.worth]
        ceiling = min(1.0, OVER_ANSWERED * answered)
        if dimension is not Dimension.ANSWERED and share > ceiling:
            losses.append(_held_back(dimension, most * (share - ceiling)))
            share = ceiling
        marks[dimension] = Mark(most * share, most)
    total = sum(mark.points for mark in marks.values())
    fatal = fatal_slips(practice)
    if fatal and total > FATAL_CAP:
        losses.append(_capped(practice, total - FATAL_CAP))
        total = float(FATAL_CAP)
    losses.sort(key=lambda loss: (-loss.points, loss.turn))
    return Score(total, marks, tuple(losses), fatal, practice.outcome or Ending.UNFINISHED)


def fatal_slips(practice: Practice) -> tuple[Fatal, ...]:
    """The fatal slips of a practice, each once, in order."""
    found: list[Fatal] = []
    facts = practice.scenario.facts
    for turn in practice.turns:
        heard = turn.heard
        found += [fatal for name in heard.wrong if (fatal := facts[name].fatal) is not None]
        found += [never.fatal for never, _span in heard.nevers if never.fatal is not None]
        if acts.ABUSE in heard.acts:
            found.append(Fatal.ABUSE)
        if acts.OFF_PLATFORM in heard.acts:
            found.append(Fatal.OFF_PLATFORM)
    return tuple(dict.fromkeys(found))


def _share(ones: list[Criterion]) -> float:
    worth = sum(one.worth for one in ones)
    return sum(one.got for one in ones) / worth if worth else 1.0


def _loss(practice: Practice, one: Criterion, most: float, ones: list[Criterion]) -> Loss:
    worth = sum(each.worth for each in ones)
    points = most * (one.worth - one.got) / worth
    turn = practice.turns[one.turn] if one.turn is not None and one.turn < len(practice.turns) else None
    return Loss(
        dimension=one.dimension,
        points=points,
        rule=one.rule,
        reason=one.reason,
        turn=0 if one.turn is None else one.turn + 1,
        line=-1 if turn is None else turn.line,
        span=one.span,
        said="" if turn is None else turn.text if one.span is None else turn.text[slice(*one.span)],
        model=one.model,
    )


def _held_back(dimension: Dimension, points: float) -> Loss:
    reason = _("Held back: too little of what the customer needed was answered for this to count in full.")
    return Loss(dimension, points, "answered-first", reason)


def _capped(practice: Practice, points: float) -> Loss:
    named = ", ".join(wording.fatal(fatal) for fatal in fatal_slips(practice))
    reason = _("Capped at {cap} points: {fatal}.").format(cap=FATAL_CAP, fatal=named)
    return Loss(Dimension.HONEST, points, "fatal", reason)
