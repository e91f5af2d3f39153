"""Copies of a store: made while it is in use, checked before they count, put back without losing the old.

A copy is written beside its destination, checked, flushed, and renamed into place in one step: a kill
leaves the destination as it was, and the next backup to it goes on with what is there already. A store that
is replaced keeps its name until the new one takes it: a kill leaves the old one or the new one. Its witness
(``.head``) goes with it.
"""

from __future__ import annotations

import fcntl
import glob
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from csdesk.clock import Clock, format_time
from csdesk.errors import NotFound, Refused, StoreError
from csdesk.i18n import _
from csdesk.model.message import Delivery
from csdesk.store import connect, copying, file_copies, files, log, outbox, presence
from csdesk.store.connect import Connection, translated
from csdesk.store.database import SCHEMA_VERSION, open_store
from csdesk.store.file_copies import FileCopies
from csdesk.store.verify import verify

Progress = Callable[[int, int], None]
PAGES_A_STEP = 512
COMPANIONS = ("-wal", "-shm", "-journal", ".head")
KEPT = ".before-restore-"
HOLD_WAIT_MS = 1_000


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy that was checked: how many operations it holds, of which desk, and where its chain ends.

    ``kept`` of its ``size`` bytes were there from a copy that was stopped before. ``files`` are the attachments.
    """

    path: Path
    operations: int
    desk: int
    tip: log.Tip
    size: int
    kept: int = 0
    files: FileCopies = FileCopies()  # noqa: RUF009 - it is frozen


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put in place. ``kept`` is where the store from before went; ``stopped`` counts messages on
    their way at the time of the backup, which now wait for a person."""

    copy: Copy
    kept: Path | None
    stopped: int


def _silent(_done: int, _total: int) -> None:
    """No progress is shown."""


def backup(
    source: Path, destination: Path, clock: Clock, *, is_forced: bool = False, progress: Progress = _silent
) -> Copy:
    """Copy the store at ``source`` to ``destination`` as of one moment, while others go on writing.

    Raises Refused when something is there already and ``is_forced`` is False, or it is the store
    itself; StoreError when it cannot be read or written.
    """
    presence.bring_up_to_date(source, clock)
    with _said_in_words(destination):
        _refuse_destination(source, destination, is_forced)
    with _said_in_words(destination), translated(source):
        with copying.standing_still(source) as (reader, size), copying.unfinished(destination) as fresh:
            kept = copying.bring_up_to_date(source, size, fresh, progress)
            wanted = _log_of(reader)
            operations, desk, tip = _checked(source, fresh, wanted)
            attached = file_copies.copy_files(source, fresh, destination, progress)
        _take_place_of(fresh, destination)
        file_copies.drop_others(destination)
        log.write_head(destination, desk, tip)
    return Copy(destination, operations, desk, tip, size, kept, attached)


def _take_place_of(fresh: Path, destination: Path) -> None:
    """Give a finished backup its name; what was there, and what belonged to it, is gone then."""
    if not destination.exists():
        _drop_companions(destination)
        _put_in_place(fresh, destination)
        return
    with _held_alone(destination):
        _drop_companions(destination)
        _put_in_place(fresh, destination)


def restore(source: Path, database: Path, clock: Clock, *, progress: Progress = _silent) -> Restored:
    """Put the backup at ``source`` in the place of ``database``, which is kept under another name.

    The backup is verified first. Raises NotFound, Refused when it is not sound or another program has
    the store open, StoreError.
    """
    if not connect.exists(source):
        raise NotFound(
            "backup.missing", _("There is no backup at {path}.").format(path=source), _("Check the path.")
        )
    if database.exists() and source.samefile(database):
        raise Refused(
            "restore.itself",
            _("{path} is the store itself.").format(path=source),
            _("Name a backup: a file that csdesk db backup made."),
        )
    version = presence.schema_version(source)
    _drop_twins(database)
    with _workplace(database) as fresh:
        made = _copy(source, fresh, progress)
        if version != SCHEMA_VERSION:
            open_store(fresh, clock).close()
        _must_be_sound(source, fresh, progress)
        stopped = _stop_what_was_leaving(fresh)
        attached = file_copies.copy_files(source, fresh, database, progress)
        kept = None
        if database.exists():
            with _held_alone(database):
                kept = _second_name(database, clock)
                file_copies.link_files(database, kept)
                _drop_companions(database)
                _put_in_place(fresh, database)
        else:
            _drop_companions(database)
            _put_in_place(fresh, database)
        log.write_head(database, made.desk, made.tip)
    copy = Copy(database, made.operations, made.desk, made.tip, made.size, files=attached)
    return Restored(copy, kept, stopped)


