"""What every use case is given: the store, the time, and who is acting."""

from __future__ import annotations

from dataclasses import dataclass, field
from os import urandom

from csdesk.clock import Clock
from csdesk.config import Settings
from csdesk.model.people import Agent
from csdesk.store.database import Store


@dataclass
class Desk:
    """An open desk. ``session`` names this run, so that two runs never fight over a draft."""

    store: Store
    clock: Clock
    settings: Settings
    agent: Agent
    session: str = field(default_factory=lambda: urandom(8).hex())

    def now_ms(self) -> int:
        return self.clock.now_ms()

    def close(self) -> None:
        self.store.close()

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()
