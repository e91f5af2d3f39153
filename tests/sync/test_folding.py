"""Old operations lose their text on the hub once all desks have them and a proved snapshot does; nobody notices."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from csdesk.desk import sending, work
from csdesk.errors import Refused, StoreError
from csdesk.store import carried, log
from csdesk.store import hub as hub_state
from csdesk.store.connect import open_writer
from csdesk.store.verify import verify
from csdesk.sync import engine, folding, line, pull, wire
from tests.desks import hears, open_desk
from tests.store.relay import said_by
from tests.sync.conftest import TestHub
from tests.sync.desks import Mate, mate
from tests.sync.test_carrying import brings, carry, has
from tests.sync.test_erasing import WORDS, erase, holds
from tests.sync.test_snapshots import CLOCK, Team, a_new_store, dsn_of, leave


@pytest.fixture
def team(tmp_path: Path, hub: TestHub) -> Iterator[Team]:
    """A lead and an agent who know all of each other, and a snapshot of it."""
    ida, bo = mate(tmp_path, hub, "Ida", rank="lead"), mate(tmp_path, hub, "Bo")
    work.claim(ida.desk, hears(ida.desk, "t1", WORDS))
    hears(bo.desk, "t2", "别的人")
    meet(ida, bo)
    leave(ida)
    yield ida, bo
    for each in (ida, bo):
        each.desk.close()


def meet(*mates: Mate) -> None:
    for each in (*mates, *mates):
        each.sync()


def talk(mate: Mate, thread: str) -> int:
    row = mate.store.reader().execute("SELECT id FROM conversation WHERE thread = ?", (thread,)).fetchone()
    return int(row[0])


def bodies(hub: TestHub) -> int:
    """How many operations still have their text."""
    ((count,),) = hub.execute("SELECT count(*) FROM csdesk.op WHERE body <> ''")
    return int(str(count))


def is_silent(hub: TestHub, mate: Mate) -> None:
    """They were last here a month and a day ago."""
    hub.execute("UPDATE csdesk.desk SET at = now() - interval '31 days' WHERE desk = %s", mate.store.desk)


def all_agree(*mates: Mate) -> None:
    meet(*mates)
    for each in mates:
        assert each.rows() == mates[0].rows()
        assert verify(each.store.path).problems == ()


def test_nobody_notices(hub: TestHub, team: Team, tmp_path: Path) -> None:
    ida, bo = team
    before = bodies(hub)
    assert folding.plan(hub.dsn, 0).operations == before
    done = folding.fold(hub.dsn, 0)
    assert (done.operations, bodies(hub), done.held_by) == (before, 0, ())
    assert folding.plan(hub.dsn, 0).operations == 0
    # Chains, heads and claims go on.
    for each in (ida, bo):
        work.claim(each.desk, talk(each, "t2"))
        sending.note(each.desk, talk(each, "t2"), "先到先得")
    all_agree(bo, ida)
    assert len(hub_state.lost(ida.store.reader())) == 1
    # So do those who come new, with nothing and with work of their own.
    with a_new_store(tmp_path, hub, "Lin") as lin:
        assert engine.once(lin, CLOCK).begun_with == before
        assert said_by(lin) == ida.rows()
        assert verify(lin.path).problems == ()
    late = mate(tmp_path, hub, "Eve")
    hears(late.desk, "t9", "从前的")
    assert late.sync().begun_with == before
    all_agree(late, ida, bo)
    late.desk.close()


def test_what_names_a_file_is_folded_once_the_hub_has_the_file(
    hub: TestHub, team: Team, tmp_path: Path
) -> None:
    ida, bo = team
    brings(ida, b"brought", thread="f1")
    meet(ida, bo)
    assert carry(ida).brought == 1
    brings(ida, b"not yet", thread="f2")
    meet(ida, bo)
    leave(ida)
    folding.fold(hub.dsn, 0)
    assert bodies(hub) == 1
    assert carry(ida).brought == 1
    hears(ida.desk, "t3", "又一位")
    meet(ida, bo)
    leave(ida)
    folding.fold(hub.dsn, 0)
    assert bodies(hub) == 0
    # A desk that offers all of it again is not refused, and one that comes new may have the contents.
    ida.store.write(carried.begin_anew)
    done = carry(ida)
    assert (done.brought, done.bytes, carried.count_to_bring(ida.store.reader())) == (2, 0, (0, 0))
    lin = mate(tmp_path, hub, "Lin")
    assert lin.sync().begun_with > 0
    assert carry(lin, 1 << 20).fetched == 2
    assert has(lin, b"brought") and has(lin, b"not yet")
    all_agree(ida, bo, lin)
    lin.desk.close()


def test_what_somebody_lacks_or_is_young_stays(hub: TestHub, team: Team) -> None:
    ida, bo = team
    assert folding.plan(hub.dsn, 90).operations == 0
    hears(ida.desk, "t3", "新的")
    ida.sync()
    leave(ida)
    before = bodies(hub)
    found = folding.fold(hub.dsn, 0)
    assert bodies(hub) == before - found.operations > 0
    assert any("Ida" in sentence for sentence in found.held_by)
    all_agree(bo, ida)
    assert folding.plan(hub.dsn, 0).operations > 0


def test_without_a_snapshot_for_everybody_nothing_is_folded(hub: TestHub, team: Team, tmp_path: Path) -> None:
    eve = mate(tmp_path, hub, "Eve", scope=3)
    meet(eve, *team)
    found = folding.fold(hub.dsn, 0)
    assert found.operations == 0
    assert "0, 3" in found.held_by[0]
    hub.execute("DELETE FROM csdesk.snapshot")
    assert len(folding.plan(hub.dsn, 0).held_by) == 2
    eve.desk.close()


def test_who_was_silent_begins_anew_and_keeps_their_work(hub: TestHub, team: Team) -> None:
    ida, bo = team
    hears(bo.desk, "t1", "没发出去的")
    sending.note(bo.desk, talk(bo, "t2"), "写在路上")
    hears(ida.desk, "t4", "这一个月")
    ida.sync()
    is_silent(hub, bo)
    leave(ida)
    folding.fold(hub.dsn, 0)
    assert bodies(hub) == 0
    done = bo.sync()
    assert done.begun_with > 0
    assert done.sent > 0
    all_agree(ida, bo)
    assert "写在路上" in str(ida.rows()) and "没发出去的" in str(ida.rows())


def test_a_store_from_a_backup_gets_its_folded_work_back(hub: TestHub, team: Team, tmp_path: Path) -> None:
    ida, bo = team
    path = bo.store.path
    bo.desk.close()
    shutil.copy(path, tmp_path / "backup.db")
    bo.desk = open_desk(path, bo.clock, agent="Bo")
    hears(bo.desk, "t5", "备份之后")
    meet(bo, ida)
    leave(ida)
    folding.fold(hub.dsn, 0)
    bo.desk.close()
    shutil.copy(tmp_path / "backup.db", path)
    log.head_path(path).unlink(missing_ok=True)
    bo.desk = open_desk(path, bo.clock, agent="Bo")
    assert bo.sync().begun_with > 0
    all_agree(ida, bo)
    assert "备份之后" in str(bo.rows())


def test_who_is_too_old_and_finds_no_snapshot_is_told(hub: TestHub, team: Team) -> None:
    ida, bo = team
    hears(ida.desk, "t4", "这一个月")
    ida.sync()
    is_silent(hub, bo)
    leave(ida)
    folding.fold(hub.dsn, 0)
    hears(bo.desk, "t1", "没发出去的")
    hub.execute("DELETE FROM csdesk.snapshot")
    with pytest.raises(Refused) as refused:
        bo.sync()
    assert refused.value.code == "sync.too_old"
    assert "没发出去的" in str(bo.rows())
    leave(ida)
    all_agree(ida, bo)


def test_an_older_csdesk_takes_nothing_that_was_folded(hub: TestHub, team: Team, tmp_path: Path) -> None:
    """It does not ask what was folded: the sums keep it from taking bodies that are gone for bodies."""
    folding.fold(hub.dsn, 0)
    with a_new_store(tmp_path, hub, "Lin") as lin, line.connect(dsn_of(lin)) as wired:
        page = wire.next_page(wired, {}, lin.desk)
        with pytest.raises(StoreError) as refused:
            pull.take_in(lin, page.rows, page.lost, pull.Pulled())
        assert refused.value.code == "sync.chain"


def test_an_erasure_reaches_what_was_folded(hub: TestHub, team: Team, tmp_path: Path) -> None:
    ida, bo = team
    folding.fold(hub.dsn, 0)
    erase(ida)
    all_agree(ida, bo)
    assert not holds(ida)
    assert not holds(bo)
    assert hub.execute("SELECT count(*) FROM csdesk.snapshot") == [(0,)]
    leave(ida)
    with a_new_store(tmp_path, hub, "Lin") as lin:
        engine.once(lin, CLOCK)
        assert said_by(lin) == ida.rows()
        assert verify(lin.path).problems == ()
    meet(ida, bo)
    assert folding.fold(hub.dsn, 0).operations > 0
    all_agree(ida, bo)


def test_a_snapshot_that_says_other_than_its_log_folds_nothing(hub: TestHub, team: Team) -> None:
    ida, _bo = team
    before = bodies(hub)
    connection = open_writer(ida.store.path)
    connection.execute("UPDATE message SET text = '改过的话'")
    connection.close()
    leave(ida)
    with pytest.raises(Refused) as refused:
        folding.fold(hub.dsn, 0)
    assert refused.value.code == "fold.unproved"
    assert bodies(hub) == before


def test_old_visits_are_forgotten(hub: TestHub, team: Team) -> None:
    hub.execute("UPDATE csdesk.push SET at = now() - interval '91 days' WHERE desk = %s", team[0].store.desk)
    ((old,),) = hub.execute("SELECT count(*) FROM csdesk.push WHERE at < now() - interval '90 days'")
    assert folding.plan(hub.dsn).visits == old != 0
    folding.fold(hub.dsn)
    assert hub.execute("SELECT count(*) FROM csdesk.push WHERE at < now() - interval '90 days'") == [(0,)]
    assert hub.execute("SELECT count(*) > 0 FROM csdesk.push") == [(True,)]


def test_what_a_killed_fold_left_is_gone_with_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another one tries just now stays."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    held = (
        "import time\nfrom csdesk.sync import folding\n"
        "with folding.scratch() as folder:\n print(folder, flush=True)\n time.sleep(600)\n"
    )
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", held], stdout=subprocess.PIPE, env=environment) as other:
        assert other.stdout is not None
        left = Path(other.stdout.readline().decode().strip())
        (left / "snapshot.db").write_text("words of a customer")
        with folding.scratch():
            assert left.exists()
        other.kill()
        other.wait()
    with folding.scratch() as own:
        assert list(tmp_path.glob(f"{folding.SCRATCH}*")) == [own]
    assert list(tmp_path.iterdir()) == []
