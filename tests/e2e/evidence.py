"""What the store file holds, read from outside: what the screen promised must be there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from csdesk.store import connect, verify


class Said(NamedTuple):
    """One message of the store."""

    conversation: int
    sender: str
    text: str
    delivery: str | None
    external_id: str | None


@contextmanager
def _reader(path: Path) -> Iterator[connect.Connection]:
    connection = connect.open_reader(path)
    try:
        yield connection
    finally:
        connection.close()


def messages(path: Path, containing: str = "") -> list[Said]:
    """All messages that were not withdrawn, in order, of those whose text contains ``containing``."""
    with _reader(path) as connection:
        rows = connection.execute(
            "SELECT conversation, sender, text, delivery, external_id FROM message ORDER BY id"
        ).fetchall()
    return [Said(*row) for row in rows if containing in row[2]]


def drafts(path: Path) -> list[str]:
    """The texts of all drafts."""
    with _reader(path) as connection:
        return [row[0] for row in connection.execute("SELECT text FROM draft ORDER BY updated_at")]


def statuses(path: Path) -> Counter[str]:
    """How many conversations stand how."""
    with _reader(path) as connection:
        return Counter(row[0] for row in connection.execute("SELECT status FROM conversation"))


def assert_sound(path: Path) -> None:
    """The file is whole, the rows follow from the log, and no customer's line is there twice."""
    with _reader(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    report = verify.verify(path)
    assert report.is_clean, report.problems
    assert report.operations > 0
    heard = Counter(
        (each.conversation, each.external_id) for each in messages(path) if each.sender == "customer"
    )
    assert [key for key, count in heard.items() if count > 1] == []
