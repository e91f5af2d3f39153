"""The simulator of availability: what is promised holds on random days, and a lost guard is noticed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from csdesk.availability.autoreply import GUARDS, Block
from csdesk.availability.rules import Rule
from csdesk.availability.state import Event, KeyPressed, Rules, Seat, Waits, step
from csdesk.model.availability import Availability, Cause, Standing
from tests.unit.availability_sim import ALL, Broken, Day, play

DAYS = 150
ENOUGH = 400
"""Days within which each mutant is caught."""


def test_promises_are_kept() -> None:
    sent = play(range(DAYS), 20_261_122)
    assert all(sent[rule] > 0 for rule in Rule), sent


@pytest.mark.long
def test_promises_are_kept_for_ten_thousand_days() -> None:
    assert play(range(10_000), 1)["left"] > 10_000


def test_a_day_is_a_function_of_its_seed() -> None:
    assert Day("3:4").play() == Day("3:4").play()


def caught(make: dict[str, object]) -> str:
    """The promise that breaks when the real thing is replaced by ``make``."""
    for day in range(ENOUGH):
        try:
            Day(f"7:{day}", **make).play()  # type: ignore[arg-type]
        except Broken as error:
            return error.promise
    return "nothing"


@pytest.mark.parametrize(
    ("dropped", "promise"),
    [
        (Block.TOLD, {"once"}),
        (Block.AGENT, {"not behind an agent"}),
        (Block.MACHINE, {"never to a machine"}),
        (Block.LATE, {"not late"}),
        (Block.UNWATCHED, {"not after an offline shift"}),
        (Block.MAILED, {"one mail a day", "once"}),
    ],
)
def test_a_guard_that_is_lost_is_noticed(dropped: Block, promise: set[str]) -> None:
    assert caught({"guards": [each for each in GUARDS if each[0] is not dropped]}) in promise


def test_an_outbox_that_sends_late_is_noticed() -> None:
    assert caught({"is_late": lambda written_at, now: False}) in ("not late", "no stale notice")


def test_a_notice_beyond_its_time_is_noticed() -> None:
    assert caught({"notice_holds_late": True}) == "no stale notice"


def test_a_rule_that_is_lost_is_noticed() -> None:
    assert caught({"rules": ALL - {Rule.WAIT}}) == "nobody is forgotten"


def test_a_wait_measured_by_the_wrong_tier_is_noticed() -> None:
    def blind(seat: Seat, event: Event, rules: Rules) -> Seat:
        if isinstance(event, Waits) and event.first is not None:
            event = Waits(replace(event.first, limit_ms=180_000))
        return step(seat, event, rules)

    assert caught({"machine": blind}) == "patience of the tier"


def test_a_key_that_ends_what_was_chosen_is_noticed() -> None:
    def eager(seat: Seat, event: Event, rules: Rules) -> Seat:
        if isinstance(event, KeyPressed) and seat.standing.status is Availability.AWAY:
            return replace(seat, standing=Standing(Availability.ONLINE, Cause.RETURNED, event.at))
        return step(seat, event, rules)

    assert caught({"machine": eager}) == "manual stands"
