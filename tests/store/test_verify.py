"""A check that finds what a hand changed, in every table, and names it; and is silent otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from csdesk.desk import people as desk_people
from csdesk.desk import sending, undoing, work
from csdesk.errors import StoreError
from csdesk.ids import new_uid
from csdesk.model.conversation import Priority
from csdesk.model.message import Delivery, Mode
from csdesk.model.operation import Kind
from csdesk.store import connect, conversations, messages
from csdesk.store.verify import verify
from tests.desks import clock_of, hears, open_desk


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store in which something of every kind has happened."""
    path = tmp_path / "desk.db"
    with open_desk(path, agent="张敏") as desk:
        desk.store.write(lambda tx: desk_people.add_agent(tx, "Bo"))
        desk.store.write(lambda tx: desk_people.add_team(tx, "售后", ("Bo",)))
        first, second, third = (
            hears(desk, name, f"{name} 还没到 refund") for name in ("one", "two", "three")
        )
        sent = sending.reply(desk, first, "马上为您查")
        desk.store.write(
            lambda tx: tx.record(Kind.MESSAGE_DELIVERED, sent.uid, {"state": Delivery.SENT, "at": 1})
        )
        sending.reply(desk, second, "taken back")
        undoing.undo(desk)
        sending.note(desk, second, "VIP")
        work.label(desk, first, add=("退款", "old"))
        work.label(desk, first, remove=("old",))
        work.prioritise(desk, second, Priority.URGENT)
        work.transfer(desk, second, work.Target(team="售后"), "会处理")
        work.resolve(desk, first)
        work.snooze(desk, third, None)
        hears(desk, "three", "我又来了")
        sending.save_draft(desk, third, Mode.REPLY, "draft", 5).result(60)
        body = {"message": sent.uid.hex(), "name": "a.png", "kind": "image/png", "size": 3}
        desk.store.write(lambda tx: tx.record(Kind.ATTACHMENT_ADDED, new_uid(desk.now_ms()), body))
        clock_of(desk).advance(60_000)
    return path


def change(path: Path, *statements: str) -> None:
    connection = connect.open_writer(path)
    connection.execute("PRAGMA foreign_keys=OFF")
    for statement in statements:
        connection.execute(statement)
    connection.close()


def test_a_desk_may_work_on_while_its_store_is_checked(path: Path) -> None:
    def work_on(done: int, _of: int) -> None:
        if done == 0 and not heard:
            with open_desk(path, agent="张敏") as desk:
                heard.append(hears(desk, "four", "hello"))

    heard: list[int] = []
    assert verify(path, work_on).problems == ()
    assert heard


def test_an_honest_store_is_clean(path: Path) -> None:
    steps: list[tuple[int, int]] = []
    report = verify(path, lambda done, total: steps.append((done, total)))
    assert report.problems == ()
    assert report.is_clean
    assert report.operations > 20
    assert report.unknown == 0
    assert not list(path.parent.glob("csdesk-verify-*"))


REF = "SELECT ref FROM conversation WHERE thread = 'one'"


@pytest.mark.parametrize(
    ("statement", "names"),
    [
        (
            "UPDATE contact SET name = 'X' WHERE name = 'Customer one'",
            ("contact", "name", "'X'", "'Customer one'"),
        ),
        ("UPDATE contact SET created_at = 1", ("contact", "created_at")),
        ("UPDATE contact_key SET key = 'X' WHERE key LIKE '%one'", ("contact key X", "not in the log")),
        ("UPDATE agent SET capacity = 9 WHERE name = 'Bo'", ("agent", "capacity", "9")),
        ("UPDATE team SET is_active = 0", ("team", "is_active")),
        ("DELETE FROM team_member", ("team_member", "missing")),
        ("UPDATE inbox SET hold_ms = 1", ("inbox", "hold_ms")),
        (f"UPDATE conversation SET subject = 'X' WHERE ref = ({REF})", ("conversation #", "subject")),
        (f"UPDATE conversation SET priority = 3 WHERE ref = ({REF})", ("conversation #", "priority")),
        ("UPDATE conversation SET wait_floor = 5 WHERE thread = 'one'", ("conversation #", "wait_floor")),
        ("UPDATE conversation SET preview = '' WHERE thread = 'one'", ("conversation #", "preview")),
        (
            "UPDATE conversation SET message_count = 7 WHERE thread = 'one'",
            ("conversation #", "message_count"),
        ),
        (
            "UPDATE conversation SET last_message = NULL WHERE thread = 'two'",
            ("conversation #", "last_message"),
        ),
        (
            "UPDATE conversation SET waiting_since = 5 WHERE thread = 'three'",
            ("conversation #", "waiting_since"),
        ),
        ("UPDATE message SET text = 'X' WHERE text LIKE 'one%'", ("message #", "text", "'X'")),
        (
            "UPDATE message SET delivery = NULL WHERE delivery = 'sent'",
            ("message #", "delivery", "None", "'sent'"),
        ),
        ("UPDATE label SET name = 'X' WHERE name = '退款'", ("label of conversation", "not in the log")),
        ("DELETE FROM conversation_label", ("label of conversation", "退款", "missing")),
        ("UPDATE event SET at = 1 WHERE kind = 34", ("event #", "not in the log")),
        ("DELETE FROM event WHERE kind = 36", ("event #", "missing")),
        ("UPDATE event SET agent = NULL WHERE kind = 34", ("event #", "agent")),
        ("UPDATE transfer SET reason = 'X'", ("transfer #", "reason", "'X'", "'会处理'")),
        ("UPDATE transfer SET to_team = NULL", ("transfer #", "to_team")),
        ("UPDATE attachment SET size = 4", ("attachment", "size", "4", "3")),
        ("UPDATE view_count SET n = n + 1 WHERE view = 'waiting'", ("view count waiting", "n is")),
        (
            "INSERT INTO message_index(rowid, text) VALUES(1, 'extra')",
            ("search index extra", "not in the log"),
        ),
    ],
)
def test_a_changed_row_is_named(path: Path, statement: str, names: tuple[str, ...]) -> None:
    change(path, statement)
    report = verify(path)
    assert report.problems
    assert any(all(name in problem for name in names) for problem in report.problems), report.problems


