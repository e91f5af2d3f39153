"""Kill working processes at any moment and look at what is left.

A desk and an intake work on one store and say what is on disk; one of them or both are killed, whenever it
falls; the store is held to every word, while a survivor goes on writing. What a round does follows from its
seed; when the kill comes, besides, from the machine. ``python -m tests.store.crash KILLS [SEED]`` runs it.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from csdesk.clock import SystemClock
from csdesk.errors import StoreError
from csdesk.model.operation import Kind
from csdesk.store.connect import Connection
from csdesk.store.database import open_store
from csdesk.store.verify import verify
from tests.desks import open_desk
from tests.store.crash_workers import SAID_AGAIN

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("desk", "intake")
LONGEST_S = 0.15
"""A worker has written dozens of operations by then."""
A_STORE = 10
"""Kills on one store: a check of a large store after each kill would take an hour."""
STANDS_STILL = 0.7
"""How often a survivor waits while the store is checked: what it writes meanwhile is to be checked as well."""


@dataclass
class Promises:
    """Everything that was said to be on disk, over all rounds."""

    heard: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)
    noted: set[str] = field(default_factory=set)
    sent: dict[str, set[str]] = field(default_factory=dict)
    resolved: dict[int, int] = field(default_factory=dict)
    drafts: dict[tuple[int, str], int] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def note(self, line: bytes) -> dict[str, Any]:
        """Remember one line of a worker."""
        said: dict[str, Any] = json.loads(line)
        match said["did"]:
            case "heard":
                self.heard.add(said["key"])
            case "answered":
                self.answered.add(said["key"])
            case "noted":
                self.noted.add(said["key"])
            case "sent":
                self.sent.setdefault(said["text"], set()).add(said["key"])
            case "resolved":
                self.resolved[said["conversation"]] = self.resolved.get(said["conversation"], 0) + 1
            case "drafted":
                self.drafts[said["conversation"], said["session"]] = said["number"]
            case "opened" if said["lost"]:
                self.broken.append("a worker found operations gone when it opened the store")
            case "failed":
                self.broken.append(f"a worker ended by itself: {said['why'][-2000:]}")
        return said

    def __len__(self) -> int:
        single = len(self.heard) + len(self.answered) + len(self.noted) + len(self.sent)
        return single + sum(self.resolved.values()) + len(self.drafts)


@dataclass(frozen=True, slots=True)
class Outcome:
    """``broken`` names each promise that was not kept; ``promised`` says how many there were."""

    kills: int
    promised: int
    operations: int
    broken: tuple[str, ...]


class Worker:
    """A running worker, and what it has promised so far."""

    def __init__(
        self, nursery: Any, promises: Promises, path: Path, kind: str, seed: int, again: str
    ) -> None:
        self.name = f"{kind}-{seed}"
        self.kind = kind
        self._promises = promises
        self._rest = b""
        pipe = path.with_name(f"{self.name}.pipe")
        os.mkfifo(pipe)
        order = {"path": str(path), "kind": kind, "name": self.name, "seed": seed, "again": again}
        nursery.stdin.write(json.dumps({**order, "pipe": str(pipe)}) + "\n")
        nursery.stdin.flush()
        self.pid = int(nursery.stdout.readline())
        self._pipe = os.open(pipe, os.O_RDONLY)
        self.last = ""

    def listen(self, until: float) -> None:
        """Take in what it says until the moment ``until`` (monotonic seconds)."""
        os.set_blocking(self._pipe, False)
        while time.monotonic() < until:
            try:
                if not self._read():
                    return
            except BlockingIOError:
                time.sleep(0.001)
        os.set_blocking(self._pipe, True)

    def catch_up(self) -> None:
        """Take in what it has said by now."""
        os.set_blocking(self._pipe, False)
        try:
            while self._read():
                pass
        except BlockingIOError:
            pass
        os.set_blocking(self._pipe, True)

    def kill(self) -> None:
        """End it here and now; a line that the kill cut short promised nothing."""
        os.kill(self.pid, signal.SIGKILL)
        os.set_blocking(self._pipe, True)
        while self._read():
            pass
        os.close(self._pipe)

    def _read(self) -> bool:
        data = os.read(self._pipe, 1 << 16)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            said = self._promises.note(line)
            if said["did"] == "heard":
                self.last = said["key"]
        return bool(data)

    @property
    def again(self) -> str:
        """The messages that a channel would give once more to the next worker."""
        name, _dash, number = self.last.rpartition("-")
        first = int(number) if number else 0
        return " ".join(f"{name or self.name}-{first + step}" for step in range(SAID_AGAIN))


@contextmanager
def nursery() -> Iterator[Any]:
    """The process that forks workers; its end is no end of theirs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.store.crash_workers"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


def rounds(folder: Path, kills: int, seed: int) -> Outcome:
    """Kill workers until ``kills`` are dead, A_STORE on each store."""
    done = promised = operations = 0
    broken: list[str] = []
    with nursery() as forks:
        while done < kills:
            (folder / str(done)).mkdir()
            outcome = _on_one_store(
                forks, folder / str(done) / "desk.db", min(A_STORE, kills - done), seed + done
            )
            done += outcome.kills
            promised += outcome.promised
            operations += outcome.operations
            broken += outcome.broken
    return Outcome(done, promised, operations, tuple(broken))


