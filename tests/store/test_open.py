"""A store opens, or says in one sentence why not, and leaves what is not its own alone."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2 as driver

from csdesk.clock import ManualClock
from csdesk.errors import NotFound, StoreError
from csdesk.store import connect
from csdesk.store.database import SCHEMA_VERSION, Store, open_store
from csdesk.store.verify import verify
from tests.desks import START_MS, hears, open_desk

ROOT = Path(__file__).resolve().parents[2]


def opened(path: Path, **options: object) -> Store:
    return open_store(path, ManualClock(START_MS), **options)  # type: ignore[arg-type]


def code_of(path: Path, **options: object) -> str:
    """The code of the error that opening ``path`` ends with; its texts have to be there."""
    with pytest.raises((StoreError, NotFound)) as raised:
        opened(path, **options).close()
    assert str(path.name)[:20] in raised.value.sentence
    assert raised.value.hint
    return raised.value.code


def fingerprint(path: Path) -> tuple[str, int, list[str]]:
    data = hashlib.sha256(path.read_bytes()).hexdigest()
    return data, path.stat().st_mtime_ns, sorted(each.name for each in path.parent.iterdir())


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MiB of its own; skipped where nobody may mount one."""
    folder = tmp_path / "mount"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("needs the right to mount")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_new_store_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "desk.db"
    with open_desk(path) as desk:
        hears(desk, "t")
        modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    assert modes["desk.db"] == 0o600
    assert modes["desk.db-wal"] == 0o600
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.with_name("desk.db.head").stat().st_mode) == 0o600


