"""Large stores: conversations written through the program's own bulk path, as an import would.

A store is built once and kept. Each commit holds CHUNK conversations, and how many there are is where a
build that was killed goes on: the store says it itself. The same plan gives the same log, byte for byte,
however often the build was interrupted.

``python -m tests.bench.builder PATH CONVERSATIONS MESSAGES_PER`` builds one by itself.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from csdesk import paths
from csdesk.clock import ManualClock
from csdesk.store import before_upgrade, connect, log, tidying
from csdesk.store.database import SCHEMA_VERSION, Store, open_store
from csdesk.store.writer import Fact, Transaction
from tests.bench.progress import Progress
from tests.bench.talks import AGENTS, GAP_MS, NOW_MS, Plan, converse, staff

__all__ = ["AGENTS", "GAP_MS", "NOW_MS", "build", "copy_of", "kept_folder", "store_of"]

VERSION = 3
"""Raise it when the same plan gives another store: kept ones are then built anew."""

CHUNK = 500
DESK = 20_260_102
MESSAGES_PER = 2

Report = Callable[[int, int], None]


def _silent(done: int, total: int) -> None:
    pass


def kept_folder() -> Path:
    """Where stores are kept unless another folder is named: outside of the repository, on a real disk,
    for what is durable in memory proves nothing. Made if need be."""
    folder = paths.cache_folder() / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def store_of(
    conversations: int,
    messages_per: int = MESSAGES_PER,
    *,
    folder: Path | None = None,
    report: Report = _silent,
) -> Path:
    """A store of that size, the kept one or built (on) now. Open it for reading, or copy it.

    One that an older csdesk built is upgraded as a person's would be.
    """
    kept = folder or kept_folder()
    plan = Plan(conversations, messages_per)
    path = kept / f"store-{conversations}x{messages_per}-{plan.seed}-v{VERSION}.db"
    kept.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        with _alone_in(kept):
            if not path.exists():
                unfinished = path.with_suffix(".building")
                build(unfinished, plan, report)
                log.head_path(unfinished).replace(log.head_path(path))
                unfinished.replace(path)
    if _schema_of(path) != SCHEMA_VERSION:
        with _alone_in(kept):
            open_store(path, ManualClock(NOW_MS), progress=report).close()
            before_upgrade.copy_path(path, SCHEMA_VERSION).unlink(missing_ok=True)
            _tidy(path)
    return path


def _schema_of(path: Path) -> int:
    connection = connect.open_reader(path)
    try:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])
    finally:
        connection.close()


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Two that want the same store build it once."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def copy_of(path: Path, folder: Path) -> Path:
    """A store to write in."""
    copied = Path(shutil.copy(path, folder / path.name))
    shutil.copy(log.head_path(path), log.head_path(copied))
    copied.chmod(0o600)
    return copied


def build(path: Path, plan: Plan, report: Report = _silent) -> None:
    """Make the store of ``plan`` at ``path``, or go on with it; it ends at NOW_MS."""
    clock = ManualClock(plan.begins(0))
    _name_desk(path, clock)
    with open_store(path, clock) as store:
        done = _held(store)
        report(done, plan.conversations)
        _write(store, clock, plan, done, report)
    _tidy(path)


def _tidy(path: Path) -> None:
    """Put the search indexes in order, as a desk does by itself in its first quiet minutes after an import."""
    connection = connect.open_writer(path)
    try:
        connection.execute("PRAGMA synchronous=OFF")
        while tidying.tidy(connection):
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
    finally:
        connection.close()


def _write(store: Store, clock: ManualClock, plan: Plan, done: int, report: Report) -> None:
    """Chunk by chunk: the next one is thought of while this one is written."""
    facts = _chunk(plan, done)
    while done < plan.conversations:
        stop = min(done + CHUNK, plan.conversations)
        clock.advance(plan.begins(stop) - clock.now_ms())
        written = store.submit(_recording(facts))
        facts = _chunk(plan, stop)
        written.result()
        done = stop
        report(done, plan.conversations)


def _recording(facts: list[Fact]) -> Callable[[Transaction], None]:
    return lambda tx: tx.record_many(facts)


def _chunk(plan: Plan, start: int) -> list[Fact]:
    """The facts of one commit; the first one brings the staff too."""
    stop = min(start + CHUNK, plan.conversations)
    facts = list(staff(plan)) if start == 0 else []
    for number in range(start, stop):
        facts += converse(plan, number)
    return facts


def _held(store: Store) -> int:
    """How many conversations are there: they come in order, whole chunks at a time."""
    return int(store.reader().execute("SELECT count(*) FROM conversation").fetchone()[0])


def _name_desk(path: Path, clock: ManualClock) -> None:
    """Give a new store a number that does not come from chance: every sum of the log covers it."""
    open_store(path, clock, create=True).close()
    connection = connect.open_writer(path)
    if connection.execute("SELECT 1 FROM op LIMIT 1").fetchone() is None:
        connection.execute("UPDATE meta SET value = ? WHERE key = 'desk'", (DESK,))
    connection.close()


if __name__ == "__main__":
    build(Path(sys.argv[1]), Plan(int(sys.argv[2]), int(sys.argv[3])), Progress("building"))
