"""What the etiquette rules and detectors get right, on texts they were not tuned on."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from csdesk.etiquette import ruleset
from csdesk.etiquette.checker import check
from csdesk.etiquette.context import NOWHERE
from csdesk.etiquette.detectors import mood_of, shows
from csdesk.etiquette.schema import is_found
from csdesk.model.finding import Severity
from tests.eval import politeness, sets
from tests.eval.sets import Labelled, Turn

LABELS = Path(__file__).with_name("labels.json")
"""Whether a hit on an agent's turn is right, by rule and hash of the turn; never its words."""
FIRE_LIMITS = {Severity.BLOCK: 0.001, Severity.WARN: 0.01}
ACTS = {"greet": 0.999, "thank": 0.985, "bye": 0.999, "welcome": 0.95}
POLITENESS = 0.78
ABUSE_RECALL, FRIENDLY_RECALL, FRIENDLY_PRECISION = 0.995, 0.93, 0.98


@dataclass(frozen=True, slots=True)
class Score:
    """Hits, false alarms and misses."""

    right: int
    false: int
    missed: int

    @property
    def precision(self) -> float:
        return self.right / max(1, self.right + self.false)

    @property
    def recall(self) -> float:
        return self.right / max(1, self.right + self.missed)

    @property
    def f1(self) -> float:
        return 2 * self.right / max(1, 2 * self.right + self.false + self.missed)


@dataclass(slots=True)
class Fires:
    """How often rules fire on the agents' turns of one set; ``judged`` is (right, read) of those with labels."""

    name: str
    turns: int
    severities: Counter[Severity] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    judged: dict[str, tuple[int, int]] = field(default_factory=dict)

    def rate(self, severity: Severity) -> float:
        return self.severities[severity] / max(1, self.turns)

    def is_quiet(self) -> bool:
        return all(self.rate(severity) <= limit for severity, limit in FIRE_LIMITS.items())


@dataclass(slots=True)
class Report:
    """Everything that was measured."""

    examples: tuple[int, int]
    fires: list[Fires]
    acts: dict[str, tuple[Score, Score]]
    politeness: tuple[float, float] | None
    moods: dict[str, Score]

    @property
    def is_met(self) -> bool:
        """Whether every target is reached."""
        acts = all(told.f1 >= ACTS[act] for act, (_plain, told) in self.acts.items())
        return self.examples[0] == self.examples[1] and acts and all(each.is_quiet() for each in self.fires)


def measure(data: Path, more: Path | None) -> Report:
    """All measurements on the files of ``data`` that are there, false alarms also on those of ``more``."""
    rules = ruleset.load([ruleset.BUILTIN])
    crosswoz = sets.turns(data / sets.CROSSWOZ) if (data / sets.CROSSWOZ).exists() else []
    named = [("CrossWOZ", [each for each in crosswoz if each.is_reported])] if crosswoz else []
    if more is not None:
        named += [
            (name, [each for each in turns if each.is_reported]) for name, turns in sets.more_turns(more)
        ]
    stanford, bitext = data / sets.STANFORD, data / sets.BITEXT
    return Report(
        examples=_examples(rules),
        fires=[_fires(name, [each for each in turns if each.is_agent], rules) for name, turns in named],
        acts={act: _acts(act, [each for each in crosswoz if each.is_reported]) for act in ACTS if crosswoz},
        politeness=politeness.accuracy(sets.requests(stanford)) if stanford.exists() else None,
        moods=_moods(bitext) if bitext.exists() else {},
    )


def _examples(rules: ruleset.RuleSet) -> tuple[int, int]:
    """How many examples of the rules hold, of how many."""
    held = [
        is_found(rule, example.text) is is_wanted
        for rule in rules.rules
        for is_wanted, examples in ((True, rule.must_match), (False, rule.must_not_match))
        for example in examples
    ]
    return sum(held), len(held)


def _fires(name: str, turns: Sequence[Turn], rules: ruleset.RuleSet) -> Fires:
    labels = json.loads(LABELS.read_text("utf-8"))
    fires = Fires(name, len(turns))
    for turn in turns:
        found = check(turn.text, NOWHERE, rules)
        fires.severities.update({each.severity for each in found})
        for each in found:
            fires.rules[each.rule] += 1
            label = labels.get(each.rule, {}).get(sets.digest(turn.text))
            if label is not None:
                right, read = fires.judged.get(each.rule, (0, 0))
                fires.judged[each.rule] = right + label, read + 1
    return fires


PLAIN_WORDS: dict[str, Callable[[str], bool]] = {
    "greet": lambda text: "您好" in text or "你好" in text,
    "thank": lambda text: "谢" in text,
    "bye": lambda text: "再见" in text or "拜拜" in text,
    "welcome": lambda text: "不客气" in text or "不用谢" in text,
}
"""The baseline: one or two words looked for."""


def _acts(act: str, turns: Sequence[Turn]) -> tuple[Score, Score]:
    """The baseline's score for an act, and the detector's."""
    plain = _score((PLAIN_WORDS[act](turn.text), act in turn.acts) for turn in turns)
    return plain, _score((shows(act, turn.text, "zh"), act in turn.acts) for turn in turns)


def _moods(path: Path) -> dict[str, Score]:
    def told(questions: Iterable[Labelled], mood: int) -> Score:
        return _score(
            (mood_of(each.text, "en") == mood, each.value > 0) for each in questions if each.is_reported
        )

    return {"abusive": told(sets.questions(path, "W"), -2), "friendly": told(sets.questions(path, "P"), 1)}


def _score(pairs: Iterable[tuple[bool, bool]]) -> Score:
    counted = Counter(pairs)
    return Score(counted[True, True], counted[True, False], counted[False, True])


def lower_bound(right: int, read: int) -> float:
    """Wilson's lower bound (95 %) of a share."""
    if not read:
        return 0.0
    share, z = right / read, 1.96
    middle = share + z * z / (2 * read)
    spread = z * math.sqrt(share * (1 - share) / read + z * z / (4 * read * read))
    return (middle - spread) / (1 + z * z / read)
