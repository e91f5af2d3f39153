"""The rows made anew for a check: by runs, in a file without a name, and each bad operation named."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from csdesk.errors import StoreError
from csdesk.store import connect, log, replay
from csdesk.store.checks import Findings
from csdesk.store.verify import verify
from tests.desks import hears, open_desk


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "desk.db"
    with open_desk(path, agent="张敏") as desk:
        for number in range(30):
            hears(desk, f"t{number % 7}", f"退货 {number}")
    return path


def operations_of(path: Path) -> list[log.Stored]:
    connection = connect.open_reader(path)
    try:
        return list(log.in_time(connection))
    finally:
        connection.close()


def texts(connection: connect.Connection) -> list[str]:
    return [text for (text,) in connection.execute("SELECT text FROM message ORDER BY id")]


@pytest.mark.parametrize("run", [1, 7, 10_000])
def test_a_bad_operation_is_named_and_the_others_of_its_run_are_replayed(
    path: Path, run: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "RUN", run)
    operations = operations_of(path)
    spoilt = next(number for number, each in enumerate(operations) if "退货 12" in each.body)
    operations[spoilt] = operations[spoilt]._replace(body="{")
    scratch, found = replay.open_private(path), Findings("replay")
    made = replay.prepare(scratch)
    assert sum(replay.replay(scratch, operations, found)) == 0
    assert found.looked_at == len(operations)
    (said,) = found.problems
    assert (
        said.startswith(f"log: operation {operations[spoilt].dseq} of desk") and "cannot be replayed" in said
    )
    expected = [f"退货 {number}" for number in range(30) if number != 12]
    assert sorted(texts(scratch)) == sorted(expected)
    replay.fill_indexes(scratch, made, lambda done, total: None)
    words = "SELECT count(*) FROM message_index WHERE message_index MATCH ?"
    assert scratch.execute(words, ('"退货"',)).fetchone() == (29,)
    scratch.close()


def test_a_kind_of_tomorrow_is_counted(path: Path) -> None:
    operations = operations_of(path)
    scratch, found = replay.open_private(path), Findings("replay")
    replay.prepare(scratch)
    assert sum(replay.replay(scratch, [*operations, operations[-1]._replace(kind=977)], found)) == 1
    assert found.problems == []
    scratch.close()


def test_what_is_made_anew_has_no_name_and_leaves_nothing(path: Path) -> None:
    before = sorted(path.parent.iterdir())
    scratch = replay.open_private(path)
    replay.prepare(scratch)
    scratch.execute("BEGIN")
    scratch.execute("INSERT INTO agent(uid, name, role, capacity) VALUES(x'01', 'a', 'agent', 1)")
    scratch.execute("ROLLBACK")
    assert scratch.execute("SELECT count(*) FROM agent").fetchone() == (0,)
    assert sorted(path.parent.iterdir()) == before
    scratch.close()


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def test_too_little_room_is_said_before_anything_is_made(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: Usage(10**9, 10**9 - 10**6, 10**6))
    with pytest.raises(StoreError, match=r"needs \d+ MB of free space .* there are 1 MB") as raised:
        verify(path)
    assert raised.value.code == "store.no_room"


def test_a_whole_number_and_a_text_that_only_json_knows_are_read() -> None:
    assert log.decode_body('{"a":12345678901234567890123,"b":"\\ud800"}') == {
        "a": 12345678901234567890123,
        "b": "\ud800",
    }
    with pytest.raises(ValueError, match="Expecting"):
        log.decode_body("{")
