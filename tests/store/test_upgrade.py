"""A store of the first landed version: copied, upgraded, whole, also when the upgrade is killed."""

from __future__ import annotations

import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from csdesk.clock import ManualClock
from csdesk.errors import StoreError
from csdesk.store import before_upgrade, connect, migrations
from csdesk.store.database import SCHEMA_VERSION, open_store
from csdesk.store.verify import verify
from tests.conftest import ROOT
from tests.desks import START_MS, hears, open_desk

FIRST = 3
SCRIPT = Path(__file__).parent / "fixtures" / "schema3.sql"


def first_store(path: Path) -> Path:
    """The store of the fixture, at ``path``."""
    connect.create_file(path)
    connection = connect.open_writer(path)
    connection.execute("BEGIN")
    statement = ""
    for line in SCRIPT.read_text("utf-8").splitlines(keepends=True):
        statement += line
        if migrations.is_complete(
            "".join(part for part in statement.splitlines(True) if not part.startswith("--"))
        ):
            connection.execute(statement)
            statement = ""
    connection.execute("COMMIT")
    assert connection.execute("PRAGMA user_version").fetchone() == (FIRST,)
    connection.close()
    return path


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
from csdesk.store import migrations
from csdesk.store.database import open_store
print("ready", flush=True)
open_store(Path(sys.argv[1]), SystemClock()).close()
"""


@pytest.mark.parametrize("pause_ms", [0, 10, 20, 40, 80])
def test_a_killed_upgrade_is_done_again(tmp_path: Path, pause_ms: int) -> None:
    path = first_store(tmp_path / "desk.db")
    connection = connect.open_writer(path)
    connection.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
        " INSERT INTO contact(uid, name, created_at) SELECT randomblob(16), 'x' || i, 1 FROM n"
    )
    connection.close()
    before = said(path)
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None and child.stdout.readline() == "ready\n"
        time.sleep(pause_ms / 1000)
        child.send_signal(signal.SIGKILL)
    connection = connect.open_reader(path)
    assert connection.execute("PRAGMA user_version").fetchone()[0] in (FIRST, SCHEMA_VERSION)
    connection.close()
    open_store(path, ManualClock(START_MS)).close()
    assert said(path) == before
    assert all("contact" in problem for problem in verify(path).problems)
