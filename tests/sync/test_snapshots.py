"""A new desk begins with a snapshot: what is in one, who may make and read it, and that all of it comes or nothing."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from csdesk.desk import sending, work
from csdesk.errors import Refused, StoreError
from csdesk.store import bootstrapping, log, snapshot
from csdesk.store import hub as hub_state
from csdesk.store.connect import open_writer
from csdesk.store.database import Store, open_store
from csdesk.store.hub import HubState
from csdesk.store.verify import verify
from csdesk.sync import engine, line, snapshots
from csdesk.sync.line import HubRefusal
from tests.desks import hears
from tests.store.relay import said_by
from tests.sync.conftest import TestHub
from tests.sync.desks import Mate, TrueTime, WrongClock, mate
from tests.sync.test_erasing import WORDS, erase
from tests.sync.test_follow import Live, until

Team = tuple[Mate, Mate]


@pytest.fixture
def team(tmp_path: Path, hub: TestHub) -> Iterator[Team]:
    """A lead and an agent who both worked, and know it of each other."""
    ida, bo = mate(tmp_path, hub, "Ida", rank="lead"), mate(tmp_path, hub, "Bo")
    talk = hears(ida.desk, "t1", WORDS)
    work.claim(ida.desk, talk)
    sending.reply(ida.desk, talk, "马上看")
    hears(bo.desk, "t2", "别的人")
    for each in (ida, bo, ida, bo):
        each.sync()
    yield ida, bo
    for each in (ida, bo):
        each.desk.close()


def leave(mate: Mate) -> snapshot.Contents:
    with line.connect(dsn_of(mate.store)) as wired:
        return snapshots.make(mate.store.path, mate.store.desk, wired)


def dsn_of(store: Store) -> str:
    state = hub_state.state(store.reader())
    assert state is not None
    return state.dsn


@pytest.fixture
def new(tmp_path: Path, hub: TestHub) -> Iterator[Store]:
    """A store in which nobody did anything yet, enrolled."""
    with a_new_store(tmp_path, hub, "Lin") as store:
        yield store


def a_new_store(tmp_path: Path, hub: TestHub, name: str, scope: int = 0) -> Store:
    store = open_store(tmp_path / f"{name}.db", CLOCK, create=True)
    dsn = hub.enrolled(name, desk=store.desk, scope=scope)
    store.write(lambda tx: hub_state.join(tx, HubState("team", dsn, scope)))
    return store


CLOCK = WrongClock(TrueTime())


def test_every_table_is_shared_or_local(tmp_path: Path) -> None:
    """A table that nobody has sorted could carry what is one desk's alone to all others."""
    with open_store(tmp_path / "desk.db", CLOCK, create=True) as store:
        found = store.reader().execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        names = {name for (name,) in found if not name.startswith(("message_index_", "heading_index_"))}
        sorted_ones = [["op"], snapshot.ROWS, snapshot.JUDGED, snapshot.MADE, snapshot.LOCAL]
        assert names == set().union(*sorted_ones)
        assert sum(map(len, sorted_ones)) == len(names)


def test_nothing_local_travels(team: Team) -> None:
    ida, _bo = team
    secret = "what only this desk knows"
    _plant(ida.store.path, secret)
    out = io.BytesIO()
    snapshot.write(ida.store.path, (0,), out)
    out.seek(0)
    _schema, blocks = snapshot.read(out)
    held = list(blocks)
    assert {table for table, _rows in held} <= {"op", *snapshot.ROWS, *snapshot.JUDGED}
    assert secret not in str(held)
    assert "马上看" in str(held)


