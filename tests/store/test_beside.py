"""A large store is checked by several processes: they find what one finds, and none of them is left behind."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from csdesk import i18n
from csdesk.desk.context import Desk
from csdesk.store import beside, connect, hub, replay
from csdesk.store.verify import verify
from tests.desks import hears, open_desk
from tests.store.test_verify import change, path  # noqa: F401 - the store in which all has happened

LARGE = 1 << 60


@pytest.fixture(autouse=True)
def every_store_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "LEAST_BYTES", 0)
    monkeypatch.setattr(replay, "RUN", 7)


def nobody_is_left() -> bool:
    return not [each for each in threading.enumerate() if each.name == "csdesk-beside"]


@pytest.mark.parametrize(
    ("statement", "deep"),
    [
        ("", False),
        ("", True),
        ("UPDATE contact SET name = 'X' WHERE name = 'Customer one'", False),
        ("UPDATE contact_key SET key = 'X' WHERE key LIKE '%one'", False),
        ("UPDATE conversation SET preview = '' WHERE thread = 'one'", False),
        ("UPDATE conversation SET last_message = NULL WHERE thread = 'two'", False),
        ("UPDATE conversation SET heading = NULL WHERE thread = 'two'", True),
        ("UPDATE conversation SET inbox = 99 WHERE thread = 'one'", False),
        ("UPDATE message SET text = 'X' WHERE text LIKE 'one%'", False),
        ("UPDATE message SET text = 'X' WHERE text LIKE 'one%'", True),
        ("UPDATE message SET author = NULL", False),
        ("DELETE FROM message WHERE text LIKE 'one%'", False),
        ("UPDATE label SET name = 'X' WHERE name = '退款'", False),
        ("DELETE FROM conversation_label", False),
        ("UPDATE event SET agent = NULL WHERE kind = 34", False),
        ("UPDATE agent SET id = id + 20 WHERE name = 'Bo'", False),
        ("INSERT INTO message_index(rowid, text) VALUES(1, 'extra')", False),
        (
            "INSERT INTO message_index(message_index, rowid, text) SELECT 'delete', id, 'VIP' FROM message"
            " WHERE text = 'VIP'",
            True,
        ),
        ("DELETE FROM op WHERE dseq = 7", False),
        ("UPDATE op SET body = '{' WHERE dseq = 9", False),
        ("UPDATE op SET sum = x'00000000000000000000000000000000' WHERE dseq = 11", False),
    ],
)
def test_several_find_what_one_finds(
    path: Path,  # noqa: F811
    statement: str,
    deep: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    change(path, *([statement] if statement else []))
    by_several = verify(path, deep=deep)
    assert nobody_is_left()
    monkeypatch.setattr(beside, "LEAST_BYTES", LARGE)
    assert verify(path, deep=deep) == by_several
    assert by_several.is_clean == (not statement)


def test_a_broken_page_is_told_by_all(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    connection = connect.open_reader(path)
    (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'message'").fetchone()
    connection.close()
    data = bytearray(path.read_bytes())
    start = (page - 1) * connect.PAGE_SIZE
    data[start : start + 40] = b"\xff" * 40
    path.write_bytes(data)
    by_several = verify(path)
    monkeypatch.setattr(beside, "LEAST_BYTES", LARGE)
    assert set(verify(path).problems) == set(by_several.problems)
    assert by_several.is_log_whole


def test_progress_goes_forward_and_names_each_stage(path: Path) -> None:  # noqa: F811
    steps: list[int] = []
    stages: set[str] = set()
    report = verify(
        path,
        lambda done, _total: steps.append(done),
        stage=lambda name, _done, _of: stages.add(name),
    )
    assert report.is_clean
    assert steps == sorted(steps) and steps[-1] > 0.9 * report.operations
    assert {"replay", "rows"} <= stages


def test_a_desk_works_on_and_nothing_it_wrote_is_complained_of(path: Path) -> None:  # noqa: F811
    """Neither its rows are, nor does a snapshot keep its write-ahead log from being emptied meanwhile."""
    emptied: list[bool] = []
    with open_desk(path, agent="张敏") as desk:

        def work_on(name: str, done: int, _of: int) -> None:
            if name == "replay" and done < 40:
                hears(desk, f"late{done}", "又来了 again")
                emptied.append(is_emptied(path))

        report = verify(path, stage=work_on)
        assert report.problems == ()
        assert report.operations == length(desk)
    assert len(emptied) > 3 and any(emptied)


def is_emptied(path: Path) -> bool:  # noqa: F811
    connection = connect.open_writer(path)
    (is_busy, *_pages) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    connection.close()
    return not is_busy


def length(desk: Desk) -> int:
    return int(desk.store.reader().execute("SELECT count(*) FROM op").fetchone()[0])


def test_a_store_that_joins_a_hub_meanwhile_is_checked_as_one_that_has(path: Path) -> None:  # noqa: F811
    joined: list[str] = []
    with open_desk(path, agent="张敏") as desk:

        def join(name: str, done: int, _of: int) -> None:
            if name == "replay" and done and not joined:
                joined.append(name)
                desk.store.write(lambda tx: hub.join(tx, hub.HubState("shop", "host=nowhere")))

        assert verify(path, stage=join).problems == ()
    assert joined


def stop(_name: str, done: int, _of: int) -> None:
    if done:
        raise KeyboardInterrupt


def test_who_is_stopped_leaves_no_process_and_no_file(path: Path) -> None:  # noqa: F811
    before = sorted(each.name for each in path.parent.iterdir())
    with pytest.raises(KeyboardInterrupt):
        verify(path, stage=stop)
    assert nobody_is_left()
    assert sorted(each.name for each in path.parent.iterdir()) == before


@pytest.mark.parametrize("program", [shutil.which("false"), "/nowhere/python"])
def test_where_no_process_can_begin_one_does_it_all(
    path: Path,  # noqa: F811
    program: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "executable", program)
    change(path, "UPDATE message SET text = 'X' WHERE text LIKE 'one%'")
    assert any("'X'" in problem for problem in verify(path).problems)
    assert nobody_is_left()


def test_a_process_ends_with_who_asked(path: Path) -> None:  # noqa: F811
    child = subprocess.Popen(
        [sys.executable, "-m", "csdesk.store.beside", str(path), "en", *["chain"] * 100_000],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdin is not None and child.stdout is not None
    assert child.stdout.readline().startswith(b'["found", "chain"')
    child.stdin.close()
    threading.Thread(target=child.stdout.read, daemon=True).start()
    assert child.wait(timeout=60) == 1


def test_what_it_says_is_in_the_language_of_who_asked(
    path: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    change(path, "UPDATE op SET sum = x'00000000000000000000000000000000' WHERE dseq = 11")
    before = i18n.language()
    try:
        i18n.set_language("zh_CN")
        by_several = verify(path).problems
        monkeypatch.setattr(beside, "LEAST_BYTES", LARGE)
        assert by_several == verify(path).problems
    finally:
        i18n.set_language(before)
    assert not by_several[0].isascii()