def test_pragmas(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    opened(path, create=True).close()
    connection = connect.open_writer(path)
    said = {
        name: connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in (
            "journal_mode",
            "page_size",
            "synchronous",
            "foreign_keys",
            "secure_delete",
            "wal_autocheckpoint",
        )
    }
    assert connection.execute("PRAGMA application_id").fetchone()[0] == connect.APPLICATION_ID
    connection.close()
    assert said == {
        "journal_mode": "wal",
        "page_size": 8192,
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        "wal_autocheckpoint": 0,
    }


def test_a_missing_store_is_not_made_by_the_way(tmp_path: Path) -> None:
    assert code_of(tmp_path / "none.db") == "store.missing"
    assert not list(tmp_path.glob("none*"))


def test_a_store_in_a_name_that_is_not_utf8(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff?#%.db"))
    opened(path, create=True).close()
    opened(path).close()
    assert path.exists()


@pytest.mark.parametrize("content", [b"hello", b"# notes\n" * 200, b"SQLite format 2\x00" + b"\x00" * 200])
def test_another_file_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    before = fingerprint(path)
    assert code_of(path, create=True) == "store.not_a_database"
    assert fingerprint(path) == before


@pytest.mark.parametrize("user_version", [0, SCHEMA_VERSION, 99])
def test_a_database_of_another_program_is_left_as_it_is(tmp_path: Path, user_version: int) -> None:
    path = tmp_path / "foreign.db"
    connection = driver.connect(str(path))
    connection.executescript(f"CREATE TABLE songs(id); PRAGMA user_version={user_version};")
    connection.close()
    before = fingerprint(path)
    assert code_of(path, create=True) == "store.not_a_database"
    assert fingerprint(path) == before


def test_a_folder_is_no_store(tmp_path: Path) -> None:
    assert code_of(tmp_path, create=True) == "store.not_a_database"


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert code_of(tmp_path / "file" / "desk.db", create=True) in ("store.cannot_create", "store.cannot_read")


def test_a_name_that_no_file_can_have(tmp_path: Path) -> None:
    assert code_of(tmp_path / ("x" * 300), create=True) in ("store.cannot_create", "store.cannot_read")


def test_a_newer_schema_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    opened(path, create=True).close()
    connection = driver.connect(str(path))
    connection.execute(f"PRAGMA user_version={SCHEMA_VERSION + 1}")
    connection.close()
    before = path.read_bytes()
    assert code_of(path) == "store.newer"
    assert path.read_bytes() == before


def test_a_truncated_store_is_named_as_damaged(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    opened(path, create=True).close()
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StoreError) as raised:
        opened(path).close()
        report = verify(path)
        raise StoreError("verify", " ".join(report.problems))
    assert raised.value.code in ("store.damaged", "verify")
    assert raised.value.sentence


def test_a_locked_store_says_so_and_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    with open_desk(path, busy_ms=20) as desk:
        other = connect.open_writer(path)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError) as raised:
            hears(desk, "t")
        other.execute("ROLLBACK")
        other.close()
        assert raised.value.code == "store.locked"
        assert desk.store.reader().execute("SELECT count(*) FROM message").fetchone() == (0,)
        hears(desk, "t")
        assert desk.store.reader().execute("SELECT count(*) FROM message").fetchone() == (1,)


def test_a_store_locked_for_good_does_not_open(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    opened(path, create=True).close()
    other = driver.connect(str(path), isolation_level=None)
    other.execute("PRAGMA locking_mode=EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    assert code_of(path, busy_ms=20) == "store.locked"
    other.close()


def test_a_read_only_disk(mount: Path) -> None:
    path = mount / "desk.db"
    opened(path, create=True).close()
    before = path.read_bytes()
    subprocess.run(["mount", "-o", "remount,ro", mount], check=True)
    assert code_of(path) == "store.read_only"
    assert code_of(mount / "new.db", create=True) == "store.cannot_create"
    assert path.read_bytes() == before


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_read_only_folder(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o500)
    assert code_of(folder / "desk.db", create=True) == "store.cannot_create"


def test_a_full_disk_half_writes_nothing(mount: Path) -> None:
    path = mount / "desk.db"
    stored = 0
    with open_desk(path) as desk:
        with pytest.raises(StoreError) as raised:
            for number in range(2_000):
                hears(desk, f"t{number}", "满" * 2_000)
                stored += 1
        assert raised.value.code == "store.disk_full", raised.value.sentence
        assert stored > 3
    os.truncate(mount / "desk.db.head", 0) if (mount / "desk.db.head").exists() else None
    subprocess.run(["mount", "-o", "remount,size=64m", mount], check=True)
    with open_desk(path) as desk:
        assert desk.store.reader().execute("SELECT count(*) FROM message").fetchone() == (stored,)
        hears(desk, "after")
    assert verify(path).problems == ()


def test_a_file_size_limit_is_one_clear_sentence(tmp_path: Path) -> None:
    """The same where nobody may mount: a limit on the size of files stands for the end of the disk."""
    path = tmp_path / "desk.db"
    open_desk(path).close()
    script = """
import resource, signal, sys
from pathlib import Path
from csdesk.errors import StoreError
from tests.desks import hears, open_desk
path = Path(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with open_desk(path) as desk:
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
    stored = 0
    try:
        while stored < 1000:
            hears(desk, f"t{stored}", "x" * 20_000)
            stored += 1
    except StoreError as error:
        print(error.code, stored)
"""
    ran = subprocess.run(
        [sys.executable, "-c", script, str(path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    code, stored = ran.stdout.split()
    assert code in ("store.disk_full", "store.io")
    with open_desk(path) as desk:
        assert desk.store.reader().execute("SELECT count(*) FROM message").fetchone() == (int(stored),)
    assert verify(path).problems == ()


def test_two_programs_make_one_store(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(lambda _number: opened(path, create=True), range(4)))
    assert len({store.desk for store in stores}) == 1
    for store in stores:
        store.close()
    assert verify(path).problems == ()


def test_opening_and_writing_load_no_sqlite_utils(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    opened(path, create=True).close()
    script = (
        "import sys; from pathlib import Path; from tests.desks import hears, open_desk\n"
        "with open_desk(Path(sys.argv[1])) as desk: hears(desk, 't')\n"
        "assert not {'sqlite_utils', 'sqlite3'} & set(sys.modules)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, str(path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    desk = open_desk(tmp_path / "desk.db")
    desk.store.reader()
    desk.close()
    desk.close()
    for use in (desk.store.reader, lambda: desk.store.write(lambda tx: None)):
        with pytest.raises(StoreError) as raised:
            use()
        assert raised.value.code == "store.closed"


def test_each_thread_lets_go_of_the_pages_of_its_own_connection(tmp_path: Path) -> None:
    with open_desk(tmp_path / "desk.db") as desk, ThreadPoolExecutor(1) as other:
        store = desk.store
        heard: dict[str, list[str]] = {"here": [], "there": [], "writer": []}
        store.reader().set_trace_callback(heard["here"].append)
        other.submit(lambda: store.reader().set_trace_callback(heard["there"].append)).result()
        store.write(lambda tx: tx.connection.set_trace_callback(heard["writer"].append))

        store.let_go_of_pages()
        for _time in range(2):
            store.reader().execute("SELECT 1")
            other.submit(lambda: store.reader().execute("SELECT 1").fetchone()).result()
            store.write(lambda tx: None)

        assert heard["here"] == heard["there"] == ["PRAGMA shrink_memory", "SELECT 1", "SELECT 1"]
        assert heard["writer"].count("PRAGMA shrink_memory") == 1
