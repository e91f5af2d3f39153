"""What a YAML file becomes: texts, lists and mappings that know where they stood."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from csdesk.errors import DataError

EMPTY_WORDS = ("", "~", "null", "Null", "NULL")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a file: where (line and column count from 1), what, and how to mend it."""

    file: str
    line: int
    column: int
    reason: str
    fix: str

    @property
    def where(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"


class YamlError(DataError):
    """A file was refused; ``problem`` says where and why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__("yaml.refused", str(problem), problem.fix)
        self.problem = problem


class Mark(NamedTuple):
    """A place in a file; ``line`` and ``column`` count from 1. A tuple: there is one for each word of a file."""

    file: str
    line: int
    column: int

    def problem(self, reason: str, fix: str) -> Problem:
        return Problem(self.file, self.line, self.column, reason, fix)


@dataclass(slots=True)
class Scalar:
    """A text. ``is_plain`` tells that it stood there without quotes."""

    mark: Mark
    text: str
    is_plain: bool = True

    @property
    def is_empty(self) -> bool:
        """Nothing was written, or an unquoted ``null``."""
        return self.is_plain and self.text in EMPTY_WORDS


@dataclass(slots=True)
class Sequence:
    """A list of nodes."""

    mark: Mark
    items: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Mapping:
    """Nodes by key; ``key_marks`` tells where each key stands."""

    mark: Mark
    items: dict[str, Node] = field(default_factory=dict)
    key_marks: dict[str, Mark] = field(default_factory=dict)


Node = Scalar | Sequence | Mapping
