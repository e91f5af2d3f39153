"""The machine of availability: what it promises for every order of events, and the times it keeps."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from csdesk.availability.state import (
    ASLEEP_MS,
    Arrived,
    Carries,
    Chosen,
    Event,
    KeyPressed,
    Left,
    Rules,
    Seat,
    Tick,
    Wait,
    Waits,
    countdown_ms,
    is_on_hold,
    is_overdue,
    step,
)
from csdesk.model.availability import Availability, Cause, Standing

RULES = Rules()
START = 1_795_000_000_000
S = 1_000
LIMIT = 180 * S


def at_work(at: int = START) -> Seat:
    return step(Seat(), Arrived(at), RULES)


def run(seat: Seat, to: int, rules: Rules = RULES) -> Seat:
    """Tick each second up to ``to``."""
    for at in range(seat.ticked_at + S, to + 1, S):
        seat = step(seat, Tick(at), rules)
    return seat


def test_opening_the_desk_makes_one_online() -> None:
    assert at_work().standing == Standing(Availability.ONLINE, Cause.STARTED, START)


def test_five_minutes_then_a_countdown_then_away() -> None:
    seat = run(at_work(), START + 299 * S)
    assert countdown_ms(seat, seat.ticked_at, RULES) is None
    seat = run(seat, START + 300 * S)
    assert countdown_ms(seat, seat.ticked_at, RULES) == 30 * S
    seat = run(seat, START + 329 * S)
    assert (seat.standing.status, countdown_ms(seat, seat.ticked_at, RULES)) == (Availability.ONLINE, S)
    seat = run(seat, START + 330 * S)
    away = START + 330 * S
    assert seat.standing == Standing(Availability.AWAY, Cause.IDLE, away, episode=away)
    assert countdown_ms(seat, seat.ticked_at, RULES) is None


def test_any_key_ends_the_countdown() -> None:
    seat = run(at_work(), START + 310 * S)
    seat = step(seat, KeyPressed(START + 310 * S), RULES)
    assert countdown_ms(seat, seat.ticked_at, RULES) is None
    assert run(seat, START + 609 * S).standing.status is Availability.ONLINE
    assert countdown_ms(run(seat, START + 610 * S), START + 610 * S, RULES) == 30 * S


def test_the_first_key_brings_back() -> None:
    seat = run(at_work(), START + 400 * S)
    seat = step(seat, KeyPressed(START + 400 * S), RULES)
    assert seat.standing == Standing(Availability.ONLINE, Cause.RETURNED, START + 400 * S)


def test_a_long_wait_shortens_the_patience_but_never_the_countdown() -> None:
    waiting = step(at_work(), Waits(Wait(START - 60 * S, LIMIT)), RULES)
    seat = run(waiting, START + 119 * S)
    assert countdown_ms(seat, seat.ticked_at, RULES) is None
    seat = run(seat, START + 150 * S)
    assert seat.standing.cause is Cause.IDLE
    assert seat.standing.at == START + 150 * S

    late = step(run(at_work(), START + 240 * S), Waits(Wait(START, LIMIT)), RULES)
    late = run(late, START + 241 * S)
    assert countdown_ms(late, late.ticked_at, RULES) == 30 * S


def test_the_limit_of_the_tier_is_what_makes_a_wait_long() -> None:
    for limit, due in ((60, 120), (150, 150), (290, 290), (400, 300)):
        waiting = step(at_work(), Waits(Wait(START, limit * S, "A")), RULES)
        assert run(waiting, START + (due - 1) * S).warned_at is None
        assert run(waiting, START + due * S).warned_at == START + due * S


def test_a_countdown_ends_when_nobody_waits_any_more() -> None:
    seat = run(step(at_work(), Waits(Wait(START - 60 * S, LIMIT)), RULES), START + 130 * S)
    assert seat.warned_at is not None
    seat = run(step(seat, Waits(None), RULES), START + 131 * S)
    assert seat.warned_at is None


def test_what_was_chosen_stands_beyond_its_time() -> None:
    for status in (Availability.BUSY, Availability.AWAY, Availability.OFFLINE):
        chosen = step(at_work(), Chosen(START, status, until=START + 600 * S, reason="lunch"), RULES)
        pressed = step(chosen, KeyPressed(START + 5 * S), RULES)
        assert pressed.standing == chosen.standing
        assert run(pressed, START + 900 * S).standing == chosen.standing
        overdue = [is_overdue(chosen.standing, START + at * S) for at in (0, 599, 600, 900)]
        assert overdue == [False, False, True, True]
    assert not is_overdue(at_work().standing, START + 900 * S)


def test_saying_for_how_long_goes_on_with_the_same_episode() -> None:
    away = run(at_work(), START + 330 * S)
    said = step(away, Chosen(START + 340 * S, Availability.AWAY, until=START + 900 * S), RULES)
    assert said.standing.episode == away.standing.episode
    back = step(said, Chosen(START + 350 * S, Availability.ONLINE), RULES)
    assert back.standing.episode is None
    again = step(back, Chosen(START + 360 * S, Availability.AWAY), RULES)
    assert again.standing.episode == START + 360 * S


def test_a_machine_that_slept_comes_back_away_since_it_slept() -> None:
    seat = run(at_work(), START + 60 * S)
    woken = step(seat, Tick(START + 3_600 * S), RULES)
    assert woken.standing.cause is Cause.ASLEEP
    assert woken.standing.episode == START + 60 * S
    assert step(woken, KeyPressed(START + 3_601 * S), RULES).standing.cause is Cause.RETURNED


def test_a_short_nap_is_no_absence() -> None:
    seat = run(at_work(), START + 60 * S)
    assert step(seat, Tick(START + 60 * S + ASLEEP_MS + 1), RULES).standing == seat.standing


def test_a_clock_that_is_set_back_gives_the_whole_patience_again() -> None:
    seat = run(at_work(), START + 310 * S)
    back = step(seat, Tick(START - 7_200 * S), RULES)
    assert (back.standing.status, back.warned_at) == (Availability.ONLINE, None)


def test_a_key_that_another_window_told_late_ends_nothing() -> None:
    away = run(at_work(), START + 330 * S)
    assert step(away, KeyPressed(START + 320 * S), RULES).standing == away.standing


def test_leaving_ends_what_the_program_decided_only() -> None:
    assert step(at_work(), Left(START + S), RULES).standing.status is Availability.OFFLINE
    busy = step(at_work(), Chosen(START, Availability.BUSY), RULES)
    assert step(busy, Left(START + S), RULES).standing == busy.standing
    assert step(busy, Arrived(START + 2 * S), RULES).standing == busy.standing


def test_hold_is_as_many_as_one_takes() -> None:
    assert [is_on_hold(load, 3) for load in (0, 2, 3, 4)] == [False, False, True, True]
    assert not is_on_hold(9, 0)


def moments() -> st.SearchStrategy[list[Event]]:
    """Any events at times that mostly go on, sometimes leap (sleep), sometimes go back (the clock is set)."""
    status = st.sampled_from(Availability)
    span = st.sampled_from([S, S, S, 5 * S, 31 * S, 59 * S, 121 * S, 200 * S, 400 * S, -90 * S])
    make = st.sampled_from(
        ["key", "tick", "tick", "tick", "tick", "chosen", "until", "waits", "carries", "left"]
    )

    @st.composite
    def events(draw: st.DrawFn) -> list[Event]:
        now, made = START, []
        for kind, by in draw(st.lists(st.tuples(make, span), max_size=60)):
            now += by
            made.append(
                {
                    "key": KeyPressed(now),
                    "tick": Tick(now),
                    "chosen": Chosen(now, draw(status)) if kind == "chosen" else Tick(now),
                    "until": Chosen(now, draw(status), now + 100 * S) if kind == "until" else Tick(now),
                    "waits": Waits(
                        draw(st.sampled_from([None, *(Wait(now - ago * S, LIMIT) for ago in (0, 200))]))
                    ),
                    "carries": Carries(draw(st.integers(0, 9))),
                    "left": Left(now),
                }[kind]
            )
        return made

    return events()


@given(moments())
def test_a_key_undoes_nothing_that_was_chosen(events: list[Event]) -> None:
    seat = at_work()
    for event in events:
        before, seat = seat, step(seat, event, RULES)
        changed = seat.standing != before.standing
        if changed and not before.standing.is_automatic and not isinstance(event, Chosen):
            assert before.standing.status is Availability.ONLINE
            assert seat.standing.cause in (Cause.IDLE, Cause.ASLEEP, Cause.LEFT)


@given(moments())
def test_nobody_is_away_unwarned(events: list[Event]) -> None:
    """Thirty seconds of banner before every idle away, and no key in all that time."""
    seat, warned, keys = at_work(), None, [START]
    for event in events:
        before, seat = seat, step(seat, event, RULES)
        if isinstance(event, KeyPressed):
            keys.append(event.at)
        if seat.warned_at is not None and before.warned_at is None:
            warned = seat.warned_at
        if seat.standing.cause is Cause.IDLE and before.standing.cause is not Cause.IDLE:
            assert warned is not None and isinstance(event, Tick)
            assert event.at - warned >= RULES.countdown_ms
            assert before.standing.status is Availability.ONLINE
            assert event.at - before.active_at >= RULES.short_idle_ms
            patience = RULES.short_idle_ms if before.waiting is not None else RULES.idle_ms
            assert event.at - before.active_at >= patience


@given(moments())
def test_an_episode_is_one_absence(events: list[Event]) -> None:
    seat = at_work()
    for event in events:
        before, seat = seat, step(seat, event, RULES)
        was, now = before.standing, seat.standing
        is_absent = now.status in (Availability.AWAY, Availability.OFFLINE)
        assert (now.episode is not None) == is_absent
        if was.episode is not None and is_absent:
            assert now.episode == was.episode
        if now == was:
            assert now is was or now.at == was.at


@given(moments())
def test_switched_off_only_people_change_it(events: list[Event]) -> None:
    rules = Rules(is_on=False)
    seat = step(Seat(), Arrived(START), rules)
    for event in events:
        seat = step(seat, event, rules)
        assert seat.standing.cause not in (Cause.IDLE, Cause.ASLEEP)
        assert seat.warned_at is None


@given(moments())
def test_the_first_key_always_ends_an_automatic_away(events: list[Event]) -> None:
    seat = at_work()
    for event in events:
        seat = step(seat, event, RULES)
    now = max(seat.standing.at, seat.active_at, seat.ticked_at) + S
    pressed = step(seat, KeyPressed(now), RULES)
    assert pressed.warned_at is None
    assert not (pressed.standing.status is Availability.AWAY and pressed.standing.is_automatic)
