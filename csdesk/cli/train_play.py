"""``csdesk train play``: a practice line by line, for any terminal, a screen reader or a pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable

from csdesk.cli import output
from csdesk.cli.start import Start
from csdesk.cli.train_shapes import debrief, score_item
from csdesk.cli.trainee import trainee_name
from csdesk.clock import clock_from_environment
from csdesk.i18n import _, language
from csdesk.trainer import attempts as kept
from csdesk.trainer import shop
from csdesk.trainer.engine import Practice, advance, begin, say, stop
from csdesk.trainer.library import Library
from csdesk.trainer.progress import suggest
from csdesk.trainer.rubric import weights_with
from csdesk.trainer.scenario import Scenario
from csdesk.trainer.scorer import score

LONGEST = 4000


def play_lines(start: Start, library: Library, name: str | None, as_json: bool) -> None:
    """Play ``name`` (None: the next lesson) with replies from standard input; an empty line lets time pass,
    the end of input ends it. The clock is the real one. With ``as_json`` the talk is narrated on stderr."""
    tell = output.narrate if as_json else output.say
    agent, clock = trainee_name(start), clock_from_environment()
    before = kept.read().attempts
    scenario = library.get(name) if name else _next(library, before, agent, clock.now_ms())
    practice = begin(scenario, kept.next_number(before, agent, scenario.id))
    tell(f"{scenario.title} · {scenario.about}")
    for truth in (*scenario.card, *shop.told(scenario.policy).values()):
        tell(f"  · {truth}")
    began_ms, behind_s, shown = clock.monotonic_ms(), 0, 0
    while True:
        shown = _show(practice, shown, tell)
        if practice.is_over:
            break
        typed = sys.stdin.readline(LONGEST)
        if not typed:
            practice = stop(practice)
            _show(practice, shown, tell)
            break
        at_s = behind_s + (clock.monotonic_ms() - began_ms) // 1000
        practice = advance(practice, at_s)
        if typed.strip():
            practice = say(practice, typed.strip(), practice.now_s)
        if practice.answer_due_s is not None:  # nobody needs to watch the customer type
            behind_s += practice.answer_due_s - practice.now_s
            practice = advance(practice, practice.answer_due_s)
    result = score(practice, weights_with(start.settings.trainer.weights))
    if as_json:
        output.print_json({"agent": agent, **score_item(practice, result)})
    else:
        for line in debrief(practice, result):
            output.say(line)
    kept.keep(kept.attempt_of(practice, result, agent=agent, at=clock.now_ms(), mode="exam"))


def _next(library: Library, before: tuple[kept.Attempt, ...], agent: str, now_ms: int) -> Scenario:
    found = suggest(library.spoken(language()), kept.of_agent(before, agent), now_ms)
    return found.scenario if found else library.get("")


def _show(practice: Practice, shown: int, tell: Callable[[str], None]) -> int:
    """Print the customer's lines that are new; how many lines there are now."""
    for line in practice.lines[shown:]:
        if line.is_customer:
            tell(_("Customer: {text}").format(text=line.text))
    return len(practice.lines)
