"""Real desks on real stores, for tests of everything above the store."""

from __future__ import annotations

import tempfile
from functools import cache
from itertools import count
from pathlib import Path

from csdesk.clock import Clock, ManualClock, parse_time
from csdesk.config import Settings
from csdesk.desk import intake, people
from csdesk.desk.context import Desk
from csdesk.desk.ports import ContactCard, Failed, Incoming, Outgoing, Receipt, Sent
from csdesk.store.database import open_store

START_MS = parse_time("2026-01-02T03:04:05Z")
INBOX = "web"

_numbers = count(1)


def open_desk(
    path: Path, clock: Clock | None = None, agent: str = "Mia", *, busy_ms: int = 5_000, hold_ms: int = 3_000
) -> Desk:
    """A desk on the store at ``path`` (made if need be) with one inbox; the caller closes it."""
    ticking = clock or ManualClock(START_MS)
    lay_empty(path)
    store = open_store(path, ticking, busy_ms=busy_ms)
    desk = Desk(store, ticking, Settings(), people.me(store, agent))
    store.write(lambda tx: people.ensure_inbox(tx, INBOX, hold_ms=hold_ms))
    return desk


def lay_empty(path: Path) -> None:
    """Put a new store at ``path``, unless there is something: its schema is made once a run, not once a test.

    It has no number yet: each copy is the store of another desk, and as old as the one who opens it says.
    """
    if path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(0o600)
    path.write_bytes(_empty())


@cache
def _empty() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "desk.db"
        with open_store(path, ManualClock(START_MS), create=True) as store:
            store.write(
                lambda tx: tx.connection.execute(
                    "DELETE FROM meta WHERE key IN ('desk', 'created_at')"
                ).close()
            )
        return path.read_bytes()


def hears(
    desk: Desk,
    thread: str,
    text: str = "在吗",
    *,
    key: str | None = None,
    at: int | None = None,
    inbox: str = INBOX,
) -> int:
    """A customer writes in ``thread``; the conversation it went to."""
    name = key or f"m{next(_numbers)}"
    incoming = Incoming(inbox, thread, name, text, ContactCard(thread, f"Customer {thread}"), at)
    return intake.receive(desk, incoming).conversation


def clock_of(desk: Desk) -> ManualClock:
    """The desk's clock, to be moved by hand."""
    assert isinstance(desk.clock, ManualClock)
    return desk.clock


class Line:
    """A channel whose answers a test decides; it remembers what it was handed, each key once."""

    def __init__(self, *inboxes: str) -> None:
        self.inboxes = inboxes or (INBOX,)
        self.arriving: list[Incoming | Receipt] = []
        self.answers: list[Sent | Failed | Exception] = []
        self.asked: list[Outgoing] = []
        self.delivered: dict[str, str] = {}
        self.is_closed = False

    def poll(self, now_ms: int) -> list[Incoming | Receipt]:
        arrived, self.arriving = self.arriving, []
        return arrived

    def send(self, message: Outgoing, now_ms: int) -> Sent | Failed:
        self.asked.append(message)
        answer = self.answers.pop(0) if self.answers else Sent(f"out-{len(self.asked)}")
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Sent):
            self.delivered.setdefault(message.key, message.text)
        return answer

    def close(self) -> None:
        self.is_closed = True
