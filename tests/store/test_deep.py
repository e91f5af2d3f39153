"""The long check: each word, counter and wait, against the rows; it names the place and both values."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import pytest

from csdesk.store import connect
from csdesk.store.checks import stoppable
from csdesk.store.verify import Report, verify
from tests.store.test_verify import change, path  # noqa: F401 - the store in which all has happened

DEEP = ("message_index", "heading_index", "view_count", "waiting", "outbox", "draft", "attachment")


def only(report: Report, name: str) -> list[str]:
    """What the check ``name`` found."""
    (found,) = [check.problems for check in report.checks if check.name == name]
    return found


def one(path: Path, sql: str) -> object:  # noqa: F811
    connection = connect.open_reader(path)
    (value,) = connection.execute(sql).fetchone()
    connection.close()
    return value


def test_an_honest_store_is_clean_in_depth(path: Path) -> None:  # noqa: F811
    steps: list[tuple[int, int]] = []
    report = verify(path, lambda done, total: steps.append((done, total)), deep=True)
    assert report.problems == ()
    looked_at = {check.name: check.looked_at for check in report.checks}
    assert tuple(looked_at)[-len(DEEP) :] == DEEP
    assert all(looked_at.values()), looked_at
    assert steps == sorted(steps)
    assert not [check for check in verify(path).checks if check.name in DEEP]


@pytest.mark.parametrize(
    ("check", "statement", "says"),
    [
        (
            "message_index",
            "INSERT INTO message_index(rowid, text) VALUES(5, 'extra')",
            "'extra' finds message 5, which is not there",
        ),
        (
            "message_index",
            "INSERT INTO message_index(message_index, rowid, text) SELECT 'delete', id, 'VIP' FROM message"
            " WHERE text = 'VIP'",
            "'vip' does not find message {vip} of #{ref}, which says it",
        ),
        (
            "message_index",
            "INSERT INTO message_index(rowid, text) SELECT id, 'other' FROM message WHERE text = 'VIP'",
            "'other' finds message {vip} of #{ref}, which does not say it",
        ),
        (
            "message_index",
            "UPDATE message SET text = 'VIP VIP' WHERE text = 'VIP'",
            "'vip' is in another place of message {vip} of #{ref} than it says",
        ),
        (
            "heading_index",
            "UPDATE conversation SET heading = NULL WHERE ref = '{ref}'",
            "#{ref} is not found",
        ),
        (
            "heading_index",
            "UPDATE conversation SET subject = 'zzz' WHERE ref = '{ref}'",
            "'zzz' does not find",
        ),
        (
            "view_count",
            "UPDATE view_count SET n = n + 4 WHERE view = 'all'",
            "all: n is 7, the conversations are 3",
        ),
        (
            "view_count",
            "UPDATE view_count SET n = 9 WHERE view = 'mine'",
            "mine 张敏: n is 9, the conversations are 0",
        ),
        (
            "waiting",
            "UPDATE conversation SET waiting_since = 5 WHERE thread = 'three'",
            "#{three}: waiting_since is 5, its messages say {since}",
        ),
        (
            "waiting",
            "UPDATE conversation SET queue_key = 6 WHERE thread = 'three'",
            "#{three}: queue_key is 6",
        ),
        ("outbox", "UPDATE outbox SET message = 77", "message is 77, which is not there"),
        ("outbox", "UPDATE outbox SET conversation = 78", "conversation is 78"),
        ("outbox", "UPDATE outbox SET inbox = 79", "inbox is 79"),
        ("draft", "UPDATE draft SET conversation = conversation + 80", "conversation is 8"),
        ("draft", "UPDATE draft SET agent = 81", "agent is 81"),
        ("attachment", "UPDATE attachment SET sha256 = 'beef'", "a.png of #"),
    ],
)
def test_what_was_changed_is_named(path: Path, check: str, statement: str, says: str) -> None:  # noqa: F811
    facts = {
        "vip": one(path, "SELECT id FROM message WHERE text = 'VIP'"),
        "ref": one(
            path,
            "SELECT ref FROM conversation WHERE id = (SELECT conversation FROM message WHERE text = 'VIP')",
        ),
        "three": one(path, "SELECT ref FROM conversation WHERE thread = 'three'"),
        "since": one(path, "SELECT waiting_since FROM conversation WHERE thread = 'three'"),
    }
    change(path, statement.format(**facts))
    found = only(verify(path, deep=True), check)
    assert any(says.format(**facts) in problem for problem in found), found


def test_many_words_of_one_message_are_one_problem(path: Path) -> None:  # noqa: F811
    change(path, "UPDATE message SET text = 'a b c d e f g h' WHERE text = 'VIP'")
    assert len(only(verify(path, deep=True), "message_index")) == 1


def test_ctrl_c_ends_it_within_a_long_statement() -> None:
    connection = connect.open_scratch()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
    try:
        with pytest.raises(KeyboardInterrupt), stoppable(connection):
            threading.Timer(0.05, signal.raise_signal, (signal.SIGINT,)).start()
            connection.execute(ENDLESS)
    finally:
        signal.signal(signal.SIGINT, before)
        connection.close()


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
