"""Patterns that a stranger may write into a rule: checked to stay quick on every text.

Python's matcher goes back and tries again, and a careless pattern can do so for hours. A pattern is taken
only if the ways it can match from one place have a small bound: every repeat names its most, and what all
repeats and overlapping alternatives allow together is at most ``MOST_WAYS``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from csdesk.i18n import N_, _

MOST_WAYS = 20_000
MOST_REPEATS = 80

_QUANTIFIER = re.compile(r"\{(?P<least>\d{0,3})(?P<comma>,?)(?P<most>\d{0,3})\}")
_LITERAL = re.compile(r"[^\\.^$*+?{}\[\]|()]*")

_ENDLESS = N_("it repeats without end (*, + or {1,})")
_OPEN = N_("a bracket is not closed")
_BACK = N_("it refers back to what it matched")
_MANY = N_("it can match in too many ways")


class PatternError(ValueError):
    """A pattern is not taken; the text says why."""


def compiled(patterns: Iterable[str]) -> re.Pattern[str]:
    """One pattern for any of ``patterns``. Raises PatternError."""
    chosen = list(patterns)
    for pattern in chosen:
        check_cost(pattern)
    try:
        return re.compile("|".join(f"(?:{pattern})" for pattern in chosen), re.MULTILINE)
    except re.error as error:
        raise PatternError(str(error)) from None


def literal(words: Iterable[str], *, is_spaced: bool) -> re.Pattern[str]:
    """A pattern for any of ``words`` as they stand, longer ones first; between word ends if ``is_spaced``."""
    parts = []
    for word in sorted(set(words), key=lambda word: (-len(word), word)):
        before = r"(?<!\w)" if is_spaced and word[:1].isalnum() else ""
        after = r"(?!\w)" if is_spaced and word[-1:].isalnum() else ""
        parts.append(f"{before}{re.escape(word)}{after}")
    return re.compile("|".join(parts) or r"(?!)")


def check_cost(pattern: str) -> None:
    """Nothing if ``pattern`` is quick on every text. Raises PatternError with the reason."""
    cost = _Cost(pattern)
    cost.alternatives()
    if cost.at < len(pattern):
        raise PatternError(_(_OPEN))


class _Cost:
    """Walks one pattern and bounds in how many ways it matches from one place."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0

    def alternatives(self) -> int:
        """Ways of what stands up to the end or the closing bracket."""
        starts = self.at
        ways = [self._row()]
        while self._peek() == "|":
            self.at += 1
            ways.append(self._row())
        written = self.pattern[starts : self.at].split("|")
        if len(written) == len(ways) and all(_LITERAL.fullmatch(each) for each in written):
            return _overlapping(written)
        return self._bounded(sum(ways))

    def _row(self) -> int:
        ways = 1
        while (character := self._peek()) not in ("", "|", ")"):
            ways = self._bounded(ways * self._repeated(self._one(character)))
        return ways

    def _one(self, character: str) -> int:
        """Ways of one character, class or group; ``at`` is behind it then."""
        self.at += 1
        if character == "\\":
            if self._peek().isdigit():
                raise PatternError(_(_BACK))
            self.at += 1
        elif character == "[":
            self._class()
        elif character == "(":
            return self._group()
        elif character in "*+":
            raise PatternError(_(_ENDLESS))
        return 1

    def _group(self) -> int:
        if self._peek() == "?":
            head = re.compile(r"\?(?::|=|!|<=|<!|P<\w+>)").match(self.pattern, self.at)
            if head is None:
                raise PatternError(_(_BACK))
            self.at = head.end()
        ways = self.alternatives()
        if self._peek() != ")":
            raise PatternError(_(_OPEN))
        self.at += 1
        return ways

    def _class(self) -> None:
        self.at += 1 if self._peek() == "^" else 0
        self.at += 1 if self._peek() == "]" else 0
        while (character := self._peek()) != "]":
            if not character:
                raise PatternError(_(_OPEN))
            self.at += 2 if character == "\\" else 1
        self.at += 1

    def _repeated(self, ways: int) -> int:
        """Ways of something with the repeat that stands behind it, if one does."""
        least = most = 1
        character = self._peek()
        if character in ("*", "+") and character:
            raise PatternError(_(_ENDLESS))
        if character == "?":
            self.at, least = self.at + 1, 0
        elif found := _QUANTIFIER.match(self.pattern, self.at):
            self.at = found.end()
            least = int(found["least"] or 0)
            if found["comma"] and not found["most"]:
                raise PatternError(_(_ENDLESS))
            most = int(found["most"]) if found["comma"] else least
        else:
            return ways
        if self._peek() == "?":
            self.at += 1
        if most > MOST_REPEATS:
            raise PatternError(_(_MANY))
        return self._bounded(sum(ways**count for count in range(least, most + 1)))

    def _bounded(self, ways: int) -> int:
        if ways > MOST_WAYS:
            raise PatternError(_(_MANY))
        return max(1, ways)

    def _peek(self) -> str:
        return self.pattern[self.at : self.at + 1]


def _overlapping(words: list[str]) -> int:
    """How many of some plain words can match at one place: those that begin with one another."""
    ordered = sorted(words)
    return 1 + sum(later.startswith(earlier) for earlier, later in pairwise(ordered))
