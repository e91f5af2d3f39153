"""An offline shift: nothing leaves by itself, everybody sees the agent as offline, and it ends without a trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from csdesk.availability.rules import Rule
from csdesk.config import AutomaticSettings
from csdesk.desk import automatic, availability, people, sending, work
from csdesk.desk.context import Desk
from csdesk.desk.ports import Failed
from csdesk.desk.runner import Runner
from csdesk.model.availability import Availability, Cause
from csdesk.store import hub, outbox
from csdesk.store.availability import standing as stated
from csdesk.store.hub import HubState
from tests.desks import INBOX, Line, clock_of, hears, open_desk

SECOND, MINUTE = 1_000, 60_000


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk that joined a hub and sends for its inboxes."""
    with open_desk(tmp_path / "desk.db", hold_ms=0) as opened:
        opened.store.write(lambda tx: people.ensure_inbox(tx, "shop-mail", channel="mail", hold_ms=0))
        opened.store.write(lambda tx: hub.join(tx, HubState("team", "host=hub", contact_at=tx.now_ms)))
        availability.arrive(opened).result()
        yield opened


@pytest.fixture
def line() -> Line:
    return Line(INBOX, "shop-mail")


@pytest.fixture
def runner(desk: Desk, line: Line) -> Runner:
    started = Runner(desk, [line])
    run(started, desk, 2, in_reach=True)
    return started


def run(runner: Runner, desk: Desk, seconds: int, *, in_reach: bool) -> None:
    """A round every ten seconds; the hub answers all the time, or not at all."""
    for _round in range(max(1, seconds // 10)):
        clock_of(desk).advance(10 * SECOND)
        if in_reach:
            desk.store.write(_answered)
        runner.step()


def _answered(tx: Any) -> None:
    hub.note_contact(tx, tx.now_ms, 0)
    ids = tx.connection.execute("SELECT id FROM inbox").fetchall()
    hub.set_leases(tx, {number: tx.now_ms + 3_600_000 for (number,) in ids})
    tx.connection.execute("UPDATE hub SET acked = (SELECT max(dseq) FROM op)")


def says(desk: Desk, **chosen: Any) -> None:
    tables = {name: MappingProxyType(value) for name, value in chosen.items() if isinstance(value, dict)}
    desk.settings = replace(desk.settings, automatic=AutomaticSettings(**{**chosen, **tables}))


def rules(desk: Desk) -> list[str]:
    rows = desk.store.reader().execute("SELECT rule FROM message WHERE sender = 'auto' ORDER BY id")
    return [rule for (rule,) in rows.fetchall()]


def _ack(desk: Desk) -> None:
    says(desk)
    hears(desk, "m", inbox="shop-mail")


def _hours(desk: Desk) -> None:
    availability.choose(desk, Availability.OFFLINE)
    hears(desk, "t")


def _away(desk: Desk) -> None:
    availability.choose(desk, Availability.AWAY)
    hears(desk, "t")


def _busy(desk: Desk) -> None:
    availability.choose(desk, Availability.BUSY)
    hears(desk, "t")


def _welcome(desk: Desk) -> None:
    says(desk, welcome=True)
    hears(desk, "t")


def _wait(desk: Desk) -> None:
    hears(desk, "t")


def _notice(desk: Desk) -> None:
    says(desk, notice="Free delivery")
    hears(desk, "t")


def _closing(desk: Desk) -> None:
    says(desk, closing=True)
    number = hears(desk, "t")
    sending.reply(desk, number, "done")
    work.resolve(desk, number)


OCCASIONS: dict[Rule, Callable[[Desk], None]] = {
    Rule.ACK: _ack,
    Rule.HOURS: _hours,
    Rule.AWAY: _away,
    Rule.BUSY: _busy,
    Rule.WELCOME: _welcome,
    Rule.WAIT: _wait,
    Rule.NOTICE: _notice,
    Rule.CLOSING: _closing,
}


def test_every_rule_has_its_occasion() -> None:
    assert set(OCCASIONS) == set(Rule)


@pytest.mark.parametrize("rule", list(Rule))
def test_with_the_hub_it_is_told(desk: Desk, runner: Runner, rule: Rule) -> None:
    OCCASIONS[rule](desk)
    run(runner, desk, 330, in_reach=True)
    assert rule in rules(desk)


@pytest.mark.parametrize("rule", list(Rule))
def test_without_the_hub_it_is_not_told_and_never_late(
    desk: Desk, runner: Runner, line: Line, rule: Rule
) -> None:
    run(runner, desk, 40, in_reach=False)
    OCCASIONS[rule](desk)
    run(runner, desk, 330, in_reach=False)
    assert rules(desk) == []
    inboxes = [number for (number,) in desk.store.reader().execute("SELECT id FROM inbox").fetchall()]
    assert automatic.tell_customers(desk, inboxes, 0) == 0
    run(runner, desk, 40, in_reach=True)
    assert rules(desk) == []
    assert not any(each.is_automatic for each in line.asked)


def test_what_was_to_leave_by_itself_is_taken_back_not_sent_late(
    desk: Desk, runner: Runner, line: Line
) -> None:
    line.answers = [Failed("line is busy")] * 4
    hears(desk, "t")
    run(runner, desk, 110, in_reach=True)
    assert rules(desk) == ["wait"] and line.delivered == {}
    run(runner, desk, 120, in_reach=False)
    assert rules(desk) == [] and outbox.listed(desk.store.reader()) == []
    run(runner, desk, 40, in_reach=True)
    assert line.delivered == {}


def test_a_reply_of_a_person_is_not_touched_by_it(desk: Desk, runner: Runner, line: Line) -> None:
    number = hears(desk, "t")
    sending.reply(desk, number, "by hand")
    run(runner, desk, 4, in_reach=True)
    assert [each.text for each in line.asked] == ["by hand"]


def test_the_agent_is_offline_for_as_long_and_stands_as_before_then(desk: Desk) -> None:
    availability.choose(desk, Availability.BUSY, desk.now_ms() + 10 * MINUTE, "meeting")
    before = stated(desk.store.reader(), desk.agent.id)
    operations = desk.store.reader().execute("SELECT count(*) FROM op").fetchone()
    assert availability.reach(desk).standing == before
    contact = desk.now_ms()
    clock_of(desk).advance(MINUTE)
    shown = availability.reach(desk).standing
    assert (shown.status, shown.cause, shown.at) == (Availability.OFFLINE, Cause.NO_HUB, contact)
    desk.store.write(lambda tx: hub.note_contact(tx, tx.now_ms, 0))
    assert availability.reach(desk).standing == before
    assert desk.store.reader().execute("SELECT count(*) FROM op").fetchone() == operations


def test_without_any_hub_nobody_is_offline_by_it(tmp_path: Path) -> None:
    with open_desk(tmp_path / "alone.db") as alone:
        availability.arrive(alone).result()
        clock_of(alone).advance(MINUTE)
        assert availability.reach(alone).standing.status is Availability.ONLINE
