"""The sender loop: one runner an inbox, nothing sent twice, nothing forgotten, no receipt going back."""

from __future__ import annotations

import logging
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from csdesk.desk import people, sending, undoing, work
from csdesk.desk.context import Desk
from csdesk.desk.ports import ContactCard, Failed, Incoming, Receipt, Sent
from csdesk.desk.runner import ATTEMPTS, LEASE_MS, RETRY_MS, Rest, Runner
from csdesk.errors import Refused, StoreError
from csdesk.model.conversation import Mark, Status
from csdesk.model.message import Delivery, Message
from csdesk.store import connect, conversations, messages, outbox
from csdesk.store.verify import verify
from tests.desks import INBOX, Line, clock_of, hears, open_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path / "desk.db", busy_ms=20) as opened:
        yield opened
        assert verify(opened.store.path).problems == ()


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def runner(desk: Desk, line: Line) -> Runner:
    return Runner(desk, [line])


def stands(desk: Desk, message: Message) -> tuple[Delivery | None, str | None]:
    found = messages.get(desk.store.reader(), message.id)
    assert found is not None
    return found.delivery, found.reason


def later(desk: Desk, by_ms: int = 3_000) -> None:
    clock_of(desk).advance(by_ms)


def marks(desk: Desk, number: int) -> int:
    return int(
        desk.store.reader().execute("SELECT marks FROM conversation WHERE id = ?", (number,)).fetchone()[0]
    )


def comes_about(is_so: Callable[[], bool]) -> bool:
    """Whether a thread of its own makes it so, within a time that is long for it."""
    pause = threading.Event()
    return any(is_so() or pause.wait(0.005) for _poll in range(2_000)) or is_so()


def test_held_then_sent(desk: Desk, runner: Runner, line: Line) -> None:
    sent = sending.reply(desk, hears(desk, "t"), "您好")
    assert (sent.delivery, sent.release_at) == (Delivery.HELD, desk.now_ms() + 3_000)
    later(desk, 2_999)
    runner.step()
    assert (stands(desk, sent)[0], line.asked) == (Delivery.HELD, [])
    later(desk, 1)
    runner.step()
    assert stands(desk, sent) == (Delivery.SENT, None)
    (asked,) = line.asked
    assert (asked.key, asked.inbox, asked.thread, asked.text) == (sent.uid.hex(), INBOX, "t", "您好")
    assert (asked.agent_name, asked.attempt) == ("Mia", 1)
    runner.step()
    assert len(line.asked) == 1
    assert outbox.tally(desk.store.reader()) == {}
    found = messages.get(desk.store.reader(), sent.id)
    assert found is not None and found.external_id == "out-1"


def test_an_inbox_without_a_channel_is_released_only(desk: Desk) -> None:
    sent = sending.reply(desk, hears(desk, "t"), "x")
    later(desk)
    Runner(desk).step()
    assert stands(desk, sent)[0] is Delivery.QUEUED


def test_pauses_then_a_person_decides(desk: Desk, runner: Runner, line: Line) -> None:
    number = hears(desk, "t")
    sent = sending.reply(desk, number, "x")
    line.answers = [Failed("busy")] * ATTEMPTS
    later(desk)
    for pause in RETRY_MS:
        asked = len(line.asked)
        runner.step()
        assert len(line.asked) == asked + 1
        assert stands(desk, sent) == (Delivery.QUEUED, "busy")
        later(desk, pause - 1)
        runner.step()
        assert len(line.asked) == asked + 1
        later(desk, 1)
    runner.step()
    assert stands(desk, sent) == (Delivery.FAILED, "busy")
    assert [each.attempt for each in line.asked] == list(range(1, ATTEMPTS + 1))
    assert {each.key for each in line.asked} == {sent.uid.hex()}
    assert marks(desk, number) == Mark.FAILED
    later(desk, 10**7)
    runner.step()
    assert len(line.asked) == ATTEMPTS
    sending.retry(desk, sent.id)
    assert marks(desk, number) == 0
    runner.step()
    assert stands(desk, sent) == (Delivery.SENT, None)
    with pytest.raises(Refused) as raised:
        sending.retry(desk, sent.id)
    assert raised.value.code == "retry.not_failed"