def _plant(path: Path, secret: str) -> None:
    """A row that says it in every local table that has a place for words."""
    connection = open_writer(path)
    connection.execute("PRAGMA foreign_keys=OFF")
    for table in snapshot.LOCAL - {"hub", "_sqlite_migrations"}:
        columns = connection.execute("SELECT name, type FROM pragma_table_info(?)", (table,)).fetchall()
        values = [77_777 if kind == "INTEGER" else secret for _name, kind in columns]
        names, places = ", ".join(name for name, _kind in columns), ", ".join("?" * len(values))
        connection.execute(f"INSERT INTO {table}({names}) VALUES({places})", values)
    connection.execute("UPDATE hub SET dsn = ?, name = ?", (secret, secret))
    connection.close()


def test_a_new_desk_begins_with_a_snapshot(hub: TestHub, team: Team, new: Store) -> None:
    ida, bo = team
    contents = leave(ida)
    hears(bo.desk, "t3", "后来的")
    bo.sync()
    done = engine.once(new, CLOCK)
    assert (done.begun_with, done.unused_snapshot) == (contents.operations, "")
    assert done.received > 0
    ida.sync()
    assert said_by(new) == ida.rows()
    assert hub_state.lost(new.reader()) == hub_state.lost(ida.store.reader())
    assert hub_state.vector(new.reader()) == {**hub_state.vector(ida.store.reader()), **own_head(ida)}
    assert verify(new.path, deep=True).problems == ()
    assert new.reader().execute("SELECT max(marks) FROM conversation").fetchone() == (0,)
    assert engine.once(new, CLOCK).begun_with == 0


def own_head(mate: Mate) -> dict[int, int]:
    return {mate.store.desk: log.tip(mate.store.reader(), mate.store.desk).dseq}


def test_who_enrols_late_keeps_and_tells_what_they_did(hub: TestHub, team: Team, tmp_path: Path) -> None:
    ida, _bo = team
    leave(ida)
    late = mate(tmp_path, hub, "Lin")
    hears(late.desk, "t9", "从前的")
    done = late.sync()
    assert (done.begun_with, done.sent) == (0, own_head(late)[late.store.desk])
    ida.sync()
    assert said_by(late.store) == ida.rows()
    assert verify(late.store.path).problems == ()
    late.desk.close()


def test_a_snapshot_of_a_newer_csdesk_is_passed_over(hub: TestHub, team: Team, new: Store) -> None:
    leave(team[0])
    hub.execute("UPDATE csdesk.snapshot SET schema = 999")
    done = engine.once(new, CLOCK)
    assert done.begun_with == 0
    assert "newer csdesk" in done.unused_snapshot
    assert said_by(new) == team[0].rows()


def test_of_an_older_snapshot_the_log_is_taken(
    hub: TestHub, team: Team, new: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr(snapshot, "SCHEMA_VERSION", 1)
        older.setattr(snapshots, "SCHEMA_VERSION", 1)
        contents = leave(team[0])
    done = engine.once(new, CLOCK)
    assert (done.begun_with, done.received) == (contents.operations, 0)
    assert said_by(new) == team[0].rows()
    assert verify(new.path).problems == ()


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        ("UPDATE csdesk.snapshot_piece SET data = 'y' || substr(data, 2)", None),
        ("DELETE FROM csdesk.snapshot_piece WHERE n = 0", None),
        (
            "UPDATE csdesk.snapshot SET sums = translate(sums::text, 'abcdef', 'bcdefa')::jsonb",
            "snapshot.chain",
        ),
    ],
)
def test_what_was_changed_is_not_taken(
    hub: TestHub, team: Team, new: Store, spoil: str, code: str | None
) -> None:
    leave(team[0])
    hub.execute(spoil)
    if code is None:
        assert engine.once(new, CLOCK).begun_with == 0
        assert said_by(new) == team[0].rows()
        return
    with pytest.raises(StoreError) as refused:
        engine.once(new, CLOCK)
    assert refused.value.code == code
    assert bootstrapping.is_empty(new.reader())


