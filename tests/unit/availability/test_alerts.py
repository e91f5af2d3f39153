"""What is announced and when: single cases, and what holds for every course of a day."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st

from csdesk.availability.alerts import (
    AFTER_ANSWER_MS,
    Level,
    Line,
    Memory,
    Moment,
    Outcome,
    QuietHours,
    Rules,
    Told,
    Wait,
    counts_from,
    dismissed,
    level_of,
    look,
)
from csdesk.config import QueueSettings, TierLimits, Tiers

S = 1_000
START = 1_795_000_000_000
RULES = Rules(QueueSettings().limits)


def wait(number: int = 1, since: int = START, tier: str | None = None, told: Level = Level.NONE) -> Wait:
    return Wait(number, since, since, tier, told)


def at(second: int, acting_on: int | None = None, minute: int = 0, is_off: bool = False) -> Moment:
    return Moment(START + second * S, minute, acting_on, is_off)


def settled(*waits: Wait, second: int = 0) -> Memory:
    """What is remembered once these were seen at a start."""
    return look(Memory(), waits, at(second), RULES).memory


def test_each_limit_is_announced_once() -> None:
    memory, said = settled(wait()), []
    for second in range(1, 400):
        outcome = look(memory, [wait()], at(second), RULES)
        memory = outcome.memory
        said += [(second, told.level) for told in outcome.told]
    assert said == [(100, Level.AMBER), (180, Level.RED)]


def test_many_waits_are_one_alert() -> None:
    many = [wait(number) for number in range(1, 8)]
    outcome = look(settled(*many), many, at(180), RULES)
    assert outcome.line == Line(Level.RED, 7, 180_000)
    assert outcome.is_loud and len(outcome.told) == 7
    later = look(outcome.memory, many, at(240), RULES)
    assert not later.is_loud and later.line == outcome.line


def test_a_tiers_own_limit_holds_and_the_line_names_no_limit_for_different_ones() -> None:
    rules = Rules(QueueSettings(tiers=Tiers(A=TierLimits(20, 60))).limits)
    both = [wait(1, tier="A"), wait(2)]
    first = look(settled(*both), both, at(60), rules)
    assert first.line == Line(Level.RED, 1, 60_000)
    assert look(first.memory, both, at(180), rules).line == Line(Level.RED, 2, None)


def test_news_inside_the_gap_are_told_together_when_it_is_over() -> None:
    waits = [wait(1, START - 180 * S), wait(2, START - 150 * S)]
    outcome = look(Memory(), waits, at(0), RULES)
    assert outcome.is_loud
    second = look(outcome.memory, waits, at(30), RULES)
    assert second.told and not second.is_loud
    assert second.due_at == START + 60 * S
    assert look(second.memory, waits, at(60), RULES).is_loud
    assert not look(second.memory, [], at(60), RULES).is_loud


def test_a_new_wait_of_tier_a_is_told_at_once_and_others_only_after_a_lull() -> None:
    quiet = settled()
    assert look(quiet, [wait(1)], at(0), RULES).is_loud
    busy = settled(wait(1))
    assert not look(busy, [wait(1), wait(2)], at(1), RULES).is_loud
    outcome = look(busy, [wait(1), wait(2, tier="A")], at(1), RULES)
    assert outcome.is_loud and outcome.line == Line(Level.NEW, 1, 0)
    assert look(busy, [wait(1), wait(2)], at(1), replace(RULES, new_waits="all")).is_loud
    assert not look(quiet, [wait(1)], at(0), replace(RULES, new_waits="none")).is_loud


def test_who_waited_before_the_start_is_told_of_only_when_late() -> None:
    assert not look(Memory(), [wait(1, tier="A")], at(0), RULES).is_loud
    outcome = look(Memory(), [wait(1, START - 500 * S)], at(0), RULES)
    assert outcome.is_loud and outcome.line == Line(Level.RED, 1, 180_000)


def test_a_restart_repeats_nothing_and_misses_nothing() -> None:
    known = wait(1, START - 300 * S, told=Level.RED)
    missed = wait(2, START - 200 * S, told=Level.AMBER)
    repeated = look(Memory(), [known], at(0), RULES)
    assert (repeated.told, repeated.line, repeated.is_loud) == ((), None, False)
    outcome = look(Memory(), [known, missed], at(0), RULES)
    assert outcome.told == (Told(2, START - 200 * S, Level.RED),)
    assert outcome.line == Line(Level.RED, 2, 180_000)


def test_the_one_being_answered_waits_for_its_turn() -> None:
    memory = settled(wait())
    held = look(memory, [wait()], at(100, acting_on=1), RULES)
    assert not held.told and not held.is_loud and held.line is None
    assert held.due_at == START + 101 * S
    assert look(held.memory, [wait()], at(101), RULES).told == (Told(1, START, Level.AMBER),)


def test_the_next_wait_of_a_conversation_is_a_new_one() -> None:
    memory = look(settled(wait()), [wait()], at(180), RULES).memory
    again = wait(1, START + 200 * S)
    assert look(memory, [again], at(300), RULES).told == (Told(1, again.since, Level.AMBER),)


def test_a_dismissed_line_comes_back_with_news_only() -> None:
    first = wait(1, START - 180 * S)
    outcome = look(Memory(), [first], at(0), RULES)
    seen = look(dismissed(outcome.memory), [first], at(1), RULES)
    assert seen.line is None
    both = [first, wait(2, START - 150 * S)]
    assert look(seen.memory, both, at(30), RULES).line == Line(Level.RED, 2, 180_000)


def test_off_is_silence() -> None:
    late = [wait(1, START - 900 * S)]
    assert look(Memory(), late, at(0), replace(RULES, is_on=False)) == Outcome(Memory())
    assert not look(Memory(), late, at(0, is_off=True), RULES).told


def test_quiet_hours_cross_midnight() -> None:
    night = QuietHours(22 * 60, 8 * 60)
    assert [night.holds(hour * 60) for hour in (21, 22, 23, 0, 7, 8)] == [
        False,
        True,
        True,
        True,
        True,
        False,
    ]
    lunch = QuietHours(720, 780)
    assert [lunch.holds(minute) for minute in (719, 720, 779, 780)] == [False, True, True, False]


def test_a_wait_counts_from_five_minutes_after_an_answer() -> None:
    assert counts_from(START, None) == START
    assert counts_from(START, START - AFTER_ANSWER_MS - 1) == START
    assert counts_from(START, START - S) == START - S + AFTER_ANSWER_MS


@dataclass
class Day:
    """A course of ticks, one a second, as the desk lives it."""

    rules: Rules
    memory: Memory = field(default_factory=Memory)
    waiting: dict[int, Wait] = field(default_factory=dict)
    stored: dict[tuple[int, int], Level] = field(default_factory=dict)
    loud_at: int | None = None
    told: list[Told] = field(default_factory=list)

    def tick(self, second: int, is_quiet: bool, acting_on: int | None) -> Outcome:
        waits = [
            replace(each, announced=self.stored.get((each.conversation, each.since), Level.NONE))
            for each in self.waiting.values()
        ]
        outcome = look(self.memory, waits, at(second, acting_on, 0 if is_quiet else 720), self.rules)
        self.memory = outcome.memory
        self.told += outcome.told
        self.stored |= {(each.conversation, each.since): each.level for each in outcome.told}
        if outcome.is_loud:
            assert self.loud_at is None or (second - self.loud_at) * S >= self.rules.gap_ms
            self.loud_at = second
        return outcome

    def restart(self) -> None:
        self.memory, self.loud_at = Memory(), None


events = st.lists(
    st.tuples(
        st.sampled_from(["arrives", "answered", "restart", "dismiss", "quiet", "acts", "tick"]),
        st.integers(1, 5),
        st.integers(1, 70),
        st.sampled_from([None, "A", "B"]),
    ),
    max_size=40,
)


@given(events, st.sampled_from([1, 30, 60]), st.sampled_from(["first", "all", "none"]))
def test_every_limit_is_announced_in_its_second_once_and_loudness_keeps_its_distance(
    course: list[tuple[str, int, int, str | None]], gap_s: int, new_waits: str
) -> None:
    limits = QueueSettings(amber_after_s=20, red_after_s=50, tiers=Tiers(A=TierLimits(10, 30))).limits
    rules = Rules(limits, new_waits=new_waits, gap_ms=gap_s * S, quiet=QuietHours(0, 60))
    day, second, is_quiet, acting_on = Day(rules), 0, False, None
    for what, number, pause, tier in course:
        if what == "arrives" and number not in day.waiting:
            day.waiting[number] = wait(number, START + second * S, tier)
        elif what == "answered":
            day.waiting.pop(number, None)
        elif what == "restart":
            day.restart()
        elif what == "dismiss":
            day.memory = dismissed(day.memory)
        elif what == "quiet":
            is_quiet = not is_quiet
        elif what == "acts":
            acting_on = None if acting_on == number else number
        for _tick in range(pause):
            second += 1
            outcome = day.tick(second, is_quiet, acting_on)
            for each in day.waiting.values():
                level = level_of(each, START + second * S, rules)
                is_told = day.stored.get((each.conversation, each.since), Level.NONE) >= level
                if level > Level.NEW and not is_quiet and each.conversation != acting_on:
                    assert is_told
            if is_quiet:
                assert not outcome.told and not outcome.is_loud and outcome.line is None
            if outcome.line is not None:
                assert 0 < outcome.line.count <= len(day.waiting)
    assert len(set(day.told)) == len(day.told)


@given(
    st.lists(st.tuples(st.integers(-400, 0), st.sampled_from([None, "A"])), min_size=1, max_size=6),
    st.integers(0, 300),
)
def test_nothing_happens_before_the_look_that_was_asked_for(
    starts: list[tuple[int, str | None]], seconds: int
) -> None:
    waits = [wait(number, START + since * S, tier) for number, (since, tier) in enumerate(starts)]
    outcome = look(Memory(), waits, at(0), RULES)
    for second in range(1, seconds):
        if outcome.due_at is not None and START + second * S >= outcome.due_at:
            break
        unneeded = look(outcome.memory, waits, at(second), RULES)
        assert not unneeded.told and not unneeded.is_loud and unneeded.line == outcome.line
