"""A store of the first landed version: copied, upgraded, whole, also when the upgrade is killed."""

from __future__ import annotations

import contextlib
import random
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from csdesk.clock import ManualClock, SystemClock
from csdesk.errors import Refused, StoreError
from csdesk.store import before_upgrade, connect, presence
from csdesk.store import upgrading as store_upgrading
from csdesk.store.database import SCHEMA_VERSION, open_store
from csdesk.store.verify import verify
from tests.bench import builder
from tests.bench.talks import Plan
from tests.conftest import ROOT
from tests.desks import START_MS, hears, open_desk
from tests.store.old_stores import FIRST, as_first, first_store

CONVERSATIONS = 300


def said(path: Path) -> list[tuple[object, ...]]:
    connection = connect.open_reader(path)
    rows = connection.execute(
        "SELECT c.ref, c.status, m.sender, m.text FROM message m JOIN conversation c ON c.id = m.conversation"
        " ORDER BY m.id"
    ).fetchall()
    drafts = connection.execute("SELECT text FROM draft").fetchall()
    connection.close()
    return [*rows, *drafts]


def test_the_first_store_is_upgraded_with_a_copy_beside_it(tmp_path: Path) -> None:
    path = first_store(tmp_path / "desk.db")
    before = said(path)
    assert len(before) == 5
    steps: list[tuple[int, int]] = []
    open_store(path, ManualClock(START_MS), progress=lambda done, total: steps.append((done, total))).close()
    assert steps and steps[-1][0] == steps[-1][1]
    assert said(path) == before
    assert verify(path).problems == ()
    copy = before_upgrade.copy_path(path, SCHEMA_VERSION)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert said(copy) == before
    connection = connect.open_reader(copy)
    assert connection.execute("PRAGMA user_version").fetchone() == (FIRST,)
    connection.close()
    with open_desk(path) as desk:
        hears(desk, "t1", "again")
    assert verify(path).problems == ()


def test_no_copy_no_upgrade(tmp_path: Path) -> None:
    path = first_store(tmp_path / "desk.db")
    before_upgrade.copy_path(path, SCHEMA_VERSION).mkdir()
    with pytest.raises(StoreError) as raised:
        open_store(path, ManualClock(START_MS))
    assert raised.value.code == "store.no_copy"
    connection = connect.open_reader(path)
    assert connection.execute("PRAGMA user_version").fetchone() == (FIRST,)
    connection.close()


def test_a_new_store_has_no_copy(tmp_path: Path) -> None:
    open_store(tmp_path / "desk.db", ManualClock(START_MS), create=True).close()
    assert list(tmp_path.glob("*before*")) == []


CHILD = """
import sys
from pathlib import Path
from csdesk.clock import SystemClock
from csdesk.store.database import open_store
print("ready", flush=True)
open_store(Path(sys.argv[1]), SystemClock(), progress=lambda done, total: print(done, total, flush=True)).close()
"""


def upgrading(path: Path) -> subprocess.Popen[str]:
    """A process of its own that opens the store, and says how far it is."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None and child.stdout.readline() == "ready\n"
    return child


def words(path: Path) -> list[list[tuple[object, ...]]]:
    """Everything that the two indexes hold, place by place, and what the conversations say."""
    connection = connect.open_writer(path)
    found = [
        connection.execute(
            "SELECT ref, heading, queue_key, sort_key, status, message_count FROM conversation ORDER BY id"
        ).fetchall()
    ]
    for index in ("message_index", "heading_index"):
        connection.execute(
            f"CREATE VIRTUAL TABLE temp.{index}_t USING fts5vocab('main', '{index}', 'instance')"
        )
        found.append(connection.execute(f"SELECT * FROM temp.{index}_t ORDER BY 1, 2, 3, 4").fetchall())
    connection.close()
    return found


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of the first version with some thousand conversations, to be copied."""
    folder = tmp_path_factory.mktemp("large")
    builder.build(folder / "today.db", Plan(CONVERSATIONS, 3))
    return as_first(folder / "today.db", folder / "first.db")


@pytest.mark.parametrize("kills", [12, pytest.param(200, marks=pytest.mark.long)])
def test_a_killed_upgrade_goes_on_where_it_was(large: Path, tmp_path: Path, kills: int) -> None:
    whole = Path(shutil.copy(large, tmp_path / "whole.db"))
    steps: list[tuple[int, int]] = []
    open_store(whole, SystemClock(), progress=lambda done, total: steps.append((done, total))).close()
    assert [done for done, _total in steps] == sorted(done for done, _total in steps)
    wanted, chance = words(whole), random.Random(1)
    assert verify(whole).problems == ()
    path, killed, before = tmp_path / "desk.db", 0, said(large)
    while killed < kills:
        shutil.copy(large, path)
        versions: list[int] = []
        for _attempt in range(4):
            with upgrading(path) as child:
                assert child.stdout is not None
                for _step in range(chance.randint(0, 2 * len(steps) // 3)):
                    child.stdout.readline()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(chance.uniform(0, 0.05))
                child.send_signal(signal.SIGKILL)
            connection = connect.open_reader(path)
            versions.append(connection.execute("PRAGMA user_version").fetchone()[0])
            connection.close()
            killed += 1
        assert versions == sorted(versions)
        open_store(path, SystemClock()).close()
        assert words(path) == wanted
        copy = before_upgrade.copy_path(path, SCHEMA_VERSION)
        assert said(copy) == before
        assert verify(path).problems == ()
        for each in tmp_path.glob("desk.db*"):
            each.unlink()


def test_two_start_at_once_and_one_upgrades(large: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(large, tmp_path / "desk.db"))
    with upgrading(path) as first, upgrading(path) as second:
        told = [child.communicate()[0].splitlines() for child in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0)
    assert any(told)
    assert len(list(tmp_path.glob("desk.db.before-*"))) == 1
    assert verify(path).problems == ()
    assert not connect.upgrade_lock(path).exists()


def test_not_while_another_program_has_it_open(tmp_path: Path) -> None:
    path = first_store(tmp_path / "desk.db")
    other = connect.open_reader(path)
    other.execute("SELECT count(*) FROM op").fetchone()
    with pytest.raises(Refused) as raised:
        open_store(path, ManualClock(START_MS), busy_ms=50)
    assert raised.value.code == "store.in_use"
    assert other.execute("PRAGMA user_version").fetchone() == (FIRST,)
    other.close()
    open_store(path, ManualClock(START_MS)).close()
    assert verify(path).problems == ()


def test_no_room_no_upgrade(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = first_store(tmp_path / "desk.db")
    monkeypatch.setattr(store_upgrading, "ROOM_MORE", 1 << 60)
    with pytest.raises(StoreError) as raised:
        open_store(path, ManualClock(START_MS))
    assert raised.value.code == "store.no_room"
    assert list(tmp_path.glob("desk.db.before-*")) == []


def test_a_lock_that_a_kill_left_is_taken_away(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    open_store(path, ManualClock(START_MS), create=True).close()
    connect.upgrade_lock(path).touch()
    assert presence.needs_upgrade(path)
    presence.bring_up_to_date(path, ManualClock(START_MS))
    assert not presence.needs_upgrade(path)


def test_a_stopped_upgrade_goes_on(large: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(large, tmp_path / "desk.db"))

    def stop(done: int, total: int) -> None:
        if done > total // 2:
            raise Refused("stopped", "Stopped.", "")

    with pytest.raises(Refused):
        open_store(path, SystemClock(), progress=stop)
    heard: list[int] = []
    open_store(path, SystemClock(), progress=lambda done, _total: heard.append(done)).close()
    assert verify(path).problems == ()
