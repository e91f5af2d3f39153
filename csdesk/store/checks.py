"""What every check of a store is made of: what it found, and how it walks two lists at once."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from csdesk.i18n import _
from csdesk.store.connect import Connection, DriverError

Progress = Callable[[int, int], None]
"""Hears how much of how many of something is done."""

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


@contextmanager
def without_collecting() -> Iterator[None]:
    """No search for rings of objects, which rows and operations never make: it is a twentieth of the work."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def of_one_moment(connection: Connection, found: Findings) -> Iterator[None]:
    """Look at one moment of the store; who meets an unreadable page inside says so in ``found``."""
    try:
        with readable_or_said(found):
            connection.execute("BEGIN")
            yield
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


@contextmanager
def readable_or_said(found: Findings) -> Iterator[None]:
    """A page that cannot be read ends what is done inside; ``found`` says so."""
    try:
        yield
    except DriverError as error:
        if ends_all(error):
            raise
        found.add(_("{check}: cannot be read any further ({reason})").format(check=found.name, reason=error))


def ends_all(error: Exception) -> bool:
    """Whether it tells nothing about the store: a person stopped it, or there is no room for the rows."""
    return "interrupted" in str(error) or "disk is full" in str(error)


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
