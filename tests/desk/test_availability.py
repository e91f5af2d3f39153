"""Availability on a real store: two windows of one agent, what customers are told, and that the log has it all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from csdesk.availability.rules import LATE_MS
from csdesk.availability.state import KeyPressed, Seat, Tick, Wait, step
from csdesk.config import AutomaticSettings, AvailabilitySettings, TierLimits, Tiers
from csdesk.desk import availability, contacts, people, sending, work
from csdesk.desk.context import Desk
from csdesk.desk.ports import ContactCard, Failed, Incoming
from csdesk.desk.runner import LEASE_MS, Runner
from csdesk.errors import NeedsPerson, Refused
from csdesk.model.availability import NEVER_HERE, Availability, Cause, Standing
from csdesk.model.conversation import View
from csdesk.model.message import Delivery, Message, Sender
from csdesk.store import availability as stored
from csdesk.store import conversations, messages, outbox, queue
from csdesk.store.verify import verify
from tests.desks import INBOX, START_MS, Line, clock_of, hears, open_desk

MINUTE = 60_000


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path / "desk.db") as opened:
        availability.arrive(opened).result()
        yield opened
        assert verify(opened.store.path).problems == ()


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def runner(desk: Desk, line: Line) -> Runner:
    """One that has run for a while."""
    started = Runner(desk, [line])
    started.step()
    return started


def second_window(desk: Desk, agent: str = "Mia") -> Desk:
    return Desk(desk.store, desk.clock, desk.settings, people.me(desk.store, agent))


def later(desk: Desk, by_ms: int) -> None:
    clock_of(desk).advance(by_ms)


def run(runner: Runner, desk: Desk, by_ms: int) -> None:
    """A round every other second."""
    for _second in range(by_ms // 2_000):
        later(desk, 2_000)
        runner.step()


def automatic(desk: Desk, conversation: int) -> list[Message]:
    found = messages.before(desk.store.reader(), conversation, None, 50, with_events=False)
    return [message for message in found if message.sender is Sender.AUTO]


def status(desk: Desk) -> Availability:
    return availability.standing(desk).status


def test_opening_and_closing(tmp_path: Path) -> None:
    with open_desk(tmp_path / "desk.db") as desk:
        assert availability.standing(desk) == NEVER_HERE
        availability.arrive(desk).result()
        assert availability.standing(desk) == Standing(Availability.ONLINE, Cause.STARTED, START_MS)
        other = second_window(desk)
        availability.arrive(other).result()
        availability.leave(desk).result()
        assert status(desk) is Availability.ONLINE
        availability.leave(other).result()
        assert availability.standing(desk).cause is Cause.LEFT
        assert [each.now.cause for each in availability.history(desk)] == [Cause.LEFT, Cause.STARTED]
        assert verify(desk.store.path).problems == ()


def test_what_was_chosen_outlives_the_window(desk: Desk) -> None:
    availability.choose(desk, Availability.BUSY, reason="盘点 \x1b[31m")
    availability.leave(desk).result()
    availability.arrive(desk).result()
    chosen = availability.standing(desk)
    assert (chosen.status, chosen.is_automatic, chosen.reason) == (Availability.BUSY, False, "盘点 ␛[31m")
    assert len(availability.history(desk)) == 2


def test_choosing_the_same_again_is_no_change(desk: Desk) -> None:
    for _twice in range(2):
        availability.choose(desk, Availability.AWAY)
    assert [each.now.status for each in availability.history(desk)] == [
        Availability.AWAY,
        Availability.ONLINE,
    ]
    first = availability.history(desk)[0]
    assert first.was is Availability.ONLINE


def test_a_chosen_time_is_to_come_and_then_reminds(desk: Desk) -> None:
    for wrong in (desk.now_ms(), desk.now_ms() - 1):
        with pytest.raises(Refused):
            availability.choose(desk, Availability.AWAY, wrong)
    with pytest.raises(Refused):
        availability.choose(desk, Availability.ONLINE, desk.now_ms() + MINUTE)
    availability.choose(desk, Availability.AWAY, desk.now_ms() + MINUTE)
    assert not availability.is_overdue(desk)
    later(desk, MINUTE)
    assert availability.is_overdue(desk) and status(desk) is Availability.AWAY


def test_nobody_is_away_behind_a_key_in_another_window(desk: Desk) -> None:
    other = second_window(desk)
    availability.arrive(other).result()
    now = availability.standing(desk)
    later(desk, 400_000)
    away = Standing(Availability.AWAY, Cause.IDLE, desk.now_ms(), desk.now_ms())
    availability.show(other, desk.now_ms() - 1_000).result()
    assert not availability.settle(desk, now, away, START_MS).result()
    assert status(desk) is Availability.ONLINE
    assert availability.settle(desk, now, away, desk.now_ms() - 1_000).result()
    assert status(other) is Availability.AWAY


def test_a_decision_on_what_is_no_more_is_dropped(desk: Desk) -> None:
    before = availability.standing(desk)
    availability.choose(second_window(desk), Availability.BUSY)
    away = Standing(Availability.AWAY, Cause.IDLE, desk.now_ms(), desk.now_ms())
    assert not availability.settle(desk, before, away).result()
    assert status(desk) is Availability.BUSY


def test_windows_that_were_killed_count_no_more(desk: Desk) -> None:
    killed = second_window(desk, "Bo")
    availability.arrive(killed).result()
    assert [each.standing.status for each in availability.colleagues(desk)] == [Availability.ONLINE]
    later(desk, stored.GONE_MS)
    assert [each.standing.status for each in availability.colleagues(desk)] == [Availability.OFFLINE]


def test_colleagues_who_can_take_something_come_first(desk: Desk) -> None:
    for name in ("Ann", "Bo", "Cy", "Di"):
        desk.store.write(lambda tx, name=name: people.add_agent(tx, name, capacity=1))
    full, away, free = (second_window(desk, name) for name in ("Bo", "Cy", "Di"))
    for each in (full, away, free):
        availability.arrive(each).result()
    availability.choose(away, Availability.AWAY)
    work.claim(full, hears(desk, "t"))
    found = availability.colleagues(desk)
    assert [each.agent.name for each in found] == ["Di", "Bo", "Cy", "Ann"]
    assert [each.is_on_hold for each in found] == [False, True, False, False]


def test_claiming_beyond_what_one_takes_is_a_persons_decision(desk: Desk) -> None:
    desk.store.write(lambda tx: people.ensure_inbox(tx, "post", "mail"))
    work.claim(desk, hears(desk, "letter", inbox="post"))
    for name in ("a", "b", "c"):
        number = hears(desk, name)
        availability.ask_before_claim(desk, number)
        work.claim(desk, number)
    assert availability.reach(desk).is_on_hold
    availability.ask_before_claim(desk, number)
    free = hears(desk, "d")
    with pytest.raises(NeedsPerson) as raised:
        availability.ask_before_claim(desk, free)
    assert raised.value.code == "claim.on_hold"
    work.resolve(desk, number)
    availability.ask_before_claim(desk, free)


def test_an_away_text_goes_out_once_for_each_absence(desk: Desk, runner: Runner, line: Line) -> None:
    number = hears(desk, "t", "在吗")
    work.claim(desk, number)
    run(runner, desk, MINUTE)
    assert line.asked == []
    since = conversations.get(desk.store.reader(), number).waiting_since
    availability.choose(desk, Availability.AWAY, desk.now_ms() + 30 * MINUTE)
    run(runner, desk, 2 * MINUTE)
    hears(desk, "t", "有人吗")
    run(runner, desk, 2 * MINUTE)
    (asked,) = line.asked
    assert asked.is_automatic and "Customer t" in asked.text
    (told,) = automatic(desk, number)
    assert (told.rule, told.author_name, told.delivery) == ("away", "Mia", Delivery.SENT)
    assert conversations.get(desk.store.reader(), number).waiting_since == since
    (row,) = queue.page(desk.store.reader(), View.WAITING, agent=desk.agent.id).rows
    assert (row.preview, row.preview_from) == ("有人吗", "customer")

    availability.choose(desk, Availability.ONLINE)
    run(runner, desk, MINUTE)
    availability.choose(desk, Availability.AWAY)
    run(runner, desk, MINUTE)
    assert len(automatic(desk, number)) == len(line.asked) == 2


def test_not_while_somebody_else_is_there(desk: Desk, runner: Runner, line: Line) -> None:
    colleague = second_window(desk, "Bo")
    availability.arrive(colleague).result()
    free, mine = hears(desk, "free"), hears(desk, "mine")
    work.claim(desk, mine)
    availability.choose(desk, Availability.AWAY)
    run(runner, desk, 10_000)
    assert [asked.thread for asked in line.asked] == ["mine"]
    availability.leave(colleague).result()
    run(runner, desk, 10_000)
    assert len(automatic(desk, free)) == 1


def test_a_team_answers_for_itself(desk: Desk, runner: Runner) -> None:
    colleague = second_window(desk, "Bo")
    availability.arrive(colleague).result()
    desk.store.write(lambda tx: people.add_team(tx, "returns", ("Mia",)))
    number = hears(desk, "t")
    work.transfer(desk, number, work.Target(team="returns"), "theirs")
    availability.choose(desk, Availability.AWAY)
    run(runner, desk, 10_000)
    assert len(automatic(desk, number)) == 1


def test_an_agents_own_words_are_enough_for_five_minutes(desk: Desk, runner: Runner) -> None:
    number = hears(desk, "t")
    sending.reply(desk, number, "马上查")
    hears(desk, "t", "好的，多久？")
    availability.choose(desk, Availability.AWAY)
    run(runner, desk, 4 * MINUTE)
    assert automatic(desk, number) == []
    run(runner, desk, 2 * MINUTE)
    assert len(automatic(desk, number)) == 1


def test_a_machine_and_a_blocked_contact_are_not_answered(desk: Desk, runner: Runner, line: Line) -> None:
    card = ContactCard("m", "Mailer")
    line.arriving.append(Incoming(INBOX, "m", "1", "out of office", card, is_automatic=True))
    blocked = hears(desk, "b")
    uid = (
        desk.store.reader()
        .execute(
            "SELECT contact.uid FROM contact JOIN conversation c ON c.contact = contact.id WHERE c.id = ?",
            (blocked,),
        )
        .fetchone()[0]
    )
    from csdesk.model.operation import Kind

    desk.store.write(lambda tx: tx.record(Kind.CONTACT_EDITED, uid, {"is_blocked": True}))
    availability.choose(desk, Availability.AWAY)
    run(runner, desk, MINUTE)
    assert line.asked == []


def test_an_absence_that_began_while_nothing_ran_is_not_told(desk: Desk, line: Line) -> None:
    number = hears(desk, "t")
    availability.choose(desk, Availability.AWAY)
    later(desk, 1_000)
    started = Runner(desk, [line])
    run(started, desk, MINUTE)
    assert automatic(desk, number) == []

    availability.choose(desk, Availability.ONLINE)
    later(desk, LEASE_MS + 1)
    availability.choose(desk, Availability.AWAY)
    later(desk, LEASE_MS + 1)
    hears(desk, "t", "hello")
    run(started, desk, MINUTE)
    assert automatic(desk, number) == []


def test_what_could_not_leave_in_time_is_taken_back(desk: Desk, runner: Runner, line: Line) -> None:
    number = hears(desk, "t")
    line.answers = [Failed("busy")] * 4
    availability.choose(desk, Availability.AWAY)
    run(runner, desk, 10_000)
    (waits,) = automatic(desk, number)
    assert waits.delivery is Delivery.QUEUED
    later(desk, LATE_MS + 1)
    line.answers = []
    asked = len(line.asked)
    run(runner, desk, 10_000)
    assert (automatic(desk, number), len(line.asked)) == ([], asked)
    assert outbox.listed(desk.store.reader()) == []


def test_a_persons_answer_overtakes_it(desk: Desk, runner: Runner, line: Line) -> None:
    number = hears(desk, "t")
    line.answers = [Failed("busy")]
    availability.choose(desk, Availability.AWAY)
    run(runner, desk, 2_000)
    sending.reply(desk, number, "我在")
    run(runner, desk, 10_000)
    assert [asked.text for asked in line.asked[1:]] == ["我在"]
    assert automatic(desk, number) == []


def test_a_refused_one_asks_no_person(desk: Desk, runner: Runner, line: Line) -> None:
    number = hears(desk, "t")
    line.answers = [Failed("blocked", can_retry=False)]
    availability.choose(desk, Availability.AWAY)
    run(runner, desk, MINUTE)
    assert (automatic(desk, number), len(line.asked)) == ([], 1)


def test_a_mail_contact_is_told_once_a_day(desk: Desk, line: Line) -> None:
    desk.store.write(lambda tx: people.ensure_inbox(tx, "post", "mail", hold_ms=0))
    post = Line("post")
    started = Runner(desk, [post])
    started.step()
    first = hears(desk, "t", inbox="post")
    availability.choose(desk, Availability.AWAY)
    run(started, desk, 10_000)
    assert len(automatic(desk, first)) == 1
    availability.choose(desk, Availability.ONLINE)
    availability.choose(desk, Availability.AWAY)
    run(started, desk, 10_000)
    assert len(automatic(desk, first)) == 1


def test_inboxes_without_a_channel_and_the_switch(desk: Desk, tmp_path: Path) -> None:
    number = hears(desk, "t")
    nobody = Runner(desk)
    nobody.step()
    availability.choose(desk, Availability.AWAY)
    run(nobody, desk, 10_000)
    assert automatic(desk, number) == []
    nobody.close()
    desk.settings = replace(desk.settings, automatic=AutomaticSettings(away=False, wait=False))
    silent = Runner(desk, [Line()])
    run(silent, desk, 10_000)
    assert automatic(desk, number) == []


def test_the_tier_of_who_waits_decides_how_long_is_long(desk: Desk) -> None:
    first, second = hears(desk, "t1"), hears(desk, "t2")
    assert availability.wait_on(desk) is None
    work.claim(desk, first)
    work.claim(desk, second)
    contacts.edit(desk, conversations.get(desk.store.reader(), second).contact, {"tier": "A"})
    since = conversations.get(desk.store.reader(), first).waiting_since
    assert since is not None
    usual = availability.wait_on(desk)
    assert usual == Wait(since, 180_000)
    desk.settings = replace(
        desk.settings, queue=replace(desk.settings.queue, tiers=Tiers(A=TierLimits(red_after_s=60)))
    )
    other = conversations.get(desk.store.reader(), second).waiting_since
    assert availability.wait_on(desk) == Wait(other or 0, 60_000, "A")
    sending.reply(desk, second, "here I am")
    assert availability.wait_on(desk) == usual


def test_the_settings_are_the_machines_rules(desk: Desk) -> None:
    chosen = AvailabilitySettings(idle_minutes=1, countdown_s=5, capacity=7)
    desk.settings = replace(desk.settings, availability=chosen)
    rules = availability.rules_for(desk)
    assert (rules.idle_ms, rules.short_idle_ms, rules.countdown_ms, rules.capacity) == (
        MINUTE,
        MINUTE,
        5_000,
        7,
    )
    seat = step(Seat(availability.standing(desk)), KeyPressed(START_MS), rules)
    for at in range(START_MS, START_MS + 66_000, 1_000):
        seat = step(seat, Tick(at), rules)
    assert seat.standing.cause is Cause.IDLE
    desk.settings = replace(desk.settings, availability=AvailabilitySettings(auto_away=False))
    assert not availability.rules_for(desk).is_on
