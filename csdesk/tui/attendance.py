"""Keeps one agent's availability in step with keys, the clock and their other windows.

The machine (``availability.state``) decides; this gives it its events and writes what it decides. The
store is read when it changed, never each second, and a key costs a comparison.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from csdesk.availability.state import (
    Carries,
    Event,
    KeyPressed,
    Rules,
    Seat,
    Tick,
    Waits,
    countdown_ms,
    is_on_hold,
    step,
)
from csdesk.desk import availability as cases
from csdesk.desk.context import Desk
from csdesk.errors import CsdeskError
from csdesk.log import get_logger
from csdesk.model.availability import Standing
from csdesk.store import availability as stored
from csdesk.store.connect import DriverError

TELL_MS = 10_000
"""How stale the other windows' knowledge of the last key may get: far less than the countdown."""

SHOW_MS = 30_000
"""How often a window that nobody touches shows itself."""


class Attendance:
    """One window of an agent.

    ``on_change`` hears of each new standing, with the one before it, and whether a key in this window did it.
    """

    def __init__(self, desk: Desk, on_change: Callable[[Standing, Standing, bool], None]) -> None:
        self._desk = desk
        self._on_change = on_change
        self._rules = cases.rules_for(desk)
        now = desk.now_ms()
        self._seat = Seat(cases.standing(desk), active_at=now, ticked_at=now)
        self._told_at = now
        self._writing: Future[Any] | None = None
        self._is_behind = False

    @property
    def seat(self) -> Seat:
        """What is known now."""
        return self._seat

    @property
    def rules(self) -> Rules:
        """What the machine goes by."""
        return self._rules

    @property
    def countdown_ms(self) -> int | None:
        """How long until the agent is away; None while no banner is due."""
        return countdown_ms(self._seat, self._desk.now_ms(), self._rules)

    @property
    def is_on_hold(self) -> bool:
        """Whether the agent has as many chats as they take."""
        return is_on_hold(self._seat.load, self._rules.capacity)

    def begin(self) -> None:
        """The window opens."""
        self._writing = cases.arrive(self._desk)

    def end(self) -> None:
        """The window closes; the store finishes what it accepted before it does."""
        cases.leave(self._desk)

    def key(self) -> None:
        """A key, the mouse, a paste, or the terminal got the focus."""
        now = self._desk.now_ms()
        self._take(KeyPressed(now))
        if now - self._told_at >= TELL_MS:
            self._tell(now)

    def tick(self, now_ms: int) -> None:
        """It is ``now_ms``."""
        if self._is_behind:
            self.read()
        self._take(Tick(now_ms))
        is_news = self._seat.active_at > self._told_at and now_ms - self._told_at >= TELL_MS
        if is_news or not 0 <= now_ms - self._told_at < SHOW_MS:
            self._tell(now_ms)

    def read(self) -> None:
        """The store changed: another window's key, a claim, a wait that began or ended.

        What cannot be read now, the next tick reads.
        """
        if self._writing is not None and not self._writing.done():
            self._is_behind = (
                True  # what we decided is on its way: the next tick looks, whatever has come by then
            )
            return
        self._note_failure()
        try:
            self._read()
            self._is_behind = False
        except (CsdeskError, DriverError):
            self._is_behind = True

    def _read(self) -> None:
        reader, agent = self._desk.store.reader(), self._desk.agent.id
        known = stored.standing(reader, agent)
        before = self._seat.standing
        self._rules = cases.rules_for(self._desk)
        self._seat = Seat(known, self._seat.active_at, self._seat.ticked_at, warned_at=self._seat.warned_at)
        for event in (
            KeyPressed(min(stored.last_key(reader, agent), self._desk.now_ms())),
            Waits(cases.wait_on(self._desk)),
            Carries(stored.chats(reader, agent)),
        ):
            self._seat = step(self._seat, event, self._rules)
        if self._seat.standing != known:
            self._settle(known)
        if self._seat.standing != before:
            self._on_change(before, self._seat.standing, False)

    def _take(self, event: Event) -> None:
        before = self._seat
        self._seat = step(before, event, self._rules)
        if self._seat.standing != before.standing:
            self._settle(before.standing)
            self._on_change(before.standing, self._seat.standing, isinstance(event, KeyPressed))

    def _settle(self, before: Standing) -> None:
        after, active_at = self._seat.standing, self._seat.active_at
        self._writing = cases.settle(self._desk, before, after, active_at)

    def _tell(self, now_ms: int) -> None:
        self._told_at = now_ms
        cases.show(self._desk, self._seat.active_at)

    def _note_failure(self) -> None:
        """A disk that refused shows elsewhere too; what is stored holds, and the machine decides again."""
        writing, self._writing = self._writing, None
        error = writing.exception() if writing is not None else None
        if error is not None:
            get_logger(__name__).warning("availability not written: %s", type(error).__name__)