def copies_beside(database: Path, desk: int) -> tuple[Path, ...]:
    """Other files in the folder of ``database`` that are stores of the same desk: backups, what an upgrade or
    a restore kept, and what a killed backup left unfinished. Behind each its folder of attachments."""
    folder = database.resolve().parent
    unfinished = f".{database.name}.*/{database.name}", f"{database.name}.before-*"
    inside = [path for pattern in ("*", unfinished[0]) for path in folder.glob(pattern)]
    named = set(folder.glob(unfinished[1]))
    found = sorted(
        path
        for path in inside
        if path.is_file()
        and not path.samefile(database)
        and not path.name.endswith(COMPANIONS)
        and (presence.desk_of(path) == desk or path in named)
    )
    beside = (part for path in found for part in (path, files.folder_of(path)))
    return tuple(part for part in beside if part.exists())


def _refuse_destination(source: Path, destination: Path, is_forced: bool) -> None:
    if destination.is_dir():
        raise Refused(
            "backup.folder", _("{path} is a folder.").format(path=destination), _("Name a file in it.")
        )
    if destination.exists() and not destination.is_file():
        raise Refused(
            "backup.no_file",
            _("{path} is no file: a backup would take its place.").format(path=destination),
            _("Name another file."),
        )
    companions = [Path(f"{source.resolve()}{tail}") for tail in COMPANIONS]
    is_own = destination.resolve() in (source.resolve(), *companions)
    if not is_own and not destination.exists():
        return
    if is_own or destination.samefile(source):
        raise Refused(
            "backup.itself",
            _("{path} is the store itself, or part of it.").format(path=destination),
            _("Name another file."),
        )
    if not is_forced:
        raise Refused(
            "backup.exists",
            _("{path} exists already, and is left as it is.").format(path=destination),
            _("Name another file, or overwrite it with --force."),
        )


@contextmanager
def _workplace(destination: Path) -> Iterator[Path]:
    """A path for an unfinished store, on the disk of ``destination``; gone afterwards, whatever happens.

    What a killed process left there is gone as soon as the next one begins.
    """
    folder = destination.with_name(f".{destination.name}.restoring")
    with _said_in_words(destination):
        folder.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY)
        try:
            _lock(handle, destination)
            _empty(folder)
            yield folder / destination.name
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(handle)


