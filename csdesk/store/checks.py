"""What every check of a store is made of: what it found, and how it walks two lists at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from csdesk.store.connect import Connection, DriverError

MOST_PROBLEMS = 20
STEPS = 100_000
"""Steps of the database between two looks at whether Ctrl+C was pressed: a few milliseconds."""

Row = tuple[Any, ...]


@dataclass
class Findings:
    """What one check found: its ``name`` (for scripts), how many rows it looked at, the first problems."""

    name: str
    looked_at: int = 0
    problems: list[str] = field(default_factory=list)

    def add(self, problem: str) -> None:
        """One more sentence, unless there are enough."""
        if not self.is_full:
            self.problems.append(problem)

    @property
    def is_full(self) -> bool:
        return len(self.problems) >= MOST_PROBLEMS


def aligned(left: Iterable[Row], right: Iterable[Row]) -> Iterator[tuple[Row | None, Row | None]]:
    """Pairs of rows with the same first column of two lists in its order; None where one has no such row."""
    lefts, rights = iter(left), iter(right)
    here, there = next(lefts, None), next(rights, None)
    while here is not None or there is not None:
        if there is None or (here is not None and here[0] < there[0]):
            yield here, None
            here = next(lefts, None)
        elif here is None or there[0] < here[0]:
            yield None, there
            there = next(rights, None)
        else:
            yield here, there
            here, there = next(lefts, None), next(rights, None)


@contextmanager
def stoppable(*connections: Connection) -> Iterator[None]:
    """Let Ctrl+C end a long statement too: it is raised as KeyboardInterrupt, as between statements.

    Python runs its signal handlers between its own instructions only; looking in from SQLite gives it some.
    """
    for connection in connections:
        connection.set_progress_handler(lambda: 0, STEPS)
    try:
        yield
    except DriverError as error:
        if "interrupted" not in str(error):
            raise
        raise KeyboardInterrupt from error
    finally:
        for connection in connections:
            connection.set_progress_handler(None, 0)
