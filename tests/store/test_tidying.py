"""The indexes are put in order while nobody waits, and never inside a commit."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from csdesk.desk.context import Desk
from csdesk.store import tidying, writer
from csdesk.store.connect import Connection
from csdesk.store.tidying import tidy
from csdesk.store.verify import verify
from tests.desks import hears, open_desk

SAID = 15
"""One less than SQLite would merge by itself."""


def segments(desk: Desk) -> int:
    (found,) = desk.store.reader().execute("SELECT count(DISTINCT segid) FROM message_index_idx").fetchone()
    return int(found)


def test_segments_wait_for_an_idle_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "IDLE_S", 3_600)
    with open_desk(tmp_path / "desk.db") as desk:
        for number in range(SAID):
            hears(desk, f"t{number}", f"退款 {number}")
        assert segments(desk) == SAID
        desk.store.write(lambda tx: [None for _ in iter(lambda: tidy(tx.connection), False)])
        assert segments(desk) < 4
        said = "SELECT count(*) FROM message_index WHERE message_index MATCH '\"退款\"'"
        assert desk.store.reader().execute(said).fetchone() == (SAID,)
    assert verify(tmp_path / "desk.db").problems == ()


def test_the_writer_tidies_when_it_has_nothing_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "IDLE_S", 0.0)
    monkeypatch.setattr(writer, "TIDY_EVERY_S", 0.0)
    is_tidy = threading.Event()

    def watched(connection: Connection) -> bool:
        has_more = tidy(connection)
        if not has_more:
            is_tidy.set()
        return has_more

    monkeypatch.setattr(tidying, "tidy", watched)
    with open_desk(tmp_path / "desk.db") as desk:
        for number in range(SAID):
            hears(desk, f"t{number}", f"退款 {number}")
        is_tidy.clear()
        desk.store.write(lambda tx: None)
        assert is_tidy.wait(60)
        assert segments(desk) < 4
