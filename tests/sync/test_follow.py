"""Live: two followers keep two stores in step, with hints and without, and over a hub that goes and comes back."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from csdesk.errors import CsdeskError
from csdesk.store import hub as hub_state
from csdesk.store import outbox, people
from csdesk.store.hub import HubState
from csdesk.sync import engine, follow, line, session, visit
from csdesk.sync.carrying import Carrier
from csdesk.sync.follow import Follower, Pulse
from csdesk.sync.line import Line
from tests.desks import INBOX, hears, open_desk
from tests.sync.conftest import TestHub
from tests.sync.desks import Mate, mate

LONG_S = 30.0
"""Nothing takes so long, unless it is broken."""


class Live:
    """A follower in a thread, and what it told."""

    def __init__(self, whose: Mate, *, most_bytes: int = 0) -> None:
        self.mate = whose
        self.told: list[Pulse] = []
        self.error: CsdeskError | None = None
        self.here: dict[str, object] = {"agent": whose.name}
        self.follower = Follower(
            whose.store,
            whose.clock,
            lambda: line.connect(engine.address(visit.need_hub(whose.store))),
            random.Random(1).uniform,
            tell=self.told.append,
            here=lambda: dict(self.here),
            carrier=lambda line: Carrier(whose.store, line, agent=whose.name, most_bytes=most_bytes),
        )
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.follower.run()
        except CsdeskError as error:
            self.error = error

    @property
    def state(self) -> str:
        return self.told[-1].state if self.told else ""

    @property
    def present(self) -> list[tuple[str, str, bool]]:
        seen = self.told[-1].present if self.told else ()
        return [(each.agent, each.conversation, each.is_writing) for each in seen]

    def stop(self) -> None:
        self.follower.is_over.set()
        self.thread.join(LONG_S)
        assert not self.thread.is_alive()


def until(is_so: Callable[[], bool]) -> None:
    """Wait for something that another thread does."""
    pause, waited = threading.Event(), 0.0
    while not is_so():
        assert waited < LONG_S, "it did not happen"
        pause.wait(0.01)
        waited += 0.01


def has(mate: Mate, thread: str) -> bool:
    rows = mate.store.reader().execute("SELECT 1 FROM conversation WHERE thread = ?", (thread,))
    return rows.fetchone() is not None


def run_here(mate: Mate, name: str) -> None:
    """Some program of this desk runs the inbox ``name`` for the next hour."""
    inbox = people.inbox_named(mate.store.reader(), name)
    assert inbox is not None
    until_ms = mate.clock.now_ms() + 3_600_000
    mate.store.write(lambda tx: outbox.take_lease(tx.connection, inbox.id, "test", until_ms, instead_of=None))


@contextmanager
def following(*mates: Mate) -> Iterator[list[Live]]:
    lives = [Live(each) for each in mates]
    try:
        yield lives
    finally:
        for live in lives:
            live.stop()


@pytest.fixture
def pair(tmp_path: Path, hub: TestHub) -> Iterator[tuple[Mate, Mate]]:
    made = mate(tmp_path, hub, "Mia"), mate(tmp_path, hub, "Bo")
    yield made
    for each in made:
        each.desk.close()


@pytest.mark.parametrize("notices", ["on", "off"])
def test_what_happens_at_one_desk_is_at_the_other(
    pair: tuple[Mate, Mate], hub: TestHub, notices: str
) -> None:
    hub.execute("UPDATE csdesk.hub SET value = %s WHERE key = 'notify'", notices)
    mia, bo = pair
    with following(mia, bo) as lives:
        until(lambda: all(live.state == "live" for live in lives))
        hears(mia.desk, "a")
        until(lambda: has(bo, "a"))
        hears(bo.desk, "b")
        until(lambda: has(mia, "b"))
        until(lambda: all(live.told[-1].up == 0 for live in lives))
    assert lives[0].error is None


def test_a_hub_that_comes_back_is_found_again(pair: tuple[Mate, Mate], hub: TestHub) -> None:
    mia, bo = pair
    with following(mia) as (live,):
        until(lambda: live.state == "live")
        hub.execute("ALTER ROLE " + hub.enrolments["Mia"].login.role + " CONNECTION LIMIT 0")
        hub.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s",
            hub.enrolments["Mia"].login.role,
        )
        until(lambda: live.state == "away")
        assert live.told[-1].reason
        hears(mia.desk, "while away")
        hub.execute("ALTER ROLE " + hub.enrolments["Mia"].login.role + " CONNECTION LIMIT 4")
        until(lambda: live.state == "live")
    bo.sync()
    assert has(bo, "while away")


def test_another_session_of_the_same_desk_ends_it(pair: tuple[Mate, Mate], hub: TestHub) -> None:
    mia, _ = pair
    with following(mia) as (live,):
        until(lambda: live.state == "live")
        with line.connect(hub.enrolments["Mia"].login.secret_dsn) as elsewhere:
            session.hello(elsewhere, mia.store.desk)
            hears(mia.desk, "a")
            until(lambda: not live.thread.is_alive())
    assert live.error is not None
    assert live.state == "stopped"


def test_colleagues_see_who_is_there_and_one_desk_runs_an_inbox(
    pair: tuple[Mate, Mate], hub: TestHub
) -> None:
    for each in (*pair, *pair):
        each.sync()
    for each in pair:
        run_here(each, INBOX)
    with following(*pair) as lives:
        until(lambda: all(live.state == "live" for live in lives))
        assert hub.execute("SELECT count(*) FROM csdesk.present") == [(2,)]
        held = [len(hub_state.leases(each.store.reader())) for each in pair]
        assert sorted(held) == [0, 1]
    assert hub.execute("SELECT count(*) FROM csdesk.inbox_lease") == [(0,)]
    assert all(hub_state.leases(each.store.reader()) == {} for each in pair)


@pytest.mark.parametrize("code", ["sync.too_old", "store.damaged"])
def test_who_looks_on_is_told_what_ends_it(tmp_path: Path, code: str) -> None:
    """A store too old for its hub, or a damaged one: the last word is why, not that the hub is away."""
    told: list[Pulse] = []

    def refuse() -> Line:
        raise CsdeskError(code, "It cannot go on.")

    with open_desk(tmp_path / "desk.db") as desk:
        desk.store.write(lambda tx: hub_state.join(tx, HubState("team", "host=hub")))
        follower = Follower(desk.store, desk.clock, refuse, random.Random(1).uniform, tell=told.append)
        with pytest.raises(CsdeskError) as ended:
            follower.run()
    assert ended.value.code == code
    assert [(pulse.state, pulse.reason) for pulse in told] == [("stopped", "It cannot go on.")]


def test_a_presence_that_nobody_can_read_is_nobodys() -> None:
    for body in ("[" * 4_000, "no json", "[]", None, '{"conversation": {"x": 1}, "is_writing": []}'):
        assert follow._presence("Bo", body).is_writing is False


def test_the_last_contact_is_in_the_store(pair: tuple[Mate, Mate], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "BEAT_S", 0.05)
    mia, _ = pair
    with following(mia) as (live,):
        until(lambda: live.state == "live")
        first = hub_state.state(mia.store.reader())
        assert first is not None
        until(lambda: (hub_state.state(mia.store.reader()) or first).contact_at != first.contact_at)


def test_each_sees_what_the_other_looks_at(tmp_path: Path, hub: TestHub) -> None:
    mia, bo = mate(tmp_path, hub, "Mia"), mate(tmp_path, hub, "Bo")
    one, two = Live(mia), Live(bo)
    try:
        one.here.update(conversation="7K3Q9F", is_writing=True)
        until(lambda: two.present == [("Mia", "7K3Q9F", True)])
        one.here.update(conversation="", is_writing=False)
        until(lambda: two.present == [("Mia", "", False)])
    finally:
        one.stop()
        two.stop()
        mia.desk.close()
        bo.desk.close()
