"""What a finished practice is judged by: one criterion for each thing that was to be done, or to be left.

A criterion says how much of its worth was earned, and when not all, in which turn, at which words and why.
:mod:`csdesk.trainer.scorer` turns worths into points.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from csdesk.etiquette.reading import Span
from csdesk.i18n import _
from csdesk.model.finding import Severity
from csdesk.trainer import acts, shop, wording
from csdesk.trainer.engine import Practice, Turn
from csdesk.trainer.playing import play_model
from csdesk.trainer.rubric import Dimension
from csdesk.trainer.scenario import Ending, Node, Scenario

LATE_SHARE = 0.5
"""What is left of a worth when the customer had to ask again, or waited too long."""
MOST_SORRIES = 2
FEELING_WORTH = 3
"""Of a word for how the customer feels, where one is due: more than of not making things worse."""
LANGUAGE_WORTH = 5
COST = {Severity.BLOCK: 3, Severity.WARN: 1, Severity.HINT: 0}
REPEAT_COST = 1


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing judged. ``turn`` counts from 0 (None: it was never come to); ``span`` are code points of the
    turn's text; ``rule`` names the check; ``model`` is what could have been said there."""

    dimension: Dimension
    rule: str
    worth: float
    got: float
    reason: str = ""
    turn: int | None = None
    span: Span | None = None
    model: str = ""


def criteria(practice: Practice) -> tuple[Criterion, ...]:
    """Everything a finished practice is judged by."""
    judges: tuple[Callable[[Practice], Iterator[Criterion]], ...] = (
        _needs,
        _outcome,
        _honesty,
        _feelings,
        _time,
        _opening,
        _wording,
        _closing,
    )
    return tuple(criterion for judge in judges for criterion in judge(practice))


def dimension_of(scenario: Scenario, need: str) -> Dimension:
    """The dimension that a need counts in: that of its first name."""
    first = need.split("|", maxsplit=1)[0]
    if first in acts.DIMENSION_OF:
        return acts.DIMENSION_OF[first]
    return Dimension(scenario.facts[first].dimension)


@lru_cache(maxsize=1024)
def _model_path(scenario: Scenario) -> tuple[str, ...]:
    """The nodes that the model replies come through."""
    return tuple(turn.node for turn in play_model(scenario).turns)


def _needs(practice: Practice) -> Iterator[Criterion]:
    """What the nodes asked for: in time, late, wrong, or never."""
    scenario = practice.scenario
    done: set[tuple[str, str]] = set()
    visited: list[tuple[int | None, Node]] = [
        (number, scenario.nodes[turn.node]) for number, turn in enumerate(practice.turns)
    ]
    if practice.outcome is None or not practice.outcome.is_good:
        missed = [name for name in _model_path(scenario) if all(name != node.name for _at, node in visited)]
        visited += [(None, scenario.nodes[name]) for name in missed]
    for number, node in visited:
        for need in node.needs:
            dimension = dimension_of(scenario, need)
            is_fact = any(name in scenario.facts for name in need.split("|"))
            key = (need, "" if is_fact else node.name)
            if key in done or dimension in (Dimension.OPENING, Dimension.CLOSING):
                continue
            done.add(key)
            yield _need(practice, need, dimension, number, node)


def _need(practice: Practice, need: str, dimension: Dimension, number: int | None, node: Node) -> Criterion:
    scenario, names = practice.scenario, need.split("|")
    usual = FEELING_WORTH if dimension is Dimension.FEELINGS else 1
    worth = max((scenario.facts[name].worth for name in names if name in scenario.facts), default=usual)
    wrong = _first_wrong(practice, names)
    if wrong is not None:
        turn, span, name = wrong
        reason = _("This was told wrongly. On the card: {card}").format(card=scenario.facts[name].title)
        return Criterion(dimension, f"wrong:{name}", worth, 0, reason, turn, span, node.model)
    if number is None:
        reason = _("The conversation ended before it came to this: {what}").format(
            what=_names(scenario, names)
        )
        return Criterion(dimension, need, worth, 0, reason, None, None, node.model)
    met = _met_at(practice, names, number)
    if met == number or (met is not None and met < number):
        return Criterion(dimension, need, worth, worth)
    what = _names(scenario, names)
    if met is not None:
        reason = _("This came only when the customer had to go on asking: {what}").format(what=what)
        return Criterion(dimension, need, worth, worth * LATE_SHARE, reason, number, None, node.model)
    reason = _("This was missing: {what}").format(what=what)
    return Criterion(dimension, need, worth, 0, reason, number, None, node.model)


def _met_at(practice: Practice, names: list[str], number: int) -> int | None:
    """The turn in which one of ``names`` was there: a fact in any turn, an act from turn ``number`` on."""
    for at, turn in enumerate(practice.turns):
        is_told = any(name in turn.heard.facts for name in names)
        is_done = at >= number and any(name in turn.heard.acts for name in names)
        if is_told or is_done:
            return at
    return None


