"""What a coach says while somebody practises: the card before the talk, and after each turn what it lacked."""

from __future__ import annotations

from csdesk.i18n import _
from csdesk.trainer import shop
from csdesk.trainer.criteria import Criterion, criteria
from csdesk.trainer.engine import Practice
from csdesk.trainer.rubric import Dimension
from csdesk.trainer.scenario import Scenario

MOST_REASONS = 3
_ONLY_AT_THE_END = ("mood", "sorry", "outcome:")
"""Criteria that a talk is judged by as a whole."""


def card(scenario: Scenario) -> str:
    """What the agent knows of this customer, as a note for the conversation."""
    truths = [f"· {truth}" for truth in (*scenario.card, *shop.told(scenario.policy).values())]
    return "\n".join([_("What you know: {about}").format(about=scenario.about), *truths])


def remark(practice: Practice, turn: int) -> str:
    """What the turn with number ``turn`` (from 0) lacked, worst first, and what could have been said; empty when
    it lacked nothing."""
    lacking = [
        one for one in criteria(practice) if one.turn == turn and one.got < one.worth and _is_of_a_turn(one)
    ]
    if not lacking:
        return ""
    lacking.sort(key=lambda one: one.got - one.worth)
    reasons = [f"· {reason}" for reason in dict.fromkeys(one.reason for one in lacking)]
    model = next((one.model for one in lacking if one.model), "")
    better = [_("Better: {model}").format(model=model)] if model else []
    return "\n".join([*reasons[:MOST_REASONS], *better])


def _is_of_a_turn(one: Criterion) -> bool:
    return one.dimension is not Dimension.CLOSING and not one.rule.startswith(_ONLY_AT_THE_END)
