"""Looks at the program from outside while it works: how much memory it has, who waits and who was announced.

The rule is written here a second time, in SQL of its own: a wait counts from the customer's message, or from
five minutes after the answer before it, and is announced when it turns amber (DESIGN 10).
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from csdesk.store import connect
from tests.e2e.terminal import Terminal

AMBER_MS = 100_000
AFTER_ANSWER_MS = 300_000
LEASE_MS = 20_000
GRACE_S = 4.0
"""How long in life a wait may be over the limit unannounced: a few ticks of a busy machine."""
SHOWN_WITHIN_S = 4.0
LOOK_S = 0.25

LINE = re.compile("位客户(已等待超过|等得太久)|位 A 类客户")

_WAITS = """
SELECT c.id, c.waiting_since, a.at,
  (SELECT max(at) FROM message WHERE conversation = c.id AND sender = 'agent')
FROM conversation c LEFT JOIN announced a
  ON a.conversation = c.id AND a.since = c.waiting_since AND a.agent = :agent
WHERE c.status = 'open' AND c.waiting_since IS NOT NULL AND (c.assignee IS NULL OR c.assignee = :agent)
"""
_NOW = "SELECT max(until) FROM lease"


@dataclass
class LateWait:
    """A wait over the limit: when that was first seen (life), and when its announcement was."""

    seen_at: float
    announced_at: float | None = None
    is_missed: bool = False
    is_shown: bool = False


@dataclass
class Sample:
    """What one program holds (KiB: resident, and of that its own alone) at a minute of the shift, how long it had
    run (s of life), and how many conversations were open and known then."""

    minute: float
    age_s: float
    kib: int
    own_kib: int
    open: int
    known: int


@dataclass
class Seen:
    """All that was seen."""

    waits: dict[tuple[int, int], LateWait] = field(default_factory=dict)
    memory: list[list[Sample]] = field(default_factory=list)
    bells: int = 0
    failures: list[str] = field(default_factory=list)


class Watch:
    """A thread that looks a few times a second, from ``follow`` until ``leave``; again for each program."""

    def __init__(self, store: Path, agent: str, minutes: Callable[[], float]) -> None:
        self.seen = Seen()
        self._minutes = minutes
        self._store = store
        self._agent = agent
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def follow(self, desk: Terminal) -> None:
        """Watch the program in ``desk``, whose first frame is there."""
        self._stop.clear()
        self.seen.memory.append([])
        self._thread = threading.Thread(target=self._run, args=(desk,), daemon=True)
        self._thread.start()

    def leave(self, desk: Terminal) -> None:
        """The program is to end, or has ended."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self.seen.bells += bells_in(bytes(desk.raw))

    def _run(self, desk: Terminal) -> None:
        began = time.monotonic()
        connection = connect.open_reader(self._store)
        try:
            (agent,) = connection.execute("SELECT id FROM agent WHERE name = ?", (self._agent,)).fetchone()
            for wait in self.seen.waits.values():
                wait.seen_at = max(wait.seen_at, began)  # nobody could announce meanwhile
            while not self._stop.wait(LOOK_S) and desk.process.poll() is None:
                self.seen.memory[-1].append(
                    self._weigh(connection, desk.process.pid, time.monotonic() - began)
                )
                self._look(connection, agent, desk)
        except ProcessLookupError:
            pass  # killed, and nobody has heard of it yet
        except Exception as error:
            if desk.process.poll() is None:
                self.seen.failures.append(repr(error))
        finally:
            connection.close()

    def _weigh(self, connection: connect.Connection, pid: int, age_s: float) -> Sample:
        counted = connection.execute("SELECT sum(status = 'open'), count(*) FROM conversation").fetchone()
        return Sample(self._minutes(), age_s, *memory_kib(pid), counted[0] or 0, counted[1])

    def _look(self, connection: connect.Connection, agent: int, desk: Terminal) -> None:
        is_line_there = LINE.search(desk.text()) is not None
        at = time.monotonic()
        leased = connection.execute(_NOW).fetchone()[0]
        if leased is None:
            return
        now_ms = leased - LEASE_MS
        here = set()
        for conversation, since, announced_at, answered_at in connection.execute(_WAITS, {"agent": agent}):
            counts_from = since if answered_at is None else max(since, answered_at + AFTER_ANSWER_MS)
            if now_ms < counts_from + AMBER_MS:
                continue
            here.add((conversation, since))
            wait = self.seen.waits.setdefault((conversation, since), LateWait(at))
            if announced_at is not None and wait.announced_at is None:
                wait.announced_at = at
            if announced_at is None and at - wait.seen_at > GRACE_S:
                wait.is_missed = True
        if is_line_there:
            for wait in self.seen.waits.values():
                if wait.announced_at is not None and at - wait.announced_at < SHOWN_WITHIN_S:
                    wait.is_shown = True
        for key, wait in list(self.seen.waits.items()):
            if key not in here and wait.announced_at is None and not wait.is_missed:
                del self.seen.waits[key]  # over before anybody had to say so


def memory_kib(pid: int) -> tuple[int, int]:
    """What the program holds in memory now: all that is resident, and of it what is nobody else's too."""
    found = {"Rss:": 0, "Private_Clean:": 0, "Private_Dirty:": 0}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, kib = line.split()[:2]
        if name in found:
            found[name] = int(kib)
    return found["Rss:"], found["Private_Clean:"] + found["Private_Dirty:"]


def bells_in(raw: bytes) -> int:
    """Bells rung, not counting those that end a title or a notification."""
    return re.sub(rb"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)", b"", raw).count(b"\x07")
