"""What the etiquette check says about a text: where, how grave, why, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How grave a finding is: ``block`` asks once before sending, ``warn`` and ``hint`` only show."""

    BLOCK = "block"
    WARN = "warn"
    HINT = "hint"

    @property
    def rank(self) -> int:
        """0 for the gravest, for sorting."""
        return tuple(Severity).index(self)


class Fit(StrEnum):
    """What a suggestion takes the place of: the whole text, the hit alone, or nothing (put before, after)."""

    WHOLE = "whole"
    HIT = "hit"
    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. ``start`` and ``end`` are code points of the text, ``span`` the same in graphemes.

    ``suggestion`` may hold ``{{ path | fallback }}`` (:mod:`csdesk.template`); ``sources`` are places in
    the course texts such as ``004@4373``, or the name of a study.
    """

    rule: str
    severity: Severity
    start: int
    end: int
    span: tuple[int, int]
    hit: str
    message: str
    suggestion: str
    fit: Fit
    sources: tuple[str, ...]
    lang: str


class Fate(StrEnum):
    """What became of a finding: not heard of again here, its suggestion taken, or sent though it asked."""

    IGNORED = "ignored"
    ACCEPTED = "accepted"
    ANYWAY = "anyway"


@dataclass(frozen=True, slots=True)
class Fated:
    """How often findings of a rule met a fate, and the reason that was given for it (empty: none is asked)."""

    rule: str
    fate: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Ignored:
    """A rule that was ignored ``times``, by reason (one sent anyway counts under ``anyway``), and how often its
    suggestion was taken."""

    rule: str
    times: int
    reasons: Mapping[str, int]
    accepted: int = 0


def most_ignored(fated: Iterable[Fated], most: int | None = None) -> tuple[Ignored, ...]:
    """The rules that were ignored, those most often first."""
    reasons: dict[str, dict[str, int]] = {}
    accepted: dict[str, int] = {}
    for each in fated:
        if each.fate == Fate.ACCEPTED:
            accepted[each.rule] = accepted.get(each.rule, 0) + each.count
            continue
        reason = Fate.ANYWAY if each.fate == Fate.ANYWAY else each.reason
        of_rule = reasons.setdefault(each.rule, {})
        of_rule[str(reason)] = of_rule.get(str(reason), 0) + each.count
    found = [
        Ignored(
            rule,
            sum(told.values()),
            dict(sorted(told.items(), key=lambda pair: (-pair[1], pair[0]))),
            accepted.get(rule, 0),
        )
        for rule, told in reasons.items()
    ]
    return tuple(sorted(found, key=lambda each: (-each.times, each.rule))[:most])
