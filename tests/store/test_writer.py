"""What was acknowledged is on disk; what raised left nothing; nobody waits for ever."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from csdesk.errors import Refused, StoreError
from csdesk.model.message import Draft, Mode
from csdesk.model.operation import Kind
from csdesk.store import checkpoints, connect, drafts, log, writer
from csdesk.store.verify import verify
from csdesk.store.writer import Transaction
from tests.desks import Desk, hears, open_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path / "desk.db", busy_ms=50) as opened:
        yield opened


class Gate:
    """Keeps the writer thread busy, so that what is submitted meanwhile commits together."""

    def __init__(self, desk: Desk) -> None:
        self._open = threading.Event()
        entered = threading.Event()

        def wait(_tx: Transaction) -> None:
            entered.set()
            self._open.wait(60)

        self._held = desk.store.submit(wait)
        entered.wait(60)

    def open(self) -> None:
        self._open.set()
        self._held.result(60)


def keep(text: str) -> writer.Callable[[Transaction], str]:
    def work(tx: Transaction) -> str:
        drafts.save(tx.connection, Draft(1, 1, Mode.REPLY, text, 0, 1), text)
        return text

    return work


def kept(desk: Desk) -> set[str]:
    return {text for (text,) in desk.store.reader().execute("SELECT text FROM draft").fetchall()}


def test_what_waits_together_commits_together(desk: Desk) -> None:
    seen = desk.store.reader().execute("PRAGMA data_version").fetchone()[0]
    commits: list[int] = []
    desk.store._writer.on_commit = lambda: commits.append(1)
    gate = Gate(desk)
    answers = [desk.store.submit(keep(str(number))) for number in range(40)]
    gate.open()
    assert [answer.result(60) for answer in answers] == [str(number) for number in range(40)]
    desk.store.write(lambda tx: None)
    assert len(commits) == 3
    assert kept(desk) == {str(number) for number in range(40)}
    assert desk.store.reader().execute("PRAGMA data_version").fetchone()[0] != seen


def test_work_that_raises_is_undone_alone(desk: Desk) -> None:
    def breaks(tx: Transaction) -> None:
        keep("lost")(tx)
        tx.record(99, b"x" * 16, {"is": "lost"})  # type: ignore[arg-type]
        raise Refused("no", "No.")

    before = log.tip(desk.store.reader(), desk.store.desk)
    gate = Gate(desk)
    first, broken, last = (desk.store.submit(work) for work in (keep("a"), breaks, keep("b")))
    gate.open()
    assert (first.result(60), last.result(60)) == ("a", "b")
    with pytest.raises(Refused):
        broken.result(60)
    assert kept(desk) == {"a", "b"}
    assert log.tip(desk.store.reader(), desk.store.desk) == before
    hears(desk, "t")
    assert verify(desk.store.path).problems == ()


def test_work_alone_that_raises_leaves_nothing(desk: Desk) -> None:
    """Also what was recorded in bulk: its words are owed to the index, and forgotten."""
    hears(desk, "t")
    row = desk.store.reader().execute("SELECT uid FROM conversation").fetchone()
    body = {"conversation": row[0].hex(), "from": "customer", "text": "lost", "at": 1_600_000_000_000}

    def breaks(tx: Transaction) -> None:
        tx.record_many([writer.Fact(Kind.MESSAGE_ADDED, b"m" * 16, body)])
        raise Refused("no", "No.")

    before = log.tip(desk.store.reader(), desk.store.desk)
    for works in ((), (keep("beside"),)):
        gate = Gate(desk)
        broken, *beside = (desk.store.submit(work) for work in (breaks, *works))
        gate.open()
        with pytest.raises(Refused):
            broken.result(60)
        assert [each.result(60) for each in beside] == ["beside"] * len(works)
    assert log.tip(desk.store.reader(), desk.store.desk) == before
    hears(desk, "t")
    assert verify(desk.store.path).problems == ()


def test_the_chain_goes_on_behind_what_another_program_wrote(desk: Desk) -> None:
    hears(desk, "t")
    with open_desk(desk.store.path) as other:
        hears(other, "u")
        hears(desk, "t")
        hears(other, "u")
    hears(desk, "t")
    assert verify(desk.store.path).problems == ()


def test_a_statement_that_fails_is_a_store_error(desk: Desk) -> None:
    with pytest.raises(StoreError) as raised:
        desk.store.write(lambda tx: tx.connection.execute("SELECT * FROM nowhere"))
    assert raised.value.code == "store.failed"
    assert desk.store.write(keep("goes on")) == "goes on"


def test_a_commit_that_fails_reaches_every_caller(desk: Desk) -> None:
    def dangles(tx: Transaction) -> None:
        tx.connection.execute("PRAGMA defer_foreign_keys=ON")
        tx.connection.execute("INSERT INTO team_member(team, agent) VALUES(77, 77)")

    gate = Gate(desk)
    answers = [desk.store.submit(work) for work in (keep("a"), dangles, keep("b"))]
    gate.open()
    for answer in answers:
        assert isinstance(answer.exception(10), StoreError)
    assert kept(desk) == set()
    assert desk.store.write(keep("c")) == "c"
    assert kept(desk) == {"c"}


def test_work_that_ended_the_commit_takes_its_neighbours_along(desk: Desk) -> None:
    """SQLite itself rolls back on a full disk: what follows must not slip out of the commit."""

    def ends(tx: Transaction) -> None:
        tx.connection.execute("ROLLBACK")
        tx.connection.execute("SELECT * FROM nowhere")

    gate = Gate(desk)
    answers = [desk.store.submit(work) for work in (keep("a"), ends, keep("b"))]
    gate.open()
    for answer in answers:
        error = answer.exception(10)
        assert isinstance(error, StoreError)
        assert "nowhere" in error.sentence
    assert kept(desk) == set()


def test_a_begin_that_fails_reaches_every_caller(desk: Desk) -> None:
    other = connect.open_writer(desk.store.path)
    gate = Gate(desk)
    answers = [desk.store.submit(keep("a")), desk.store.submit(keep("b"))]
    gate.open()
    [answer.result(60) for answer in answers]
    other.execute("BEGIN IMMEDIATE")
    refused = [desk.store.submit(keep("c")), desk.store.submit(keep("d"))]
    codes = {getattr(answer.exception(10), "code", None) for answer in refused}
    other.execute("ROLLBACK")
    other.close()
    assert codes == {"store.locked"}
    assert kept(desk) == {"a", "b"}


def test_a_cancelled_job_is_not_done(desk: Desk) -> None:
    gate = Gate(desk)
    answer = desk.store.submit(keep("never"))
    assert answer.cancel()
    gate.open()
    desk.store.write(keep("b"))
    assert kept(desk) == {"b"}


def test_close_finishes_what_was_accepted(tmp_path: Path) -> None:
    desk = open_desk(tmp_path / "desk.db")
    gate = Gate(desk)
    answers = [desk.store.submit(keep(str(number))) for number in range(200)]
    closing = threading.Thread(target=desk.close)
    closing.start()
    gate.open()
    closing.join(60)
    assert [answer.result(0) for answer in answers] == [str(number) for number in range(200)]
    with open_desk(tmp_path / "desk.db") as again:
        assert len(kept(again)) == 200


def test_submitting_while_closing_never_leaves_anybody_waiting(tmp_path: Path) -> None:
    for _round in range(5):
        desk = open_desk(tmp_path / "desk.db")
        answers = []
        started = threading.Event()

        def submit(desk: Desk = desk, answers: list = answers, started: threading.Event = started) -> None:  # type: ignore[type-arg]
            for number in range(300):
                answers.append(desk.store.submit(keep(str(number))))
                started.set()

        thread = threading.Thread(target=submit)
        thread.start()
        started.wait(60)
        desk.close()
        thread.join(60)
        done = [answer for answer in answers if answer.exception(5) is None]
        refused = [answer for answer in answers if answer.exception(5) is not None]
        assert len(done) + len(refused) == 300
        assert all(answer.exception().code == "store.closed" for answer in refused)


def test_threads_write_at_once(desk: Desk) -> None:
    def work(name: int) -> None:
        for number in range(25):
            hears(desk, f"{name}-{number % 3}", key=f"{name}-{number}")

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert desk.store.reader().execute("SELECT count(*) FROM message").fetchone() == (100,)
    assert verify(desk.store.path).problems == ()


def test_the_witness_is_written_also_while_nobody_pauses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "HEAD_EVERY_S", 0.005)
    with open_desk(tmp_path / "desk.db") as desk:
        for number in range(5_000):
            desk.store.write(keep(str(number % 5)))
            if log.read_head(desk.store.path):
                break
        assert log.read_head(desk.store.path)


def test_a_reader_cannot_write(desk: Desk) -> None:
    with pytest.raises(connect.DriverError):
        desk.store.reader().execute("DELETE FROM draft")


def test_each_thread_reads_on_a_connection_of_its_own(desk: Desk) -> None:
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append(desk.store.reader()))
    thread.start()
    thread.join()
    assert desk.store.reader() is desk.store.reader()
    assert found[0] is not desk.store.reader()


def test_a_long_reader_never_stops_writers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "TRUNCATE_ABOVE_BYTES", 100_000)
    monkeypatch.setattr(checkpoints, "EVERY_S", 0.001)
    with open_desk(tmp_path / "desk.db", busy_ms=2000) as desk:
        hears(desk, "t")
        reader = connect.open_reader(desk.store.path)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM message").fetchone()
        for number in range(100):
            hears(desk, f"t{number}")
        reader.execute("COMMIT")
        reader.close()
        assert desk.store.reader().execute("SELECT count(*) FROM message").fetchone() == (101,)


def test_the_wal_is_moved_into_the_store_and_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "TRUNCATE_ABOVE_BYTES", 200_000)
    monkeypatch.setattr(checkpoints, "EVERY_S", 0.001)
    path = tmp_path / "desk.db"
    with open_desk(path) as desk:
        most = size = 0
        for number in range(2_000):
            hears(desk, f"t{number}")
            size = path.with_name("desk.db-wal").stat().st_size
            if size < most:
                break
            most = size
        assert size < most
        assert most > 200_000
        assert path.stat().st_size > 100_000
