"""Away texts: which, when, and once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csdesk.availability.autoreply import (
    AFTER_AGENT_MS,
    LATE_MS,
    MAIL_PAUSE_MS,
    Absence,
    Colleague,
    Talk,
    absence,
    away_text,
    is_due,
    is_late,
)
from csdesk.availability.state import Arrived, Chosen, Event, KeyPressed, Rules, Seat, Tick, step
from csdesk.model.availability import Availability, Cause, Standing

NOW = 1_795_313_162_000
GONE = Absence(agent=1, episode=NOW - 60_000)
WROTE = Talk(customer_at=NOW - 30_000)


def stands(status: Availability, at: int = NOW, agent: int = 1) -> Colleague:
    episode = at if status in (Availability.AWAY, Availability.OFFLINE) else None
    return Colleague(agent, Standing(status, Cause.IDLE, at, episode))


@pytest.mark.parametrize(
    ("talk", "is_told"),
    [
        (WROTE, True),
        (replace(WROTE, is_from_machine=True), False),
        (replace(WROTE, is_blocked=True), False),
        (replace(WROTE, told=frozenset({(1, GONE.episode)})), False),
        (replace(WROTE, told=frozenset({(1, GONE.episode - 1), (2, GONE.episode)})), True),
        (replace(WROTE, customer_at=NOW - LATE_MS), True),
        (replace(WROTE, customer_at=NOW - LATE_MS - 1), False),
        (replace(WROTE, agent_at=NOW - AFTER_AGENT_MS + 1), False),
        (replace(WROTE, agent_at=NOW - AFTER_AGENT_MS), True),
        (replace(WROTE, mailed_at=NOW - MAIL_PAUSE_MS + 1), False),
        (replace(WROTE, mailed_at=NOW - MAIL_PAUSE_MS), True),
    ],
)
def test_who_is_told(talk: Talk, is_told: bool) -> None:
    assert is_due(talk, GONE, NOW, watched_since=GONE.episode) is is_told


def test_an_absence_that_nobody_watched_is_not_told_afterwards() -> None:
    assert not is_due(WROTE, GONE, NOW, watched_since=GONE.episode + 1)


def test_an_absence_is_everybodys() -> None:
    away, offline = stands(Availability.AWAY, NOW), stands(Availability.OFFLINE, NOW, 2)
    for here in (Availability.ONLINE, Availability.BUSY):
        assert absence([away, offline, stands(here, NOW, 3)]) is None
    assert absence([offline]) is None
    assert absence([]) is None
    assert absence([away, offline]) == Absence(1, NOW)
    later = stands(Availability.AWAY, NOW + 5, 4)
    assert absence([later, away]) == Absence(4, NOW + 5)


def test_a_text_that_waited_too_long_does_not_leave() -> None:
    assert not is_late(NOW - LATE_MS, NOW)
    assert is_late(NOW - LATE_MS - 1, NOW)


@pytest.fixture
def shanghai(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Local time is UTC+8."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Shanghai")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("shanghai")
def test_the_text_says_when_if_it_is_known() -> None:
    known = replace(GONE, until=NOW + 3_600_000)
    values = {"contact.name": "Lin"}
    zh = away_text("zh-CN", {}, {"contact.name": "林女士"}, known, NOW)
    assert zh.startswith("林女士您好，感谢您的咨询。客服暂时不在座位上，约 11:06 回复您；")
    assert "回来后第一时间回复您" in away_text("zh", {}, {}, GONE, NOW)
    assert "answer around 11:06." in away_text("en", {}, values, known, NOW)
    assert "answer as soon as I am back." in away_text("fr", {}, values, GONE, NOW)
    tomorrow = replace(GONE, until=NOW + 86_400_000)
    assert "11月23日约 10:06 回复您" in away_text("zh", {}, {}, tomorrow, NOW)
    assert "on 2026-11-23 around 10:06" in away_text("en", {}, {}, tomorrow, NOW)


def test_an_own_text_goes_before_ours_and_leaves_no_slot_open() -> None:
    own = {"zh": "稍候，{{agent.name}}{{no.such}}马上回来"}
    assert away_text("zh", own, {"agent.name": "张敏"}, GONE, NOW) == "稍候，张敏马上回来"
    assert "away from my desk" in away_text("en", own, {}, GONE, NOW)


def test_a_name_is_not_read_as_a_template() -> None:
    said = away_text("zh", {}, {"contact.name": "{{agent.phone}}"}, GONE, NOW)
    assert said.startswith("{{agent.phone}}您好")


DEEDS = st.lists(
    st.tuples(st.sampled_from(["key", "away", "online", "customer", "agent", "wait"]), st.integers(1, 400)),
    max_size=60,
)


@given(DEEDS)
def test_one_text_for_a_conversation_in_an_episode(deeds: list[tuple[str, int]]) -> None:
    """The runner's loop over the machine: whatever happens, no absence is told twice, and none too soon."""
    rules, now = Rules(), NOW
    seat = step(Seat(), Arrived(now), rules)
    talk: Talk | None = None
    sent: list[tuple[int, int]] = []
    for deed, seconds in deeds:
        event: Event = Tick(now)
        if deed == "key":
            event = KeyPressed(now)
        elif deed in ("away", "online"):
            event = Chosen(now, Availability(deed))
        elif deed == "customer":
            talk = replace(talk, customer_at=now) if talk else Talk(now)
        elif deed == "agent" and talk is not None:
            talk = replace(talk, agent_at=now)
        seat = step(seat, event, rules)
        for _second in range(seconds):
            now += 1_000
            seat = step(seat, Tick(now), rules)
            gone = absence([Colleague(1, seat.standing)])
            if talk is None or gone is None or not is_due(talk, gone, now, NOW):
                continue
            assert seat.standing.status is Availability.AWAY
            assert talk.agent_at is None or now - talk.agent_at >= AFTER_AGENT_MS
            sent.append((gone.agent, gone.episode))
            talk = replace(talk, told=talk.told | {sent[-1]})
    assert len(sent) == len(set(sent))
