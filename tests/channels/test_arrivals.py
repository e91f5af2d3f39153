"""Customers in bursts: as many as said, close together, and none before the next stretch."""

from __future__ import annotations

import pytest

from csdesk.channels.arrivals import Arrivals, Bursts, bursts_of
from csdesk.channels.customer import ResumePoint
from csdesk.channels.replay import ReplayChannel
from csdesk.desk.ports import Incoming
from csdesk.errors import UsageError
from tests.factories import dialogue

EVERY_MS = 1_800_000
START = 1_767_225_600_000
TALKS = [dialogue(f"talk{number}", f"c: hello {number}", "a: yes", "c: bye") for number in range(40)]


def first_words(channel: ReplayChannel, from_ms: int, until_ms: int) -> list[int]:
    """When each thread was first heard of, in ms from START."""
    seen: dict[str, int] = {}
    for now in range(from_ms, until_ms, 500):
        for event in channel.poll(START + now):
            if isinstance(event, Incoming):
                seen.setdefault(event.thread, now)
    return sorted(seen.values())


def test_a_burst_comes_whole_and_then_nobody_until_the_next() -> None:
    channel = ReplayChannel(TALKS, concurrent=40, bursts=Bursts(6, EVERY_MS))
    came = first_words(channel, 0, 3 * EVERY_MS)
    assert [at // EVERY_MS for at in came] == [0] * 6 + [1] * 6 + [2] * 6
    assert all(at % EVERY_MS < 60_000 for at in came)


def test_a_program_that_starts_again_waits_for_the_next_burst() -> None:
    resume = {"somebody": ResumePoint(1, is_answered=False)}
    channel = ReplayChannel(TALKS, concurrent=40, bursts=Bursts(6, EVERY_MS), resume=resume)
    came = first_words(channel, 600_000, 2 * EVERY_MS)
    assert [at // EVERY_MS for at in came] == [1] * 6


def test_without_bursts_anybody_may_come_at_any_time() -> None:
    arrivals = Arrivals()
    assert all(arrivals.may_come(now) for now in (0, 1, EVERY_MS))


def test_the_stretch_goes_with_the_speed_of_the_customers() -> None:
    assert bursts_of(5, 30, 10) == Bursts(5, 180_000)
    assert bursts_of(None, 30, 10) is None


@pytest.mark.parametrize(("size", "every"), [(0, 30), (3, 0), (3, -1), (3, float("nan")), (3, float("inf"))])
def test_bursts_that_make_no_sense_are_refused(size: int, every: float) -> None:
    with pytest.raises(UsageError):
        bursts_of(size, every, 1)