def _first_wrong(practice: Practice, names: list[str]) -> tuple[int, Span, str] | None:
    for at, turn in enumerate(practice.turns):
        for name in names:
            if name in turn.heard.wrong:
                return at, turn.heard.wrong[name], name
    return None


def _names(scenario: Scenario, names: list[str]) -> str:
    """Facts by what the card says of them, acts by their name."""
    parts = []
    for name in names:
        fact = scenario.facts.get(name)
        parts.append(fact.title if fact else wording.act(name))
    return " / ".join(parts)


def _outcome(practice: Practice) -> Iterator[Criterion]:
    """Solved, or at least parted in peace: a third of what answering is worth.

    It counts only as far as the customer was told what they needed: some go in peace whatever is said.
    """
    scenario = practice.scenario
    needed = {need for name in _model_path(scenario) for need in scenario.nodes[name].needs}
    needed = {need for need in needed if dimension_of(scenario, need) is Dimension.ANSWERED}
    worths = {need: max(scenario.facts[name].worth for name in need.split("|")) for need in needed}
    told = {need for need in needed if practice.told.intersection(need.split("|"))}
    whole = sum(worths.values())
    share = sum(worths[need] for need in told) / whole if whole else 1.0
    worth = max(2.0, whole / 2)
    outcome = practice.outcome or Ending.UNFINISHED
    reason = wording.outcome(outcome)
    if outcome.is_good and share < 1:
        reason = _("The conversation ended well, but not everything the customer needed was said.")
    last = max(0, len(practice.turns) - 1)
    got = worth * share if outcome.is_good else 0
    yield Criterion(Dimension.ANSWERED, f"outcome:{outcome}", worth, got, reason, last)


def _honesty(practice: Practice) -> Iterator[Criterion]:
    """No absolute promise, nothing that may not be said, nothing told wrongly."""
    yield _clean(
        practice,
        Dimension.HONEST,
        acts.PROMISE,
        2,
        _("A promise without reserve: say until when, and what if not."),
    )
    yield _clean(
        practice, Dimension.HONEST, acts.OFF_PLATFORM, 2, _("Contact or payment outside the shop's channel.")
    )
    yield from _policy(practice)
    for never in practice.scenario.nevers:
        hits = [
            (at, span)
            for at, turn in enumerate(practice.turns)
            for each, span in turn.heard.nevers
            if each is never
        ]
        at, span = hits[0] if hits else (None, None)
        got = 0 if hits else 2
        yield Criterion(Dimension.HONEST, "never", 2, got, never.why, at, span, _model_at(practice, at))
    for name, fact in practice.scenario.facts.items():
        if fact.wrong is None:
            continue
        wrong = _first_wrong(practice, [name])
        reason = _("This was told wrongly. On the card: {card}").format(card=fact.title)
        at, span = (wrong[0], wrong[1]) if wrong else (None, None)
        yield Criterion(
            Dimension.HONEST, f"wrong:{name}", 2, 0 if wrong else 2, reason, at, span, _model_at(practice, at)
        )


def _policy(practice: Practice) -> Iterator[Criterion]:
    """Nothing promised beyond what the shop allows, of all that it says something of."""
    for topic, allowed in shop.told(practice.scenario.policy).items():
        hits = (
            (at, turn.heard.beyond[topic])
            for at, turn in enumerate(practice.turns)
            if topic in turn.heard.beyond
        )
        at, span = next(hits, (None, None))
        reason = _("This promises more than the shop allows. {allowed}").format(allowed=allowed)
        got = 2 if at is None else 0
        model = _model_at(practice, at)
        yield Criterion(Dimension.HONEST, f"{shop.RULE}{topic}", 2, got, reason, at, span, model)


def _feelings(practice: Practice) -> Iterator[Criterion]:
    """No blame, no impatience, no heap of apologies, and a customer in no worse mood than at the start."""
    for act, reason in (
        (acts.BLAME, _("Somebody else was blamed, or the customer.")),
        (acts.DEFLECT, _("The customer was sent elsewhere.")),
        (acts.IMPATIENT, _("This sounds impatient.")),
        (acts.ABUSE, _("This insults the customer.")),
    ):
        yield _clean(practice, Dimension.FEELINGS, act, 1, reason)
    empty = [
        at
        for at, turn in enumerate(practice.turns)
        if acts.APOLOGISE in turn.heard.acts and not _acts_on(turn)
    ]
    is_empty = len(empty) > MOST_SORRIES
    reason = _("Sorry was said {count} times without anything being done.").format(count=len(empty))
    yield Criterion(
        Dimension.FEELINGS, "sorry", 1, 0 if is_empty else 1, reason, empty[-1] if is_empty else None
    )
    start, end = practice.scenario.mood, practice.mood
    wanted = start + 1 if start < 0 else start
    reason = _("The customer is in a worse mood than a good conversation leaves them in.")
    last = max(0, len(practice.turns) - 1)
    yield Criterion(
        Dimension.FEELINGS,
        "mood",
        2,
        2 if end >= wanted else 0,
        reason,
        last,
        None,
        _model_at(practice, last),
    )


