"""Whatever happens to the files: a sentence that says so, never a traceback, never silence."""

from __future__ import annotations

import os
import random
import re
import shutil
from pathlib import Path

import pytest

from csdesk.__main__ import main
from csdesk.desk import sending
from csdesk.store import checkpoints, connect
from csdesk.store.verify import verify
from tests.desks import hears, open_desk

COMMANDS = (
    ["queue", "--view", "all"],
    ["show", "REF"],
    ["reply", "REF", "hi"],
    ["search", "退货"],
    ["contact", "list"],
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A sound, closed store and the ref of a conversation in it."""
    path = tmp_path_factory.mktemp("whole") / "desk.db"
    with open_desk(path) as desk:
        for number in range(120):
            found = hears(desk, f"t{number % 20}", f"退货 refund {number}")
        sending.note(desk, found, "VIP")
        (ref,) = desk.store.reader().execute("SELECT ref FROM conversation LIMIT 1").fetchone()
    return path, ref


@pytest.fixture
def store(whole: tuple[Path, str], tmp_path: Path) -> Path:
    for file in whole[0].parent.iterdir():
        shutil.copy(file, tmp_path / file.name)
    return tmp_path / "desk.db"


def speak(path: Path, ref: str, capsys: pytest.CaptureFixture[str]) -> list[tuple[int, str]]:
    """What each command and then ``db verify`` answers: its code and what it said."""
    answers = []
    for words in (*COMMANDS, ["db", "verify"]):
        code = main(["--db", str(path), "--as", "Mia", *(ref if word == "REF" else word for word in words)])
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        assert "inside csdesk" not in said.err, (words, said.err)
        assert code in (0, 1), (words, code, said.err)
        assert code == 0 or said.err or said.out, words
        answers.append((code, said.out + said.err))
    return answers


@pytest.mark.parametrize("seed", range(12))
def test_flipped_bytes(
    store: Path, whole: tuple[Path, str], seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bytes of used pages: ``verify`` never calls such a store sound if its contents changed."""
    chance, data = random.Random(seed), bytearray(store.read_bytes())
    for _flip in range(60):
        place = chance.randrange(100, len(data))
        data[place] ^= 1 << chance.randrange(8)
    store.write_bytes(data)
    speak(store, whole[1], capsys)


@pytest.mark.parametrize("seed", range(4))
def test_a_flipped_byte_of_an_operation_is_named(
    store: Path, whole: tuple[Path, str], seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(seed)
    connection = connect.open_writer(store)
    (dseq, body) = chance.choice(connection.execute("SELECT dseq, body FROM op").fetchall())
    place = chance.randrange(len(body))
    changed = body[:place] + chr(ord(body[place]) ^ 1) + body[place + 1 :]
    connection.execute("UPDATE op SET body = ? WHERE dseq = ?", (changed, dseq))
    connection.close()
    code, said = speak(store, whole[1], capsys)[-1]
    assert code == 1 and f"operation {dseq} of desk" in said


def root_of(path: Path, name: str) -> int:
    connection = connect.open_reader(path)
    (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (name,)).fetchone()
    connection.close()
    return int(page)


def leaves_of(path: Path, name: str) -> list[int]:
    """The pages below the root of a tree, as the root names them (file format, 1.6)."""
    data, root = path.read_bytes(), root_of(path, name)
    page = data[(root - 1) * connect.PAGE_SIZE : root * connect.PAGE_SIZE]
    assert page[0] in (2, 5), "the root is a leaf"
    cells = int.from_bytes(page[3:5])
    places = [int.from_bytes(page[12 + 2 * cell :][:2]) for cell in range(cells)]
    return [*(int.from_bytes(page[place:][:4]) for place in places), int.from_bytes(page[8:12])]


def break_page(path: Path, page: int) -> None:
    start = (page - 1) * connect.PAGE_SIZE
    data = bytearray(path.read_bytes())
    data[start : start + 40] = b"\xff" * 40
    path.write_bytes(data)


@pytest.mark.parametrize(
    "table",
    ["meta", "contact", "agent", "inbox", "conversation", "message", "view_count", "message_index_data"],
)
def test_a_broken_page_names_its_table_and_says_that_the_log_is_whole(
    store: Path, whole: tuple[Path, str], table: str, capsys: pytest.CaptureFixture[str]
) -> None:
    break_page(store, root_of(store, table))
    answers = speak(store, whole[1], capsys)
    code, said = answers[-1]
    assert code == 1 and f"SQLite: {table}" in said, said
    assert re.search(r"The log is whole: all its \d+ operations can be read", said), said
    for code, said in answers[:-1]:
        assert code == 0 or "is damaged" in said, said


@pytest.mark.parametrize("place", [0, 1, -1])
def test_a_broken_page_of_the_log_names_which_operations_cannot_be_read(
    store: Path, whole: tuple[Path, str], place: int, capsys: pytest.CaptureFixture[str]
) -> None:
    connection = connect.open_reader(store)
    (desk, total) = connection.execute("SELECT desk, max(dseq) FROM op").fetchone()
    connection.close()
    break_page(store, leaves_of(store, "op")[place])
    left = readable(store, desk, total)
    lost = sorted({*range(1, total + 1)} - left)
    assert 0 < len(lost) < total and lost == [*range(lost[0], lost[-1] + 1)]
    code, said = speak(store, whole[1], capsys)[-1]
    assert code == 1
    names = f"{len(lost)} operations of desk {desk} cannot be read: numbers {lost[0]} to {lost[-1]}"
    assert f"log: {names}" in said, said
    assert (", written after 20" in said) == (lost[0] > 1)
    assert "is whole" not in said


def readable(path: Path, desk: int, total: int) -> set[int]:
    """The operations that can be read one by one."""
    connection, found = connect.open_reader(path), set()
    for dseq in range(1, total + 1):
        try:
            row = connection.execute(
                "SELECT body FROM op WHERE desk = ? AND dseq = ?", (desk, dseq)
            ).fetchone()
        except connect.DriverError:
            continue
        if row is not None:
            found.add(dseq)
    connection.close()
    return found


def test_a_flipped_sum_is_named(
    store: Path, whole: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    connection = connect.open_writer(store)
    connection.execute("UPDATE op SET sum = x'00112233445566778899aabbccddeeff' WHERE dseq = 50")
    connection.close()
    code, said = speak(store, whole[1], capsys)[-1]
    assert code == 1 and "operation 50 of desk" in said and "operation 51 of desk" in said


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.9])
def test_a_truncated_file(
    store: Path, whole: tuple[Path, str], share: float, capsys: pytest.CaptureFixture[str]
) -> None:
    os.truncate(store, int(store.stat().st_size * share) // 512 * 512)
    answers = speak(store, whole[1], capsys)
    if share:
        assert answers[-1][0] == 1


@pytest.mark.parametrize("share", [None, 0.0, 0.1, 0.4, 0.7, 0.95])
def test_a_cut_or_removed_wal_is_told(
    tmp_path: Path,
    share: float | None,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(checkpoints, "EVERY_S", 600.0)  # no page is on its way while the file is copied
    live, path = tmp_path / "live.db", tmp_path / "desk.db"
    with open_desk(live) as desk:
        holder = connect.open_reader(live)  # keeps the WAL from being moved into the file
        holder.execute("BEGIN")
        holder.execute("SELECT count(*) FROM op").fetchone()
        for number in range(60):
            hears(desk, f"t{number % 5}", f"退货 {number}")
        (ref,) = desk.store.reader().execute("SELECT ref FROM conversation LIMIT 1").fetchone()
        (operations,) = desk.store.reader().execute("SELECT count(*) FROM op").fetchone()
        shutil.copy(live, path)
        shutil.copy(f"{live}-wal", f"{path}-wal")
        holder.close()
    shutil.copy(f"{live}.head", f"{path}.head")
    wal = Path(f"{path}-wal")
    if share is None:
        wal.unlink()
    else:
        os.truncate(wal, int(wal.stat().st_size * share))
    kept = connect.open_reader(path)
    left = (
        kept.execute("SELECT count(*) FROM op").fetchone()[0]
        if kept.execute("PRAGMA user_version").fetchone()[0]
        else 0
    )
    kept.close()
    assert left < operations
    if left:
        problems = verify(path).problems
        assert any("operations of this desk are gone" in each or "changed" in each for each in problems), (
            problems
        )
    answers = speak(path, ref, capsys)
    first = f"numbers {left + 1} to {operations}, written after 20"
    assert (f"{operations - left} operations" in answers[0][1]) and "gone" in answers[0][1], answers[0]
    assert left == 0 or first in answers[0][1], answers[0]


@pytest.mark.parametrize(
    "change",
    ["UPDATE message SET sender = 'custoner'", "UPDATE conversation SET status = 'opeN'",
     "UPDATE conversation SET priority = 77"],
)  # fmt: skip
def test_a_row_that_says_nothing_is_named(
    store: Path, whole: tuple[Path, str], change: str, capsys: pytest.CaptureFixture[str]
) -> None:
    connection = connect.open_writer(store)
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(change)
    connection.execute("COMMIT")
    connection.close()
    answers = speak(store, whole[1], capsys)
    assert any("nothing writes" in said for _code, said in answers)
