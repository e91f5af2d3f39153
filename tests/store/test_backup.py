"""A backup is whole or not there; a restore leaves the old store or the new one, whenever it is killed."""

from __future__ import annotations

import fcntl
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from csdesk.clock import ManualClock, SystemClock
from csdesk.errors import Refused, StoreError
from csdesk.store import backup, connect, copying
from csdesk.store.verify import verify
from tests.desks import START_MS, hears, open_desk

ROOT = Path(__file__).resolve().parents[2]
CLOCK = ManualClock(START_MS)
KILLS = [*range(5), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(5, 100))]

CHILD = """
import sys
from pathlib import Path
from csdesk.clock import SystemClock
from csdesk.store import backup, copying, file_copies, files
copying.CHUNK_BYTES = 8192
act, source, target = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
def told(done, total):
    print(done, total, flush=True)
def step(module, name):
    original = getattr(module, name)
    def said(*values, **named):
        print(name, flush=True)
        result = original(*values, **named)
        print(name, "done", flush=True)
        return result
    setattr(module, name, said)
for name in ("_checked", "_drop_companions", "_put_in_place"):
    step(backup, name)
step(file_copies, "link")
step(files, "flush")
step(files, "copy")
print("begin", flush=True)
if act == "backup":
    backup.backup(source, target, SystemClock(), is_forced=True, progress=told)
else:
    backup.restore(source, target, SystemClock(), progress=told)
print("end", flush=True)
"""


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "desk.db"
    with open_desk(path) as desk:
        for number in range(60):
            hears(desk, f"t{number % 6}", f"退货 refund {number} " + "字" * 900)
    return path


def count(path: Path) -> int:
    connection = connect.open_reader(path)
    (number,) = connection.execute("SELECT count(*) FROM op").fetchone()
    connection.close()
    return int(number)


def killed_after(lines: int, *words: object) -> list[str]:
    """What a child said that is killed behind its ``lines``-th line, or ended before."""
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, *map(str, words)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        said = [line for _number, line in zip(range(lines), child.stdout, strict=False)]
        child.send_signal(signal.SIGKILL)
        return said


def steps_of(*words: object) -> int:
    """How many lines a whole run says."""
    return len(killed_after(1_000_000, *words))