def test_what_cannot_help_is_not_tried_again(desk: Desk, runner: Runner, line: Line) -> None:
    sent = sending.reply(desk, hears(desk, "t"), "x")
    line.answers = [Failed("blocked", can_retry=False)]
    later(desk)
    runner.step()
    assert stands(desk, sent) == (Delivery.FAILED, "blocked")
    (item,) = outbox.listed(desk.store.reader())
    assert (item.state, item.reason, item.attempts, item.text) == (Delivery.FAILED, "blocked", 1, "x")


def test_a_channel_that_breaks_is_tried_again(desk: Desk, runner: Runner, line: Line) -> None:
    sent = sending.reply(desk, hears(desk, "t"), "x")
    line.answers = [RuntimeError("bug")]
    later(desk)
    runner.step()
    assert stands(desk, sent) == (Delivery.QUEUED, "RuntimeError")
    later(desk, RETRY_MS[0])
    runner.step()
    assert stands(desk, sent)[0] is Delivery.SENT


def test_replies_of_one_conversation_keep_their_order(desk: Desk, runner: Runner, line: Line) -> None:
    number, other = hears(desk, "t"), hears(desk, "u")
    for text in ("one", "two"):
        sending.reply(desk, number, text)
    sending.reply(desk, other, "elsewhere")
    line.answers = [Failed("busy")]
    later(desk)
    runner.step()
    assert [each.text for each in line.asked] == ["one", "elsewhere"]
    later(desk, RETRY_MS[0])
    runner.step()
    assert [each.text for each in line.asked[2:]] == ["one", "two"]


def test_receipts_never_go_backwards(desk: Desk, runner: Runner, line: Line) -> None:
    sent = sending.reply(desk, hears(desk, "t"), "x")
    later(desk)
    runner.step()
    key = sent.uid.hex()
    for state, stays in (
        (Delivery.READ, Delivery.READ),
        (Delivery.DELIVERED, Delivery.READ),
        (Delivery.SENT, Delivery.READ),
        (Delivery.FAILED, Delivery.READ),
    ):
        line.arriving = [Receipt(key, state)]
        runner.step()
        assert stands(desk, sent)[0] is stays
    line.arriving = [Receipt("00" * 16, Delivery.READ), Receipt("no key of ours", Delivery.READ)]
    runner.step()
    assert stands(desk, sent)[0] is Delivery.READ


def test_a_receipt_may_come_before_the_answer_was_stored(desk: Desk, runner: Runner, line: Line) -> None:
    """Killed between the channel's answer and our commit: the receipt is the answer."""
    sent = sending.reply(desk, hears(desk, "t"), "x")
    later(desk)
    line.arriving = [Receipt(sent.uid.hex(), Delivery.DELIVERED)]
    runner.step()
    assert (stands(desk, sent)[0], line.asked) == (Delivery.DELIVERED, [])


def test_a_bounce_is_shown_and_can_be_sent_again(desk: Desk, runner: Runner, line: Line) -> None:
    number = hears(desk, "t")
    sent = sending.reply(desk, number, "x")
    later(desk)
    runner.step()
    line.arriving = [Receipt(sent.uid.hex(), Delivery.FAILED, "mailbox full")]
    runner.step()
    assert stands(desk, sent) == (Delivery.FAILED, "mailbox full")
    assert marks(desk, number) == Mark.FAILED
    assert outbox.tally(desk.store.reader()) == {Delivery.FAILED: 1}
    sending.retry(desk, sent.id)
    runner.step()
    assert stands(desk, sent) == (Delivery.SENT, None)
    assert marks(desk, number) == 0


