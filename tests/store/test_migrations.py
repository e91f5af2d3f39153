"""Every step of the schema, from the store as it was before it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlite_utils import Database

from csdesk.clock import ManualClock
from csdesk.errors import StoreError
from csdesk.model.conversation import View
from csdesk.store import connect, findings, hub, migrations, queue, schema
from csdesk.store.connect import Connection
from csdesk.store.database import SCHEMA_VERSION, open_store
from csdesk.store.verify import verify
from csdesk.store.writer import Transaction
from tests.desks import START_MS, hears, open_desk

NAMES = [each.name for each in migrations.steps._migrations]


def store_before(path: Path, step: str) -> Connection:
    """A store as the csdesk that did not know ``step`` yet left it."""
    connect.create_file(path)
    connection = connect.open_writer(path)
    migrations.steps.apply(Database(connection, execute_plugins=False), stop_before=step)
    connection.execute(f"PRAGMA user_version={NAMES.index(step)}")
    return connection


def names_of(connection: Connection, kind: str) -> set[str]:
    return {
        name
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type=?", (kind,)).fetchall()
    }


def test_the_version_counts_the_steps() -> None:
    assert len(NAMES) == SCHEMA_VERSION
    assert [name[:4] for name in NAMES] == [f"m{number:03}" for number in range(1, SCHEMA_VERSION + 1)]


@pytest.mark.parametrize("step", NAMES)
def test_a_store_from_before_any_step_opens_and_works(tmp_path: Path, step: str) -> None:
    path = tmp_path / "desk.db"
    store_before(path, step).close()
    with open_desk(path) as desk:
        hears(desk, "t")
    fresh = tmp_path / "fresh.db"
    open_desk(fresh).close()
    ours, theirs = connect.open_reader(path), connect.open_reader(fresh)
    schemas = [
        dict(each.execute("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'").fetchall())
        for each in (ours, theirs)
    ]
    assert ours.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    ours.close()
    theirs.close()
    assert schemas[0] == schemas[1]
    assert verify(path).problems == ()


def test_m001_makes_the_log(tmp_path: Path) -> None:
    connection = store_before(tmp_path / "desk.db", NAMES[1])
    assert {"op", "meta"} <= names_of(connection, "table")
    connection.close()


def test_m002_makes_the_projections(tmp_path: Path) -> None:
    connection = store_before(tmp_path / "desk.db", NAMES[2])
    assert {"conversation", "message", "message_index", "view_count"} <= names_of(connection, "table")
    assert "conversation_recounted" in names_of(connection, "trigger")
    connection.close()


def test_m003_makes_the_local_tables(tmp_path: Path) -> None:
    connection = store_before(tmp_path / "desk.db", NAMES[3])
    assert {"draft", "outbox", "lease", "undo", "reply_use"} <= names_of(connection, "table")
    connection.close()


def test_m004_keeps_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    connection = store_before(path, NAMES[3])
    connection.execute("INSERT INTO contact(uid, name, created_at) VALUES(x'01', 'Lin', 5)")
    connection.execute("INSERT INTO inbox(uid, name, channel, hold_ms) VALUES(x'02', 'web', 'chat', 0)")
    connection.execute(
        "INSERT INTO conversation(uid, ref, version, inbox, contact, opened_at, updated_at, wait_floor)"
        " VALUES(x'03', 'ABCDEFGHJK', 1, 1, 1, 5, 5, 9)"
    )
    connection.close()
    with open_store(path, ManualClock(START_MS)) as store:
        reader = store.reader()
        assert reader.execute("SELECT ref, wait_floor, prior_floor FROM conversation").fetchall() == [
            ("ABCDEFGHJK", 9, 0)
        ]
        assert "outbox_conversation" in names_of(reader, "index")


def test_m005_indexes_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    connection = store_before(path, NAMES[4])
    connection.execute("INSERT INTO contact(uid, name, created_at) VALUES(x'01', '林女士', 5)")
    connection.execute("INSERT INTO inbox(uid, name, channel, hold_ms) VALUES(x'02', 'web', 'chat', 0)")
    connection.execute(
        "INSERT INTO conversation(uid, ref, version, inbox, contact, contact_name, opened_at, updated_at)"
        " VALUES(x'03', 'ABCDEFGHJK', 1, 1, 1, '林女士', 5, 5)"
    )
    connection.execute(
        "INSERT INTO message(id, uid, conversation, sender, text, at, hlc)"
        " VALUES(7, x'04', 1, 'customer', 'café🤔 退货', 5, 1)"
    )
    connection.execute("INSERT INTO message_index(rowid, text) VALUES(7, 'café🤔 退 货 退货')")
    connection.close()
    with open_store(path, ManualClock(START_MS)) as store:
        reader = store.reader()
        assert reader.execute("SELECT heading FROM conversation").fetchall() == [(7,)]
        for table, match in (
            ("heading_index", '"女士"'),
            ("message_index", "cafe"),
            ("message_index", '"退货"'),
        ):
            rows = reader.execute(f"SELECT rowid FROM {table} WHERE {table} MATCH ?", (match,)).fetchall()
            assert rows == [(7,)], match


def test_m007_keeps_the_order_of_the_queue(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    connection = store_before(path, NAMES[6])
    connection.execute("INSERT INTO contact(uid, name, created_at) VALUES(x'01', 'Lin', 5)")
    connection.execute("INSERT INTO inbox(uid, name, channel, hold_ms) VALUES(x'02', 'web', 'chat', 0)")
    for number, waiting in ((3, 9), (4, None), (5, 7)):
        connection.execute(
            "INSERT INTO conversation(uid, ref, version, inbox, contact, opened_at, updated_at, waiting_since)"
            " VALUES(?, ?, 1, 1, 1, 5, ?, ?)",
            (bytes([number]), f"ABCDEFGHJ{number}", number, waiting),
        )
    connection.close()
    with open_store(path, ManualClock(START_MS)) as store:
        rows = queue.page(store.reader(), View.UNASSIGNED).rows
        assert [row.waiting_since for row in rows] == [7, 9, None]

        def answered(tx: Transaction) -> None:
            tx.connection.execute("UPDATE conversation SET waiting_since = NULL WHERE waiting_since = 7")

        store.write(answered)
        rows = queue.page(store.reader(), View.UNASSIGNED).rows
        assert [row.updated_at for row in rows] == [3, 5, 4]


def test_m014_narrows_each_view_in_its_index(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    connection = store_before(path, NAMES[13])
    before = names_of(connection, "index")
    connection.close()
    with open_store(path, ManualClock(START_MS)) as store:
        reader = store.reader()
        assert names_of(reader, "index") >= before
        views = [name for name in before if name.startswith(("conversation_waiting", "conversation_all"))]
        for name in views:
            columns = [row[2] for row in reader.execute(f"PRAGMA index_info({name})").fetchall()]
            assert columns[1:] == ["id", "tier", "stage", "priority", "inbox"], name
        assert len(views) == 4


def test_m016_keeps_what_was_told_and_takes_what_is_nobodys(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    connection = store_before(path, NAMES[15])
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute(
        "INSERT INTO automatic(conversation, rule, agent, episode, at) VALUES(1, 'away', 2, 3, 4)"
    )
    connection.close()
    with open_store(path, ManualClock(START_MS)) as store:
        rows = store.reader().execute("SELECT rule, agent, episode, wait, at FROM automatic").fetchall()
        assert rows == [("away", 2, 3, None, 4)]


def test_m017_makes_room_for_what_became_of_findings(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    store_before(path, NAMES[16]).close()
    with open_store(path, ManualClock(START_MS)) as store:
        assert findings.ignored(store.reader(), 1, 1) == frozenset()
        assert findings.fates(store.reader()) == []


def test_m021_leaves_a_store_without_a_hub_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    store_before(path, NAMES[20]).close()
    with open_store(path, ManualClock(START_MS)) as store:
        assert hub.state(store.reader()) is None
        assert not hub.is_shared(store.reader())
        indexes = store.reader().execute("PRAGMA index_list(op)").fetchall()
        assert [row[1] for row in indexes] == ["sqlite_autoindex_op_1"]


def test_a_step_that_fails_leaves_the_store_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "desk.db"
    store_before(path, NAMES[3]).close()
    monkeypatch.setattr(schema, "OUTBOX_ORDER", "CREATE INDEX broken ON nowhere(x);\n")
    with pytest.raises(StoreError):
        open_store(path, ManualClock(START_MS))
    connection = connect.open_reader(path)
    columns = {row[1] for row in connection.execute("PRAGMA table_info(conversation)").fetchall()}
    assert "prior_floor" not in columns
    assert connection.execute("PRAGMA user_version").fetchone() == (3,)
    connection.close()
    monkeypatch.undo()
    open_store(path, ManualClock(START_MS)).close()


def test_where_a_statement_ends() -> None:
    trigger = "CREATE TRIGGER t AFTER INSERT ON a BEGIN\n  DELETE FROM b;\n"
    assert not migrations.is_complete(trigger)
    assert migrations.is_complete(trigger + "END;")
    assert migrations.is_complete("CREATE TABLE a(b);\n")
    assert not migrations.is_complete("CREATE TABLE a(\n")


def test_one_person_columns_leave_rows_as_they_are_and_the_blocked_do_not_wait(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    step = next(name for name in NAMES if name.endswith("_know_who_is_one_person"))
    connection = store_before(path, step)
    connection.execute("INSERT INTO contact(uid, name, created_at) VALUES(x'01', 'Lin', 5)")
    connection.execute("INSERT INTO contact(uid, name, created_at, is_blocked) VALUES(x'02', 'Spam', 5, 1)")
    connection.execute("INSERT INTO inbox(uid, name, channel, hold_ms) VALUES(x'03', 'web', 'chat', 0)")
    for contact in (1, 2):
        connection.execute(
            "INSERT INTO conversation(uid, ref, version, inbox, contact, opened_at, updated_at, waiting_since)"
            " VALUES(?, ?, 1, 1, ?, 5, 5, 7)",
            (bytes([contact]), f"ABCDEFGHJ{contact}", contact),
        )
    connection.close()
    with open_store(path, ManualClock(START_MS)) as store:
        rows = store.reader().execute(
            "SELECT contact, owner, also_known, is_blocked, waiting_since FROM conversation ORDER BY id"
        )
        assert rows.fetchall() == [(1, None, "", 0, 7), (2, None, "", 1, None)]


def test_m025_makes_the_offers(tmp_path: Path) -> None:
    connection = store_before(
        tmp_path / "desk.db", next(name for name in NAMES if name.endswith("offer_a_conversation"))
    )
    assert not {"offer", "looked"} & names_of(connection, "table")
    connection.close()
    open_desk(tmp_path / "desk.db").close()
    connection = connect.open_reader(tmp_path / "desk.db")
    assert {"offer", "looked"} <= names_of(connection, "table")
    connection.close()


def test_m026_lists_a_tier_by_time(tmp_path: Path) -> None:
    columns = "SELECT name FROM pragma_index_info('conversation_tier')"
    connection = store_before(
        tmp_path / "desk.db", next(name for name in NAMES if name.endswith("list_a_tier_by_time"))
    )
    assert connection.execute(columns).fetchall() == [("tier",)]
    connection.close()
    open_desk(tmp_path / "desk.db").close()
    connection = connect.open_reader(tmp_path / "desk.db")
    assert connection.execute(columns).fetchall()[:2] == [("tier",), ("updated_at",)]
    connection.close()
