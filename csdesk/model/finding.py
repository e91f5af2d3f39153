"""What the etiquette check says about a text: where, how grave, why, and what to write instead."""

from __future__ import annotations

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
