"""Desks with real stores on a real hub, and a clock that a test may spoil."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from csdesk.desk.context import Desk
from csdesk.store import hub as hub_state
from csdesk.store.database import Store
from csdesk.store.hub import HubState
from csdesk.sync import engine
from csdesk.sync.engine import Outcome
from tests.desks import open_desk
from tests.store.relay import Rows, said_by
from tests.sync.conftest import TestHub

START_MS = 1_790_000_000_000


class Time(Protocol):
    """What is true for all desks, in UTC ms."""

    def now_ms(self) -> int: ...


class WrongClock:
    """A clock whose wall time is ``off_ms`` away from that of all others, which ``true`` tells."""

    def __init__(self, true: Time) -> None:
        self.true = true
        self.off_ms = 0

    def now_ms(self) -> int:
        return self.true.now_ms() + self.off_ms

    def monotonic_ms(self) -> int:
        return self.true.now_ms() - START_MS


class TrueTime:
    """The time that the hub goes by: the machine's."""

    def now_ms(self) -> int:
        import time

        return time.time_ns() // 1_000_000


@dataclass
class Mate:
    """One desk of the team."""

    name: str
    desk: Desk
    clock: WrongClock
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def store(self) -> Store:
        return self.desk.store

    def sync(self) -> Outcome:
        self.outcomes.append(engine.once(self.store, self.clock))
        return self.outcomes[-1]

    def rows(self) -> Rows:
        return said_by(self.store)


def mate(
    folder: Path, hub: TestHub, name: str, *, rank: str = "agent", scope: int = 0, path: Path | None = None
) -> Mate:
    """A desk of its own for ``name``, enrolled; the caller closes ``desk``."""
    return joined_by(hub, path or folder / f"{name}.db", name, WrongClock(TrueTime()), rank=rank, scope=scope)


def joined_by(
    hub: TestHub, path: Path, name: str, clock: WrongClock, *, rank: str = "agent", scope: int = 0
) -> Mate:
    """As ``mate``, by this clock."""
    desk = open_desk(path, clock, agent=name)
    dsn = hub.enrolled(name, rank, scope, desk=desk.store.desk)
    desk.store.write(lambda tx: hub_state.join(tx, HubState("team", dsn, scope, rank=rank)))
    return Mate(name, desk, clock)
