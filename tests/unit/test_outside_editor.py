"""A text goes out to a private file and comes back from it."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from csdesk.errors import CsdeskError, UsageError
from csdesk.tui import outside_editor
from csdesk.tui.outside_editor import MOST, FileStays

NOW_MS = 1_795_313_162_000


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CSDESK_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state"


def edited(tmp_path: Path, body: str, before: str = "马上查") -> str:
    """What comes back from an editor that is a Python script with ``path`` at hand."""
    script = tmp_path / "editor.py"
    script.write_text(
        f"import os, pathlib, sys\npath = pathlib.Path(sys.argv[1])\n{body}\n", encoding="utf-8"
    )
    with outside_editor.text_file(before, "7K3Q9F", NOW_MS) as path:
        result = outside_editor.run([sys.executable, str(script)], path)
        return outside_editor.read_back(path, result)


def test_the_file_is_private_holds_the_text_and_goes(state: Path) -> None:
    with outside_editor.text_file("马上查", "7K3Q9F", NOW_MS) as path:
        assert path.name == "7K3Q9F.txt" and path.is_relative_to(state)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert path.read_text(encoding="utf-8") == "马上查\n"
        (path.parent / "7K3Q9F.txt~").write_text("a backup", encoding="utf-8")
    assert list(state.iterdir()) == []


def test_what_was_written_comes_back_clean(tmp_path: Path) -> None:
    body = "path.write_bytes('\\ufeff一行\\r\\n二\\x1b[31m\\n\\n'.encode() + b'\\xff')"
    assert edited(tmp_path, body) == "一行\n二␛[31m\n\n\ufffd"


@pytest.mark.parametrize("body", ["path.write_text('')", "path.write_text(' \\n\\n')", "path.unlink()"])
def test_an_empty_or_missing_file_is_nothing(tmp_path: Path, body: str) -> None:
    assert edited(tmp_path, body) == ""


def test_an_editor_that_fails_gives_nothing_back(tmp_path: Path, state: Path) -> None:
    with pytest.raises(CsdeskError) as failed:
        edited(tmp_path, "path.write_text('dropped')\nsys.exit(3)")
    assert failed.value.code == "editor.failed" and "3" in failed.value.sentence
    assert list(state.iterdir()) == []


def test_an_editor_that_cannot_start_is_said(tmp_path: Path) -> None:
    with (
        outside_editor.text_file("", "x", NOW_MS) as path,
        pytest.raises(CsdeskError) as failed,
    ):
        outside_editor.read_back(path, outside_editor.run([str(tmp_path)], path))
    assert failed.value.code == "editor.failed"


@pytest.mark.parametrize(
    ("body", "code", "kept"),
    [
        ("path.write_text('saved')\nos.kill(os.getpid(), 9)", "editor.killed", "saved"),
        (f"path.write_text('x' * {MOST + 1})", "editor.too_long", "x" * (MOST + 1)),
    ],
)
def test_what_cannot_come_back_stays_in_its_file(
    tmp_path: Path, state: Path, body: str, code: str, kept: str
) -> None:
    with pytest.raises(FileStays) as failed:
        edited(tmp_path, body)
    (folder,) = state.iterdir()
    (path,) = folder.iterdir()
    assert failed.value.code == code and str(path) in failed.value.hint
    assert path.read_text(encoding="utf-8") == kept


def test_what_a_killed_run_left_is_removed_after_a_day(state: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    old = [
        state / f"writing-{ended.pid}-a",
        state / f"writing-{ended.pid}-b",
        state / f"writing-{os.getpid()}-c",
    ]
    for folder, hours in zip(old, (25, 23, 25), strict=True):
        folder.mkdir(parents=True)
        written_s = NOW_MS // 1000 - hours * 3600
        os.utime(folder, (written_s, written_s))
    with outside_editor.text_file("", "x", NOW_MS):
        assert [folder.exists() for folder in old] == [False, True, True]


def test_visual_comes_before_editor_and_may_have_arguments() -> None:
    shell = {"VISUAL": "sh -c 'true'", "EDITOR": "cat"}
    assert outside_editor.editor_command(shell) == ["sh", "-c", "true"]
    assert outside_editor.editor_command({"VISUAL": " ", "EDITOR": "cat"}) == ["cat"]


@pytest.mark.parametrize("chosen", ["no-such-editor-here", "sh 'open", "''"])
def test_an_editor_that_is_not_there_is_said_before_anything_is_written(chosen: str, state: Path) -> None:
    with pytest.raises(UsageError) as refused:
        outside_editor.editor_command({"EDITOR": chosen})
    assert refused.value.code == "editor.none"
    assert not state.exists()
