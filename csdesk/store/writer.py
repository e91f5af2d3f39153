"""One writing thread per process: work queues up, and what arrives together commits together.

A caller gets its answer only after the commit that holds its work has reached the disk. Work
that raises is undone alone; its neighbours in the same commit stand.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from csdesk.clock import Clock
from csdesk.errors import StoreError
from csdesk.i18n import _
from csdesk.model.operation import Kind, Operation
from csdesk.store import log
from csdesk.store.apply import apply
from csdesk.store.connect import Connection, DriverError, store_error

T = TypeVar("T")

GROUP_LIMIT = 64
HEAD_EVERY_S = 1.0
"""How stale the second witness may get: what a lost WAL takes unnoticed is at most this much."""


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
            body,
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
        self._closed = threading.Event()
        self._is_head_stale = False
        self.on_commit: Callable[[], None] = lambda: None
        self._thread = threading.Thread(target=self._run, name="csdesk-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Transaction], T]) -> Future[T]:
        """Queue ``work``; the future is done when its commit is on disk, or holds what it raised."""
        job = _Job(work)
        if self._closed.is_set():
            job.answer.set_exception(StoreError("store.closed", _("The store is closed."), ""))
        else:
            self._jobs.put(job)
        return job.answer

    def close(self) -> None:
        """Commit what was accepted, then stop. Safe to call twice."""
        if not self._closed.is_set():
            self._closed.set()
            self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        is_open = True
        while is_open:
            batch, is_open = self._next_batch()
            if batch:
                self._commit(batch)
            elif self._is_head_stale:
                self._write_head()
        if self._is_head_stale:
            self._write_head()

    def _next_batch(self) -> tuple[list[_Job[Any]], bool]:
        batch: list[_Job[Any]] = []
        try:
            job = self._jobs.get(timeout=HEAD_EVERY_S if self._is_head_stale else None)
            while job is not None:
                if job.answer.set_running_or_notify_cancel():
                    batch.append(job)
                if len(batch) >= GROUP_LIMIT:
                    return batch, True
                job = self._jobs.get_nowait()
        except queue.Empty:
            return batch, True
        return batch, False

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
        self._is_head_stale = True
        self.on_commit()
        for job, result in done:
            job.answer.set_result(result)

    def _attempt(self, transaction: Transaction, job: _Job[T]) -> list[T]:
        """Run one job behind a savepoint; an empty list when it raised and was undone."""
        tip = transaction.tip
        self._connection.execute("SAVEPOINT job")
        try:
            result = job.work(transaction)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the caller gets it
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
        self._is_head_stale = False
        try:
            log.write_head(self._path, self._desk, log.tip(self._connection, self._desk))
        except (OSError, DriverError):
            return  # the witness is a help, not a promise: a full disk must not stop the desk
