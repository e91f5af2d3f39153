"""kill -9 at any moment: what was acknowledged is there, once, and the file is whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from csdesk.desk import sending
from csdesk.store.connect import open_writer
from tests.desks import hears, open_desk
from tests.store import crash


def killed(tmp_path: Path, kills: int, seed: int) -> None:
    outcome = crash.rounds(tmp_path, kills, seed)
    assert outcome.broken == ()
    assert outcome.kills == kills
    # A busy machine lets them do less before they are killed; what counts is that they did something.
    assert outcome.promised > kills


def test_forty_kills(tmp_path: Path) -> None:
    killed(tmp_path, 40, seed=1)


@pytest.mark.long
def test_five_hundred_kills(tmp_path: Path) -> None:
    killed(tmp_path, 500, seed=1_000)


def test_a_broken_promise_would_be_seen(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    promises = crash.Promises()
    with open_desk(path) as desk:
        for line in (
            b'{"did": "heard", "key": "a", "conversation": 1}',
            b'{"did": "answered", "key": "b"}',
            b'{"did": "noted", "key": "c"}',
            b'{"did": "sent", "key": "00", "text": "d"}',
            b'{"did": "sent", "key": "01", "text": "d"}',
            b'{"did": "drafted", "conversation": 1, "session": "s", "number": 3}',
            b'{"did": "resolved", "conversation": 1}',
        ):
            promises.note(line)
        assert len(promises) == 6
        assert list(crash.unkept(desk.store.reader(), promises)) == [
            "customer a is gone",
            "agent b is gone",
            "note c is gone",
            "d went out 2 times",
            "d went out and is gone",
            "d went out and is gone",
            "draft 3 of (1, 's') is gone",
            "conversation 1: 1 resolves were promised, 0 are there",
        ]


def test_what_is_there_twice_would_be_seen(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    with open_desk(path, hold_ms=0) as desk:
        conversation = hears(desk, "t", key="k")
        for _turn in range(2):
            sending.reply(desk, conversation, "您好 k")
        connection = open_writer(path)
        connection.execute("DELETE FROM outbox")
        connection.close()
        found = list(crash.unkept(desk.store.reader(), crash.Promises()))
    assert found == ["agent k is there 2 times", "您好 k would never go out", "您好 k would never go out"]
