"""One rule: what it looks for and when, what it says, where that comes from, and its own examples."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from csdesk.etiquette.context import NOWHERE, Context, Policy
from csdesk.etiquette.matchers import Matcher
from csdesk.model.finding import Fit, Severity
from csdesk.yamlsafe import Mark


class Confidence(StrEnum):
    """How sure a rule is of what it finds; rules of low confidence speak in the strict profile only."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Profile(StrEnum):
    """How much an agent is told: everything (trainees), what is sure enough, nothing."""

    STRICT = "strict"
    NORMAL = "normal"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule comes from: a place in a course text (code point offset, a few of its words), or a study."""

    seed: str = ""
    at: int = 0
    quote: str = ""
    study: str = ""

    def __str__(self) -> str:
        return f"{self.seed}@{self.at}" if self.seed else self.study


@dataclass(frozen=True, slots=True)
class Conditions:
    """When a rule speaks. What the context does not tell counts as not so."""

    first_turn: bool = False
    closing: bool = False
    mood_below: int | None = None
    stages: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()

    def hold(self, context: Context) -> bool:
        """Whether the rule may speak now. A stage or tier that is not known is no hindrance."""
        if self.first_turn and not context.is_first_turn:
            return False
        if self.closing and not context.is_closing:
            return False
        if self.mood_below is not None and (context.mood is None or context.mood >= self.mood_below):
            return False
        fits_stage = not self.stages or not context.stage or context.stage in self.stages
        return fits_stage and (not self.tiers or not context.tier or context.tier in self.tiers)

    @property
    def is_moment(self) -> bool:
        """Whether it needs to know more than the text."""
        return self.first_turn or self.closing or self.mood_below is not None


@dataclass(frozen=True, slots=True)
class Example:
    """A text that the rule has to find, or has to pass over; ``mark`` is where it stands in the file."""

    text: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as it was read. ``given`` and ``policy`` are what its examples take for known."""

    id: str
    lang: str
    severity: Severity
    confidence: Confidence
    kind: str
    matcher: Matcher
    message: str
    why: str
    suggestion: str
    fit: Fit
    sources: tuple[Source, ...]
    conditions: Conditions = Conditions()
    must_match: tuple[Example, ...] = ()
    must_not_match: tuple[Example, ...] = ()
    given: Context = NOWHERE
    policy: Policy = field(default=Policy())
