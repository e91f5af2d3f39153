"""Where two desks worked on the same: cards, and replies that are kept back."""

from __future__ import annotations

from pathlib import Path

import pytest

from csdesk.desk import looking, moves, people, sending, work
from csdesk.desk.context import Desk
from csdesk.desk.runner import Runner
from csdesk.errors import Refused
from csdesk.model.conversation import Mark, View
from csdesk.model.message import Delivery
from csdesk.model.people import Role
from csdesk.store import cards, conversations, hub, meeting, messages, outbox, queue
from csdesk.store.cards import Conflict
from csdesk.store.verify import verify
from csdesk.store.writer import Transaction
from tests.desks import INBOX, Line, clock_of, hears
from tests.store.relay import Relay
from tests.store.test_receiving import exchange, of, two_desks

MINUTE = 60_000


def apart(*desks: Desk) -> None:
    """The hub has not answered for a minute."""
    for desk in desks:
        desk.store.write(lambda tx: hub.note_contact(tx, tx.now_ms, 0))
        clock_of(desk).advance(MINUTE)


def both_answer(relay: Relay, mia: Desk, bo: Desk) -> tuple[int, int]:
    """Apart from each other both claim and answer one conversation; Bo's is at the hub first. The replies' ids."""
    number = hears(mia, "t1")
    exchange(relay, mia, bo)
    apart(mia, bo)
    mine = sending.reply(mia, number, "A writes").id
    theirs = sending.reply(bo, of(bo, "t1"), "B writes").id
    exchange(relay, bo, mia)
    return mine, theirs


def state_of(desk: Desk, text: str) -> Delivery | None:
    row = desk.store.reader().execute("SELECT id FROM message WHERE text = ?", (text,)).fetchone()
    found = messages.get(desk.store.reader(), row[0])
    assert found is not None
    return found.delivery


def test_the_second_claim_gets_a_card_and_its_reply_another_look(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        both_answer(relay, mia, bo)
        (met,) = looking.met(mia)
        assert [(card.kind, card.by) for card in met.cards] == [(Conflict.CLAIM_LOST, "Bo")]
        assert looking.sentence(met.cards[0]).startswith("Bo claimed it first")
        assert [each.text for each in met.replies] == ["A writes"]
        assert state_of(mia, "A writes") is Delivery.LOOK
        assert met.conversation.assignee_name == "Bo"
        assert looking.met(bo) == []
        (row,) = [row for row in queue.page(mia.store.reader(), View.FAILED, agent=mia.agent.id).rows]
        assert row.marks & Mark.LOOK
        assert queue.counts(mia.store.reader(), mia.agent.id).failed == 1


def test_kept_back_it_never_leaves_by_itself(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        both_answer(relay, mia, bo)
        line = Line(INBOX)
        clock_of(mia).advance(10 * MINUTE)
        outbox_before = outbox.listed(mia.store.reader())
        Runner(mia, [line]).step()
        assert [each.text for each in line.asked] == []
        assert outbox.listed(mia.store.reader()) == outbox_before


def test_sent_as_it_is(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        mine, _theirs = both_answer(relay, mia, bo)
        (waiting,) = meeting.to_look_at(mia.store.reader())
        looking.send(mia, waiting)
        assert state_of(mia, "A writes") is Delivery.QUEUED
        assert looking.met(mia) == []
        with pytest.raises(Refused, match="does not wait"):
            looking.send(mia, waiting)
        exchange(relay, bo, mia)
        assert state_of(mia, "A writes") is Delivery.QUEUED
        assert mine


def test_dropped_nobody_gets_it(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        both_answer(relay, mia, bo)
        looking.drop(mia, meeting.to_look_at(mia.store.reader())[0])
        exchange(relay, mia, bo)
        assert looking.met(mia) == [] and outbox.listed(mia.store.reader()) == []
        for desk in (mia, bo):
            texts = messages.before(desk.store.reader(), of(desk, "t1"), None, 9, with_events=False)
            assert [each.text for each in texts] == ["在吗", "B writes"]
            assert verify(desk.store.path).problems == ()


def test_edited_it_is_my_draft_again(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        both_answer(relay, mia, bo)
        assert sending.rewrite_failed(mia, meeting.to_look_at(mia.store.reader())[0]) == "A writes"
        assert meeting.to_look_at(mia.store.reader()) == []
        assert queue.counts(mia.store.reader(), mia.agent.id).drafts == 1


def test_a_reply_written_with_the_hub_in_reach_is_not_kept_back(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        number = hears(mia, "t1")
        exchange(relay, mia, bo)
        mia.store.write(lambda tx: hub.note_contact(tx, tx.now_ms, 0))
        sending.reply(mia, number, "A writes")
        sending.note(bo, of(bo, "t1"), "B notes")
        exchange(relay, bo, mia)
        assert state_of(mia, "A writes") is Delivery.HELD and looking.met(mia) == []


def test_ended_by_a_lead_while_my_reply_had_not_left(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        number = hears(mia, "t1")
        work.claim(mia, number)
        exchange(relay, mia, bo)
        apart(mia, bo)
        sending.reply(mia, number, "A writes")
        for move in (moves.release(), moves.claim(), moves.resolve()):
            clock_of(bo).advance(1_000)
            work.do(as_lead(bo), of(bo, "t1"), move)
        exchange(relay, bo, mia)
        (met,) = looking.met(mia)
        assert {card.kind: card.by for card in met.cards} == {
            Conflict.ASSIGNMENT_CHANGED: "Bo",
            Conflict.STATUS_CHANGED: "Bo",
        }
        said = {looking.sentence(card) for card in met.cards}
        assert "Bo resolved it while your reply had not left." in said
        assert [each.text for each in met.replies] == ["A writes"]
        looking.dismiss(mia, number)
        assert [each.cards for each in looking.met(mia)] == [()]


def as_lead(desk: Desk) -> Desk:
    """The same desk, its agent a lead by now."""
    desk.agent = desk.store.write(lambda tx: people.edit_agent(tx, desk.agent.name, {"role": Role.LEAD}))
    return desk


def test_cards_for_others_take_no_place_from_mine(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (_relay, mia, _bo):
        mine, theirs = hears(mia, "t1"), [hears(mia, f"t{number}") for number in range(2, 5)]
        me = mia.agent.id

        def put(tx: Transaction) -> None:
            cards.put(tx.connection, mine, Conflict.OFFER_RETURNED, 1, {"agent": me})
            for number in theirs:
                cards.put(tx.connection, number, Conflict.OFFER_RETURNED, 2, {"agent": me + 1})

        mia.store.write(put)
        reader = mia.store.reader()
        assert [card.conversation for card in meeting.cards(reader, limit=1, agent=me)] == [mine]
        assert len(meeting.cards(reader)) == 4


def test_a_store_without_a_hub_keeps_nothing_back(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (_relay, mia, _bo):
        mia.store.write(hub.leave)
        number = hears(mia, "t1")
        sending.reply(mia, number, "A writes")
        row = mia.store.reader().execute("SELECT is_offline FROM outbox").fetchone()
        assert row == (0,)
        assert conversations.get(mia.store.reader(), number).assignee_name == "Mia"
