"""What one reply is: its acts, the facts it tells right or wrong, and what the etiquette check says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256

from csdesk.etiquette import ruleset
from csdesk.etiquette.checker import check
from csdesk.etiquette.context import Context
from csdesk.etiquette.reading import Span, normal, read
from csdesk.etiquette.ruleset import RuleSet
from csdesk.model.finding import Finding, Severity
from csdesk.trainer import shop
from csdesk.trainer.acts import acts_in, affirmed, told
from csdesk.trainer.scenario import Never, Scenario


@dataclass(frozen=True, slots=True)
class Heard:
    """A reply as it was understood. Spans are code points of the text.

    ``is_repeat``: the same words were sent before, so nothing in them counts again.
    """

    acts: Mapping[str, Span] = field(default_factory=dict)
    facts: Mapping[str, Span] = field(default_factory=dict)
    wrong: Mapping[str, Span] = field(default_factory=dict)
    nevers: tuple[tuple[Never, Span], ...] = ()
    findings: tuple[Finding, ...] = ()
    is_repeat: bool = False
    beyond: Mapping[str, Span] = field(default_factory=dict)
    """By topic of the shop's policy, words that promise more than the shop allows."""

    @property
    def is_blocked(self) -> bool:
        """Whether the check would ask before it is sent; it does for a promise that nobody may make."""
        is_forbidden = shop.FORBIDDEN in self.beyond
        return is_forbidden or any(finding.severity is Severity.BLOCK for finding in self.findings)


def hear(scenario: Scenario, text: str, context: Context, *, is_repeat: bool = False) -> Heard:
    """``text`` as the customer of ``scenario`` takes it."""
    reading = read(text, scenario.lang)
    wrong = {
        name: span
        for name, fact in scenario.facts.items()
        if fact.wrong is not None and (span := affirmed(fact.wrong, reading)) is not None
    }
    nevers = tuple(
        (never, span) for never in scenario.nevers if (span := affirmed(never.said, reading)) is not None
    )
    findings = check(text, context, shipped_rules())
    beyond = shop.beyond(reading, scenario.policy)
    if is_repeat:
        return Heard(wrong=wrong, nevers=nevers, findings=findings, is_repeat=True, beyond=beyond)
    facts = {
        name: span
        for name, fact in scenario.facts.items()
        if name not in wrong and (span := told(fact.said, reading)) is not None
    }
    return Heard(acts_in(reading), facts, wrong, nevers, findings, beyond=beyond)


@cache
def shipped_rules() -> RuleSet:
    """The rules a score goes by: those that come with the program, so that it is the same on every machine."""
    return ruleset.load([ruleset.BUILTIN])


@cache
def rules_digest() -> str:
    """Names the very content of those rules: kept with an attempt, so that an old score can be told apart."""
    files = sorted(ruleset.BUILTIN.glob("*.yaml"))
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def same_words(text: str) -> str:
    """``text`` as it is compared with what was sent before: without spaces, signs and case."""
    return "".join(char for char in normal(text, "zh") if char.isalnum())
