"""One writing thread per process: work queues up, and what arrives together commits together.

A caller gets its answer only after the commit that holds its work has reached the disk. Work
that raises is undone alone; its neighbours in the same commit stand.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from csdesk.clock import Clock
from csdesk.errors import StoreError
from csdesk.i18n import _
from csdesk.model.operation import Kind, Operation
from csdesk.store import log
from csdesk.store.connect import Connection, DriverError, store_error
from csdesk.store.rows import MissingEntity

if TYPE_CHECKING:
    from csdesk.store.apply.batch import Batch

T = TypeVar("T")

GROUP_LIMIT = 64
HEAD_EVERY_S = 1.0
"""How stale the second witness may get: what a lost WAL takes unnoticed is at most this much."""
IDLE_S = 0.5
TIDY_EVERY_S = 0.05
"""How long nothing has to have been written before the indexes are tidied, and how often from then on."""


def closed() -> StoreError:
    """The error for work that comes after ``close``."""
    return StoreError("store.closed", _("The store is closed."), _("Start csdesk again."))


FOR_EVERYBODY = frozenset(
    {
        Kind.AGENT_ADDED,
        Kind.AGENT_EDITED,
        Kind.TEAM_ADDED,
        Kind.TEAM_EDITED,
        Kind.INBOX_ADDED,
        Kind.INBOX_EDITED,
        Kind.AGENT_AVAILABILITY_CHANGED,
        Kind.ERASURE_MET,
    }
)
"""Who there is, and through what they answer, is known to all on a hub, whatever the scope of their desk; so is what a
desk did not know when it wrote, which whoever erased has to hear."""


class Fact(NamedTuple):
    """What an operation will say, before it has its place in the log."""

    kind: Kind
    ent: bytes
    body: dict[str, Any]
    arg: int | None = None
    scope: int = 0


class Transaction:
    """One commit in the making: a connection that may write, and the desk's chain to extend.

    ``home_scope`` is what facts are visible to on the hub that the store joined, None without a hub;
    ``mono_ms`` is a time that never jumps back. ``is_chain_new`` is set by who gives operations other sums.
    """

    def __init__(
        self,
        connection: Connection,
        desk: int,
        now_ms: int,
        tip: log.Tip,
        *,
        home_scope: int | None = None,
        mono_ms: int = 0,
    ) -> None:
        self.connection = connection
        self.desk = desk
        self.now_ms = now_ms
        self.mono_ms = mono_ms
        self.tip = tip
        self.home_scope = home_scope
        self.is_chain_new = False
        self._batch = _batch(self.connection)

    def record(
        self, kind: Kind, ent: bytes, body: dict[str, Any], *, arg: int | None = None, scope: int = 0
    ) -> Operation:
        """State a fact: into the log, and through ``apply`` into the rows."""
        from csdesk.store.apply import apply_many

        (operation,) = self._append((Fact(kind, ent, body, arg, scope),))
        apply_many(self._batch, (operation,))
        self.settle()
        return operation

    def record_many(self, facts: Sequence[Fact]) -> None:
        """State facts that follow each other: the log and the rows will be as after ``record`` of each.

        The rows follow with the next ``record`` or ``settle``, or when the work is done.
        """
        from csdesk.store.apply import apply_many

        apply_many(self._batch, self._append(facts))

    def settle(self) -> None:
        """Make the rows that are owed. Who else may change them now is free to."""
        self._batch.refresh()

    def forget(self, tip: log.Tip) -> None:
        """The rows were changed by others than this transaction's batch, or the work since ``tip`` was undone."""
        self.tip = tip
        self._batch = _batch(self.connection)

    def _append(self, facts: Sequence[Fact]) -> list[Operation]:
        """Write facts into the log, each behind the one before it; the operations that they are."""
        from csdesk.store import redaction

        operations: list[Operation] = []
        rows: list[log.Stored] = []
        dseq, hlc, own = self.tip
        place = 0 if self.home_scope is None else log.place_of(self.desk)
        for (kind, ent, body, arg, scope), salt in zip(facts, redaction.salts(len(facts)), strict=True):
            dseq, hlc = dseq + 1, log.next_hlc(hlc, self.now_ms, place)
            held = redaction.salted(kind, body, salt)
            if arg is not None and self.home_scope is not None:
                held = self._on_top(ent, held, operations)
            home = 0 if self.home_scope is None or kind in FOR_EVERYBODY else self.home_scope
            operation = Operation(self.desk, dseq, hlc, int(kind), ent, held, 1, scope or home, arg)
            row = log.stored(operation, own)
            own = row.sum
            operations.append(operation)
            rows.append(row)
        log.append_many(self.connection, rows)
        self.tip = log.Tip(dseq, hlc, own)
        if self.home_scope is not None:
            self._note_when_made(operations)
        return operations

    def _on_top(self, ent: bytes, body: dict[str, Any], before: Sequence[Operation]) -> dict[str, Any]:
        """What is made on top of a claim that a hub may still give to somebody else has to name it."""
        from csdesk.store import joined

        own = [each[:2] for each in before if each.ent == ent and each.arg is not None]
        dot = own[-1] if own else joined.claim_before(self.connection, ent)
        return body if dot is None else {**body, "prev": f"{dot[0]}:{dot[1]}"}

    def _note_when_made(self, operations: Sequence[Operation]) -> None:
        """The wall clock may be wrong; what cannot be is how long ago it was, until the hub has it."""
        from csdesk.clock import boot_id
        from csdesk.store import joined

        seen = joined.newest_seen(self.connection)
        rows = [(each.dseq, boot_id(), self.mono_ms, seen) for each in operations]
        self.connection.executemany(
            "INSERT OR REPLACE INTO hub_made(dseq, boot, mono_ms, seen_hlc) VALUES(?,?,?,?)", rows
        )


