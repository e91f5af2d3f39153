"""A scored practice as JSON and as lines of text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from csdesk.i18n import _
from csdesk.trainer import wording
from csdesk.trainer.engine import Practice
from csdesk.trainer.scorer import Loss, Score

MODEL_SHOWN = 200


def score_item(practice: Practice, result: Score) -> dict[str, Any]:
    """Points of 100 (rounded to 0.01), each loss with turn (from 1), span (code points) and reason."""
    return {
        "scenario": practice.scenario.id,
        "attempt": practice.attempt,
        "score": round(result.total, 2),
        "outcome": result.outcome.value,
        "fatal": [slip.value for slip in result.fatal],
        "dimensions": {
            dimension.value: {"points": round(mark.points, 2), "of": round(mark.most, 2)}
            for dimension, mark in result.marks.items()
        },
        "losses": [_loss(loss) for loss in result.losses],
        "lines": [
            {"from": "customer" if line.is_customer else "agent", "text": line.text, "at_s": line.at_s}
            for line in practice.lines
        ],
    }


def _loss(loss: Loss) -> dict[str, Any]:
    return {
        "dimension": loss.dimension.value,
        "points": round(loss.points, 2),
        "rule": loss.rule,
        "reason": loss.reason,
        "turn": loss.turn or None,
        "span": list(loss.span) if loss.span else None,
        "said": loss.said,
        "model": loss.model,
    }


def debrief(practice: Practice, result: Score) -> Iterator[str]:
    """What a trainee reads at the end: points, how it ended, each dimension, then every loss turn by turn, with
    what could have been said there."""
    yield _("{points} of 100 points. {outcome}").format(
        points=f"{result.total:.0f}", outcome=wording.outcome(result.outcome)
    )
    for slip in result.fatal:
        yield _("! {slip}: no more than 40 points.").format(slip=wording.fatal(slip))
    for dimension, mark in result.marks.items():
        yield f"  {mark.points:5.1f} / {mark.most:4.1f}  {dimension.label}"
    told: set[int] = set()
    for loss in sorted(result.losses, key=lambda loss: (loss.turn or len(practice.turns) + 1, -loss.points)):
        place = _("turn {number}").format(number=loss.turn) if loss.turn else _("overall")
        yield f"- {loss.points:.1f} ({place}) {loss.reason}"
        if loss.span and loss.said:
            yield f"    “{loss.said[:60]}”"
        if loss.model and loss.turn not in told:
            told.add(loss.turn)
            yield "    " + _("Better: {model}").format(model=loss.model[:MODEL_SHOWN])
    yield practice.scenario.lesson
