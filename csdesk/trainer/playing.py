"""Whole attempts without a screen: a recorded one, or the one the model replies give."""

from __future__ import annotations

from collections.abc import Iterable

from csdesk.trainer.engine import Practice, advance, begin, say, stop
from csdesk.trainer.scenario import Given, Scenario

USUAL_S = 20
MOST_TURNS = 30


def play(scenario: Scenario, replies: Iterable[Given], attempt: int = 0) -> Practice:
    """The talk that ``replies`` lead to, each sent ``after_s`` behind the customer's last line; it is over."""
    practice = begin(scenario, attempt)
    for given in replies:
        if practice.is_over:
            break
        practice = _settled(practice)
        practice = say(practice, given.text, practice.now_s + given.after_s)
    return stop(practice)


def replay(scenario: Scenario, attempt: int, replies: Iterable[tuple[str, int]]) -> Practice:
    """The finished practice that was kept: each reply with the second of the conversation it was sent at.

    It is the very same one as long as the scenario has the same digest.
    """
    practice = begin(scenario, attempt)
    for text, at_s in replies:
        practice = say(practice, text, at_s)
    return stop(practice)


def play_model(scenario: Scenario, attempt: int = 0) -> Practice:
    """The talk of an agent who always sends the model reply; it is over."""
    practice = begin(scenario, attempt)
    while not practice.is_over and len(practice.turns) < MOST_TURNS:
        node = practice.place
        if not node.model:
            break
        practice = _settled(say(practice, node.model, practice.now_s + (node.quiet_s or USUAL_S)))
    return stop(practice)


def _settled(practice: Practice) -> Practice:
    """The customer has answered what was sent."""
    return practice if practice.answer_due_s is None else advance(practice, practice.answer_due_s)