def test_a_log_that_leads_elsewhere_is_not_taken(team: Team, new: Store) -> None:
    out = io.BytesIO()
    contents = snapshot.write(team[0].store.path, (0,), out)
    wrong = {desk: bytes(16) for desk in contents.sums}
    for take in (bootstrapping.fill, bootstrapping.Missing):
        out.seek(0)
        with pytest.raises(StoreError) as refused:
            take(new.path, out, wrong, (0,))
        assert refused.value.code == "snapshot.chain"
    assert bootstrapping.is_empty(new.reader())
    for end in (0, 3, out.getbuffer().nbytes - 1):
        with pytest.raises(StoreError):
            bootstrapping.fill(new.path, io.BytesIO(out.getvalue()[:end]), contents.sums, (0,))


def test_a_snapshot_of_work_that_the_hub_does_not_have_is_refused(team: Team) -> None:
    ida, _bo = team
    hears(ida.desk, "t4", "还没发")
    with pytest.raises(Refused) as refused:
        leave(ida)
    assert refused.value.code == "snapshot.untold"


def test_only_who_reads_all_its_scopes_uses_a_snapshot(hub: TestHub, team: Team, tmp_path: Path) -> None:
    """One of everybody hides what a team may know; one of a team is not for everybody."""
    ida, bo = team
    eve = mate(tmp_path, hub, "Eve", rank="lead", scope=3)
    hears(eve.desk, "t3", "团队的秘密")
    for each in (eve, ida, bo):
        each.sync()
    leave(ida)
    with a_new_store(tmp_path, hub, "Kim", scope=3) as kim:
        done = engine.once(kim, CLOCK)
        assert done.begun_with == 0
        assert "another team" in done.unused_snapshot
        assert said_by(kim) == eve.rows()
    leave(eve)
    with a_new_store(tmp_path, hub, "Tom", scope=3) as tom:
        assert engine.once(tom, CLOCK).begun_with > 0
        assert said_by(tom) == eve.rows()
    with a_new_store(tmp_path, hub, "Lin") as lin:
        assert engine.once(lin, CLOCK).begun_with > 0
        assert said_by(lin) == ida.rows()
        with psycopg.connect(dsn_of(lin), autocommit=True) as reading:
            assert reading.execute("SELECT scopes FROM csdesk.snapshot_v").fetchall() == [([0],)]
            held = reading.execute("SELECT DISTINCT snapshot FROM csdesk.snapshot_piece_v").fetchall()
            assert len(held) == 1
    eve.desk.close()


def test_half_a_snapshot_is_never_seen(hub: TestHub, team: Team) -> None:
    """Neither one whose upload broke off, nor one that is smaller than announced or says what the hub does not."""
    ida, _bo = team
    desk = ida.store.desk
    tips = own_head(ida)
    own = {desk: log.sum_at(ida.store.reader(), desk, tips[desk]) or b""}
    digest = bytes(32)
    with psycopg.connect(dsn_of(ida.store), autocommit=True) as lead:
        for vector, sums, size, refusal in (
            (tips, own, 4, "CS008"),
            (tips, {desk: bytes(16)}, 3, "CS008"),
            ({desk: tips[desk] + 1}, own, 3, "CS008"),
        ):
            given = (desk, as_json(vector), as_json({key: own.hex() for key, own in sums.items()}), digest)
            ((made,),) = lead.execute(
                "SELECT csdesk.begin_snapshot(%s, %s::jsonb, %s::jsonb, %s, 1, %s, 1)", (*given, size)
            ).fetchall()
            lead.execute("SELECT csdesk.add_piece(%s, 0, 'abc')", (made,))
            with pytest.raises(psycopg.Error) as refused:
                lead.execute("SELECT csdesk.finish_snapshot(%s)", (made,))
            assert refused.value.sqlstate == refusal
            assert lead.execute("SELECT * FROM csdesk.snapshot_v").fetchall() == []
            assert lead.execute("SELECT * FROM csdesk.snapshot_piece_v").fetchall() == []
    leave(ida)
    assert hub.execute("SELECT count(*) FROM csdesk.snapshot") == [(1,)]
    with psycopg.connect(dsn_of(ida.store), autocommit=True) as lead, pytest.raises(psycopg.Error) as refused:
        lead.execute("SELECT csdesk.add_piece(id, 99, 'x') FROM csdesk.snapshot_v")
    assert refused.value.sqlstate == "CS003"


