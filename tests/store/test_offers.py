"""Offers between desks that meet at a hub now and then: of all answers to one exactly one counts, everywhere."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from csdesk.clock import ManualClock
from csdesk.desk import looking, offers, people, sending, work
from csdesk.desk.context import Desk
from csdesk.desk.moves import Target
from csdesk.errors import CsdeskError, Refused
from csdesk.model.operation import Kind
from csdesk.store import connect, conversations, erasing, hub
from csdesk.store import contacts as contacts_of
from csdesk.store import offers as stored
from csdesk.store.database import SCHEMA_VERSION
from csdesk.store.verify import verify
from tests.desks import START_MS, clock_of, hears, open_desk
from tests.store.relay import Relay, open_numbered, said_by
from tests.store.test_receiving import exchange, of, two_desks

MINUTE = 60_000
GRACE_MS = stored.GRACE_MS


def in_reach(*desks: Desk) -> None:
    for desk in desks:
        desk.store.write(lambda tx: hub.note_contact(tx, tx.now_ms, 0))


def offered(relay: Relay, mia: Desk, bo: Desk) -> int:
    """Mia offers Bo what is hers, and both know."""
    number = hears(mia, "t1")
    work.claim(mia, number)
    exchange(relay, mia, bo)
    work.do(mia, number, offers.hand_on(mia, Target(agent="Bo"), "speaks French"))
    exchange(relay, mia, bo)
    return number


def cards_of(desk: Desk) -> list[str]:
    return [looking.sentence(card) for met in looking.met(desk) for card in met.cards]


def owners(*desks: Desk) -> set[str | None]:
    return {conversations.get(desk.store.reader(), of(desk, "t1")).assignee_name for desk in desks}


def same(*desks: Desk, deep: bool = True) -> None:
    wanted = said_by(desks[0].store)
    for desk in desks:
        for table, rows in said_by(desk.store).items():
            assert rows == wanted[table], (desk.agent.name, table)
        assert verify(desk.store.path, deep=deep).problems == ()


def test_with_a_hub_a_colleague_is_asked_and_takes_it(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        offered(relay, mia, bo)
        (asked,) = offers.to_me(bo)
        assert (asked.by_name, asked.reason) == ("Mia", "speaks French") and owners(mia, bo) == {"Mia"}
        offers.accept(bo, asked.conversation)
        exchange(relay, bo, mia)
        assert owners(mia, bo) == {"Bo"} and cards_of(mia) == cards_of(bo) == []
        same(mia, bo)


def test_declined_at_another_desk_the_giver_has_a_card(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        offered(relay, mia, bo)
        offers.decline(bo, of(bo, "t1"), "busy")
        exchange(relay, bo, mia)
        assert cards_of(mia) == ["Bo cannot take it: busy"] and cards_of(bo) == []
        assert owners(mia, bo) == {"Mia"}
        same(mia, bo)


@pytest.mark.parametrize("is_taken_first", [True, False])
def test_taken_and_taken_back_at_once_have_one_outcome_and_two_cards(
    tmp_path: Path, is_taken_first: bool
) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        number = offered(relay, mia, bo)
        offers.take_back(mia, number)
        clock_of(bo).advance(5)
        offers.accept(bo, of(bo, "t1"))
        first, second = (bo, mia) if is_taken_first else (mia, bo)
        exchange(relay, first, second)
        exchange(relay, first, second)
        same(mia, bo)
        if is_taken_first:
            assert owners(mia, bo) == {"Bo"}
            assert cards_of(mia) == ["Bo had taken it before you took it back."]
            assert cards_of(bo) == ["Mia wanted it back after you had taken it: it is yours."]
        else:
            assert owners(mia, bo) == {"Mia"}
            assert cards_of(mia) == ["Bo took it too late: it is yours again."]
            assert cards_of(bo) == ["It had gone back to Mia before you took it."]


def test_what_the_giver_answers_after_it_was_taken_needs_another_look(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        number = offered(relay, mia, bo)
        in_reach(mia, bo)
        clock_of(mia).advance(MINUTE)
        sending.reply(mia, number, "in the dark")
        offers.accept(bo, of(bo, "t1"))
        exchange(relay, bo, mia)
        assert [each.text for met in looking.met(mia) for each in met.replies] == ["in the dark"]


def test_out_of_reach_nobody_says_that_it_ran_out(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        offered(relay, mia, bo)
        in_reach(mia, bo)
        clock_of(mia).advance(4 * MINUTE)
        assert offers.obstacles(mia, "Bo")[-1].startswith("The hub is out of reach")
        assert offers.end_run_out(mia) == 0
        in_reach(mia)
        assert offers.end_run_out(mia) == 1
        exchange(relay, mia, bo)
        assert cards_of(mia) == ["Bo did not answer in time: it stays yours."] and cards_of(bo) == []
        same(mia, bo)


def test_who_sends_for_the_inbox_says_it_for_a_desk_that_is_off(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        offered(relay, mia, bo)
        inbox = conversations.get(bo.store.reader(), of(bo, "t1")).inbox
        clock_of(bo).advance(3 * MINUTE)
        in_reach(bo)
        assert offers.end_run_out(bo, [inbox]) == 0  # Mia's desk is likely to
        clock_of(bo).advance(GRACE_MS)
        in_reach(bo)
        assert offers.end_run_out(bo) == 0
        assert offers.end_run_out(bo, [inbox]) == 1
        exchange(relay, bo, mia)
        assert cards_of(mia) == ["Bo did not answer in time: it stays yours."]
        assert offers.end_run_out(mia) == 0
        same(mia, bo)


def test_a_later_change_of_owner_is_still_a_card_of_its_own(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        number = offered(relay, mia, bo)
        offers.decline(bo, of(bo, "t1"))
        exchange(relay, bo, mia)
        looking.dismiss(mia, number)
        bo.store.write(lambda tx: people.edit_agent(tx, "Bo", {"role": people.Role.LEAD}))
        bo.agent = people.me(bo.store, "Bo")
        work.release(bo, of(bo, "t1"))
        exchange(relay, bo, mia)
        assert cards_of(mia) == ["Bo released it meanwhile."]


def test_erased_with_the_conversation_the_reasons_are_gone(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        number = offered(relay, mia, bo)
        offers.decline(bo, of(bo, "t1"), "SECRET why")
        exchange(relay, bo, mia)
        uid = conversations.get(mia.store.reader(), number).uid
        erase(mia, number)
        exchange(relay, mia, bo)
        for desk in (mia, bo):
            rows = desk.store.reader().execute("SELECT body FROM op WHERE ent = ?", (uid,)).fetchall()
            rows += desk.store.reader().execute("SELECT body FROM event").fetchall()
            rows += desk.store.reader().execute("SELECT body FROM conflict").fetchall()
            assert not any("SECRET" in body or "French" in body for (body,) in rows)
        same(mia, bo)


def test_a_desk_that_knew_no_offers_shows_them_once_it_is_brought_up_to_date(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        number = offered(relay, mia, bo)
        wanted = said_by(bo.store)["offer"]
        path = bo.store.path
    connection = connect.open_alone(path)
    for statement in ("DROP TABLE offer", "DROP TABLE looked", "DELETE FROM event WHERE kind IN (44, 45)"):
        connection.execute(statement)
    connection.execute("DELETE FROM _sqlite_migrations WHERE name LIKE '%_offer_a_conversation'")
    connection.execute("UPDATE conversation SET epoch = epoch - 1")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION - 1}")
    connection.close()
    with open_desk(path, ManualClock(START_MS + 7), "Bo") as bo:
        assert number and wanted and said_by(bo.store)["offer"] == wanted
        assert verify(path, deep=True).problems == ()


def erase(desk: Desk, number: int) -> None:
    reader = desk.store.reader()
    contact = conversations.get(reader, number).contact
    uids = contacts_of.all_uids(reader, contact)
    dots = erasing.find(reader, uids).of(uids)
    (uid,) = contacts_of.own_uids(reader, contact)[:1]
    desk.store.write(lambda tx: erasing.erase(tx, Kind.CONTACT_ERASED, uid, dots, desk.agent.uid))


NAMES = ("Mia", "Bo", "Lin")
WHO = st.integers(0, 2)


class OfferedAround(RuleBasedStateMachine):
    """Three desks, one conversation; each answers what it knows of, whenever."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
        self.relay = Relay()
        self.desks = [
            open_numbered(Path(self.folder) / f"{name}.db", number, name)
            for number, name in enumerate(NAMES, start=1)
        ]
        for desk in self.desks:
            self.relay.enrol(desk.store)
        hears(self.desks[0], "t1")
        work.claim(self.desks[0], of(self.desks[0], "t1"))
        self.meet()

    @rule(who=WHO, to=st.sampled_from(NAMES))
    def offer(self, who: int, to: str) -> None:
        desk = self.desks[who]
        self.tries(
            lambda: work.do(desk, of(desk, "t1"), offers.hand_on(desk, Target(agent=to), "why", asks=True))
        )

    @rule(who=WHO, what=st.sampled_from((offers.accept, offers.decline, offers.take_back)))
    def answer(self, who: int, what: Any) -> None:
        self.tries(lambda: what(self.desks[who], of(self.desks[who], "t1")))

    @rule(who=WHO, what=st.sampled_from((work.claim, work.release, work.resolve, work.reopen)))
    def move(self, who: int, what: Any) -> None:
        self.tries(lambda: what(self.desks[who], of(self.desks[who], "t1")))

    @rule(by=st.sampled_from((50, 3 * MINUTE, 3 * MINUTE + GRACE_MS)), who=WHO, runs=st.booleans())
    def time_goes(self, by: int, who: int, runs: bool) -> None:
        desk = self.desks[who]
        clock_of(desk).advance(by)
        in_reach(desk)
        inbox = conversations.get(desk.store.reader(), of(desk, "t1")).inbox
        offers.end_run_out(desk, [inbox] if runs else [])

    @rule(who=WHO)
    def push(self, who: int) -> None:
        self.relay.push(self.desks[who].store)

    @rule(who=WHO, some=st.sampled_from((1, 1_000)))
    def pull(self, who: int, some: int) -> None:
        self.relay.pull(self.desks[who].store, some)

    @rule()
    def meet(self) -> None:
        for _time in range(2):
            for desk in self.desks:
                self.relay.push(desk.store)
                self.relay.pull(desk.store)

    def tries(self, what: Any) -> None:
        try:
            what()
        except CsdeskError as error:
            assert isinstance(error, Refused) and error.hint, error.code

    def teardown(self) -> None:
        try:
            self.meet()
            self.everything_runs_out()
            self.meet()
            same(*self.desks, deep=False)
            self.each_offer_was_answered_once()
        finally:
            for desk in self.desks:
                desk.close()
            shutil.rmtree(self.folder)

    def everything_runs_out(self) -> None:
        """Each desk says so of what is its own to say, all before they hear of each other."""
        newest = max(desk.now_ms() for desk in self.desks)
        for desk in self.desks:
            clock_of(desk).advance(newest - desk.now_ms() + 4 * MINUTE + GRACE_MS)
            in_reach(desk)
            offers.end_run_out(desk, [conversations.get(desk.store.reader(), of(desk, "t1")).inbox])

    def each_offer_was_answered_once(self) -> None:
        """Of the events that count no offer has two answers; and none is left without an end."""
        reader = self.desks[0].store.reader()
        rows = reader.execute("SELECT kind, body FROM event WHERE body ->> '$.offer' IS NOT NULL").fetchall()
        answers = Counter(json.loads(body)["offer"] for _kind, body in rows)
        assert set(answers.values()) <= {1}, answers
        assert reader.execute("SELECT count(*) FROM offer").fetchone() == (0,)


OfferedAround.TestCase.settings = settings(stateful_step_count=18, max_examples=8, deadline=None)
TestOfferedAround = OfferedAround.TestCase


@pytest.mark.long
class TestOfferedAroundForLong(OfferedAround.TestCase):
    settings = settings(stateful_step_count=40, max_examples=400, deadline=None)
