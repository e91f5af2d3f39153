"""A jsonl file into the desk: line by line, in large commits, each bad line by its number."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from csdesk.desk.context import Desk
from csdesk.desk.importing import Imported, cleaned, import_in
from csdesk.errors import CsdeskError, DataError
from csdesk.formats.jsonl import LineProblem, read_transcripts
from csdesk.i18n import _
from csdesk.model.transcript import Transcript, assign_times
from csdesk.store.writer import Transaction

DEFAULT_STARTING_MS = 946_684_800_000
"""2000-01-01T00:00:00Z, where times that a file does not give begin."""

BATCH = 500
PROBLEMS_KEPT = 1_000

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """``lenient`` skips unknown keys; ``dry_run`` counts what would be new and leaves no trace."""

    lenient: bool = False
    starting_ms: int = DEFAULT_STARTING_MS
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What was new, and the bad lines: the first PROBLEMS_KEPT of them, ``unlisted`` more."""

    conversations: int = 0
    messages: int = 0
    contacts: int = 0
    skipped: int = 0
    errors: tuple[LineProblem, ...] = ()
    unlisted: int = 0


@dataclass(slots=True)
class _Problems:
    kept: list[LineProblem] = field(default_factory=list)
    unlisted: int = 0

    def add(self, problem: LineProblem) -> None:
        if len(self.kept) < PROBLEMS_KEPT:
            self.kept.append(problem)
        else:
            self.unlisted += 1


class _DryRunDone(Exception):
    """Not a failure: it carries the counts out of work that must be undone."""

    def __init__(self, counted: Imported) -> None:
        super().__init__()
        self.counted = counted


def import_file(
    desk: Desk, path: Path, options: ImportOptions | None = None, progress: Progress | None = None
) -> ImportSummary:
    """Import ``path``; what is in the store already is not imported again.

    ``progress`` is called with bytes done and bytes in all (0 when not known). Each commit holds
    BATCH conversations; a dry run is one piece of work that is undone. Raises DataError when the
    file cannot be read, StoreError when the store cannot be written (whole batches stand).
    """
    wanted = options or ImportOptions()
    problems = _Problems()
    with open_readable(path) as stream:
        found = _readable(stream, wanted, problems, progress)
        timed = assign_times(found, wanted.starting_ms)
        counted = _count_only(desk, timed) if wanted.dry_run else _import_all(desk, timed)
    return ImportSummary(
        counted.conversations,
        counted.messages,
        counted.contacts,
        counted.skipped,
        tuple(problems.kept),
        problems.unlisted,
    )


def open_readable(path: Path) -> BinaryIO:
    """Open a file for an import. Raises DataError when that cannot be done."""
    try:
        return path.open("rb")
    except OSError as error:
        raise DataError(
            "import.cannot_read",
            _("Cannot read {path}: {reason}.").format(path=path, reason=error.strerror or error),
            _("Check the path and the file's rights."),
        ) from None


def _import_all(desk: Desk, transcripts: Iterator[Transcript]) -> Imported:
    total = Imported()
    while batch := list(islice(transcripts, BATCH)):
        total += desk.store.write(lambda tx, held=tuple(batch): import_in(tx, held))  # type: ignore[misc]
    return total


def _count_only(desk: Desk, transcripts: Iterator[Transcript]) -> Imported:
    """Import everything in one piece of work, and undo it."""

    def work(tx: Transaction) -> None:
        total = Imported()
        while batch := list(islice(transcripts, BATCH)):
            total += import_in(tx, batch)
        raise _DryRunDone(total)

    try:
        desk.store.write(work)
    except _DryRunDone as done:
        return done.counted
    return Imported()


def _readable(
    stream: BinaryIO, options: ImportOptions, problems: _Problems, progress: Progress | None
) -> Iterator[Transcript]:
    """The good lines, ready to be stored; the others become problems."""
    total = os.fstat(stream.fileno()).st_size
    for read in read_transcripts(stream, is_lenient=options.lenient):
        if progress is not None:
            progress(read.end, total)
        if isinstance(read.content, LineProblem):
            problems.add(read.content)
            continue
        try:
            transcript = cleaned(read.content)
        except CsdeskError as error:
            problems.add(LineProblem(read.line, error.sentence, error.hint))
            continue
        yield transcript
