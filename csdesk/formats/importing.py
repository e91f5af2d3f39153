"""A file into the desk: record by record, in large commits, each bad record by its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from threading import Event
from typing import BinaryIO

from csdesk.desk.attaching import keeping
from csdesk.desk.context import Desk
from csdesk.desk.import_texts import cleaned
from csdesk.desk.importing import Imported, import_in
from csdesk.errors import CsdeskError, DataError
from csdesk.formats.detect import JSONL
from csdesk.formats.options import ReadOptions
from csdesk.formats.readers import READERS
from csdesk.formats.record import Problem
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
    """``form`` is a name of READERS; ``dry_run`` counts what would be new and leaves no trace.

    ``source`` replaces the source that the format gives; ``inbox`` is for conversations that name none.
    """

    form: str = JSONL
    reading: ReadOptions = field(default_factory=ReadOptions)
    source: str | None = None
    inbox: str | None = None
    starting_ms: int = DEFAULT_STARTING_MS
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What was new, and the bad records: the first PROBLEMS_KEPT of them, ``unlisted`` more.

    ``is_stopped``: a person stopped it; what is counted is in the store.
    """

    conversations: int = 0
    messages: int = 0
    contacts: int = 0
    skipped: int = 0
    errors: tuple[Problem, ...] = ()
    unlisted: int = 0
    is_stopped: bool = False


@dataclass(slots=True)
class _Run:
    """What an import has come to so far."""

    counted: Imported = field(default_factory=Imported)
    kept: list[Problem] = field(default_factory=list)
    unlisted: int = 0
    stop: Event = field(default_factory=Event)

    def add(self, problem: Problem) -> None:
        if len(self.kept) < PROBLEMS_KEPT:
            self.kept.append(problem)
        else:
            self.unlisted += 1

    def summary(self) -> ImportSummary:
        counted = self.counted
        return ImportSummary(
            counted.conversations,
            counted.messages,
            counted.contacts,
            counted.skipped,
            tuple(self.kept),
            self.unlisted,
            self.stop.is_set(),
        )


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
    BATCH conversations, so that KeyboardInterrupt leaves whole conversations and is told in the summary;
    a dry run is one piece of work that is undone. Raises DataError when the file cannot be read, UsageError
    when a person has to say how, StoreError when the store cannot be written (whole batches stand).
    """
    wanted = options or ImportOptions()
    run = _Run()
    open_readable(path).close()
    try:
        with keeping(desk) as keep:
            if not wanted.dry_run:
                wanted = replace(wanted, reading=replace(wanted.reading, keep=keep))
            found = _until_stopped(transcripts(path, wanted, run.add, progress), run.stop)
            timed = assign_times(found, wanted.starting_ms)
            if wanted.dry_run:
                run.counted = _count_only(desk, timed)
            else:
                _import_all(desk, timed, run)
    except KeyboardInterrupt:
        run.stop.set()
    return run.summary()


def preview(path: Path, options: ImportOptions, count: int) -> tuple[list[Transcript], list[Problem]]:
    """The first ``count`` conversations as they would be stored, and the bad records before them."""
    problems: list[Problem] = []
    open_readable(path).close()
    found = islice(transcripts(path, options, problems.append, None), count)
    return list(found), problems


def transcripts(
    path: Path, options: ImportOptions, on_problem: Callable[[Problem], None], progress: Progress | None
) -> Iterator[Transcript]:
    """The good records, ready to be stored; the others go to ``on_problem``."""
    total = path.stat().st_size
    for read in READERS[options.form](path, options.reading):
        if progress is not None:
            progress(read.end, total)
        if isinstance(read.content, Problem):
            on_problem(read.content)
            continue
        try:
            transcript = cleaned(_placed(read.content, options))
        except CsdeskError as error:
            on_problem(Problem(read.line, error.sentence, error.hint, read.number))
            continue
        yield transcript


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


def _placed(transcript: Transcript, options: ImportOptions) -> Transcript:
    """The transcript under the source and in the inbox that a person asked for."""
    return replace(
        transcript,
        source=transcript.source if options.source is None else options.source,
        inbox=transcript.inbox or options.inbox,
    )


def _until_stopped(found: Iterator[Transcript], stop: Event) -> Iterator[Transcript]:
    """A dry run reads on the writer's thread: this is how it hears that a person has had enough."""
    for transcript in found:
        if stop.is_set():
            return
        yield transcript


def _import_all(desk: Desk, found: Iterator[Transcript], run: _Run) -> None:
    while batch := list(islice(found, BATCH)):
        held: list[Imported] = []

        def work(tx: Transaction, batch: list[Transcript] = batch, held: list[Imported] = held) -> None:
            held[:] = [import_in(tx, batch)]

        try:
            desk.store.write(work)
        except KeyboardInterrupt:
            # The writer finishes what it was given; work behind it is done when that has been counted.
            desk.store.write(lambda _tx: None)
            raise
        finally:
            run.counted = sum(held, run.counted)


def _count_only(desk: Desk, found: Iterator[Transcript]) -> Imported:
    """Import everything in one piece of work, and undo it."""

    def work(tx: Transaction) -> None:
        total = Imported()
        while batch := list(islice(found, BATCH)):
            total += import_in(tx, batch)
        raise _DryRunDone(total)

    try:
        desk.store.write(work)
    except _DryRunDone as done:
        return done.counted
    return Imported()