def _acts_on(turn: Turn) -> bool:
    heard = turn.heard
    return bool(heard.facts) or acts.ALTERNATIVE in heard.acts or acts.WAIT in heard.acts


def _time(practice: Practice) -> Iterator[Criterion]:
    """How long the customer waited for each answer, on the simulated clock."""
    limits = practice.scenario.limits
    for at, turn in enumerate(practice.turns):
        if turn.wait_s is None:
            continue
        is_held = at > 0 and practice.turns[at - 1].is_hold
        soon, late = (
            (limits.hold_s, limits.hold_s + limits.late_s) if is_held else (limits.reply_s, limits.late_s)
        )
        if at == 0:
            soon, late = limits.first_s, limits.reply_s
        is_answered = bool(turn.text)
        got = (
            (1.0 if turn.wait_s <= soon else LATE_SHARE if turn.wait_s <= late else 0.0)
            if is_answered
            else 0.0
        )
        reason = _("The customer waited {wait} s; the limit is {limit} s.").format(
            wait=turn.wait_s, limit=soon
        )
        yield Criterion(Dimension.TIME, "reply-time", 1, got, reason, at)


def _opening(practice: Practice) -> Iterator[Criterion]:
    """A greeting in the first reply, and an address anywhere: once each, repeating them earns nothing."""
    turns = practice.turns
    greets = bool(turns) and acts.GREET in turns[0].heard.acts
    yield Criterion(
        Dimension.OPENING,
        acts.GREET,
        3,
        3 if greets else 0,
        _("The first reply does not greet."),
        0,
        None,
        _model_at(practice, 0),
    )
    addresses = any(acts.ADDRESS in turn.heard.acts for turn in turns)
    yield Criterion(
        Dimension.OPENING,
        acts.ADDRESS,
        2,
        2 if addresses else 0,
        _("The customer is never addressed politely."),
        0,
    )


def _wording(practice: Practice) -> Iterator[Criterion]:
    """What the etiquette check says, and words that were sent before: cost, until nothing is left."""
    left = float(LANGUAGE_WORTH)
    for at, turn in enumerate(practice.turns):
        model = _model_at(practice, at)
        for finding in turn.heard.findings:
            cost = min(left, COST[finding.severity])
            if cost:
                left -= cost
                span = (finding.start, finding.end)
                yield Criterion(Dimension.LANGUAGE, finding.rule, cost, 0, finding.message, at, span, model)
        if turn.heard.is_repeat and left:
            cost = min(left, REPEAT_COST)
            left -= cost
            reason = _("The very same words were sent before; nothing in them counts again.")
            yield Criterion(Dimension.LANGUAGE, "repeat", cost, 0, reason, at, None, model)
    if left:
        yield Criterion(Dimension.LANGUAGE, "wording", left, left)


def _closing(practice: Practice) -> Iterator[Criterion]:
    """The last reply asks or confirms, thanks, and leaves the door open."""
    turns = practice.turns
    last = len(turns) - 1
    is_end = bool(turns) and practice.scenario.nodes[turns[-1].node].end is not None
    done = turns[-1].heard.acts if is_end else {}
    for act, worth, reason in (
        (acts.MORE, 2, _("The close does not ask whether anything is left to do.")),
        (acts.THANK, 1, _("The close does not thank the customer.")),
        (acts.WELCOME, 2, _("The close does not leave the door open.")),
    ):
        got = worth if act in done else 0
        yield Criterion(
            Dimension.CLOSING, act, worth, got, reason, last if is_end else None, None, _last_model(practice)
        )


def _clean(practice: Practice, dimension: Dimension, act: str, worth: int, reason: str) -> Criterion:
    """Earned by not doing ``act``."""
    for at, turn in enumerate(practice.turns):
        if act in turn.heard.acts:
            return Criterion(
                dimension, act, worth, 0, reason, at, turn.heard.acts[act], _model_at(practice, at)
            )
    return Criterion(dimension, act, worth, worth)


def _model_at(practice: Practice, at: int | None) -> str:
    if at is None or at >= len(practice.turns):
        return ""
    return practice.scenario.nodes[practice.turns[at].node].model


def _last_model(practice: Practice) -> str:
    ends = [node for node in practice.scenario.nodes.values() if node.end is not None and node.model]
    return ends[0].model if ends else ""
