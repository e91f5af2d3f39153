"""One writing thread per process: work queues up, and what arrives together commits together.

A caller gets its answer only after the commit that holds its work has reached the disk. Work
that raises is undone alone; its neighbours in the same commit stand.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from csdesk.clock import Clock
from csdesk.errors import StoreError
from csdesk.i18n import _
from csdesk.model.operation import Kind, Operation
from csdesk.store import log, redaction
from csdesk.store.apply import apply
from csdesk.store.connect import Connection, DriverError, store_error

T = TypeVar("T")

GROUP_LIMIT = 64
HEAD_EVERY_S = 1.0
"""How stale the second witness may get: what a lost WAL takes unnoticed is at most this much."""


def closed() -> StoreError:
    """The error for work that comes after ``close``."""
    return StoreError("store.closed", _("The store is closed."), _("Start csdesk again."))


class Transaction:
    """One commit in the making: a connection that may write, and the desk's chain to extend."""

    def __init__(self, connection: Connection, desk: int, now_ms: int) -> None:
        self.connection = connection
        self.desk = desk
        self.now_ms = now_ms
        self.tip = log.tip(connection, desk)

    def record(
        self, kind: Kind, ent: bytes, body: dict[str, Any], *, arg: int | None = None, scope: int = 0
    ) -> Operation:
        """State a fact: into the log, and through ``apply`` into the rows."""
        operation = Operation(
            self.desk,
            self.tip.dseq + 1,
            log.next_hlc(self.tip.hlc, self.now_ms),
            int(kind),
            ent,
            redaction.salted(kind, body),
            scope=scope,
            arg=arg,
        )
        own = log.append(self.connection, operation, self.tip.sum)
        self.tip = log.Tip(operation.dseq, operation.hlc, own)
        apply(self.connection, operation)
        return operation


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
        """Seconds to wait for work: until the witness is due, or for ever."""
        return None if self._head_due is None else max(0.0, self._head_due - time.monotonic())

    def _commit(self, batch: list[_Job[Any]]) -> None:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            transaction = Transaction(self._connection, self._desk, self._clock.now_ms())
            done = [(job, result) for job in batch for result in self._attempt(transaction, job)]
            self._connection.execute("COMMIT")
        except DriverError as error:
            self._roll_back()
            for job in batch:
                if not job.answer.done():
                    job.answer.set_exception(store_error(error, self._path))
            return
        if self._head_due is None:
            self._head_due = time.monotonic() + HEAD_EVERY_S
        for job, result in done:
            job.answer.set_result(result)
        self.on_commit()

    def _attempt(self, transaction: Transaction, job: _Job[T]) -> list[T]:
        """Run one job behind a savepoint; an empty list when it raised and was undone."""
        tip = transaction.tip
        self._connection.execute("SAVEPOINT job")
        try:
            result = job.work(transaction)
        except BaseException as error:
            if not self._connection.in_transaction:
                raise  # a full disk ended the whole commit: its neighbours must hear of it too
            self._connection.execute("ROLLBACK TO job")
            self._connection.execute("RELEASE job")
            transaction.tip = tip
            raised = store_error(error, self._path) if isinstance(error, DriverError) else error
            job.answer.set_exception(raised)
            return []
        self._connection.execute("RELEASE job")
        return [result]

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            try:
                self._connection.execute("ROLLBACK")
            except DriverError:  # a full disk may have ended the transaction already
                return

    def _write_head(self) -> None:
        self._head_due = None
        try:
            log.write_head(self._path, self._desk, log.tip(self._connection, self._desk))
        except (OSError, DriverError):
            return  # the witness is a help, not a promise: a full disk must not stop the desk
