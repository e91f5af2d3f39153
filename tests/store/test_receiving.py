"""What other desks wrote, taken in: every store says the same, and each still proves it from its own log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from csdesk.clock import ManualClock
from csdesk.desk import sending, work
from csdesk.desk.context import Desk
from csdesk.store import conversations
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


def test_of_two_claims_the_first_on_the_hub_wins(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        number = hears(mia, "t1")
        exchange(relay, mia, bo)
        work.claim(mia, number)
        clock_of(bo).advance(60_000)
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
