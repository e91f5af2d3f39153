"""Where csdesk cannot start it says one clear sentence, ends with the right code, and the terminal is as before."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from csdesk.store import connect
from tests.e2e import evidence
from tests.e2e.shop import small_shop
from tests.e2e.terminal import Terminal, run_command

MODES = re.compile(rb"\x1b\[\?(\d+)([hl])")
LEFT_OFF = (b"1049", b"1000", b"1003", b"1006", b"2004", b"1004")


def assert_said(desk: Terminal, code: int, sentence: str) -> None:
    """The program ended with ``code`` and said ``sentence``; the terminal is usable."""
    assert desk.wait_end() == code
    said = desk.text()
    assert "".join(sentence.split()) in "".join(said.split()), said  # a long path breaks lines anywhere
    assert "Traceback" not in said
    assert len(said.strip().splitlines()) <= 4, said
    assert_usable(desk)


def assert_usable(desk: Terminal) -> None:
    """No mode of ours is left on, and the cursor shows."""
    last = dict(MODES.findall(bytes(desk.raw)))
    assert {mode: last[mode] for mode in LEFT_OFF if last.get(mode, b"l") == b"h"} == {}
    assert last.get(b"25", b"h") == b"h"


def test_a_file_that_is_no_store(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("亲爱的" * 100, encoding="utf-8")
    with Terminal(tmp_path, "--db", str(file)) as desk:
        assert_said(desk, 1, "不是 csdesk 的")
    assert file.read_text(encoding="utf-8") == "亲爱的" * 100
    assert sorted(tmp_path.glob("letter*")) == [file]


def test_a_store_of_a_newer_program(tmp_path: Path) -> None:
    store = small_shop(tmp_path)
    connection = connect.open_writer(store)
    connection.execute("PRAGMA user_version = 9999")
    connection.close()
    with Terminal(tmp_path, language="en") as desk:
        assert_said(desk, 1, "newer")


@pytest.fixture
def held_store(tmp_path: Path) -> Iterator[Path]:
    """A store that another process has locked for itself."""
    store = small_shop(tmp_path)
    holder = subprocess.Popen(
        [
            sys.executable, "-c",
            "import sys; from sqlcipher3 import dbapi2 as d; c = d.connect(sys.argv[1], isolation_level=None);"
            "c.execute('PRAGMA locking_mode=EXCLUSIVE'); c.execute('BEGIN EXCLUSIVE');"
            "c.execute(\"UPDATE meta SET value = value\"); print('held', flush=True); sys.stdin.read()",
            str(store),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    yield store
    holder.kill()
    holder.communicate()


def test_a_store_that_another_program_holds(held_store: Path) -> None:
    with Terminal(held_store.parents[1], language="en") as desk:
        assert_said(desk, 1, "locked by another program")


def test_a_full_disk(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if (
        os.geteuid() != 0
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)], check=False, capture_output=True
        ).returncode
    ):
        pytest.skip("only root may mount a small disk")
    try:
        _work_on_a_full_disk(tmp_path, disk)
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def _work_on_a_full_disk(home: Path, disk: Path) -> None:
    (disk / "filler").write_bytes(bytes(3_120_000))
    with Terminal(home, "--db", str(disk / "desk.db"), language="en") as desk:
        assert_said(desk, 1, "full")
    (disk / "filler").unlink()
    for leftover in disk.iterdir():
        leftover.unlink()
    source = home / "conversations.jsonl"
    source.write_text('{"id":"1","messages":[{"from":"customer","text":"hello there"}]}\n')
    assert run_command(home, "--db", str(disk / "desk.db"), "import", str(source)).returncode == 0
    with Terminal(home, "--db", str(disk / "desk.db"), language="en") as desk:
        desk.wait_for("hello there")
        desk.wait_for("Reply  Note")
        desk.press("f8")
        desk.wait_for("^S Send")
        with (disk / "filler").open("wb", buffering=0) as filler:
            while True:
                try:
                    filler.write(bytes(4096))
                except OSError:
                    break
        desk.type("\x1b[200~" + "x" * 9000 + "\x1b[201~")
        desk.press("ctrl+s")
        desk.wait_for("full")
        assert "xxxx" in desk.text()
        (disk / "filler").unlink()
        desk.press("ctrl+s")
        desk.wait_for(lambda _seen: evidence.messages(disk / "desk.db", "xxxx"))
        assert desk.quit() == 0
        assert_usable(desk)
    evidence.assert_sound(disk / "desk.db")


def test_no_utf8_locale_still_works(tmp_path: Path) -> None:
    store = small_shop(tmp_path)
    with Terminal(
        tmp_path, variables={"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    ) as desk:
        desk.wait_for("回复  备注")
        desk.press("f8")
        desk.wait_for("^S 发送")
        desk.type("您好")
        desk.wait_for(lambda _seen: evidence.drafts(store) == ["您好"])
        assert desk.quit() == 0
        assert_usable(desk)


def test_a_terminal_that_can_do_nothing(tmp_path: Path) -> None:
    with Terminal(tmp_path, language="en", variables={"TERM": "dumb"}) as desk:
        assert_said(desk, 1, "terminal")
    assert b"\x1b" not in desk.raw


@pytest.mark.parametrize("arguments", [(), ("demo",)])
def test_no_terminal_at_all(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = run_command(tmp_path, *arguments)
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 2
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data").exists()


def test_a_settings_file_that_is_wrong(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "config.toml").write_text("[ui]\nthem = 'dark'\n")
    with Terminal(tmp_path, language="en") as desk:
        assert_said(desk, 2, "them")


def test_a_terminal_that_goes_away(tmp_path: Path) -> None:
    store = small_shop(tmp_path)
    with Terminal(tmp_path) as desk:
        desk.wait_for("回复  备注")
        desk.press("f8")
        desk.wait_for("^S 发送")
        desk.type("线路断了")
        desk.wait_for("线路断了")
        desk.hang_up()
        desk.process.wait(60)
    evidence.assert_sound(store)
    assert evidence.drafts(store) == ["线路断了"]


def test_a_polite_end_leaves_the_terminal_usable(tmp_path: Path) -> None:
    store = small_shop(tmp_path)
    with Terminal(tmp_path) as desk:
        desk.wait_for("回复  备注")
        desk.press("f8")
        desk.wait_for("^S 发送")
        desk.type("系统要重启")
        desk.wait_for("系统要重启")
        desk.process.terminate()
        assert desk.wait_end() == 0
        assert_usable(desk)
    assert evidence.drafts(store) == ["系统要重启"]
