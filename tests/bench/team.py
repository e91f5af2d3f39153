"""A hub as a team has it, for the bench of sync: a private PostgreSQL with fsync, reached over loopback."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from csdesk.clock import SystemClock
from csdesk.desk.context import Desk
from csdesk.formats.importing import import_file
from csdesk.store import hub as hub_state
from csdesk.store import sending_up
from csdesk.store.hub import HubState
from csdesk.store.log import Stored
from csdesk.sync import hub, line, visit
from csdesk.sync.local_server import LocalServer
from tests.bench import builder, importing
from tests.desks import open_desk
from tests.sync.conftest import discard, start_server

DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "shared_buffers": "128MB"}


@dataclass
class Bench:
    """A hub, a desk that worked for a long time, how often each figure is taken, and a folder."""

    folder: Path
    server: LocalServer
    desk: Desk
    dsn: str
    rows: list[Stored]
    rounds: int

    def empty_hub(self) -> None:
        """The hub has never heard of anything, and this desk knows it."""
        with psycopg.connect(self.server.dsn(), autocommit=True) as owner:
            owner.execute("SELECT set_config('csdesk.tidying', 'on', false)")
            owner.execute(
                "TRUNCATE csdesk.op, csdesk.claim, csdesk.push, csdesk.acked, csdesk.denied, csdesk.fold,"
                " csdesk.snapshot, csdesk.snapshot_piece"
            )
            owner.execute("UPDATE csdesk.desk SET head = 0, tip = decode(repeat('00', 16), 'hex')")
            owner.execute("CHECKPOINT")
        self.desk.store.write(lambda tx: hub_state.update(tx, acked=0))

    def enrolled(self, name: str, desk: Desk) -> str:
        """How ``desk`` connects, which has joined by then."""
        made = hub.enrol(self.server.dsn(tcp=True), desk.store.desk, hub.Wanted(name))
        dsn = made.login.secret_dsn
        desk.store.write(lambda tx: hub_state.join(tx, HubState("team", dsn)))
        return dsn

    @contextmanager
    def mate(self, name: str) -> Iterator[Desk]:
        """Another desk, with an empty store."""
        with open_desk(self.folder / f"{name}.db", SystemClock(), name) as desk:
            yield desk

    @contextmanager
    def busy_mate(self, name: str, conversations: int) -> Iterator[Desk]:
        """Another desk that worked for a long time: some seventeen operations a conversation."""
        with self.mate(name) as desk:
            import_file(desk, importing._file(self.folder / f"{name}.jsonl", conversations))
            yield desk


@contextmanager
def team(conversations: int, rounds: int) -> Iterator[Bench]:
    """A hub that nobody has used, and a desk with ``conversations`` of fourteen messages that nobody has seen."""
    server = start_server(**DURABLE)
    try:
        with tempfile.TemporaryDirectory(prefix="csdesk-bench-", dir=builder.kept_folder()) as name:
            hub.init(server.dsn())
            with open_desk(Path(name) / "Mia.db", SystemClock(), "Mia") as desk:
                import_file(desk, importing._file(Path(name) / "work.jsonl", conversations))
                rows = sending_up.unsent(desk.store.reader(), 10_000_000)
                bench = Bench(Path(name), server, desk, "", rows, rounds)
                bench.dsn = bench.enrolled("Mia", desk)
                yield bench
    finally:
        discard(server)


def push_all(desk: Desk, dsn: str) -> None:
    """From hello until the hub has everything of ``desk``."""
    with line.connect(dsn) as wired:
        visit.send(visit.begin(desk.store, desk.clock, wired))


def fetch_all(desk: Desk, dsn: str) -> None:
    """From hello until ``desk`` has everything of others."""
    with line.connect(dsn) as wired:
        visit.fetch(visit.begin(desk.store, desk.clock, wired))


def spent_ms(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1_000
