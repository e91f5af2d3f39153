"""kill -9 at any moment: what was acknowledged is there, once, and the file is whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.store import crash


def killed(tmp_path: Path, kills: int, seed: int) -> None:
    outcome = crash.rounds(tmp_path / "desk.db", kills, seed)
    assert outcome.broken == ()
    assert outcome.kills == kills
    assert outcome.promised > kills * 5


def test_ten_kills(tmp_path: Path) -> None:
    killed(tmp_path, 10, seed=1)


@pytest.mark.long
def test_two_hundred_kills(tmp_path: Path) -> None:
    """In ten stores of twenty kills: a whole check of one large store after each kill would take an hour."""
    for number in range(10):
        folder = tmp_path / str(number)
        folder.mkdir()
        killed(folder, 20, seed=100 + number)


def test_a_broken_promise_would_be_seen(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    promises = crash.Promises()
    crash.open_desk(path).close()
    for line in (
        '{"did": "intake", "key": "a", "conversation": 1}\n',
        '{"did": "reply", "key": "b", "conversation": 1}\n',
        '{"did": "draft", "conversation": 1, "session": "s", "number": 3}\n',
        '{"did": "intake", "key": "cut',
    ):
        promises.note(line)
    assert len(promises) == 3
    assert list(crash._unkept(path, promises)) == [
        "customer a is gone",
        "agent b is gone",
        "draft 3 of (1, 's') is gone",
    ]
