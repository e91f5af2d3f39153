"""Labels of several desks are an add-wins set: a removal takes away what its author knew of, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from csdesk.desk import contacts, undoing, work
from csdesk.desk.context import Desk
from csdesk.store import connect, conversations, hub, labels, migrations, people
from csdesk.store import contacts as contacts_of
from csdesk.store.verify import verify
from tests.desks import clock_of, hears, open_desk
from tests.store.relay import Relay, open_numbered, said_by
from tests.store.test_receiving import agree, contact_of, exchange, of, two_desks

NAMES = ("Mia", "Bo", "Lin")


@dataclass
class Team:
    """Three desks and their hub; ``threads`` gives each story a conversation of its own."""

    desks: list[Desk]
    relay: Relay = field(default_factory=Relay)
    threads: Iterator[int] = field(default_factory=count)


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    folder = tmp_path_factory.mktemp("team")
    desks = [open_numbered(folder / f"{name}.db", place, name) for place, name in enumerate(NAMES, start=1)]
    found = Team(desks)
    for desk in desks:
        found.relay.enrol(desk.store)
    yield found
    for desk in desks:
        desk.close()
        assert verify(desk.store.path).problems == ()


@dataclass
class Known:
    """The model of a desk: which addings it knows of, and which of them somebody took away."""

    added: set[int] = field(default_factory=set)
    removed: set[int] = field(default_factory=set)

    @property
    def is_on(self) -> bool:
        return bool(self.added - self.removed)

    def learn(self, other: Known) -> None:
        self.added |= other.added
        self.removed |= other.removed


WHO = st.integers(0, 2)
STEPS = st.lists(
    st.tuples(st.sampled_from(("add", "remove", "push", "pull", "tick", "back")), WHO),
    min_size=4,
    max_size=16,
)


def play(team: Team, steps: list[tuple[str, int]]) -> None:
    """Do ``steps`` with real desks and with the model; every desk has to say what the model says, all the time."""
    thread, tags = f"t{next(team.threads)}", count()
    hears(team.desks[0], thread)
    exchange(team.relay, *team.desks)
    at_hub, known = Known(), [Known() for _desk in team.desks]
    for what, who in [
        *steps,
        *((what, who) for _twice in "12" for who in range(3) for what in ("push", "pull")),
    ]:
        desk, mine = team.desks[who], known[who]
        if what == "add" and not mine.is_on:
            work.label(desk, of(desk, thread), ("vip",))
            mine.added.add(next(tags))
        elif what == "remove":
            work.label(desk, of(desk, thread), (), ("vip",))
            mine.removed |= mine.added
        elif what == "push":
            team.relay.push(desk.store)
            at_hub.learn(mine)
        elif what == "pull":
            team.relay.pull(desk.store)
            mine.learn(at_hub)
        else:
            clock_of(desk).advance(40_000 if what == "tick" else -30_000)
        assert (said(desk, thread) == ("vip",)) == mine.is_on, (what, who)
    wanted = said_by(team.desks[0].store)["label of conversation"]
    assert all(said_by(desk.store)["label of conversation"] == wanted for desk in team.desks)


def said(desk: Desk, thread: str) -> tuple[str, ...]:
    return conversations.get(desk.store.reader(), of(desk, thread)).labels


@given(STEPS)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_history_ends_as_an_add_wins_set(team: Team, steps: list[tuple[str, int]]) -> None:
    play(team, steps)


MET = [("add", 0), ("push", 0), ("pull", 1), ("pull", 2), ("remove", 0)]
STORIES = {
    "the adding came first by the clock": [
        *MET,
        ("remove", 1),
        ("add", 1),
        ("tick", 0),
        ("push", 1),
        ("push", 0),
    ],
    "and was the first at the hub": [
        ("add", 0),
        ("add", 1),
        ("push", 1),
        ("tick", 0),
        ("remove", 0),
        ("pull", 0),
    ],
    "and came late": [
        ("add", 1),
        ("add", 0),
        ("tick", 0),
        ("remove", 0),
        ("push", 0),
        ("pull", 2),
        ("push", 1),
    ],
    "a removal of one of two": [("add", 0), ("add", 1), ("push", 0), ("pull", 2), ("tick", 2), ("remove", 2)],
}


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_what_a_remover_had_not_seen_stays(team: Team, story: list[tuple[str, int]]) -> None:
    play(team, story)


def _nothing_left(adds: dict[str, int], taken: dict[str, int] | None) -> dict[str, int]:
    return {}


def _everything_left(adds: dict[str, int], taken: dict[str, int] | None) -> dict[str, int]:
    return dict(adds)


@pytest.mark.parametrize("fault", [_nothing_left, _everything_left])
def test_a_set_that_is_none_is_found(team: Team, fault: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labels, "_left", fault)
    with pytest.raises(AssertionError):
        for story in STORIES.values():
            play(team, story)
    monkeypatch.undo()
    for desk in team.desks:  # what the fault wrote is not for the others to find
        desk.store.write(lambda tx: tx.connection.execute("DELETE FROM conversation_label"))
        desk.store.write(lambda tx: _as_the_log_says(tx.connection))


def _as_the_log_says(connection: Any) -> None:
    from csdesk.store import anew

    assert anew.everything(connection) == {}


def test_labels_of_a_contact_too(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        hears(mia, "t")
        contacts.set_labels(mia, contact_of(mia, "t"), ("难",))
        exchange(relay, mia, bo)
        contacts.set_labels(bo, contact_of(bo, "t"), ())
        contacts.set_labels(bo, contact_of(bo, "t"), ("难",))
        clock_of(mia).advance(60_000)
        contacts.set_labels(mia, contact_of(mia, "t"), ())
        exchange(relay, mia, bo)
        assert contacts_of.get(mia.store.reader(), contact_of(mia, "t")).labels == ("难",)
        agree(mia, bo)


def test_an_undone_label_is_a_removal_that_knows_what_it_takes(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        hears(mia, "t")
        exchange(relay, mia, bo)
        work.label(bo, of(bo, "t"), ("vip",))
        clock_of(mia).advance(60_000)
        work.label(mia, of(mia, "t"), ("vip",))
        undoing.undo(mia)
        exchange(relay, mia, bo)
        assert (said(mia, "t"), said(bo, "t")) == (("vip",), ("vip",))
        agree(mia, bo)


def test_a_removal_that_says_nothing_of_what_it_saw_takes_all_before_it(tmp_path: Path) -> None:
    """As every store wrote it before: a log that was kept gives the rows that it gave."""
    with two_desks(tmp_path) as (relay, mia, bo):
        hears(mia, "t")
        exchange(relay, mia, bo)
        for desk in (mia, bo):
            work.label(desk, of(desk, "t"), ("vip",))
        _forget_who_added(mia)
        clock_of(mia).advance(60_000)
        work.label(mia, of(mia, "t"), (), ("vip",))
        exchange(relay, mia, bo)
        assert (said(mia, "t"), said(bo, "t")) == ((), ())
        agree(mia, bo)


def _forget_who_added(desk: Desk) -> None:
    desk.store.write(lambda tx: tx.connection.execute("UPDATE conversation_label SET adds = ''"))


def test_who_joins_a_hub_learns_from_the_log_who_added_what(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        mia.store.write(hub.leave)
        hears(mia, "t")
        hears(mia, "u")
        for name, thread in (("vip", "t"), ("old", "t"), ("退款", "u")):
            work.label(mia, of(mia, thread), (name,))
        work.label(mia, of(mia, "t"), ("twice",), ("old",))
        work.label(mia, of(mia, "t"), (), ("twice",))
        work.label(mia, of(mia, "t"), ("twice",))
        contacts.set_labels(mia, contact_of(mia, "t"), ("难",))
        kept = _kept(mia)
        assert len(kept) == 4
        _forget_who_added(mia)
        mia.store.write(lambda tx: tx.connection.execute("UPDATE contact_label SET adds = ''"))
        relay.enrol(mia.store)
        assert _kept(mia) == kept
        exchange(relay, mia, bo)
        assert _kept(bo) == kept
        agree(mia, bo)


def _kept(desk: Desk) -> list[tuple[str, dict[str, int]]]:
    rows = desk.store.reader().execute(
        "SELECT label.name, adds FROM conversation_label c JOIN label ON label.id = c.label"
        " UNION ALL SELECT name, adds FROM contact_label ORDER BY 1"
    )
    return [(name, json.loads(adds)) for name, adds in rows.fetchall()]


def test_a_label_in_use_is_listed_once(team: Team) -> None:
    assert len(people.labels(team.desks[0].store.reader())) <= 1


def test_m022_finds_who_added_what_in_the_log_of_a_shared_store(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        hears(mia, "t")
        exchange(relay, mia, bo)
        for desk in (mia, bo):
            work.label(desk, of(desk, "t"), ("vip",))
        exchange(relay, mia, bo)
        kept, path = _kept(mia), mia.store.path
    connection = connect.open_alone(path)
    for table in ("conversation_label", "contact_label"):
        connection.execute(f"ALTER TABLE {table} DROP COLUMN adds")
    migrations.m022_know_who_added_a_label(Database(connection, execute_plugins=False))
    connection.close()
    with open_desk(path, agent="Mia") as mia:
        assert _kept(mia) == kept
        assert len(kept[0][1]) == 2
    assert verify(path).problems == ()