def _batch(connection: Connection) -> Batch:
    """An empty batch. What makes rows is loaded with the first commit: the first frame comes before."""
    from csdesk.store.apply.batch import Batch

    return Batch(connection)


@dataclass
class _Job(Generic[T]):
    work: Callable[[Transaction], T]
    answer: Future[T] = field(default_factory=Future)


class Writer:
    """The thread. ``submit`` from anywhere; ``close`` finishes what was accepted."""

    def __init__(self, connection: Connection, path: Path, desk: int, clock: Clock) -> None:
        self._connection = connection
        self._path = path
        self._desk = desk
        self._clock = clock
        self._jobs: queue.SimpleQueue[_Job[Any] | None] = queue.SimpleQueue()
        self._door = threading.Lock()
        self._is_closed = False
        self._head_due: float | None = None
        # What a program before this one left behind (an import ends before it was ever idle) is tidied too.
        self._tidy_due: float | None = time.monotonic() + IDLE_S
        self._tip: log.Tip | None = None
        self._home_scope: int | None = None
        self._seen = 0
        self.on_commit: Callable[[], None] = lambda: None
        self._thread = threading.Thread(target=self._run, name="csdesk-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Transaction], T]) -> Future[T]:
        """Queue ``work``; the future is done when its commit is on disk, or holds what it raised."""
        job = _Job(work)
        with self._door:
            if not self._is_closed:
                self._jobs.put(job)
                return job.answer
        job.answer.set_exception(closed())
        return job.answer

    def close(self) -> None:
        """Commit what was accepted, then stop. Safe to call twice."""
        with self._door:
            if not self._is_closed:
                self._is_closed = True
                self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        is_open = True
        while is_open:
            batch, is_open = self._next_batch()
            if batch:
                self._commit(batch)
            if self._head_due is not None and (not is_open or time.monotonic() >= self._head_due):
                self._write_head()
            if is_open and not batch and self._tidy_due is not None and time.monotonic() >= self._tidy_due:
                self._tidy()

    def _next_batch(self) -> tuple[list[_Job[Any]], bool]:
        batch: list[_Job[Any]] = []
        try:
            job = self._jobs.get(timeout=self._pause())
            while job is not None:
                if job.answer.set_running_or_notify_cancel():
                    batch.append(job)
                if len(batch) >= GROUP_LIMIT:
                    return batch, True
                job = self._jobs.get_nowait()
        except queue.Empty:
            return batch, True
        return batch, False

    def _pause(self) -> float | None:
        """Seconds to wait for work: until something else is due, or for ever."""
        due = [at for at in (self._head_due, self._tidy_due) if at is not None]
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _commit(self, batch: list[_Job[Any]]) -> None:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            transaction = self._transaction()
            attempt = self._attempt if len(batch) > 1 else self._attempt_alone
            done = [(job, result) for job in batch for result in attempt(transaction, job)]
            if not done:
                self._roll_back()
                return
            if transaction.is_chain_new:
                log.head_path(self._path).unlink(missing_ok=True)  # a witness of sums that are no more
            self._connection.execute("COMMIT")
            self._tip, self._home_scope = transaction.tip, transaction.home_scope
        except DriverError as error:
            self._roll_back()
            for job in batch:
                if not job.answer.done():
                    job.answer.set_exception(store_error(error, self._path))
            return
        if self._head_due is None:
            self._head_due = time.monotonic() + HEAD_EVERY_S
        self._tidy_due = time.monotonic() + IDLE_S
        for job, result in done:
            job.answer.set_result(result)
        self.on_commit()

    def _transaction(self) -> Transaction:
        """The next commit; where the chain stands is read again only after another program wrote."""
        seen = self._connection.execute("PRAGMA data_version").fetchone()[0]
        tip = self._tip if self._tip is not None and seen == self._seen else None
        self._tip, self._seen = None, seen
        if tip is None:
            tip = self._read_tip()
        return Transaction(
            self._connection,
            self._desk,
            self._clock.now_ms(),
            tip,
            home_scope=self._home_scope,
            mono_ms=self._clock.monotonic_ms(),
        )

    def _read_tip(self) -> log.Tip:
        """Where the own chain stands, and the highest time seen, which what comes next has to be behind."""
        from csdesk.store import joined

        own = log.tip(self._connection, self._desk)
        self._home_scope = joined.home_scope(self._connection)
        return own._replace(hlc=max(own.hlc, joined.newest_seen(self._connection)))

    def _attempt_alone(self, transaction: Transaction, job: _Job[T]) -> list[T]:
        """Run the only job of a commit: no savepoint, which would copy every page it changes."""
        try:
            result = job.work(transaction)
            transaction.settle()
        except BaseException as error:  # noqa: BLE001 - whatever it is, the caller gets it
            self._refuse(job, error)
            return []
        return [result]

    def _attempt(self, transaction: Transaction, job: _Job[T]) -> list[T]:
        """Run one job behind a savepoint; an empty list when it raised and was undone."""
        tip = transaction.tip
        self._connection.execute("SAVEPOINT job")
        try:
            result = job.work(transaction)
            transaction.settle()
        except BaseException as error:
            if not self._connection.in_transaction:
                raise  # a full disk ended the whole commit: its neighbours must hear of it too
            self._connection.execute("ROLLBACK TO job")
            self._connection.execute("RELEASE job")
            transaction.forget(tip)
            self._refuse(job, error)
            return []
        self._connection.execute("RELEASE job")
        return [result]

    def _refuse(self, job: _Job[T], error: BaseException) -> None:
        if isinstance(error, MissingEntity):
            # Who states a fact has just read what it is about: a page is wrong.
            error = DriverError(f"malformed: {error}")
        job.answer.set_exception(store_error(error, self._path) if isinstance(error, DriverError) else error)

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            try:
                self._connection.execute("ROLLBACK")
            except DriverError:  # a full disk may have ended the transaction already
                return

    def _tidy(self) -> None:
        """Put the indexes in order, one short step at a time."""
        from csdesk.store.tidying import tidy

        try:
            has_more = tidy(self._connection)
        except DriverError:
            has_more = False  # another program writes, or the disk is full: after the next commit again
        self._tidy_due = time.monotonic() + TIDY_EVERY_S if has_more else None
        if has_more:
            self.on_commit()

    def _write_head(self) -> None:
        self._head_due = None
        try:
            log.write_head(self._path, self._desk, log.tip(self._connection, self._desk))
        except (OSError, DriverError):
            return  # the witness is a help, not a promise: a full disk must not stop the desk
