"""Who is told of, read from a real store, and that it is remembered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from csdesk.availability.alerts import AFTER_ANSWER_MS, Level, Memory, Told, look
from csdesk.config import AlertSettings, Settings
from csdesk.desk import alerts, availability, people, sending, work
from csdesk.desk.context import Desk
from csdesk.model.availability import Availability
from csdesk.store import announced
from csdesk.store.verify import verify
from csdesk.tui import alerts as watching
from tests.desks import START_MS, clock_of, hears, open_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path / "desk.db") as opened:
        yield opened


def test_mine_and_nobodys_but_not_a_colleagues(desk: Desk) -> None:
    mine, nobodys, hers = hears(desk, "t1"), hears(desk, "t2"), hears(desk, "t3")
    people.me(desk.store, "Ada")
    work.claim(desk, mine)
    work.claim(replace(desk, agent=people.me(desk.store, "Ada")), hers)
    assert {each.conversation for each in alerts.waits(desk)} == {mine, nobodys}
    desk.settings = Settings(alerts=AlertSettings(whose="all"))
    assert {each.conversation for each in alerts.waits(desk)} == {mine, nobodys, hers}


def test_a_wait_right_after_an_answer_counts_later(desk: Desk) -> None:
    number = hears(desk, "t")
    assert alerts.waits(desk)[0].counts_from == START_MS
    clock_of(desk).advance(10_000)
    sending.reply(desk, number, "请稍等")
    answered = desk.now_ms()
    clock_of(desk).advance(20_000)
    hears(desk, "t", "好的")
    (waiting,) = alerts.waits(desk)
    assert waiting.since == answered + 20_000
    assert waiting.counts_from == answered + AFTER_ANSWER_MS


def test_what_was_told_stays_told(tmp_path: Path, desk: Desk) -> None:
    number = hears(desk, "t")
    clock_of(desk).advance(200_000)
    outcome = look(Memory(), alerts.waits(desk), alerts.moment(desk), alerts.rules_for(desk))
    assert outcome.told == (Told(number, START_MS, Level.RED),)
    assert alerts.remember(desk, outcome.told).result() == 1
    assert alerts.remember(desk, outcome.told).result() == 0
    again = look(Memory(), alerts.waits(desk), alerts.moment(desk), alerts.rules_for(desk))
    assert again.told == () and again.line is None
    (told,) = alerts.recent(desk)
    assert (told.conversation, told.level, told.at) == (number, Level.RED, desk.now_ms())
    assert verify(desk.store.path).problems == ()


def test_each_agent_is_told(desk: Desk) -> None:
    hears(desk, "t")
    clock_of(desk).advance(200_000)
    told = look(Memory(), alerts.waits(desk), alerts.moment(desk), alerts.rules_for(desk)).told
    alerts.remember(desk, told).result()
    ada = replace(desk, agent=people.me(desk.store, "Ada"))
    assert alerts.waits(ada)[0].announced is Level.NONE
    assert alerts.waits(desk)[0].announced is Level.RED


def test_a_new_wait_replaces_the_old_one(desk: Desk) -> None:
    number = hears(desk, "t")
    alerts.remember(desk, [Told(number, START_MS, Level.RED)]).result()
    clock_of(desk).advance(10_000)
    sending.reply(desk, number, "您好")
    clock_of(desk).advance(400_000)
    hears(desk, "t", "还在吗")
    (waiting,) = alerts.waits(desk)
    assert waiting.announced is Level.NONE
    assert alerts.remember(desk, [Told(number, waiting.since, Level.AMBER)]).result() == 1


def test_choosing_offline_is_silence_and_leaving_is_not(desk: Desk) -> None:
    assert not alerts.moment(desk).is_off
    availability.choose(desk, Availability.OFFLINE)
    assert alerts.moment(desk).is_off


def test_behind_a_thousand_there_is_one_alert_and_no_trickle(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announced, "MOST", 3)
    monkeypatch.setattr(watching, "MOST", 3)
    for number in range(5):
        hears(desk, f"t{number}")
        clock_of(desk).advance(1_000)
    clock_of(desk).advance(200_000)
    watch = watching.AlertWatch(desk)
    first = watch.look(None)
    assert first is not None and first.said == "3+ customers have waited over 03:00"
    clock_of(desk).advance(61_000)
    sending.reply(desk, alerts.waits(desk)[0].conversation, "您好")
    watch.note_change()
    after = watch.look(None)
    assert after is not None and (after.said, after.written) == ("", None)