def _on_one_store(forks: Any, path: Path, kills: int, seed: int) -> Outcome:
    chance, promises = random.Random(seed), Promises()
    open_desk(path, SystemClock(), hold_ms=0).close()
    alive: dict[str, Worker] = {}
    again, done, found = "", 0, 0
    while done < kills:
        for kind in KINDS:
            if kind not in alive:
                alive[kind] = Worker(forks, promises, path, kind, chance.randrange(1 << 30), again)
        dying = chance.choice((KINDS[:1], KINDS[1:], KINDS))[: kills - done]
        alive[dying[0]].listen(time.monotonic() + chance.random() * LONGEST_S)
        for kind in dying:
            worker = alive.pop(kind)
            worker.kill()
            again = worker.again if kind == "intake" else again
        done += len(dying)
        stands_still = chance.random() < STANDS_STILL
        for worker in alive.values():
            if stands_still:
                os.kill(worker.pid, signal.SIGSTOP)
            worker.catch_up()
        found = _hold_to(path, promises)
        for worker in alive.values():
            os.kill(worker.pid, signal.SIGCONT)
    for worker in alive.values():
        worker.kill()
    _hold_to(path, promises)
    return Outcome(done, len(promises), found, tuple(promises.broken))


def _hold_to(path: Path, promises: Promises) -> int:
    """Add to ``broken`` what is not as promised; how many operations the store holds."""
    report = verify(path)
    promises.broken += report.problems
    try:
        store = open_store(path, SystemClock())
    except StoreError as error:
        promises.broken.append(error.sentence)
        return report.operations
    with store:
        if store.lost:
            promises.broken.append(store.lost.sentence)
        promises.broken += unkept(store.reader(), promises)
    return report.operations


def unkept(reader: Connection, promises: Promises) -> Iterator[str]:
    """What the store does not hold, or holds twice."""
    yield from _messages(reader, "external_id", "customer", promises.heard)
    yield from _messages(reader, "substr(text, 4)", "agent", promises.answered)
    yield from _messages(reader, "substr(text, 4)", "note", promises.noted)
    yield from _sent(reader, promises)
    yield from _drafts(reader, promises)
    yield from _resolves(reader, promises)


def _messages(reader: Connection, name: str, sender: str, promised: set[str]) -> Iterator[str]:
    rows = reader.execute(
        f"SELECT {name}, count(*) FROM message WHERE sender = ? GROUP BY 1", (sender,)
    ).fetchall()
    stored = dict(rows)
    yield from (f"{sender} {key} is gone" for key in promised - stored.keys())
    yield from (f"{sender} {key} is there {count} times" for key, count in rows if count > 1)


def _sent(reader: Connection, promises: Promises) -> Iterator[str]:
    """A reply goes out under one key, which its channel takes once; and it is one the store holds."""
    held = dict(reader.execute("SELECT lower(hex(uid)), text FROM message WHERE sender = 'agent'").fetchall())
    for text, keys in promises.sent.items():
        if len(keys) > 1:
            yield f"{text} went out {len(keys)} times"
        yield from (f"{text} went out and is gone" for key in keys if held.get(key) != text)
    on_their_way = reader.execute(
        "SELECT m.text FROM message m WHERE m.sender = 'agent' AND m.delivery = 'queued'"
        " AND NOT EXISTS (SELECT 1 FROM outbox WHERE message = m.id)"
    )
    yield from (f"{text} would never go out" for (text,) in on_their_way.fetchall())


def _drafts(reader: Connection, promises: Promises) -> Iterator[str]:
    rows = reader.execute("SELECT conversation, session, text FROM draft WHERE mode = 'note'").fetchall()
    stored = {(conversation, session): int(text) for conversation, session, text in rows}
    for place, number in promises.drafts.items():
        if stored.get(place, -1) < number:
            yield f"draft {number} of {place} is gone"


def _resolves(reader: Connection, promises: Promises) -> Iterator[str]:
    for conversation, count in promises.resolved.items():
        row = reader.execute(
            "SELECT count(*) FROM op JOIN conversation c ON c.uid = op.ent WHERE op.kind = ? AND c.id = ?",
            (int(Kind.CONVERSATION_RESOLVED), conversation),
        ).fetchone()
        if row[0] < count:
            yield f"conversation {conversation}: {count} resolves were promised, {row[0]} are there"


def main(kills: int, seed: int) -> int:
    """Run and say what came of it."""
    began = time.monotonic()
    with TemporaryDirectory(prefix="csdesk-crash-") as folder:
        outcome = rounds(Path(folder), kills, seed)
    print(
        f"{outcome.kills} kills, {outcome.operations} operations, {outcome.promised} acknowledged,"
        f" {len(outcome.broken)} lost, doubled or unsound, {time.monotonic() - began:.0f} s, seed {seed}"
    )
    for problem in outcome.broken:
        print(problem)
    return bool(outcome.broken)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1))
