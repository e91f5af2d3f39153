"""The log: numbers without a gap, a chain over every column, and a witness beside the database."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from csdesk.clock import ManualClock
from csdesk.model.operation import Kind, Operation
from csdesk.store import checkpoints, log
from csdesk.store.database import open_store
from csdesk.store.verify import verify
from tests.desks import START_MS, clock_of, hears, open_desk


@given(st.lists(st.integers(0, 1 << 46), max_size=20))
def test_the_clock_only_goes_forward(walls: list[int]) -> None:
    last = 0
    for wall in walls:
        now = log.next_hlc(last, wall)
        assert now > last
        assert now >> log.HLC_COUNTER_BITS >= wall
        last = now


def test_every_column_is_in_the_chain() -> None:
    operation = Operation(7, 1, 5, int(Kind.MESSAGE_ADDED), b"e" * 16, {"text": "你好"}, 1, 0, None)
    own = log.stored(operation, log.START_SUM)
    changed = (
        own._replace(desk=8),
        own._replace(dseq=2),
        own._replace(hlc=6),
        own._replace(kind=61),
        own._replace(ver=2),
        own._replace(scope=1),
        own._replace(ent=b"f" * 16),
        own._replace(arg=0),
        own._replace(body='{"text":"您好"}'),
    )
    sums = {each.follows(log.START_SUM) for each in (own, *changed)}
    assert own.sum == own.follows(log.START_SUM)
    assert own.follows(own.sum) != own.sum
    assert len(sums) == len(changed) + 1


VALUES = st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.lists(st.text()))


@given(st.dictionaries(st.text(st.characters(codec="ascii")), VALUES))
@example({"b": "好", "a": [1, None]})
@example({"text": "".join(map(chr, range(0x300))) + "\u2028\u2029\ufffd\U0001f600"})
def test_a_body_is_always_written_the_same_way(body: dict[str, Any]) -> None:
    """As the standard library would: a store of before has the same texts in its events."""
    plain = json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    assert log.encode_body(body) == plain


def test_a_desk_numbers_its_operations_without_a_gap(tmp_path: Path) -> None:
    with open_desk(tmp_path / "desk.db") as desk:
        for number in range(5):
            hears(desk, f"t{number}")
            clock_of(desk).advance(-50)
        rows = list(log.operations(desk.store.reader()))
    assert [row.dseq for row in rows] == list(range(1, len(rows) + 1))
    assert [row.hlc for row in rows] == sorted({row.hlc for row in rows})
    assert {row.desk for row in rows} == {desk.store.desk}
    assert rows[0].read().kind == Kind.AGENT_ADDED


def test_a_body_that_is_no_object_cannot_be_read() -> None:
    row = log.stored(Operation(7, 1, 5, 60, b"e" * 16, {}), log.START_SUM)
    for body in ("[1]", "{", "3"):
        with pytest.raises(ValueError, match=r"."):
            row._replace(body=body).read()


@pytest.mark.parametrize("content", ["", "1 2", "x y z", "1 2 zz", "1 2 00 3"])
def test_a_witness_that_cannot_be_read_is_none(tmp_path: Path, content: str) -> None:
    log.head_path(tmp_path / "desk.db").write_text(content)
    assert log.read_head(tmp_path / "desk.db") is None


def test_the_witness_follows_the_log(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    with open_desk(path) as desk:
        hears(desk, "t")
        tip, number = log.tip(desk.store.reader(), desk.store.desk), desk.store.desk
    assert log.read_head(path) == (number, tip.dseq, tip.sum)
    assert [each.name for each in tmp_path.iterdir() if "head" in each.name] == ["desk.db.head"]


def test_a_cut_wal_is_noticed_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "EVERY_S", 3_600)
    path, copy = tmp_path / "desk.db", tmp_path / "copy.db"
    with open_desk(path) as desk:
        hears(desk, "old")
    with open_desk(path) as desk:
        before = log.tip(desk.store.reader(), desk.store.desk).dseq
        hears(desk, "new")
        hears(desk, "new")
        gone = log.tip(desk.store.reader(), desk.store.desk).dseq - before
        shutil.copy(path, copy)
    shutil.copy(log.head_path(path), log.head_path(copy))
    report = verify(copy)
    assert gone == 4
    assert len(report.problems) == 1
    assert f"last {gone} operations" in report.problems[0]
    with open_store(copy, ManualClock(START_MS)) as store:
        assert store.lost is not None and store.lost.count == gone
    with open_store(path, ManualClock(START_MS)) as store:
        assert store.lost is None
    assert verify(path).is_clean


def test_a_log_that_was_written_anew_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    with open_desk(path) as desk:
        hears(desk, "t")
    head = log.read_head(path)
    assert head is not None
    log.write_head(path, head.desk, log.Tip(head.dseq, 0, b"\x01" * 16))
    assert verify(path).problems == (f"log: operation {head.dseq} of desk {head.desk} was changed",)