def _lock(handle: int, destination: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Refused(
            "restore.running",
            _("Another restore of {path} is under way.").format(path=destination),
            _("Wait for it."),
        ) from None


def _empty(folder: Path) -> None:
    for left in folder.iterdir():
        left.unlink()


@contextmanager
def _said_in_words(destination: Path) -> Iterator[None]:
    """A system that refuses to write is one sentence."""
    try:
        yield
    except OSError as error:
        raise StoreError(
            "backup.cannot_write",
            _("{path} cannot be written: {reason}.").format(path=destination, reason=error.strerror or error),
            _("Check the folder and the space on its disk."),
        ) from error


def _copy(source: Path, fresh: Path, progress: Progress) -> Copy:
    """Copy page by page from one snapshot, then compare the copy's log with the snapshot's."""
    connect.create_file(fresh)
    with translated(source):
        reader = connect.open_reader(source)
        try:
            reader.execute("BEGIN")
            wanted = _log_of(reader)
            target = connect.open_scratch(fresh)
            try:
                reader.backup(
                    target,
                    pages=PAGES_A_STEP,
                    progress=lambda _state, left, all_: progress(all_ - left, all_),
                )
            finally:
                target.close()
        finally:
            reader.close()
        operations, desk, tip = _checked(source, fresh, wanted)
    return Copy(fresh, operations, desk, tip, fresh.stat().st_size)


def _checked(source: Path, fresh: Path, wanted: LogFacts) -> LogFacts:
    """What the log of a copy holds. Raises StoreError when a page of it is broken, or its log not as ``wanted``."""
    copy = connect.open_still(fresh)
    try:
        damage = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
        found = _log_of(copy) if damage == "ok" else None
    finally:
        copy.close()
    if found is None or found != wanted:
        raise StoreError(
            "backup.unsound",
            _("The copy of {path} is not sound: {reason}.").format(
                path=source, reason=damage if found is None else _("the log differs")
            ),
            _("Run csdesk db verify."),
        )
    return found


LogFacts = tuple[int, int, log.Tip]
"""How many operations, of which desk this store is, where its chain ends."""


def _log_of(connection: Connection) -> LogFacts:
    operations = connection.execute("SELECT count(*) FROM op").fetchone()[0]
    row = connection.execute("SELECT value FROM meta WHERE key = 'desk'").fetchone()
    desk = int(row[0]) if row else 0
    return operations, desk, log.tip(connection, desk)


def _must_be_sound(source: Path, fresh: Path, progress: Progress) -> None:
    head = log.read_head(source)
    if head is not None:
        log.write_head(fresh, head[0], log.Tip(head[1], 0, head[2]))
    report = verify(fresh, progress)
    if not report.is_clean:
        raise Refused(
            "restore.unsound",
            _("The backup {path} is not sound: {problem}.").format(path=source, problem=report.problems[0]),
            _("Nothing was changed. Try an older backup."),
        )


def _stop_what_was_leaving(fresh: Path) -> int:
    """Fail what was on its way when the backup was made: it may have left since. A person decides."""
    reason = _("restored from a backup: it may have been sent before")
    with translated(fresh):
        connection = connect.open_writer(fresh)
        try:
            connection.execute("BEGIN IMMEDIATE")
            rows = connection.execute(
                "SELECT message FROM outbox WHERE state <> ?", (Delivery.FAILED.value,)
            ).fetchall()
            for (message,) in rows:
                outbox.fail(connection, message, reason)
            connection.execute("DELETE FROM lease")
            connection.execute("DELETE FROM undo")
            connection.execute("COMMIT")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close()
    return len(rows)


@contextmanager
def _held_alone(database: Path) -> Iterator[None]:
    """Keep every other program out of ``database``. Raises Refused when one has it open.

    Leaving WAL mode needs to be alone (sqlite.org/wal.html), and moves what the WAL holds into the file.
    A file too damaged to be opened is held by nobody and is left as it is.
    """
    connection: Connection | None = None
    try:
        connection = connect.open_writer(database, HOLD_WAIT_MS)
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("BEGIN EXCLUSIVE")
    except (StoreError, connect.DriverError) as error:
        if connection is not None:
            connection.close()
            connection = None
        if "locked" in str(error).lower():
            raise Refused(
                "store.in_use",
                _("Another program has {path} open.").format(path=database),
                _("Close csdesk everywhere, then try again; nothing was changed."),
            ) from None
    try:
        yield
    finally:
        if connection is not None:
            connection.close()


def _second_name(database: Path, clock: Clock) -> Path:
    """Give the store, and what belongs to it, the name it is kept under; it bears both until it is replaced."""
    stamp = format_time(clock.now_ms() // 1000 * 1000).replace("-", "").replace(":", "")
    kept = database.with_name(f"{database.name}{KEPT}{stamp}")
    number = 1
    while kept.exists():
        number += 1
        kept = database.with_name(f"{database.name}{KEPT}{stamp}-{number}")
    for tail in ("-wal", ".head", ""):
        part = Path(f"{database}{tail}")
        if part.exists():
            file_copies.link(part, Path(f"{kept}{tail}"))
    files.flush(database.parent)
    return kept


def _drop_twins(database: Path) -> None:
    """Take back second names of the store that a killed restore left: a database must not have two."""
    for twin in database.parent.glob(f"{glob.escape(database.name)}{KEPT}*"):
        if twin.suffix != ".head" and database.exists() and twin.samefile(database):
            twin.unlink()
            Path(f"{twin}.head").unlink(missing_ok=True)
            shutil.rmtree(files.folder_of(twin), ignore_errors=True)


def _drop_companions(database: Path) -> None:
    """Remove what belonged to a file that is no more: its WAL would be played into the new one."""
    for tail in COMPANIONS:
        Path(f"{database}{tail}").unlink(missing_ok=True)


def _put_in_place(fresh: Path, destination: Path) -> None:
    """Flush the copy and rename it; the folder is flushed too, so that the name survives a power cut."""
    fresh.chmod(files.FILE_MODE)
    files.flush(fresh)
    fresh.replace(destination)
    files.flush(destination.parent)