@pytest.mark.parametrize("table", ["message", "conversation"])
def test_a_row_that_is_gone_is_named(path: Path, table: str) -> None:
    connection = connect.open_reader(path)
    (ref,) = connection.execute(REF).fetchone()
    connection.close()
    where = "thread = 'one'" if table == "conversation" else "text LIKE 'one%'"
    change(path, f"DELETE FROM {table} WHERE {where}")
    problems = verify(path).problems
    assert any(f"{table} #{ref}" in problem and "missing" in problem for problem in problems), problems


def test_a_row_that_points_nowhere_is_named(path: Path) -> None:
    change(path, "UPDATE conversation SET inbox = 99 WHERE thread = 'one'")
    assert any("conversation row" in problem and "inbox" in problem for problem in verify(path).problems)


@pytest.mark.parametrize(
    "edit",
    [
        "body = replace(body, '马上', '明天')",
        "body = '{'",
        "body = '[1]'",
        "hlc = hlc + 1",
        "kind = 977",
        "ver = 2",
        "arg = 5",
        "ent = x'00000000000000000000000000000000'",
        "sum = x'00000000000000000000000000000000'",
    ],
)
def test_a_changed_operation_is_named(path: Path, edit: str) -> None:
    connection = connect.open_reader(path)
    (dseq,) = connection.execute("SELECT dseq FROM op WHERE body LIKE '%马上%'").fetchone()
    connection.close()
    change(path, f"UPDATE op SET {edit} WHERE dseq = {dseq}")
    assert any(
        f"operation {dseq} of desk" in problem and "changed" in problem for problem in verify(path).problems
    )


def test_a_missing_operation_is_named(path: Path) -> None:
    change(path, "DELETE FROM op WHERE dseq = 7")
    assert any("operation 7 of desk" in problem and "missing" in problem for problem in verify(path).problems)


def test_a_broken_page_is_reported(path: Path) -> None:
    whole = bytearray(path.read_bytes())
    for page in range(3, len(whole) // connect.PAGE_SIZE):
        whole[page * connect.PAGE_SIZE : page * connect.PAGE_SIZE + 64] = b"\xff" * 64
    path.write_bytes(whole)
    with pytest.raises(StoreError) as raised:
        verify(path)
    assert raised.value.code == "store.damaged"


def test_the_list_of_problems_ends(path: Path) -> None:
    with open_desk(path) as desk:
        for number in range(40):
            hears(desk, f"many{number}")
    change(path, "UPDATE message SET text = 'X'", "UPDATE conversation SET subject = 'X'")
    assert len(verify(path).problems) == 20


def test_a_check_changes_nothing(path: Path) -> None:
    before = path.read_bytes()
    verify(path)
    assert path.read_bytes() == before


def test_a_check_beside_a_desk_at_work(path: Path) -> None:
    with open_desk(path) as desk:
        hears(desk, "one", "again")
        assert verify(path).is_clean
        number = hears(desk, "one", "and again")
        assert conversations.get(desk.store.reader(), number).status == "open"
        assert messages.before(desk.store.reader(), number, None, 1)[0].text == "and again"
    assert verify(path).is_clean
