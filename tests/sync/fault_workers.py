"""Desks made to be killed: each works and syncs as fast as it can, and writes down what was promised to it.

``python -m tests.sync.fault_workers`` is a nursery: everything is imported, and each line it reads (JSON:
``path``, ``dsn``, ``journal``, ``seed``) is answered with the pid of a new worker, forked in milliseconds.
"""

from __future__ import annotations

import gc
import json
import os
import random
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path

from csdesk.clock import SystemClock
from csdesk.desk import sending, work
from csdesk.desk.context import Desk
from csdesk.errors import CsdeskError
from csdesk.store import apply as _apply  # noqa: F401 - loaded once, before the workers are forked
from csdesk.store import hub as hub_state
from csdesk.store import log, sending_up
from csdesk.store.hub import HubState
from csdesk.sync import codec, driver, engine, line, session, wire
from csdesk.sync.line import HubRefusal
from tests.desks import hears, open_desk

THREADS = 6
FACTS = 4
"""The most that is done between two commits of the journal."""


class Journal:
    """Lines that outlive a kill: what was promised, each line after the promise."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)

    def say(self, did: str, *what: object) -> None:
        text = (json.dumps([did, *what]) + "\n").encode()
        while True:
            try:
                os.write(self._file, text)
            except OSError:  # nothing can be written just now: whatever was promised is told later
                time.sleep(0.02)
            else:
                return


class Worker:
    """One desk at work."""

    def __init__(self, desk: Desk, dsn: str, journal: Journal, chance: random.Random) -> None:
        self.desk = desk
        self.dsn = dsn
        self.journal = journal
        self.chance = chance

    def run(self) -> None:
        while True:
            for _time in range(self.chance.randint(1, FACTS)):
                self.try_to_act()
            self.promise("kept", log.tip(self.desk.store.reader(), self.desk.store.desk).dseq)
            self.meet()

    def try_to_act(self) -> None:
        """What the store could not keep was not promised; a refusal of the desk is no news."""
        try:
            self.act()
        except CsdeskError as error:
            if error.code.startswith("store."):
                self.journal.say("refused", error.code)

    def promise(self, did: str, dseq: int) -> None:
        """Everything up to ``dseq`` was acknowledged: by the store (kept) or by the hub (acked)."""
        self.journal.say(did, self.desk.store.desk, dseq)

    def act(self) -> None:
        thread = f"t{self.chance.randrange(THREADS)}"
        row = (
            self.desk.store.reader()
            .execute("SELECT id FROM conversation WHERE thread = ?", (thread,))
            .fetchone()
        )
        if row is None or self.chance.random() < 0.4:
            hears(
                self.desk,
                thread,
                f"在吗 {self.chance.random()}",
                key=f"{self.desk.store.desk}-{self.chance.random()}",
            )
            return
        what = self.chance.choice(
            (
                work.claim,
                work.release,
                work.resolve,
                work.reopen,
                lambda desk, number: sending.note(desk, number, "记"),
            )
        )
        what(self.desk, row[0])

    def meet(self) -> None:
        """Sync, sometimes badly. A hub that is away is an everyday thing."""
        try:
            engine.once(self.desk.store, self.desk.clock)
            state = hub_state.state(self.desk.store.reader())
            self.promise("acked", state.acked if state else 0)
            if self.chance.random() < 0.3:
                self.push_again()
            if self.chance.random() < 0.1:
                self.push_half()
        except CsdeskError as error:
            self.journal.say("away", error.code)
            time.sleep(self.chance.uniform(0.0, 0.2))

    def push_again(self) -> None:
        """A batch that was committed comes a second time, as after a lost answer."""
        acked = hub_state.state(self.desk.store.reader()).acked  # type: ignore[union-attr]
        rows = sending_up.unsent(self.desk.store.reader(), 50, after=max(acked - 20, 0))
        with suppress(HubRefusal, CsdeskError), line.connect(self.dsn) as wired:
            session.hello(wired, self.desk.store.desk)
            try:
                wire.copy_in(wired, [row for row in rows if row.dseq <= acked])
            except HubRefusal as refusal:
                self.journal.say("again", refusal.sqlstate)
            else:
                self.journal.say("taken twice", acked)

    def push_half(self) -> None:
        """A COPY that breaks off in the middle of a row: none of it may count."""
        hears(self.desk, "half", key=f"{self.desk.store.desk}-half-{self.chance.random()}")
        rows = sending_up.unsent(self.desk.store.reader(), 50)
        with suppress(Exception):
            wired = line.connect(self.dsn)
            session.hello(wired, self.desk.store.desk)
            data = codec.HEADER + codec.encode(rows)
            with wired.connection.cursor() as cursor, cursor.copy(wire._COPY.encode()) as copy:
                copy.write(data[: len(data) - self.chance.randint(1, 60)])
                socket.socket(fileno=os.dup(wired.connection.fileno())).shutdown(socket.SHUT_RDWR)
        self.journal.say("half", len(rows))


def begin(path: str, dsn: str, journal: str, seed: int) -> None:
    """Be one worker until killed."""
    desk = open_desk(Path(path), SystemClock(), agent=Path(path).stem)
    if hub_state.state(desk.store.reader()) is None:
        desk.store.write(lambda tx: hub_state.join(tx, HubState("team", dsn)))
    Worker(desk, dsn, Journal(Path(journal)), random.Random(seed)).run()


def main() -> None:
    driver.need_driver()
    import psycopg  # noqa: F401 - before the forks

    gc.freeze()
    for asked in sys.stdin:
        given = json.loads(asked)
        child = os.fork()
        if child == 0:
            sys.stdin.close()
            try:
                begin(**given)
            except BaseException as error:
                Journal(Path(given["journal"])).say("died", f"{type(error).__name__}: {error}"[:500])
                if not isinstance(error, CsdeskError):
                    import traceback

                    traceback.print_exc()
            os._exit(1)
        print(child, flush=True)
        while True:  # bury whoever died meanwhile
            try:
                if os.waitpid(-1, os.WNOHANG)[0] == 0:
                    break
            except ChildProcessError:
                break


if __name__ == "__main__":
    main()
