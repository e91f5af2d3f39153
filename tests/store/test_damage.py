"""Whatever happens to the files: a sentence that says so, never a traceback, never silence."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest

from csdesk.__main__ import main
from csdesk.desk import sending
from csdesk.store import connect
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
    tmp_path: Path, share: float | None, capsys: pytest.CaptureFixture[str]
) -> None:
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
    assert left == 0 or "are gone" in answers[0][1]