def test_a_backup_goes_on_where_a_killed_one_stopped(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "CHUNK_BYTES", connect.PAGE_SIZE)
    copy, partial = tmp_path / "copy.db", tmp_path / ".copy.db.partial"
    pages = store.stat().st_size // connect.PAGE_SIZE
    killed_after(1 + pages // 2, "backup", store, copy)
    assert not copy.exists() and partial.stat().st_size >= pages // 3 * connect.PAGE_SIZE
    with open_desk(store) as desk:
        hears(desk, "t0", "written meanwhile")
    made = backup.backup(store, copy, SystemClock())
    assert made.size // 4 < made.kept < made.size
    assert made.operations == count(store) == count(copy)
    assert verify(copy, deep=True).problems == ()
    assert not partial.exists()


@pytest.mark.parametrize("seed", KILLS)
def test_a_killed_backup_leaves_nothing_under_the_final_name_that_is_not_whole(
    store: Path, tmp_path: Path, seed: int
) -> None:
    copy = tmp_path / "copy.db"
    chance = random.Random(seed)
    older = None
    if seed % 2:
        older = backup.backup(store, copy, SystemClock()).operations
    steps = steps_of("backup", store, tmp_path / "other.db")
    with open_desk(store) as desk:
        hears(desk, "t0", f"seed {seed}")
        killed_after(chance.randrange(1, steps + 1), "backup", store, copy)
        hears(desk, "t1", "and on")
        newer = count(store)
    if copy.exists():
        assert count(copy) in (older, newer - 1), (older, newer, count(copy))
        assert verify(copy).problems == ()
    else:
        assert older is None
    made = backup.backup(store, copy, SystemClock(), is_forced=True)
    assert made.operations == newer == count(copy)
    assert verify(copy).problems == ()
    assert sorted(each.name for each in tmp_path.iterdir() if "copy" in each.name) == [
        "copy.db",
        "copy.db.head",
    ]


@pytest.mark.parametrize("seed", KILLS)
def test_a_killed_restore_leaves_the_old_store_or_the_new_one(store: Path, tmp_path: Path, seed: int) -> None:
    copy = tmp_path / "copy.db"
    new = backup.backup(store, copy, SystemClock()).operations
    with open_desk(store) as desk:
        hears(desk, "t0", "since the backup")
    old = count(store)
    spare = tmp_path / "spare" / "desk.db"
    spare.parent.mkdir()
    spare.write_bytes(store.read_bytes())
    steps = steps_of("restore", copy, spare)
    killed_after(random.Random(seed).randrange(1, steps + 1), "restore", copy, store)
    assert count(store) in (old, new)
    assert verify(store).problems == ()
    with open_desk(store) as desk:
        assert desk.store.lost is None
    restored = backup.restore(copy, store, CLOCK)
    assert (count(store), restored.kept is not None) == (new, True)
    assert verify(store).problems == () and verify(restored.kept or store).problems == ()
    kept = [each for each in tmp_path.glob("desk.db.before-restore-*") if each.suffix != ".head"]
    assert all(each.stat().st_nlink == 1 for each in (store, *kept))
    assert not list(tmp_path.glob(".desk.db.*"))


def test_a_backup_under_way_keeps_another_out(store: Path, tmp_path: Path) -> None:
    partial = tmp_path / ".copy.db.partial"
    with partial.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(Refused) as raised:
            backup.backup(store, tmp_path / "copy.db", SystemClock())
    assert raised.value.code == "backup.running" and "copy.db" in raised.value.sentence


def test_a_long_reader_is_waited_for_and_then_named(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "SETTLE_S", 0.2)
    with open_desk(store) as desk:
        reader = connect.open_reader(store)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM op").fetchone()
        hears(desk, "t0", "newer than what is read")
        with pytest.raises(Refused) as raised:
            backup.backup(store, tmp_path / "copy.db", SystemClock())
        assert raised.value.code == "backup.busy"
        reader.close()
        assert backup.backup(store, tmp_path / "copy.db", SystemClock()).operations == count(store)


def test_locks_of_an_open_desk_survive_a_backup_in_its_process(store: Path, tmp_path: Path) -> None:
    """Another process that opens and closes the store would otherwise take the log for its own to remove."""
    script = (
        "import sys; from pathlib import Path; from tests.desks import hears, open_desk\n"
        "with open_desk(Path(sys.argv[1]), agent='Bo') as desk: hears(desk, 't9')"
    )
    with open_desk(store) as desk:
        backup.backup(store, tmp_path / "copy.db", SystemClock())
        hears(desk, "t0", "before")
        subprocess.run([sys.executable, "-c", script, str(store)], cwd=ROOT, check=True)
        hears(desk, "t0", "after")
        assert Path(f"{store}-wal").exists()
    assert verify(store).problems == ()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", folder], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("needs the right to mount")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_is_one_sentence_and_nothing_is_left_there(store: Path, small_disk: Path) -> None:
    with pytest.raises(StoreError) as raised:
        backup.backup(store, small_disk / "copy.db", SystemClock())
    assert raised.value.code == "backup.cannot_write"
    assert "copy.db" in raised.value.sentence and "No space left" in raised.value.sentence
    assert list(small_disk.iterdir()) == []


def test_a_read_only_disk_is_one_sentence(store: Path, small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(StoreError) as raised:
        backup.backup(store, small_disk / "copy.db", SystemClock())
    assert raised.value.code == "backup.cannot_write" and "Read-only" in raised.value.sentence


def test_a_restore_onto_a_full_disk_changes_nothing(store: Path, tmp_path: Path, small_disk: Path) -> None:
    copy, place = tmp_path / "copy.db", small_disk / "desk.db"
    backup.backup(store, copy, SystemClock())
    place.write_bytes(b"")
    with pytest.raises(StoreError) as raised:
        backup.restore(copy, place, CLOCK)
    assert raised.value.code in ("backup.cannot_write", "store.disk_full"), raised.value.sentence
    assert [each.name for each in small_disk.iterdir()] == ["desk.db"]


def test_what_is_no_file_is_not_replaced(store: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(Refused) as refused:
        backup.backup(store, pipe, SystemClock(), is_forced=True)
    assert refused.value.code == "backup.no_file"
    assert pipe.is_fifo()
