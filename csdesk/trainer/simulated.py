"""Simulated customers as a channel: what the engine says comes in like any message, replies go to the engine.

The desk's runner polls it like a real channel, in one thread; a face reads :attr:`practices`, which is
replaced as a whole and never changed in place. The engine's seconds follow the desk's clock. Each customer
comes ``APART_MS`` after the one before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from csdesk.desk.ports import ContactCard, Failed, Incoming, Outgoing, Receipt, Sent
from csdesk.i18n import _
from csdesk.model.message import Delivery
from csdesk.trainer.engine import Practice, advance, begin, say, stop
from csdesk.trainer.journal import Said, Stopped
from csdesk.trainer.lessons import Lesson, Plan

CHANNEL = "practice"
APART_MS = 15_000


class Memory(Protocol):
    """Where the talks are kept: a journal, or what a test makes of it."""

    def add(self, event: Said | Stopped) -> None:
        """Keep what the agent did, before it takes effect."""

    def reached(self, at: int) -> None:
        """Customers have said something by ``at`` (UTC ms)."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A customer's place: who, since when (UTC ms), and how far the talk has come (None: not here yet)."""

    lesson: Lesson
    began_at: int
    practice: Practice | None = None
    passed_on: int = 0
    """Lines of the talk that the desk has been given."""

    def second(self, at: int) -> int:
        """The engine's second at a time of the desk."""
        return max(0, (at - self.began_at) // 1000)


class SimulatedCustomers:
    """Implements ``Channel`` for ``inbox``. ``has_turned`` is called with the time in each round, when customers have made up
    their minds and the desk has not heard them yet."""

    def __init__(
        self, plan: Plan, inbox: str, began_at: int, memory: Memory, has_turned: Callable[[int], None]
    ) -> None:
        self._inbox = inbox
        self._seats = tuple(
            Seat(lesson, began_at + place * APART_MS) for place, lesson in enumerate(plan.lessons)
        )
        self._memory, self._has_turned = memory, has_turned
        self._taken: set[str] = set()

    @property
    def inboxes(self) -> Sequence[str]:
        return (self._inbox,)

    @property
    def practices(self) -> tuple[Practice | None, ...]:
        """How far each talk has come, in the order of the plan."""
        return tuple(seat.practice for seat in self._seats)

    @property
    def is_over(self) -> bool:
        return all(seat.practice is not None and seat.practice.is_over for seat in self._seats)

    def thread(self, place: int) -> str:
        """The channel's name for the conversation with a customer: the same after a restart."""
        lesson = self._seats[place].lesson
        return f"practice/{place}/{lesson.scenario.id}/{lesson.attempt}"

    def replay(self, events: Sequence[Said | Stopped]) -> None:
        """Come to where the journal of an earlier run ends."""
        for event in events:
            seat = self._here(event.lesson, event.at)
            practice = seat.practice
            if practice is None:
                continue
            if isinstance(event, Stopped):
                practice = stop(advance(practice, seat.second(event.at)))
            elif event.key not in self._taken:
                self._taken.add(event.key)
                practice = say(practice, event.text, seat.second(event.at))
            self._sit(event.lesson, replace(seat, practice=practice))

    def poll(self, now_ms: int) -> Sequence[Incoming | Receipt]:
        arrived: list[Incoming | Receipt] = []
        for place in range(len(self._seats)):
            seat = self._here(place, now_ms)
            if seat.practice is None:
                continue
            practice = advance(seat.practice, seat.second(now_ms))
            arrived += self._new_lines(place, seat, practice)
            self._sit(place, replace(seat, practice=practice, passed_on=len(practice.lines)))
        self._has_turned(now_ms)
        if arrived:
            self._memory.reached(now_ms)
        return arrived

    def send(self, message: Outgoing, now_ms: int) -> Sent | Failed:
        place = self._place_of(message.thread)
        if place is None or message.inbox != self._inbox:
            return Failed(_("Nobody practises here."), can_retry=False)
        seat = self._here(place, now_ms)
        if message.key not in self._taken and not message.is_automatic and seat.practice is not None:
            self._memory.add(Said(place, now_ms, message.key, message.text))
            self._taken.add(message.key)
            self._sit(place, replace(seat, practice=say(seat.practice, message.text, seat.second(now_ms))))
        return Sent(f"{message.thread}/out/{message.key}", Delivery.READ)

    def end(self, place: int, now_ms: int) -> None:
        """The agent ends the talk with a customer; one who has not come yet never does."""
        seat = self._seats[place]
        if seat.practice is not None and not seat.practice.is_over:
            self._memory.add(Stopped(place, now_ms))
            self._sit(place, replace(seat, practice=stop(advance(seat.practice, seat.second(now_ms)))))

    def close(self) -> None:
        """Nothing is held open."""

    def _here(self, place: int, now_ms: int) -> Seat:
        """The seat, its customer come in when it is time."""
        seat = self._seats[place]
        if seat.practice is None and now_ms >= seat.began_at:
            seat = replace(seat, practice=begin(seat.lesson.scenario, seat.lesson.attempt))
        return seat

    def _sit(self, place: int, seat: Seat) -> None:
        self._seats = (*self._seats[:place], seat, *self._seats[place + 1 :])

    def _place_of(self, thread: str) -> int | None:
        return next((place for place in range(len(self._seats)) if self.thread(place) == thread), None)

    def _new_lines(self, place: int, seat: Seat, practice: Practice) -> list[Incoming | Receipt]:
        scenario, thread = practice.scenario, self.thread(place)
        return [
            Incoming(
                inbox=self._inbox,
                thread=thread,
                external_id=f"{thread}/{number}",
                text=line.text,
                contact=ContactCard(f"practice-{place}", scenario.customer),
                at=seat.began_at + line.at_s * 1000,
                lang=scenario.lang,
                stage=scenario.stage.value,
            )
            for number, line in enumerate(practice.lines[seat.passed_on :], seat.passed_on)
            if line.is_customer
        ]
