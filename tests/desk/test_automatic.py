"""Automatic texts on a real store: which leave, what they say, and that the log has it all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from csdesk.availability.autoreply import Block
from csdesk.availability.facts import Presence
from csdesk.availability.rules import AFTER_AGENT_MS, Rule
from csdesk.clock import format_time
from csdesk.config import AutomaticSettings
from csdesk.desk import automatic, availability, people, sending, work
from csdesk.desk.context import Desk
from csdesk.desk.runner import Runner
from csdesk.model.availability import Availability
from csdesk.store import conversations
from csdesk.store.verify import verify
from tests.conftest import RunCsdesk
from tests.desks import Line, clock_of, hears, open_desk

SECOND = 1_000


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path / "desk.db", hold_ms=0) as opened:
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


def says(desk: Desk, **chosen: Any) -> None:
    """These settings of automatic texts hold."""
    tables = {name: MappingProxyType(value) for name, value in chosen.items() if isinstance(value, dict)}
    desk.settings = replace(desk.settings, automatic=AutomaticSettings(**{**chosen, **tables}))


def run(runner: Runner, desk: Desk, by_s: int) -> None:
    """A round every other second."""
    for _second in range(by_s // 2):
        clock_of(desk).advance(2 * SECOND)
        runner.step()


def rules(desk: Desk, conversation: int) -> list[str]:
    """The rules that wrote in a conversation, by name, the oldest first."""
    rows = desk.store.reader().execute(
        "SELECT rule FROM message WHERE conversation = ? AND sender = 'auto' ORDER BY id", (conversation,)
    )
    return [rule for (rule,) in rows.fetchall()]


def test_who_waits_is_asked_to_wait_once(desk: Desk, runner: Runner, line: Line) -> None:
    number = hears(desk, "t")
    run(runner, desk, 96)
    assert line.asked == []
    run(runner, desk, 400)
    assert rules(desk, number) == ["wait"]
    assert "with you shortly" in line.asked[0].text
    sending.reply(desk, number, "here")
    run(runner, desk, 10)
    hears(desk, "t", "and?")
    run(runner, desk, AFTER_AGENT_MS // SECOND + 80)
    assert rules(desk, number) == ["wait"]
    run(runner, desk, 40)
    assert rules(desk, number) == ["wait", "wait"]


def test_busy_is_told_when_all_are_and_a_claim_ends_it(desk: Desk, runner: Runner) -> None:
    for name in ("a", "b", "c"):
        work.claim(desk, hears(desk, name))
    free = hears(desk, "d")
    run(runner, desk, 24)
    assert rules(desk, free) == ["busy"]
    run(runner, desk, 200)
    assert rules(desk, free) == ["busy"]


def test_welcome_with_the_shop_notice_below_it(desk: Desk, runner: Runner, line: Line) -> None:
    says(desk, welcome=True, notice="Free delivery, {{contact.name}}", notice_until="2026-01-02T05:00:00Z")
    desk.settings = replace(desk.settings, shop=replace(desk.settings.shop, name="Tea"))
    number = hears(desk, "t")
    run(runner, desk, 4)
    assert line.asked[0].text == (
        "Hello Customer t, welcome to Tea. How can we help you?\nFree delivery, Customer t"
    )
    run(runner, desk, 60)
    assert rules(desk, number) == ["welcome"]
    clock_of(desk).advance(2 * 3_600_000)
    runner.step()
    late = hears(desk, "u")
    run(runner, desk, 4)
    assert rules(desk, late) == ["welcome"] and "delivery" not in line.asked[-1].text


def test_a_notice_goes_alone_where_nothing_else_does(desk: Desk, runner: Runner, line: Line) -> None:
    says(desk, notice="Closed on Friday")
    number = hears(desk, "t")
    run(runner, desk, 200)
    assert rules(desk, number) == ["notice", "wait"]
    assert line.asked[0].text == "Closed on Friday"


def test_out_of_hours_with_when_it_opens(desk: Desk, runner: Runner, line: Line) -> None:
    """03:04 in UTC on a Friday; nobody is there, and the shop opens at nine in Berlin."""
    says(desk, open={"all": "mon-fri 09:00-18:00 Europe/Berlin"})
    here = hears(desk, "t")
    run(runner, desk, 10)
    assert rules(desk, here) == []
    availability.choose(desk, Availability.OFFLINE)
    run(runner, desk, 4)
    assert rules(desk, here) == ["hours"]
    assert "will answer around 09:00." in line.asked[0].text
    hears(desk, "t", "still there?")
    run(runner, desk, 400)
    assert rules(desk, here) == ["hours"]


def test_a_mail_is_acknowledged_with_the_time_of_its_answer(desk: Desk) -> None:
    says(desk, open={"post": "mon-fri 09:00-18:00 UTC"}, answer_minutes=60)
    desk.store.write(lambda tx: people.ensure_inbox(tx, "post", "mail", hold_ms=0))
    post = Line("post")
    runner = Runner(desk, [post])
    runner.step()
    number = hears(desk, "t", inbox="post")
    run(runner, desk, 300)
    assert rules(desk, number) == ["ack"]
    assert "a full answer by 10:00." in post.asked[0].text


def test_goodbye_after_a_resolve(desk: Desk, runner: Runner) -> None:
    says(desk, closing=True)
    number, silent = hears(desk, "t"), hears(desk, "u")
    sending.reply(desk, number, "bye")
    work.resolve(desk, number)
    work.resolve(desk, silent)
    run(runner, desk, 296)
    assert rules(desk, number) == []
    run(runner, desk, 400)
    assert (rules(desk, number), rules(desk, silent)) == (["closing"], [])
    assert conversations.get(desk.store.reader(), number).status.value == "resolved"


def test_an_inbox_has_texts_and_words_of_its_own(desk: Desk, runner: Runner, line: Line) -> None:
    says(desk, inboxes={"web": "welcome"}, texts={"web.welcome.en": "Hi {{contact.name}}{{no.such}}"})
    number = hears(desk, "t")
    run(runner, desk, 400)
    assert (rules(desk, number), line.asked[0].text) == (["welcome"], "Hi Customer t")
    says(desk, inboxes={"all": "-"})
    silent = hears(desk, "u")
    run(runner, desk, 400)
    assert rules(desk, silent) == []


def test_an_assignee_whose_shift_is_over_keeps_nobody_waiting(desk: Desk, runner: Runner) -> None:
    """Others are there: the customer is asked to wait, and not told that it is closed."""
    other = Desk(desk.store, desk.clock, desk.settings, people.me(desk.store, "Bo"))
    availability.arrive(other).result()
    number = hears(desk, "t")
    work.claim(desk, number)
    availability.choose(desk, Availability.OFFLINE)
    run(runner, desk, 120)
    assert rules(desk, number) == ["wait"]


def test_two_runners_tell_once(desk: Desk, runner: Runner, line: Line) -> None:
    """The one without the lease says nothing, and a decision is made again inside the commit."""
    second = Runner(desk, [line])
    number = hears(desk, "t")
    for _round in range(60):
        clock_of(desk).advance(2 * SECOND)
        runner.step()
        second.step()
    inbox = conversations.get(desk.store.reader(), number).inbox
    assert automatic.tell_customers(desk, [inbox], 0) == 0
    assert rules(desk, number) == ["wait"]


def test_why_says_what_becomes_of_each_rule(desk: Desk) -> None:
    number = hears(desk, "t")
    found = automatic.verdicts(desk, number)
    assert found is not None
    blocks, answering = {each.rule: each.block for each in found[0]}, found[1]
    assert answering.presence is Presence.HERE
    assert blocks == {
        Rule.ACK: Block.CHANNEL,
        Rule.HOURS: Block.NO_OCCASION,
        Rule.AWAY: Block.NO_OCCASION,
        Rule.BUSY: Block.NO_OCCASION,
        Rule.WELCOME: Block.OFF,
        Rule.WAIT: Block.NOT_YET,
        Rule.NOTICE: Block.NO_OCCASION,
        Rule.CLOSING: Block.OFF,
    }


def test_why_on_the_command_line(desk: Desk, runner: Runner, run_csdesk: RunCsdesk) -> None:
    number = hears(desk, "t")
    run(runner, desk, 120)
    ref = conversations.get(desk.store.reader(), number).ref
    frozen = {"CSDESK_NOW": format_time(desk.now_ms())}
    store = ("--db", str(desk.store.path), "--as", "Mia")
    told = run_csdesk("availability", "why", ref[:6], *store, env=frozen)
    assert "please wait" in told.stdout and "was told already; sent" in told.stdout
    answer = json.loads(run_csdesk("availability", "why", ref, "--json", *store, env=frozen).stdout)
    items = {each["rule"]: each for each in answer["items"]}
    assert answer["presence"] == "here" and answer["next"] is None
    assert (items["wait"]["goes"], items["wait"]["because"]) == (False, "told") and items["wait"]["sent_at"]
    assert run_csdesk("availability", "away", ref, *store).returncode == 2
