"""What other desks wrote, taken in: every store says the same, and each still proves it from its own log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from csdesk.clock import ManualClock
from csdesk.desk import availability, contacts, erasing, sending, undoing, work
from csdesk.desk.context import Desk
from csdesk.errors import StoreError
from csdesk.model.availability import Availability
from csdesk.model.conversation import Priority
from csdesk.model.message import Mode
from csdesk.model.operation import Kind, Operation
from csdesk.store import connect, conversations, hub, log, outbox, receiving, redating
from csdesk.store import contacts as contacts_of
from csdesk.store.database import open_store
from csdesk.store.verify import verify
from tests.desks import START_MS, clock_of, hears, open_desk
from tests.store.relay import Relay, said_by


@contextmanager
def two_desks(folder: Path) -> Iterator[tuple[Relay, Desk, Desk]]:
    """Two desks of one team, each with a store of its own, joined to one hub."""
    relay = Relay()
    with (
        open_desk(folder / "mia.db", ManualClock(START_MS), "Mia") as mia,
        open_desk(folder / "bo.db", ManualClock(START_MS + 7), "Bo") as bo,
    ):
        relay.enrol(mia.store)
        relay.enrol(bo.store)
        yield relay, mia, bo


def exchange(relay: Relay, *desks: Desk) -> None:
    """Until all know all."""
    for _round in range(2):
        for desk in desks:
            relay.push(desk.store)
            relay.pull(desk.store)


def agree(*desks: Desk) -> None:
    wanted = said_by(desks[0].store)
    for desk in desks[1:]:
        assert said_by(desk.store) == wanted
    for desk in desks:
        assert verify(desk.store.path, deep=True).problems == ()


def of(desk: Desk, thread: str) -> int:
    row = desk.store.reader().execute("SELECT id FROM conversation WHERE thread = ?", (thread,)).fetchone()
    return int(row[0])


def test_what_one_desk_did_is_on_the_other(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        number = hears(mia, "t1")
        work.claim(mia, number)
        sending.reply(mia, number, "您好")
        exchange(relay, mia, bo)
        assert conversations.get(bo.store.reader(), of(bo, "t1")).assignee_name == "Mia"
        agree(mia, bo)


def test_one_inbox_whoever_made_it_first(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        hears(bo, "t2")
        exchange(relay, mia, bo)
        for desk in (mia, bo):
            (count,) = desk.store.reader().execute("SELECT count(*) FROM inbox").fetchone()
            assert count == 1
        agree(mia, bo)


@pytest.mark.parametrize("is_winner_ahead", [True, False])
def test_of_two_claims_the_first_on_the_hub_wins_whatever_the_clocks_say(
    tmp_path: Path, is_winner_ahead: bool
) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        number = hears(mia, "t1")
        exchange(relay, mia, bo)
        clock_of(bo if is_winner_ahead else mia).advance(60_000)
        work.claim(mia, number)
        work.claim(bo, of(bo, "t1"))
        sending.reply(mia, number, "A")
        sending.reply(bo, of(bo, "t1"), "B")
        relay.push(bo.store)
        exchange(relay, mia, bo)
        for desk in (mia, bo):
            assert conversations.get(desk.store.reader(), of(desk, "t1")).assignee_name == "Bo"
        agree(mia, bo)
        texts = mia.store.reader().execute("SELECT text FROM message WHERE sender = 'agent'").fetchall()
        assert sorted(texts) == [("A",), ("B",)]


def status(desk: Desk, thread: str) -> str:
    return conversations.get(desk.store.reader(), of(desk, thread)).status.value


def test_a_customer_whose_desk_knew_of_no_end_opens_it_again(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        number = hears(mia, "t1")
        exchange(relay, mia, bo)
        work.resolve(mia, number)
        clock_of(bo).advance(60_000)
        hears(bo, "t1", "还有一个问题")
        exchange(relay, mia, bo)
        for desk in (mia, bo):
            current = conversations.get(desk.store.reader(), of(desk, "t1"))
            assert (current.status.value, current.waiting_since) == ("open", START_MS + 60_007)
        agree(mia, bo)


@pytest.mark.parametrize("ends", [work.resolve, lambda desk, number: work.snooze(desk, number, None)])
def test_what_nobody_had_read_is_not_put_away(tmp_path: Path, ends: Any) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        number = hears(mia, "t1")
        exchange(relay, mia, bo)
        hears(bo, "t1", "还有一个问题")
        clock_of(mia).advance(60_000)
        ends(mia, number)
        exchange(relay, mia, bo)
        assert {status(mia, "t1"), status(bo, "t1")} == {"open"}
        agree(mia, bo)
        ends(mia, number)
        exchange(relay, mia, bo)
        assert "open" not in {status(mia, "t1"), status(bo, "t1")}
        agree(mia, bo)


def test_a_pause_that_both_desks_end_ends_once(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        work.snooze(mia, hears(mia, "t1"), mia.now_ms() + 1_000)
        exchange(relay, mia, bo)
        for desk in (mia, bo):
            clock_of(desk).advance(5_000)
            assert work.wake_due(desk) == 1
        exchange(relay, mia, bo)
        agree(mia, bo)
        events = mia.store.reader().execute("SELECT count(*) FROM event WHERE kind = 37").fetchone()
        assert events == (1,)


def test_a_reply_taken_back_while_another_desk_sent_it_leaves_nothing_to_wait_for(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        number = hears(mia, "t1")
        exchange(relay, mia, bo)
        message = sending.reply(mia, number, "您好")
        relay.push(mia.store)
        relay.pull(bo.store)
        body = {"state": "sent", "at": bo.now_ms()}
        bo.store.write(lambda tx: tx.record(Kind.MESSAGE_DELIVERED, message.uid, body))
        undoing.undo(mia)
        exchange(relay, mia, bo)
        agree(mia, bo)
        for desk in (mia, bo):
            assert hub.parked(desk.store.reader()) == {}


def test_what_a_newer_csdesk_wrote_is_kept_and_counted(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        uid = hears(mia, "t1") and b"\x07" * 16
        mia.store.write(lambda tx: tx.record(99, uid, {"what": "\0"}))  # type: ignore[arg-type]
        relay.push(mia.store)
        assert relay.pull(bo.store).unknown == 1
        assert verify(bo.store.path).unknown == 1
        exchange(relay, mia, bo)
        agree(mia, bo)


def test_what_waits_goes_on_waiting_when_rows_are_made_anew(tmp_path: Path) -> None:
    """A clock that is put right makes a conversation anew, with what of others could not be applied to it."""
    with two_desks(tmp_path) as (relay, mia, bo):
        number = hears(mia, "t1")
        exchange(relay, mia, bo)
        uid = conversations.get(mia.store.reader(), number).uid
        unknown = {"agent": "07" * 16, "by": "07" * 16, "at": START_MS}
        stated = Operation(77, 1, START_MS << 16, Kind.CONVERSATION_CLAIMED, uid, unknown, arg=9)
        row = log.stored(stated, log.START_SUM)
        mia.store.write(lambda tx: receiving.receive(tx, [row], (), now_ms=START_MS))
        work.prioritise(mia, number, Priority.HIGH)
        tip = log.tip(mia.store.reader(), mia.store.desk)
        mia.store.write(lambda tx: redating.redate(tx, {tip.dseq: tip.hlc + (60_000 << 16)}))
        assert list(hub.parked(mia.store.reader())) == [(77, 1)]
        assert verify(mia.store.path).problems == ()


@pytest.mark.parametrize("body", ["no json", "[]", '{"conversation": 7}', '{"conversation": "zz"}'])
def test_what_nobody_can_read_is_parked_and_stops_nothing(tmp_path: Path, body: str) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        hears(mia, "t1")
        relay.push(mia.store)
        held = relay.operations[mia.store.desk]
        tip = held[-1]
        spoilt = tip._replace(dseq=tip.dseq + 1, hlc=tip.hlc + 1, ent=b"\x09" * 16, body=body)
        held.append(spoilt._replace(sum=spoilt.follows(tip.sum)))
        assert relay.pull(bo.store).parked == 1
        assert of(bo, "t1")
        assert verify(bo.store.path).problems == ()


@pytest.mark.parametrize("key", ["conversation", "c\\u006fnversation"])
def test_words_that_name_two_conversations_are_parked_for_an_erasure_would_look_past_them(
    tmp_path: Path, key: str
) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        hears(mia, "t1", "conversation")
        uid = conversations.get(mia.store.reader(), hears(mia, "t2", "秘密")).uid.hex()
        relay.push(mia.store)
        held = relay.operations[mia.store.desk]
        tip = held[-1]
        assert uid in tip.body
        spoilt = tip._replace(
            dseq=tip.dseq + 1,
            hlc=tip.hlc + 1,
            ent=b"\x09" * 16,
            body=f'{{"{key}":"{"07" * 16}",{tip.body[1:]}',
        )
        held.append(spoilt._replace(sum=spoilt.follows(tip.sum)))
        assert relay.pull(bo.store).parked == 1
        assert of(bo, "t1") and conversations.get(bo.store.reader(), of(bo, "t2")).message_count == 1
        assert verify(bo.store.path).problems == ()


def test_a_row_that_was_changed_is_refused_and_nothing_of_it_kept(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        hears(mia, "t1")
        relay.push(mia.store)
        held = relay.operations[mia.store.desk]
        held[-1] = held[-1]._replace(body=held[-1].body.replace("在吗", "不在"))
        with pytest.raises(StoreError) as raised:
            relay.pull(bo.store)
        assert raised.value.code == "sync.chain"
        assert hub.vector(bo.store.reader()) == {}
        assert verify(bo.store.path).problems == ()


def test_a_hole_is_refused(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        hears(mia, "t1")
        relay.push(mia.store)
        del relay.operations[mia.store.desk][1]
        with pytest.raises(StoreError) as raised:
            relay.pull(bo.store)
        assert raised.value.code == "sync.gap"


def test_what_one_may_not_read_keeps_its_place(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        hears(mia, "t1")
        relay.push(mia.store)
        held = relay.operations[mia.store.desk]
        hidden = [row._replace(kind=0, ent=bytes(16), arg=None, body="") for row in held]
        relay.operations[mia.store.desk] = [*held[:1], *hidden[1:]]
        assert relay.pull(bo.store).applied == 1
        assert hub.vector(bo.store.reader()) == {mia.store.desk: len(held)}
        assert verify(bo.store.path).problems == ()


def test_a_lost_tail_comes_back_from_the_hub(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        relay.push(mia.store)
        relay.pull(bo.store)
        copy = tmp_path / "copy.db"
        mia.store.write(lambda tx: None)
        with closing(connect.open_reader(mia.store.path)) as reader:
            reader.execute("PRAGMA query_only = OFF")
            reader.execute("VACUUM INTO ?", (str(copy),))
        hears(mia, "t1")
        relay.push(mia.store)
        with open_store(copy, ManualClock(START_MS)) as store:
            known = log.tip(store.reader(), store.desk).dseq
            rows = relay.operations[store.desk][known:]
            assert rows
            store.write(lambda tx: receiving.receive(tx, rows, set(), now_ms=START_MS))
            store.write(lambda tx: tx.record(Kind.AGENT_ADDED, b"\x05" * 16, AGENT))
            assert log.tip(store.reader(), store.desk).dseq == rows[-1].dseq + 1
        assert verify(copy).problems == ()


AGENT = {"name": "Ann", "role": "agent", "capacity": 3}


def test_times_go_on_behind_what_was_seen(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        clock_of(bo).advance(86_400_000)
        hears(bo, "t1")
        exchange(relay, mia, bo)
        work.claim(mia, of(mia, "t1"))
        tips = {desk: log.tip(mia.store.reader(), desk).hlc for desk in (mia.store.desk, bo.store.desk)}
        assert tips[mia.store.desk] > tips[bo.store.desk]


def test_what_was_made_on_a_claim_that_lost_is_void_too(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        number = hears(mia, "t1")
        exchange(relay, mia, bo)
        work.claim(bo, of(bo, "t1"))
        relay.push(bo.store)
        clock_of(mia).advance(60_000)
        work.claim(mia, number)
        work.release(mia, number)
        exchange(relay, mia, bo)
        assert conversations.get(mia.store.reader(), number).assignee_name == "Bo"
        agree(mia, bo)


def test_what_was_dated_by_a_wrong_clock_is_dated_anew(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        number = hears(mia, "t1")
        exchange(relay, mia, bo)
        clock_of(mia).advance(6 * 3_600_000)
        work.prioritise(mia, number, Priority.LOW)
        sending.reply(mia, number, "您好")
        availability.choose(mia, Availability.BUSY)
        clock_of(bo).advance(60_000)
        work.prioritise(bo, of(bo, "t1"), Priority.URGENT)
        made = hub.made(mia.store.reader())
        last = max(log.hlc_at(mia.store.reader(), mia.store.desk, made[0].dseq - 1), made[0].seen_hlc)
        back = {each.dseq: last + place for place, each in enumerate(made, start=1)}
        mia.store.write(lambda tx: redating.redate(tx, back))
        assert verify(mia.store.path, deep=True).problems == ()
        exchange(relay, mia, bo)
        agree(mia, bo)
        assert conversations.get(mia.store.reader(), number).priority is Priority.URGENT
        dated = log.hlc_at(mia.store.reader(), mia.store.desk, made[-1].dseq)
        assert dated >> 16 < START_MS + 3_600_000


def words(desk: Desk) -> str:
    """All bodies of the log, and all that the rows and the index say."""
    bodies = desk.store.reader().execute("SELECT body FROM op").fetchall()
    return str(bodies) + str(said_by(desk.store))


def contact_of(desk: Desk, thread: str) -> int:
    row = (
        desk.store.reader().execute("SELECT contact FROM conversation WHERE thread = ?", (thread,)).fetchone()
    )
    return int(row[0])


@pytest.mark.parametrize("is_known_first", [True, False])
def test_what_one_desk_erases_is_erased_on_the_other(tmp_path: Path, is_known_first: bool) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        number = hears(mia, "t1", "我的电话是13800000001")
        if is_known_first:
            exchange(relay, mia, bo)
            sending.note(bo, of(bo, "t1"), "电话13800000001")
            sending.save_draft(bo, of(bo, "t1"), Mode.REPLY, "13800000001", 3).result(60)
            exchange(relay, mia, bo)
        work.label(mia, number, ("vip",))
        done = erasing.erase_contact(mia, contact_of(mia, "t1"))
        assert done.operations
        exchange(relay, mia, bo)
        for desk in (mia, bo):
            assert "13800000001" not in words(desk)
        assert bo.store.reader().execute("SELECT count(*) FROM draft").fetchone() == (0,)
        agree(mia, bo)


def test_two_desks_erase_one_contact(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        hears(mia, "t1", "我的电话是13800000001")
        exchange(relay, mia, bo)
        for desk in (mia, bo):
            erasing.erase_contact(desk, contact_of(desk, "t1"))
        exchange(relay, mia, bo)
        agree(mia, bo)
        logs = [
            desk.store.reader().execute("SELECT * FROM op ORDER BY 1, 2").fetchall() for desk in (mia, bo)
        ]
        assert logs[0] == logs[1]


def test_what_was_said_before_an_erasure_and_comes_behind_it_has_no_words_in_the_rows(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        hears(mia, "t1")
        exchange(relay, mia, bo)
        hears(bo, "t1", "我的电话是13800000001")
        clock_of(mia).advance(60_000)
        erasing.erase_contact(mia, contact_of(mia, "t1"))
        exchange(relay, mia, bo)
        for desk in (mia, bo):
            assert "13800000001" not in str(said_by(desk.store))
        agree(mia, bo)


@pytest.mark.parametrize("is_erased_first", [True, False])
def test_what_only_one_can_have_goes_to_the_next_when_it_is_erased(
    tmp_path: Path, is_erased_first: bool
) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        hears(mia, "t1")
        clock_of(bo).advance(60_000)
        hears(bo, "t1")
        if not is_erased_first:
            exchange(relay, mia, bo)
        erasing.erase_contact(mia, contact_of(mia, "t1"))
        exchange(relay, mia, bo)
        assert of(mia, "t1") and of(bo, "t1")
        agree(mia, bo)


def test_an_erasure_is_sealed_again_when_it_is_dated_anew(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        exchange(relay, mia, bo)
        clock_of(mia).advance(6 * 3_600_000)
        hears(mia, "t1", "我的电话是13800000001")
        erasing.erase_contact(mia, contact_of(mia, "t1"))
        made = hub.made(mia.store.reader())
        last = log.hlc_at(mia.store.reader(), mia.store.desk, made[0].dseq - 1)
        back = {each.dseq: last + place for place, each in enumerate(made, start=1)}
        mia.store.write(lambda tx: redating.redate(tx, back))
        exchange(relay, mia, bo)
        agree(mia, bo)


@pytest.mark.parametrize("is_turned", [True, False])
def test_of_two_values_the_later_holds(tmp_path: Path, is_turned: bool) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        hears(mia, "t1")
        exchange(relay, mia, bo)
        first, second = (bo, mia) if is_turned else (mia, bo)
        work.prioritise(first, of(first, "t1"), Priority.LOW)
        contacts.edit(first, contact_of(first, "t1"), {"name": "林女士", "tier": "A"})
        clock_of(second).advance(60_000)
        work.prioritise(second, of(second, "t1"), Priority.URGENT)
        contacts.edit(second, contact_of(second, "t1"), {"name": "老林"})
        exchange(relay, mia, bo)
        agree(mia, bo)
        for desk in (mia, bo):
            assert conversations.get(desk.store.reader(), of(desk, "t1")).priority is Priority.URGENT
            known = contacts_of.get(desk.store.reader(), contact_of(desk, "t1"))
            assert known is not None
            assert (known.name, known.tier) == ("老林", "A")


def test_messages_of_one_moment_stand_alike_on_all_desks(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        hears(mia, "t1")
        exchange(relay, mia, bo)
        for number in range(5):
            sending.note(mia, of(mia, "t1"), f"M{number}")
            sending.note(bo, of(bo, "t1"), f"B{number}")
        exchange(relay, mia, bo)
        agree(mia, bo)
        orders = [
            desk.store.reader().execute("SELECT text FROM message ORDER BY id").fetchall()
            for desk in (mia, bo)
        ]
        assert orders[0] == orders[1]
        assert len(orders[0]) == 11


def test_what_is_being_written_and_sent_goes_on_when_its_conversation_is_made_anew(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        number = hears(mia, "t1")
        exchange(relay, mia, bo)
        sending.note(bo, of(bo, "t1"), "early")
        clock_of(mia).advance(100)
        message = sending.reply(mia, number, "您好")
        sending.save_draft(mia, number, Mode.NOTE, "noch", 4).result(60)
        exchange(relay, mia, bo)
        agree(mia, bo)
        assert of(mia, "t1") == number
        (entry,) = outbox.listed(mia.store.reader())
        assert (entry.uid, entry.text) == (message.uid, "您好")
        drafted = mia.store.reader().execute("SELECT conversation, text FROM draft").fetchall()
        assert drafted == [(number, "noch")]
        assert undoing.undo(mia).text == "您好"
