"""Everything that can break, breaks, while three desks work: then nothing promised may be gone, double or different.

``python -m tests.sync.faults --seed 1 --minutes 5`` prints the figures; leaves with 1 when one of the three is not 0.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from csdesk.clock import SystemClock
from csdesk.errors import CsdeskError
from csdesk.store import hub as hub_state
from csdesk.store.connect import DriverError, open_reader, open_writer
from csdesk.store.database import open_store
from csdesk.store.verify import verify
from csdesk.sync import engine, hub
from csdesk.sync.local_server import LocalServer
from tests.store.relay import said_by
from tests.sync import proxy
from tests.sync.conftest import start_server
from tests.sync.proxy import Proxy

NAMES = ("Mia", "Bo", "Lin")
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "max_connections": "20"}
WEIGHTS = {
    "kill a desk": 24,
    "stop a desk": 2,
    "kill the hub": 0.4,
    "immediate": 0.3,
    "fast": 0.3,
    "reset": 2,
    "slow": 1,
    "silent": 1,
    "no connections": 0.5,
    "full disk": 1.5,
    "nothing can be written": 1,
    "store held": 1,
}


@dataclass
class Figures:
    """What was done, and the three that must be 0."""

    done: Counter[str] = field(default_factory=Counter)
    operations: int = 0
    acknowledged: int = 0
    lost: int = 0
    duplicates: int = 0
    diverged: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        return not (self.lost or self.duplicates or self.diverged or self.problems)

    def lines(self) -> list[str]:
        told = [f"{name}: {count}" for name, count in sorted(self.done.items())]
        told.append(f"operations: {self.operations}, acknowledged: {self.acknowledged}")
        told.append(
            f"acknowledged lost: {self.lost}, duplicates: {self.duplicates}, diverged: {self.diverged}"
        )
        return told + self.problems


class Storm:
    """A hub, a spoilt network, three desks, and what happens to them."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.figures = Figures()
        self.folder = Path(tempfile.mkdtemp(prefix="csdesk-faults-"))
        self.server: LocalServer = start_server(**DURABLE)
        hub.init(self.server.dsn())
        self.network = Proxy(int(psycopg.conninfo.conninfo_to_dict(self.server.dsn(tcp=True))["port"]))
        self.dsns: dict[str, str] = {}
        self.pids: dict[str, int] = {}
        self.nursery = subprocess.Popen(
            [sys.executable, "-m", "tests.sync.fault_workers"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        for name in NAMES:
            with open_store(self.path(name), SystemClock(), create=True) as store:
                made = hub.enrol(self.server.dsn(tcp=True), store.desk, hub.Wanted(name, "agent", 0))
            direct = made.login.secret_dsn
            self.dsns[name] = psycopg.conninfo.make_conninfo(direct, port=self.network.port)

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.db"

    def journal(self, name: str) -> Path:
        return self.folder / f"{name}.journal"

    def begin(self, name: str) -> None:
        """A new worker for a desk that has none."""
        told = {
            "path": str(self.path(name)),
            "dsn": self.dsns[name],
            "journal": str(self.journal(name)),
            "seed": self.chance.randrange(1 << 30),
        }
        assert self.nursery.stdin is not None
        assert self.nursery.stdout is not None
        print(json.dumps(told), file=self.nursery.stdin, flush=True)
        self.pids[name] = int(self.nursery.stdout.readline())

    def run(self, seconds: float) -> Figures:
        """Spoil things for so long, then let all come to rest, and look."""
        for name in NAMES:
            self.begin(name)
        ends = time.monotonic() + seconds
        names, weights = list(WEIGHTS), list(WEIGHTS.values())
        while time.monotonic() < ends:
            time.sleep(self.chance.uniform(0.02, 0.2))
            (fault,) = self.chance.choices(names, weights)
            self.figures.done[fault] += 1
            self.spoil(fault)
        self.rest()
        self.look()
        return self.figures

    def spoil(self, fault: str) -> None:
        if fault == "kill a desk":
            name = self.chance.choice(NAMES)
            self.kill(name)
            self.begin(name)
        elif fault == "stop a desk":
            self.stop_for_a_while(self.chance.choice(NAMES))
        elif fault == "kill the hub":
            self.kill_hub()
        elif fault in ("immediate", "fast"):
            self.server.stop(fault)
            self.start_hub()
        elif fault == "reset":
            self.network.cut()
        elif fault == "no connections":
            self.take_all_connections()
        elif fault == "store held":
            self.hold_store(self.chance.choice(NAMES))
        elif fault in ("full disk", "nothing can be written"):
            self.spoil_disk(self.chance.choice(NAMES), is_full=fault == "full disk")
        else:
            self.network.mode = fault
            time.sleep(self.chance.uniform(0.1, 1.0))
            self.network.mode = proxy.FINE
            self.network.cut()

    def kill(self, name: str) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pids[name], signal.SIGKILL)
        while _lives(self.pids[name]):
            time.sleep(0.001)

    def stop_for_a_while(self, name: str) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pids[name], signal.SIGSTOP)
            time.sleep(self.chance.uniform(0.1, 1.5))
            os.kill(self.pids[name], signal.SIGCONT)

    def spoil_disk(self, name: str, *, is_full: bool) -> None:
        """For a while no file of a desk may grow, as on a full disk, or be written at all, as on one that is read-only."""
        most = max(file.stat().st_size for file in self.folder.glob(f"{name}.db*")) if is_full else 0
        with suppress(ProcessLookupError):
            before = resource.prlimit(self.pids[name], resource.RLIMIT_FSIZE)
            resource.prlimit(self.pids[name], resource.RLIMIT_FSIZE, (most, before[1]))
            time.sleep(self.chance.uniform(0.1, 0.8))
            resource.prlimit(self.pids[name], resource.RLIMIT_FSIZE, before)

    def hold_store(self, name: str) -> None:
        """Another program writes for as long."""
        with suppress(CsdeskError, DriverError):
            other = open_writer(self.path(name))
            try:
                other.execute("BEGIN IMMEDIATE")
                time.sleep(self.chance.uniform(0.1, 0.8))
            finally:
                other.close()

    def kill_hub(self) -> None:
        process = self.server.process()
        if process is not None:
            os.kill(process, signal.SIGKILL)
        time.sleep(0.2)
        self.start_hub()

    def start_hub(self) -> None:
        """Start it again; one that was killed holds its memory a moment longer."""
        for _time in range(50):
            try:
                self.server.start()
            except CsdeskError:
                time.sleep(0.2)
            else:
                if self._answers():
                    return
            if not _lives(self.server.process() or -1):
                (self.server.data / "postmaster.pid").unlink(missing_ok=True)
        raise AssertionError("the hub did not come back")

    def _answers(self) -> bool:
        try:
            with psycopg.connect(self.server.dsn(), connect_timeout=3):
                return True
        except psycopg.Error:
            return False

    def take_all_connections(self) -> None:
        held: list[psycopg.Connection[Any]] = []
        with suppress(psycopg.Error):
            for _time in range(40):
                held.append(psycopg.connect(self.server.dsn(), connect_timeout=3))
        time.sleep(self.chance.uniform(0.1, 0.6))
        for each in held:
            each.close()

    def rest(self) -> None:
        """No more faults; every desk syncs until nothing is left to tell."""
        self.network.mode = proxy.FINE
        for name in NAMES:
            self.kill(name)
        self.network.cut()
        time.sleep(0.3)
        for _round in range(3):
            for name in NAMES:
                with open_store(self.path(name), SystemClock()) as store:
                    if hub_state.state(store.reader()) is not None:
                        engine.once(store, SystemClock())

    def look(self) -> None:
        """Count what was promised and is gone, what is there twice, what differs."""
        figures = self.figures
        with psycopg.connect(self.server.dsn()) as connection:
            rows = connection.execute("SELECT desk, dseq, sum FROM csdesk.op").fetchall()
        at_hub = {(desk, dseq): bytes(own) for desk, dseq, own in rows}
        figures.operations = len(at_hub)
        promised = self._promised()
        figures.acknowledged = sum(promised.values())
        wanted: Any = None
        for name in NAMES:
            reader = open_reader(self.path(name))
            here = {
                (desk, dseq): bytes(own)
                for desk, dseq, own in reader.execute("SELECT desk, dseq, sum FROM op")
            }
            figures.lost += sum(
                (desk, dseq) not in here or (desk, dseq) not in at_hub
                for desk, last in promised.items()
                for dseq in range(1, last + 1)
            )
            figures.duplicates += _twice(reader)
            reader.close()
            figures.diverged += here != at_hub
            with open_store(self.path(name), SystemClock()) as store:
                said = said_by(store)
            wanted = wanted or said
            figures.diverged += said != wanted
            figures.problems += [f"{name}: {problem}" for problem in verify(self.path(name)).problems]

    def _promised(self) -> dict[int, int]:
        """By desk up to where it was told that its work is safe."""
        promised: dict[int, int] = {}
        for name in NAMES:
            for text in self.journal(name).read_text().splitlines():
                did, *what = json.loads(text)
                if did in ("kept", "acked"):
                    desk, dseq = what
                    promised[desk] = max(promised.get(desk, 0), dseq)
                elif did == "taken twice":
                    self.figures.duplicates += 1
                elif did == "died" and "KeyboardInterrupt" not in what[0]:
                    self.figures.problems.append(f"{name} died: {what[0]}")
                if did == "away":
                    self.figures.done[f"sync: {what[0]}"] += 1
                elif did == "refused":
                    self.figures.done[f"desk: {what[0]}"] += 1
                elif did in ("acked", "again", "half"):
                    self.figures.done[f"sync: {did}"] += 1
        return promised

    def close(self) -> None:
        for pid in self.pids.values():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.nursery.terminate()
        self.nursery.wait()
        self.network.close()
        self.server.remove()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.server.folder.parent.rmdir()


def _lives(pid: int) -> bool:
    """Whether a process is there and is no corpse."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _twice(reader: Any) -> int:
    """Messages that stand there more than once."""
    (count,) = reader.execute(
        "SELECT (SELECT count(*) - count(DISTINCT uid) FROM message) + (SELECT count(*) FROM"
        " (SELECT 1 FROM message WHERE external_id IS NOT NULL GROUP BY conversation, external_id HAVING count(*) > 1))"
    ).fetchone()
    return int(count)


def storm(seed: int, seconds: float) -> Figures:
    """One storm from beginning to end."""
    made = Storm(seed)
    try:
        return made.run(seconds)
    finally:
        made.close()


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.sync.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=1.0)
    chosen = parser.parse_args(arguments)
    figures = storm(chosen.seed, chosen.minutes * 60)
    print("\n".join(figures.lines()))
    return 0 if figures.is_sound else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