def test_a_crash_between_start_and_answer_asks_again_under_the_same_key(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"

    class Killed(BaseException):
        pass

    class Dies(Line):
        def send(self, message: object, now_ms: int) -> Sent:
            super().send(message, now_ms)  # type: ignore[arg-type]
            raise Killed

    dying, line = Dies(), Line()
    with open_desk(path) as desk:
        sent = sending.reply(desk, hears(desk, "t"), "once")
        later(desk)
        with pytest.raises(Killed):
            Runner(desk, [dying]).step()
        assert stands(desk, sent)[0] is Delivery.SENDING
        clock = desk.clock
    line.delivered = dying.delivered
    clock.advance(LEASE_MS)  # type: ignore[attr-defined]
    with open_desk(path, clock) as desk:
        Runner(desk, [line]).step()
        assert stands(desk, sent)[0] is Delivery.SENT
    assert [(each.key, each.attempt) for each in line.asked] == [(sent.uid.hex(), 2)]
    assert line.delivered == {sent.uid.hex(): "once"}


def test_held_survives_reopening(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    with open_desk(path) as desk:
        sent = sending.reply(desk, hears(desk, "t"), "held")
        clock = desk.clock
    with open_desk(path, clock) as desk:
        assert stands(desk, sent)[0] is Delivery.HELD
        assert undoing.undo(desk).text == "held"
        again = sending.reply(desk, sent.conversation, "held again")
    with open_desk(path, clock) as desk:
        later(desk)
        line = Line()
        Runner(desk, [line]).step()
        assert stands(desk, again)[0] is Delivery.SENT
        assert [each.text for each in line.asked] == ["held again"]


def test_a_channel_that_breaks_keeps_no_other_waiting(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.store.write(lambda tx: people.ensure_inbox(tx, "mail", hold_ms=0))
    broken, whole = Deaf(INBOX), Line("mail")
    runner = Runner(desk, [broken, whole])
    logger = logging.getLogger("csdesk.desk.runner")
    logger.addHandler(caplog.handler)
    sent = sending.reply(desk, hears(desk, "t", inbox="mail"), "x")
    whole.arriving = [Incoming("mail", "u", "1", "heard", ContactCard("u"))]
    for _round in range(3):
        runner.step()
    assert [each.key for each in whole.asked] == [sent.uid.hex()]
    assert desk.store.reader().execute("SELECT count(*) FROM message WHERE text = 'heard'").fetchone() == (1,)
    assert [each.message for each in caplog.records if each.exc_info] == [f"channel failed: {INBOX}"]
    logger.removeHandler(caplog.handler)
    broken.is_deaf = False
    broken.arriving = [Incoming(INBOX, "v", "1", "back", ContactCard("v"))]
    runner.step()
    assert desk.store.reader().execute("SELECT count(*) FROM message WHERE text = 'back'").fetchone() == (1,)


def test_closing_reaches_every_channel(desk: Desk) -> None:
    stuck, second = Deaf(INBOX), Line("mail")
    runner = Runner(desk, [stuck, second])
    stuck.is_deaf = False
    runner.step()
    stuck.is_deaf = True
    other = connect.open_writer(desk.store.path)
    other.execute("BEGIN IMMEDIATE")
    runner.close()
    other.execute("ROLLBACK")
    other.close()
    assert second.is_closed


def test_failed_messages_of_one_conversation_go_again_together(
    desk: Desk, runner: Runner, line: Line
) -> None:
    first, second = hears(desk, "t"), hears(desk, "u")
    line.answers = [Failed("no", can_retry=False)] * 3
    sent = [sending.reply(desk, conversation, "x") for conversation in (first, first, second)]
    later(desk)
    for _round in range(3):
        runner.step()
    assert [stands(desk, each)[0] for each in sent] == [Delivery.FAILED] * 3
    assert sending.retry_failed(desk, first) == 2
    assert [stands(desk, each)[0] for each in sent] == [Delivery.QUEUED, Delivery.QUEUED, Delivery.FAILED]
    assert sending.retry_failed(desk, first) == 0


class Deaf(Line):
    """A channel that breaks when it is asked for news, and when it is closed."""

    is_deaf = True

    def poll(self, now_ms: int) -> list[Incoming | Receipt]:
        if self.is_deaf:
            raise ConnectionError("gone")
        return super().poll(now_ms)

    def close(self) -> None:
        raise ConnectionError("gone")


class TestTwoRunners:
    """Two desks on one file, as two programs would have it."""

    @pytest.fixture
    def other(self, desk: Desk) -> Iterator[Desk]:
        with open_desk(desk.store.path, desk.clock, "Bo", busy_ms=20) as opened:
            yield opened

    def test_one_runs_an_inbox(self, desk: Desk, other: Desk, line: Line) -> None:
        first, theirs = Runner(desk, [line]), Line()
        second = Runner(other, [theirs])
        first.step()
        theirs.arriving = [Incoming(INBOX, "t", "1", "x", ContactCard("t"))]
        for _round in range(5):
            sending.reply(other, hears(desk, "t"), "x")
            later(desk)
            second.step()
            first.step()
        assert (len(line.asked), len(theirs.asked)) == (5, 0)
        assert theirs.arriving, "it is not polled by one who does not run its inbox"

    def test_what_another_desk_wrote_is_sent_too(self, desk: Desk, other: Desk, line: Line) -> None:
        runner = Runner(desk, [line])
        runner.step()
        sent = sending.reply(other, hears(desk, "t"), "from Bo")
        later(desk)
        runner.step()
        assert [each.agent_name for each in line.asked] == ["Bo"]
        assert stands(other, sent)[0] is Delivery.SENT

    def test_who_ends_hands_over_at_once(self, desk: Desk, other: Desk, line: Line) -> None:
        first, theirs = Runner(desk, [line]), Line()
        second = Runner(other, [theirs])
        first.step()
        first.close()
        assert line.is_closed
        sending.reply(desk, hears(desk, "t"), "x")
        later(desk)
        second.step()
        assert len(theirs.asked) == 1

    def test_a_lease_runs_out(self, desk: Desk, other: Desk, line: Line) -> None:
        first, theirs = Runner(desk, [line]), Line()
        second = Runner(other, [theirs])
        first.step()
        sending.reply(desk, hears(desk, "t"), "x")
        later(desk, LEASE_MS - 1)
        second.step()
        assert theirs.asked == []
        later(desk, 1)
        second.step()
        assert len(theirs.asked) == 1
        sending.reply(desk, hears(desk, "t"), "y")
        later(desk)
        first.step()
        assert line.asked == []

    def test_who_works_keeps_the_lease(self, desk: Desk, other: Desk, line: Line) -> None:
        first, theirs = Runner(desk, [line]), Line()
        second = Runner(other, [theirs])
        for _round in range(10):
            first.step()
            second.step()
            later(desk, LEASE_MS // 2 - 1)
        theirs.arriving = [Incoming(INBOX, "t", "1", "x", ContactCard("t"))]
        second.step()
        assert theirs.arriving

    def test_who_lost_the_lease_in_the_middle_sends_no_more(self, desk: Desk, other: Desk) -> None:
        theirs = Line()
        second = Runner(other, [theirs])

        class Slow(Line):
            def send(self, message: object, now_ms: int) -> Sent | Failed:
                answer = super().send(message, now_ms)  # type: ignore[arg-type]
                later(desk, LEASE_MS)
                second.step()
                return answer

        slow = Slow()
        first = Runner(desk, [slow])
        for thread in ("a", "b", "c"):
            sending.reply(desk, hears(desk, thread), f"to {thread}")
        later(desk)
        first.step()
        assert [each.text for each in slow.asked] == ["to a"]
        assert [each.text for each in theirs.asked] == ["to a", "to b", "to c"]
        delivered = desk.store.reader().execute(
            "SELECT DISTINCT delivery FROM message WHERE sender = 'agent'"
        )
        assert delivered.fetchall() == [("sent",)]

    def test_a_dead_process_loses_its_lease_at_once(self, desk: Desk, line: Line) -> None:
        gone = subprocess.Popen([sys.executable, "-c", "pass"])
        gone.wait()
        holder = f"{socket.gethostname()}:{gone.pid}:abcd"
        until = desk.now_ms() + LEASE_MS
        desk.store.write(lambda tx: outbox.take_lease(tx.connection, 1, holder, until, instead_of=None))
        sending.reply(desk, hears(desk, "t"), "x")
        later(desk)
        Runner(desk, [line]).step()
        assert len(line.asked) == 1

    @pytest.mark.parametrize("host", ["elsewhere.example", ""])
    def test_a_process_elsewhere_is_waited_for(self, desk: Desk, line: Line, host: str) -> None:
        until = desk.now_ms() + LEASE_MS
        holder = f"{host or socket.gethostname()}:1:abcd"
        desk.store.write(lambda tx: outbox.take_lease(tx.connection, 1, holder, until, instead_of=None))
        sending.reply(desk, hears(desk, "t"), "x")
        later(desk)
        runner = Runner(desk, [line])
        runner.step()
        assert line.asked == []
        later(desk, LEASE_MS)
        runner.step()
        assert len(line.asked) == 1


def test_an_inactive_inbox_is_not_run(desk: Desk, runner: Runner, line: Line) -> None:
    desk.store.write(lambda tx: people.edit_inbox(tx, INBOX, {"is_active": False}))
    sending.reply(desk, hears(desk, "t"), "x")
    later(desk)
    runner.step()
    assert line.asked == []


def test_what_arrives_is_kept_until_it_is_stored(desk: Desk, runner: Runner, line: Line) -> None:
    runner.step()
    other = connect.open_writer(desk.store.path)
    other.execute("BEGIN IMMEDIATE")
    line.arriving = [Incoming(INBOX, "t", str(number), f"m{number}", ContactCard("t")) for number in range(3)]
    with pytest.raises(StoreError):
        runner.step()
    other.execute("ROLLBACK")
    other.close()
    assert line.arriving == []
    runner.step()
    stored = desk.store.reader().execute("SELECT text FROM message ORDER BY id").fetchall()
    assert stored == [("m0",), ("m1",), ("m2",)]


def test_one_that_names_no_inbox_stops_nobody(desk: Desk, runner: Runner, line: Line) -> None:
    line.arriving = [
        Incoming("nowhere", "t", "1", "lost", ContactCard("t")),
        Incoming(INBOX, "t", "2", "taken", ContactCard("t")),
    ]
    runner.step()
    assert desk.store.reader().execute("SELECT text FROM message").fetchall() == [("taken",)]


def test_a_snooze_ends_before_what_arrives_with_it(desk: Desk, runner: Runner, line: Line) -> None:
    number = hears(desk, "t")
    since = conversations.get(desk.store.reader(), number).waiting_since
    work.snooze(desk, number, desk.now_ms() + 1_000)
    later(desk, 1_000)
    line.arriving = [Incoming(INBOX, "t", "2", "x", ContactCard("t"))]
    runner.step()
    found = conversations.get(desk.store.reader(), number)
    assert (found.status, found.waiting_since) == (Status.OPEN, since)


def test_the_thread_goes_on_after_a_fault(tmp_path: Path) -> None:
    class Faulty(Line):
        rounds = 0

        def poll(self, now_ms: int) -> list[Incoming | Receipt]:
            self.rounds += 1
            if self.rounds < 3:
                raise RuntimeError("bug")
            return super().poll(now_ms)

    line = Faulty()
    line.arriving = [Incoming(INBOX, "t", "1", "x", ContactCard("t"))]
    with open_desk(tmp_path / "desk.db") as desk:
        connection = connect.open_reader(desk.store.path)
        runner = Runner(desk, [line])
        runner.start()
        for _poll in range(2_000):
            if connection.execute("SELECT count(*) FROM message").fetchone() == (1,):
                break
            runner._stop.wait(0.005)
        runner.close()
        assert connection.execute("SELECT count(*) FROM message").fetchone() == (1,)
        assert outbox.lease_of(connection, 1) is None
        connection.close()
    shutil.rmtree(tmp_path)


def test_every_other_round_is_left_out_while_nobody_writes() -> None:
    rest = Rest()
    assert [rest.is_over(version) for version in (1, 1, 1, 1, 2, 3, 3, 3)] == [
        True, False, True, False, True, True, False, True,
    ]  # fmt: skip


def test_what_falls_due_while_nobody_writes_is_let_go(desk: Desk) -> None:
    sent = sending.reply(desk, hears(desk, "t"), "您好")
    runner = Runner(desk)
    runner.start()
    assert comes_about(lambda: outbox.lease_of(desk.store.reader(), 1) is not None)
    later(desk)
    assert comes_about(lambda: stands(desk, sent)[0] is Delivery.QUEUED)
    runner.close()
