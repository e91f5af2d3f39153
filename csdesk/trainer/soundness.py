"""Whether a scenario can teach: every place can be reached and left, and its model replies score full marks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from csdesk.etiquette.context import Context
from csdesk.i18n import _
from csdesk.trainer import acts, shop
from csdesk.trainer.engine import Practice
from csdesk.trainer.judging import hear
from csdesk.trainer.playing import play, play_model
from csdesk.trainer.scenario import WRONG, Node, Recorded, Scenario
from csdesk.trainer.scorer import FULL, score
from csdesk.yamlsafe import Mark, Problem

CLOSE_TO_FULL = FULL - 1e-6
ATTEMPTS = 4
"""Attempts that are played of each scenario: wordings differ, the course of the talk must not."""


def problems_of(scenario: Scenario) -> tuple[Problem, ...]:
    """Everything that keeps ``scenario`` from teaching; a draft is only checked to be playable."""
    found = [*_of_shape(scenario)]
    if not found and not scenario.is_draft:
        found = [*_of_each_model(scenario), *_of_model(scenario), *_of_transcripts(scenario)]
    return tuple(sorted(found, key=lambda problem: (problem.line, problem.column)))


def _of_shape(scenario: Scenario) -> Iterator[Problem]:
    reached = _reached(scenario)
    for node in scenario.nodes.values():
        if node.name not in reached:
            yield node.mark.problem(
                _("no way leads to the node “{name}”").format(name=node.name),
                _("Lead a branch there, or remove it."),
            )
        yield from _of_node(scenario, node)
    if not any(node.end is not None and node.end.is_good for node in scenario.nodes.values()):
        yield _top(scenario).problem(_("no end is good"), _("Add a node with “end: solved” or “end: kept”."))
    yield from _of_loops(scenario)


def _of_node(scenario: Scenario, node: Node) -> Iterator[Problem]:
    is_lost = node.end is not None and not node.end.is_good
    if not node.says and not node.quiet_s:
        yield node.mark.problem(_("the customer says nothing here"), _("Write “say”, or “quiet: 90”."))
    if not node.model and not is_lost:
        yield node.mark.problem(
            _("the node “{name}” has no model reply").format(name=node.name),
            _("Write what a good agent says here."),
        )
    if node.end is not None:
        if node.branches:
            yield node.mark.problem(_("an end leads nowhere"), _("Remove “next”, or “end”."))
        return
    if not node.branches or node.branches[-1].conditions or node.branches[-1].most:
        yield node.mark.problem(
            _("the last branch of “{name}” has a condition").format(name=node.name),
            _("End with a branch that has neither “if” nor “max”."),
        )
    for branch in node.branches[:-1]:
        if not branch.conditions and not branch.most:
            yield branch.mark.problem(
                _("nothing behind this branch can happen"), _("Give it an “if” or a “max”.")
            )


def _reached(scenario: Scenario) -> set[str]:
    waiting, reached = [scenario.start], {scenario.start}
    while waiting:
        node = scenario.nodes[waiting.pop()]
        for branch in node.branches:
            target = branch.goto or node.name
            if target not in reached:
                reached.add(target)
                waiting.append(target)
    return reached


def _of_loops(scenario: Scenario) -> Iterator[Problem]:
    """Every way round takes at least one branch with a bound: what is left without those has no circle."""
    free = {
        node.name: {branch.goto or node.name for branch in node.branches if not branch.most}
        for node in scenario.nodes.values()
    }
    while free:
        ends = [name for name, targets in free.items() if not targets & free.keys()]
        if not ends:
            circle = min(free, key=lambda name: scenario.nodes[name].mark.line)
            yield scenario.nodes[circle].mark.problem(
                _("the conversation can go round “{name}” for ever").format(name=circle),
                _("Give a branch on the way a “max”."),
            )
            return
        for name in ends:
            del free[name]


def _of_model(scenario: Scenario) -> Iterator[Problem]:
    for attempt in range(ATTEMPTS):
        practice = play_model(scenario, attempt)
        result = score(practice)
        if result.total < CLOSE_TO_FULL or not result.outcome.is_good:
            worst = result.losses[0] if result.losses else None
            told = f"{worst.rule}: {worst.reason}" if worst else result.outcome.value
            node = practice.turns[worst.turn - 1].node if worst and worst.turn else scenario.start
            yield scenario.nodes[node].mark.problem(
                _("the model replies score {total} points ({loss})").format(
                    total=f"{result.total:.1f}", loss=told
                ),
                _("Complete the model reply, or ask for less."),
            )
            return
        yield from _of_findings(scenario, practice)


_SLIPS = (acts.PROMISE, acts.BLAME, acts.DEFLECT, acts.IMPATIENT, acts.ABUSE, acts.OFF_PLATFORM)


def _of_each_model(scenario: Scenario) -> Iterator[Problem]:
    """A model reply does what its node needs, also where the best talk never comes."""
    for node in scenario.nodes.values():
        if not node.model:
            continue
        heard = hear(scenario, node.model, Context(is_closing=node.end is not None, lang=scenario.lang))
        lacking = [
            need
            for need in node.needs
            if not any(name in heard.facts or name in heard.acts for name in need.split("|"))
        ]
        slips = [act for act in _SLIPS if act in heard.acts] + [f"{WRONG}{name}" for name in heard.wrong]
        slips += ["never" for _never in heard.nevers]
        for name in lacking:
            yield node.mark.problem(
                _("the model reply of “{node}” lacks {what}").format(node=node.name, what=name),
                _("Complete the model reply, or ask for less."),
            )
        for name in slips:
            yield node.mark.problem(
                _("the model reply of “{node}” has {what}").format(node=node.name, what=name),
                _("Say it another way."),
            )


def _of_findings(scenario: Scenario, practice: Practice) -> Iterator[Problem]:
    allowed = shop.told(scenario.policy)
    for turn in practice.turns:
        for topic in turn.heard.beyond:
            yield scenario.nodes[turn.node].mark.problem(
                _("the model reply promises more than the shop allows"),
                _("Say it another way. {allowed}").format(allowed=allowed[topic]),
            )
        for finding in turn.heard.findings:
            if finding.severity.value != "hint":
                yield scenario.nodes[turn.node].mark.problem(
                    _("the model reply breaks {rule}: {message}").format(
                        rule=finding.rule, message=finding.message
                    ),
                    _("Say it another way."),
                )


@dataclass(frozen=True, slots=True)
class Ranked:
    """What the recorded transcripts of a scenario score, best first."""

    good: float
    mediocre: float
    bad: float

    @property
    def is_ordered(self) -> bool:
        return self.good > self.mediocre > self.bad


def ranked(scenario: Scenario, attempt: int = 0) -> Ranked:
    """The scores of the recorded transcripts."""
    return Ranked(*(score(play(scenario, scenario.transcripts[one], attempt)).total for one in Recorded))


def _of_transcripts(scenario: Scenario) -> Iterator[Problem]:
    missing = [quality for quality in Recorded if not scenario.transcripts.get(quality)]
    if missing:
        yield _top(scenario).problem(
            _("recorded transcripts are missing: {names}").format(names=", ".join(missing)),
            _("Write transcripts: good, mediocre and bad, so that the score can be tested."),
        )
        return
    scores = ranked(scenario)
    if not scores.is_ordered:
        yield _top(scenario).problem(
            _("the transcripts are not in order: good {good}, mediocre {mediocre}, bad {bad}").format(
                good=f"{scores.good:.1f}", mediocre=f"{scores.mediocre:.1f}", bad=f"{scores.bad:.1f}"
            ),
            _("Make the difference clearer, or ask for more in the nodes."),
        )


def _top(scenario: Scenario) -> Mark:
    return Mark(scenario.path, 1, 1)
