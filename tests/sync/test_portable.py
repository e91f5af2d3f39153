"""A hub without a trigger, or without notices, as on an engine that only speaks PostgreSQL's protocol.

``test_wire`` runs on it too; here stand whole desks, and what a trigger would have made certain.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from csdesk.desk import work
from csdesk.store import conversations
from csdesk.store.verify import verify
from csdesk.sync import line, session, wire
from csdesk.sync.follow import Follower
from csdesk.sync.line import HubRefusal, Line
from tests.desks import hears
from tests.sync.conftest import TestHub, both_dialects
from tests.sync.desks import Mate, mate
from tests.sync.test_wire import op

portable = pytest.mark.parametrize("hub", ["portable"], indirect=True)


def answered(mate: Mate, thread: str) -> object:
    """Whose the conversation of ``thread`` is at this desk."""
    reader = mate.store.reader()
    (number,) = reader.execute("SELECT id FROM conversation WHERE thread = ?", (thread,)).fetchone()
    return conversations.get(reader, number).assignee_name


@both_dialects
def test_two_desks_and_one_claim(tmp_path: Path, hub: TestHub) -> None:
    mia, bo = mate(tmp_path, hub, "Mia"), mate(tmp_path, hub, "Bo")
    try:
        hears(mia.desk, "t1", "快递怎么还没到？")
        mia.sync()
        bo.sync()
        for each in (mia, bo):
            reader = each.store.reader()
            (number,) = reader.execute("SELECT id FROM conversation WHERE thread = 't1'").fetchone()
            work.claim(each.desk, number)
        for each in (bo, mia, bo):
            each.sync()
        assert answered(mia, "t1") == answered(bo, "t1") == "Bo"
        assert mia.rows() == bo.rows()
        assert verify(mia.store.path).problems == verify(bo.store.path).problems == ()
    finally:
        mia.desk.close()
        bo.desk.close()


@pytest.fixture
def peer(hub: TestHub) -> Iterator[tuple[Line, int]]:
    with line.connect(hub.enrolled("Mia")) as wired:
        desk = hub.enrolments["Mia"].desk
        session.hello(wired, desk)
        yield wired, desk


Peer = tuple[Line, int]


def state_of(refused: Callable[[], object]) -> str | None:
    with pytest.raises(HubRefusal) as refusal:
        refused()
    return refusal.value.sqlstate


@portable
def test_a_refused_batch_leaves_nothing(hub: TestHub, peer: Peer) -> None:
    wired, desk = peer
    assert wired.is_portable
    wire.copy_in(wired, [op(desk, 1)])
    assert state_of(lambda: wire.copy_in(wired, [op(desk, 3)])) == "CS001"
    assert state_of(lambda: wire.copy_in(wired, [op(desk, 1)])) == "CS001"
    assert state_of(lambda: wire.copy_in(wired, [op(desk, 2), op(desk, 4)])) == "CS001"
    assert state_of(lambda: wire.copy_in(wired, [op(desk, 2, hlc=1 << 62)])) == "CS002"
    assert state_of(lambda: wire.copy_in(wired, [op(desk, 2, scope=5)])) == "CS003"
    assert state_of(lambda: wire.copy_in(wired, [op(desk, 2, kind=-1)])) == "23514"
    assert hub.execute("SELECT head FROM csdesk.desk") == [(1,)]
    assert hub.execute("SELECT count(*) FROM csdesk.op") == [(1,)]


@portable
def test_an_older_session_is_refused(hub: TestHub, peer: Peer) -> None:
    wired, desk = peer
    login = hub.enrolments["Mia"].login.secret_dsn
    with line.connect(login) as newer:
        session.hello(newer, desk)
        assert state_of(lambda: wire.copy_in(wired, [op(desk, 1)])) == "CS004"
        wire.copy_in(newer, [op(desk, 1)])


@portable
def test_nobody_moves_the_head_of_another(hub: TestHub, peer: Peer) -> None:
    wired, _desk = peer
    hub.enrolled("Bo", desk=8)
    assert state_of(lambda: wire.copy_in(wired, [op(8, 1)])) == "CS003"


def test_where_the_trigger_does_it_the_steps_are_refused(hub: TestHub) -> None:
    with psycopg.connect(hub.enrolled("Mia", desk=7), autocommit=True) as connection:
        for call in ("csdesk.advance(7, 1, 5, 0, ''::bytea, 1)", "csdesk.settle(7, 1, 5)"):
            with pytest.raises(psycopg.errors.FeatureNotSupported):
                connection.execute(f"SELECT {call}".encode())


@both_dialects
def test_a_desk_that_follows_hears_of_others_without_a_notice(tmp_path: Path, hub: TestHub) -> None:
    """Nothing is announced; what is asked for now and then brings everything all the same."""
    hub.execute("UPDATE csdesk.hub SET value = 'off' WHERE key = 'notify'")
    mia, bo = mate(tmp_path, hub, "Mia"), mate(tmp_path, hub, "Bo")
    bo.sync()  # Mia, who asks once, finds there who Bo is
    follower = Follower(
        bo.store,
        bo.clock,
        lambda: line.connect(hub.enrolments["Bo"].login.secret_dsn),
        lambda low, high: low / 10,
    )
    running = threading.Thread(target=follower.run)
    running.start()
    try:
        with psycopg.connect(hub.dsn, autocommit=True) as listening:
            listening.execute("LISTEN csdesk_op")
            hears(mia.desk, "t1", "在吗")
            mia.sync()
            deadline = time.monotonic() + 20
            while mia.rows() != bo.rows():
                assert time.monotonic() < deadline, "it never came"
                assert running.is_alive()
                running.join(0.05)
            assert list(listening.notifies(timeout=0)) == []
    finally:
        follower.is_over.set()
        running.join(60)
        mia.desk.close()
        bo.desk.close()