def as_json(facts: dict[int, object]) -> str:
    return json.dumps({str(key): value for key, value in facts.items()})


def test_a_newer_snapshot_takes_the_place_of_the_older(hub: TestHub, team: Team) -> None:
    ida, _bo = team
    first = leave(ida)
    hears(ida.desk, "t5", "更多")
    ida.sync()
    assert leave(ida).operations > first.operations
    assert hub.execute(
        "SELECT count(DISTINCT id), count(DISTINCT p.snapshot) FROM csdesk.snapshot, csdesk.snapshot_piece p"
    ) == [(1, 1)]


def held_words(hub: TestHub) -> str:
    """All that the hub's snapshots hold, made readable."""
    rows = hub.execute("SELECT string_agg(data, '' ORDER BY n) FROM csdesk.snapshot_piece GROUP BY snapshot")
    return "".join(str(list(snapshot.read(io.BytesIO(data))[1])) for (data,) in rows)  # type: ignore[arg-type]


def test_an_erasure_takes_the_snapshots_that_hold_the_words(hub: TestHub, team: Team, new: Store) -> None:
    ida, bo = team
    leave(ida)
    assert WORDS in held_words(hub)
    erase(ida)
    ida.sync()
    assert hub.execute("SELECT count(*) FROM csdesk.snapshot_piece") == [(0,)]
    leave(ida)
    assert WORDS not in held_words(hub)
    assert "别的人" in held_words(hub)
    engine.once(new, CLOCK)
    bo.sync()
    assert said_by(new) == bo.rows()
    assert verify(new.path).problems == ()


def test_a_snapshot_from_before_an_erasure_is_refused(hub: TestHub, team: Team) -> None:
    """It was written down, then the words were erased, then it arrived."""
    ida, _bo = team
    wrote = snapshot.write

    def slowly(*given: object, **more: object) -> snapshot.Contents:
        contents = wrote(*given, **more)  # type: ignore[arg-type]
        erase(ida)
        ida.sync()
        return contents

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(snapshot, "write", slowly)
        with pytest.raises(HubRefusal) as refused:
            leave(ida)
    assert refused.value.sqlstate == "CS008"
    assert held_words(hub) == ""


def test_a_lead_at_work_leaves_one_by_itself(
    hub: TestHub, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "WORTH", 1)
    live = Live(team[0])
    until(lambda: hub.execute("SELECT count(*) FROM csdesk.snapshot WHERE is_whole") == [(1,)])
    live.stop()
    with line.connect(dsn_of(team[0].store)) as wired:
        assert not snapshots.is_worth_making(wired, (0,))
        assert snapshots.is_lead(wired)
    with line.connect(dsn_of(team[1].store)) as wired:
        assert not snapshots.is_lead(wired)


def test_killed_at_any_moment_it_is_all_here_or_nothing(
    hub: TestHub, team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Real kills, of a process of its own: while pieces come, while rows are written, before and after the commit."""
    monkeypatch.setattr(snapshot, "AT_ONCE", 4)
    monkeypatch.setattr(snapshots, "PIECE", 200)
    contents = leave(team[0])
    with a_new_store(tmp_path, hub, "Lin") as store:
        path = store.path
    plan = [str(path), *map(str, range(1, 12, 2)), "words", "done"]
    ran = subprocess.run(
        [sys.executable, "-m", "tests.sync.killed_bootstraps", *plan],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert [step["operations"] for step in told] == [0] * (len(told) - 1) + [contents.operations]
    assert all(step["killed"] for step in told)
    assert [each.name for each in tmp_path.iterdir() if "snapshot" in each.name] == []
    assert verify(path).problems == ()
    with open_store(path, CLOCK) as store:
        assert said_by(store) == team[0].rows()
