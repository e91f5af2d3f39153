"""Two desks on a hub and one inbox: what either wrote leaves once, by whoever the hub lets send."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from csdesk.clock import ManualClock
from csdesk.desk import sending, work
from csdesk.desk.context import Desk
from csdesk.desk.ports import Failed, Receipt, Sent
from csdesk.desk.runner import Runner
from csdesk.model.message import Delivery
from csdesk.store import hub, messages, outbox, passing
from tests.desks import START_MS, Line, clock_of, hears, open_desk
from tests.store.relay import Relay


@dataclass
class Team:
    """Two desks, each with a runner of its own on the same customers."""

    relay: Relay
    mia: Desk
    bo: Desk
    lines: tuple[Line, Line]
    runners: tuple[Runner, Runner]

    def exchange(self) -> None:
        for _time in range(2):
            for desk in (self.mia, self.bo):
                self.relay.push(desk.store)
                self.relay.pull(desk.store)

    def lease_goes_to(self, holder: Desk) -> None:
        for desk in (self.mia, self.bo):
            until = {1: desk.now_ms() + 60_000} if desk is holder else {}
            desk.store.write(lambda tx, until=until: hub.set_leases(tx, until))

    def run(self, by_ms: int = 5_000) -> None:
        for desk in (self.mia, self.bo):
            clock_of(desk).advance(by_ms)
        for runner in self.runners:
            runner.step()

    @property
    def sent(self) -> list[list[str]]:
        return [[message.text for message in line.asked] for line in self.lines]


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with (
        open_desk(tmp_path / "mia.db", ManualClock(START_MS), "Mia") as mia,
        open_desk(tmp_path / "bo.db", ManualClock(START_MS), "Bo") as bo,
    ):
        relay, lines = Relay(), (Line(), Line())
        runners = (Runner(mia, [lines[0]]), Runner(bo, [lines[1]]))
        for desk in (mia, bo):
            relay.enrol(desk.store)
        hears(mia, "t1")
        made = Team(relay, mia, bo, lines, runners)
        made.exchange()
        yield made
        for runner in runners:
            runner.close()


def of(desk: Desk) -> int:
    (number,) = desk.store.reader().execute("SELECT id FROM conversation").fetchone()
    return int(number)


def states(desk: Desk) -> list[Delivery | None]:
    rows = desk.store.reader().execute("SELECT id FROM message WHERE sender = 'agent' ORDER BY id").fetchall()
    found = [messages.get(desk.store.reader(), number) for (number,) in rows]
    return [each.delivery for each in found if each is not None]


def test_without_the_hubs_word_nobody_sends(team: Team) -> None:
    sending.reply(team.mia, of(team.mia), "您好")
    team.exchange()
    team.run()
    assert team.sent == [[], []]


def test_what_one_writes_the_other_sends_once(team: Team) -> None:
    team.lease_goes_to(team.bo)
    sending.reply(team.mia, of(team.mia), "您好")
    team.exchange()
    for _time in range(3):
        team.run()
        team.exchange()
    assert team.sent == [[], ["您好"]]
    for desk in (team.mia, team.bo):
        assert states(desk) == [Delivery.SENT]
        assert outbox.listed(desk.store.reader()) == []


def test_who_takes_the_inbox_over_finds_what_nobody_sent(team: Team) -> None:
    sending.reply(team.mia, of(team.mia), "您好")
    team.exchange()
    team.lease_goes_to(team.bo)
    team.run()
    team.exchange()
    assert team.sent == [[], ["您好"]]
    assert outbox.listed(team.mia.store.reader()) == []


def test_a_reply_taken_back_in_time_is_not_sent_by_the_other(team: Team) -> None:
    from csdesk.desk import undoing

    team.lease_goes_to(team.bo)
    sending.reply(team.mia, of(team.mia), "您好")
    team.exchange()
    undoing.undo(team.mia)
    team.exchange()
    team.run()
    assert team.sent == [[], []]
    assert outbox.listed(team.bo.store.reader()) == []


def test_what_another_desk_was_sending_is_not_sent_again(team: Team) -> None:
    team.lease_goes_to(team.bo)
    message = sending.reply(team.mia, of(team.mia), "您好")
    team.exchange()
    row = team.bo.store.reader().execute("SELECT id FROM message WHERE uid = ?", (message.uid,)).fetchone()
    team.bo.store.write(lambda tx: passing.begin(tx, row[0]))
    team.exchange()
    team.lease_goes_to(team.mia)
    team.run()
    assert team.sent == [[], []]
    held = team.mia.store.reader().execute("SELECT state FROM outbox").fetchall()
    assert held == [("look",)]


def test_who_failed_tells_who_wrote(team: Team) -> None:
    team.lease_goes_to(team.bo)
    sending.reply(team.mia, of(team.mia), "您好")
    team.exchange()
    team.lines[1].answers = [Failed("blocked", can_retry=False)]
    team.run()
    team.exchange()
    entry = outbox.listed(team.mia.store.reader())[0]
    assert (entry.state, entry.reason) == (Delivery.FAILED, "blocked")


def test_who_wrote_has_the_other_try_again(team: Team) -> None:
    team.lease_goes_to(team.bo)
    sending.reply(team.mia, of(team.mia), "您好")
    team.exchange()
    team.lines[1].answers = [Failed("blocked", can_retry=False)]
    team.run()
    team.exchange()
    sending.retry_failed(team.mia, of(team.mia))
    team.exchange()
    team.run()
    team.exchange()
    assert team.sent == [[], ["您好", "您好"]]
    assert states(team.mia) == [Delivery.SENT]


def test_a_busy_channel_is_asked_again_and_the_next_sender_may(team: Team) -> None:
    team.lease_goes_to(team.bo)
    sending.reply(team.mia, of(team.mia), "您好")
    team.exchange()
    team.lines[1].answers = [Failed("busy")]
    team.run()
    team.exchange()
    team.lease_goes_to(team.mia)
    team.run()
    assert team.sent == [["您好"], ["您好"]]
    assert list(team.lines[0].delivered.values()) == ["您好"]


def test_a_receipt_reaches_who_wrote(team: Team) -> None:
    team.lease_goes_to(team.bo)
    message = sending.reply(team.mia, of(team.mia), "您好")
    team.exchange()
    team.run()
    team.lines[1].arriving.append(Receipt(message.uid.hex(), Delivery.READ))
    team.run()
    team.exchange()
    assert states(team.mia) == [Delivery.READ]


def test_nothing_leaves_before_the_hub_has_judged_whose_it_is(team: Team) -> None:
    team.lease_goes_to(team.mia)
    sending.reply(team.mia, of(team.mia), "您好")
    team.run()
    assert team.sent == [[], []]
    team.exchange()
    team.run()
    assert team.sent == [["您好"], []]


def test_what_was_written_offline_waits_until_its_desk_says_that_it_stands(team: Team) -> None:
    team.lease_goes_to(team.mia)
    work.claim(team.mia, of(team.mia))
    team.exchange()
    message = sending.reply(team.mia, of(team.mia), "您好")
    team.mia.store.write(
        lambda tx: tx.connection.execute("UPDATE outbox SET is_offline = 1 WHERE message = ?", (message.id,))
    )
    team.run()
    assert team.sent == [[], []]
    assert team.mia.store.write(passing.let_go) == 1
    assert team.mia.store.write(passing.let_go) == 0
    team.run()
    assert team.sent == [["您好"], []]


def test_a_reply_that_waits_for_approval_waits_on_every_desk(team: Team) -> None:
    from csdesk.desk import approving, people

    team.lease_goes_to(team.mia)
    team.exchange()
    team.mia.store.write(lambda tx: people.edit_agent(tx, "Mia", {"approver": "Bo"}))
    sending.reply(team.mia, of(team.mia), "您好")
    team.exchange()
    team.run()
    assert team.sent == [[], []]
    (entry,) = outbox.unapproved(team.bo.store.reader())
    approving.approve(team.bo, entry.message)
    team.exchange()
    team.run()
    assert team.sent == [["您好"], []]


def test_the_next_runner_of_the_same_desk_goes_on(team: Team) -> None:
    team.lease_goes_to(team.mia)
    work.claim(team.mia, of(team.mia))
    team.exchange()
    message = sending.reply(team.mia, of(team.mia), "您好")
    team.mia.store.write(lambda tx: passing.begin(tx, message.id))
    team.lines[0].answers = [Sent("out")]
    team.run()
    assert team.sent == [["您好"], []]
