"""The ways a rule can look at a text. Each gives the stretches it objects to, in the text's plain form.

``whole`` (all that is said), ``signs`` (phrases, patterns, acts), ``ratio`` (more of one than of another),
``requires`` (one thing only with another), ``absent`` (something that belongs here is missing),
``sequence`` (one thing behind another), ``clock`` (late and not a word about it), ``policy`` (more than the
shop allows).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Protocol

from csdesk.etiquette import detectors, policies
from csdesk.etiquette.context import Context, Policy
from csdesk.etiquette.reading import Reading, Span, bare

Spans = list[Span]


class Matcher(Protocol):
    """One way to look."""

    def spans(self, reading: Reading, context: Context, policy: Policy) -> Spans:
        """What it objects to; nothing where it does not, or cannot know."""


@dataclass(frozen=True, slots=True)
class Signs:
    """Anything that ``patterns`` match or that shows one of ``acts``, unless ``exceptions`` overlap it.

    Nothing at all where one of ``unless`` or ``unless_acts`` is in the text.
    """

    patterns: tuple[re.Pattern[str], ...] = ()
    acts: tuple[str, ...] = ()
    exceptions: re.Pattern[str] | None = None
    unless: re.Pattern[str] | None = None
    unless_acts: tuple[str, ...] = ()

    def spans(self, reading: Reading, context: Context, policy: Policy) -> Spans:
        found = self.all(reading)
        return [] if found and self.is_excused(reading) else found

    def all(self, reading: Reading) -> Spans:
        """Every hit, in reading order, exceptions left out."""
        found = [hit.span() for pattern in self.patterns for hit in pattern.finditer(reading.plain)]
        for act in self.acts:
            found += detectors.find(act, reading)
        found = [span for span in found if span[0] < span[1]]
        if found and self.exceptions is not None:
            spared = [hit.span() for hit in self.exceptions.finditer(reading.plain)]
            found = [hit for hit in found if not any(_overlap(hit, each) for each in spared)]
        return sorted(found)

    def is_excused(self, reading: Reading) -> bool:
        """Whether the text holds what makes it all right."""
        if self.unless is not None and self.unless.search(reading.plain):
            return True
        return any(detectors.find(act, reading) for act in self.unless_acts)


@dataclass(frozen=True, slots=True)
class Whole:
    """A text whose every clause is one of ``words``, or one of ``beside`` that says nothing by itself."""

    words: frozenset[str]
    beside: frozenset[str] = frozenset()

    def spans(self, reading: Reading, context: Context, policy: Policy) -> Spans:
        said = [each for each in reading.clauses() if not self._is_in(self.beside, each, reading.lang)]
        is_all = bool(said) and all(self._is_in(self.words, each, reading.lang) for each in said)
        return [reading.whole] if is_all else []

    @staticmethod
    def _is_in(words: frozenset[str], clause: str, lang: str) -> bool:
        return clause in words or bare(clause, lang) in words


@dataclass(frozen=True, slots=True)
class Ratio:
    """More than ``times`` as much of ``more`` as of ``than``, and at least ``least``."""

    more: Signs
    than: Signs
    times: int
    least: int

    def spans(self, reading: Reading, context: Context, policy: Policy) -> Spans:
        found = self.more.spans(reading, context, policy)
        is_too_much = len(found) >= self.least and len(found) > self.times * len(self.than.all(reading))
        return found if is_too_much else []


@dataclass(frozen=True, slots=True)
class Requires:
    """``first`` without any of ``then`` elsewhere in the same text."""

    first: Signs
    then: Signs

    def spans(self, reading: Reading, context: Context, policy: Policy) -> Spans:
        found = self.first.spans(reading, context, policy)
        excuses = self.then.all(reading) if found else []
        is_excused = any(not any(_overlap(each, hit) for hit in found) for each in excuses)
        return [] if is_excused else found


@dataclass(frozen=True, slots=True)
class Absent:
    """A text in which none of ``wanted`` is; the rule's conditions say where it belongs."""

    wanted: Signs

    def spans(self, reading: Reading, context: Context, policy: Policy) -> Spans:
        return [] if not reading.plain.strip() or self.wanted.all(reading) else [reading.whole]


@dataclass(frozen=True, slots=True)
class Clock:
    """A text to a customer who has waited ``after_s`` or more, with none of ``wanted``."""

    after_s: int
    wanted: Signs

    def spans(self, reading: Reading, context: Context, policy: Policy) -> Spans:
        if context.waited_s is None or context.waited_s < self.after_s or not reading.plain.strip():
            return []
        return [] if self.wanted.all(reading) else [reading.whole]


@dataclass(frozen=True, slots=True)
class Sequence:
    """``steps`` one behind another, each at most ``within`` characters behind the one before."""

    steps: tuple[Signs, ...]
    within: int

    def spans(self, reading: Reading, context: Context, policy: Policy) -> Spans:
        chains = self.steps[0].spans(reading, context, policy)
        for step in self.steps[1:]:
            hits = step.all(reading)
            chains = [
                (start, hit[1])
                for start, end in chains
                for hit in hits[:50]
                if end <= hit[0] <= end + self.within
            ]
        return chains


@dataclass(frozen=True, slots=True)
class OverPolicy:
    """More than the shop allows: ``topic`` is discount, return_days or forbidden."""

    topic: str
    exceptions: Signs = field(default_factory=Signs)

    def spans(self, reading: Reading, context: Context, policy: Policy) -> Spans:
        found = policies.TOPICS[self.topic](reading, policy)
        return [] if found and self.exceptions.all(reading) else found


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]
